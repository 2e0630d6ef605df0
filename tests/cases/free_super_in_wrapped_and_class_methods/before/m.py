import functools


def traced(function):
    @functools.wraps(function)
    def wrapper(*args):
        return ["traced", function(*args)]

    return wrapper


class Base:
    @classmethod
    def make(cls):
        return "base"

    def name(self):
        return "base"

    @property
    def tag(self):
        return "base"


class Child(Base):
    @classmethod
    def make(cls):
        return "child"

    @traced
    def name(self):
        return "child"

    @property
    def tag(self):
        return "child"
