X = []


def f():
    return 1
