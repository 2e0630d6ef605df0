from m import greet
from m import greet as hello


def call():
    return greet("a"), hello("b")
