PREFIX = "/v2"
ROUTES = {}


def route(path):
    def decorate(function):
        ROUTES[path] = function
        return function

    return decorate


@route(PREFIX + "/users")
def users():
    return "users"
