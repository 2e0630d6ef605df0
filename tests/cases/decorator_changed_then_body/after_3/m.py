import functools


@functools.lru_cache(maxsize=4)
def f(x=5):
    return x, 3
