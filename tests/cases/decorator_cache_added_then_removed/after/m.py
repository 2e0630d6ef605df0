from functools import lru_cache

calls = []


@lru_cache
def cost(n):
    calls.append(n)
    return n * 2
