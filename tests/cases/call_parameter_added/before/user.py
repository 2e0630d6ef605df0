import m
from m import send as post


def one():
    return m.send("a", "b")


def two():
    return post("a", text="b")
