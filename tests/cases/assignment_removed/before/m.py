OLD = 1
a, b = 2, 3


def get():
    return b
