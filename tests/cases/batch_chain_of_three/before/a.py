from b import value

DOUBLE = value() * 2


def get():
    return DOUBLE
