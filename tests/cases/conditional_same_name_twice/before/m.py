def first():
    return "one"


keep = first


def first():
    return "two"
