X = [2]


def f():
    return 3
