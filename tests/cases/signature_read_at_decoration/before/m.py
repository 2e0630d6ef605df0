import functools
import inspect

ROUTES = {}


def route(path):
    def decorate(function):
        ROUTES[path] = (function, list(inspect.signature(function).parameters))
        return function

    return decorate


def call(path, **query):
    function, names = ROUTES[path]
    return function(**{name: query[name] for name in names if name in query})


@route("/users")
def users(limit=10):
    return ("users", limit)
