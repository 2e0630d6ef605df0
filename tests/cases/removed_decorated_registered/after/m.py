ROUTES = {}


def route(path):
    def decorate(function):
        ROUTES[path] = function
        return function

    return decorate


@route("/b")
def b():
    return "b"
