LIMIT = 1


def other():
    return LIMIT
