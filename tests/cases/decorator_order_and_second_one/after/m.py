def shout(function):
    def wrapper(*args):
        return function(*args).upper()

    return wrapper


def twice(function):
    def wrapper(*args):
        return function(*args) * 2

    return wrapper


def repeat(times):
    def decorate(function):
        def wrapper(*args):
            return function(*args) * times

        return wrapper

    return decorate


@repeat(1)
@shout
@twice
def greet(name):
    return "hi " + name
