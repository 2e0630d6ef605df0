from functools import singledispatch, singledispatchmethod


@singledispatch
def show(value):
    return "object"


@show.register
def _(value: int):
    return "int"


@show.register(list)
def show_list(value):
    return "list"


class Printer:
    @singledispatchmethod
    def put(self, value):
        return "object"

    @put.register
    def _(self, value: str):
        return "str"
