import types


def named(function):
    function.__code__ = function.__code__.replace(co_name="named")
    return function


@types.coroutine
def step():
    yield "old"


@named
def plain():
    return "old"
