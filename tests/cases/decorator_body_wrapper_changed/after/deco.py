import functools


def timed(function):
    @functools.wraps(function)
    def wrapper(*args):
        return ["measured", function.__name__, function(*args)]

    return wrapper
