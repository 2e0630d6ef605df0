from functools import singledispatch


@singledispatch
def show(value):
    return "object"


@show.register
def _(value: int):
    return "int"


@show.register
def _(value: str):
    return "str"


@show.register
def _(value: dict):
    return "dict"
