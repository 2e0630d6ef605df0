STATE = []


def a():
    """One
    two."""
    return STATE
