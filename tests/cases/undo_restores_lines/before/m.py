def a():
    return "a"


def b():
    def inner():
        return "b"

    return inner


def c():
    return "c"
