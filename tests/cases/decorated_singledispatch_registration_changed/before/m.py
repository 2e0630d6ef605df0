from functools import singledispatch


@singledispatch
def show(value):
    return "object"


@show.register
def _(value: int):
    return "int"
