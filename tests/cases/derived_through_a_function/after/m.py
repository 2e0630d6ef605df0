import rates
from rates import double, later

opened = []
PRICE = rates.rate() + 1
PAIR = [double(), 3]
LATER = later()


def connect():
    opened.append(rates.RATE)
    return len(opened)


CONNECTION = connect()


def labelled(function):
    function.label = f"at {rates.RATE}"
    return function


def checked(function):
    def wrapper():
        return function(), rates.RATE

    return wrapper


@labelled
def one():
    return 1


@checked
def two():
    return 2


def three(value=double()):
    return value


class Shop:
    price = rates.rate()
