import functools

Size = float


def log(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


def plain(a: Size, b: str = "") -> Size:
    return a


def loses(a):
    return a


def gains(a: int) -> Missing:
    return a


@log
def wrapped(a: str):
    return a


@functools.cache
def cached(a: bytes):
    return a


def body(
    # One that is not there.
    a: Missing,
):
    two = 2
    return two


class Tree:
    Leaf = bytes

    def left(self, leaf: Leaf) -> Tree:
        return self
