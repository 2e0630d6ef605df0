"""New words at the top."""

import functools

PADDING = [
    1,
    2,
]


def first():
    return "first"


@functools.cache
def second():
    return "second"


class Third:
    def method(self):
        return "third"
