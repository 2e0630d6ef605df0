total = 10
total += 5


def get():
    return total
