import functools


def plain(function):
    return function


@plain
@functools.wraps(print)
def target():
    raise KeyError("t")
