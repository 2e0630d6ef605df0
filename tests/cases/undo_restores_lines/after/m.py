def c():
    return "c"


# one line more


def a():
    return "A"


def b():
    def inner():
        return "b"

    return inner
