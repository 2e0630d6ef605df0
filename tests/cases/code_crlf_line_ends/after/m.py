def extra():
    return 0


def a():
    """Doc
    two."""
    return "x\
y"


def b():
    return "b"
