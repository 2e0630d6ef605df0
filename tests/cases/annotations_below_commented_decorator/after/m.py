import functools


@functools.lru_cache(maxsize=196)  # 14 × 14 = 196 pairs
def pair(left: int, right: int) -> tuple:
    return left, right


@functools.lru_cache
      # an odd place for a comment
def single(left: float):
    return left
