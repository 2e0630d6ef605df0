from functools import lru_cache

calls = []


def cost(n):
    calls.append(n)
    return n * 2
