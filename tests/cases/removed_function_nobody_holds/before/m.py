def old():
    return 1


def kept():
    return 2
