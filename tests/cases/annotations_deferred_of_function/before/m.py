import functools

Size = int


def log(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


def plain(a: Size, b: str = "") -> Size:
    return a


def loses(a: int) -> int:
    return a


def gains(a):
    return a


@log
def wrapped(a: int):
    return a


@functools.cache
def cached(a: int):
    return a


def body(
    a: Missing,
):
    return 1


class Tree:
    Leaf = bytes

    def left(self, leaf: Leaf) -> int:
        return 1
