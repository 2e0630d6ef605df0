from b import OFFSET, value

TRIPLE = value() * 3 + OFFSET


def get():
    return TRIPLE
