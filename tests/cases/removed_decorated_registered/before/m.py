ROUTES = {}


def route(path):
    def decorate(function):
        ROUTES[path] = function
        return function

    return decorate


@route("/a")
def a():
    return "a"


@route("/b")
def b():
    return "b"
