import functools


@functools.lru_cache
def outer(x):
    def inner():
        return x, 2

    return inner
