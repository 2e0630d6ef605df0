X = []


def f():
    return 1


def g():
    return 'g'
