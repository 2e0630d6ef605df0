b = 3


def get():
    return b
