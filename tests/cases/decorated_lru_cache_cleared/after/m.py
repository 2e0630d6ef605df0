from functools import cache, lru_cache


@lru_cache(maxsize=8)
def rate(code):
    return {"de": 20}.get(code)


@cache
def other(code):
    return [code]


class Table:
    @lru_cache
    def row(self, n):
        return n + 1
