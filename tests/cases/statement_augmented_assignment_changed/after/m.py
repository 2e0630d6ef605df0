total = 10
total += 7


def get():
    return total
