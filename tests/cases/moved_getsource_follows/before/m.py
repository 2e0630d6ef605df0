import functools


def first():
    return "first"


@functools.cache
def second():
    return "second"


class Third:
    def method(self):
        return "third"
