import functools
import typing


def validated(function):
    hints = typing.get_type_hints(function)

    @functools.wraps(function)
    def wrapper(**values):
        return function(**{name: hints[name](value) for name, value in values.items()})

    return wrapper


@validated
def pay(amount: float):
    return amount
