import types  # moved




def named(function):
    function.__code__ = function.__code__.replace(co_name="named")
    return function


@types.coroutine
def step():
    yield "newer"


@named
def plain():
    note = "newer"
    return note
