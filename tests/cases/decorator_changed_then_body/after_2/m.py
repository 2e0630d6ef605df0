import functools


@functools.lru_cache(maxsize=4)
def f(x):
    return x, 2
