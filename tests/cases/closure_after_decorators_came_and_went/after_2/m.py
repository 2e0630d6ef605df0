import functools


# plain
def outer(x):
    def inner():
        return x, 3

    return inner
