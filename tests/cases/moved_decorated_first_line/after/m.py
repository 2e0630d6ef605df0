import functools

# shifted


def plain(function):
    return function


@plain
# between
@functools.wraps(print)

def target():

    raise KeyError("t")
