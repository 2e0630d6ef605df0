def a():
    """Doc
    two."""
    return 1


def b():
    return "b"
