from c import base


def value():
    return base()
