import functools


# plain
def outer(x):
    def inner():
        return x, 4

    return inner
