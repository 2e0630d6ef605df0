from c import EXTRA, base

OFFSET = EXTRA * 10


def value():
    return base() + EXTRA
