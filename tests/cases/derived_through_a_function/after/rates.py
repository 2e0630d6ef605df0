RATE = 5
DOUBLE = RATE * 2


def rate():
    return RATE


def double():
    return DOUBLE


def later():
    return lambda: RATE
