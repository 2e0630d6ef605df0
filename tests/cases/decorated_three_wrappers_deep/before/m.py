import functools

built = []


def layer(name):
    def decorate(function):
        built.append(name)

        @functools.wraps(function)
        def wrapper(*args):
            return f"{name}({function(*args)})"

        return wrapper

    return decorate


@layer("auth")
@layer("cache")
@layer("log")
def show(page):
    return page
