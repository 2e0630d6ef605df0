def repr(value):
    return "mine"


def show(value):
    return repr(value)
