def here():
    return "here"


def compute(values):
    total = 0
    for value in values:
        total += value
    return total
