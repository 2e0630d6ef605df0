X = []


def f():
    return 2
