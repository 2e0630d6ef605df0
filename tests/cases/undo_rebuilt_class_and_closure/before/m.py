from enum import Enum


class Color(Enum):
    RED = 1


class Base:
    def hi(self):
        return "base"


class Child(Base):
    def hi(self):
        return "child"


def adder(n):
    def add(x):
        return x + n

    return add
