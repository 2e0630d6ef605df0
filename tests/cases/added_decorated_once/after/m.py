ROUTES = {}


def route(path):
    def decorate(function):
        if path in ROUTES:
            raise ValueError(path)
        ROUTES[path] = function
        return function

    return decorate


@route("/a")
def a():
    return "a"


@route("/b")
def b():
    return "b" + a()
