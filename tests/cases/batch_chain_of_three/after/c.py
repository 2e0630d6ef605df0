EXTRA = 5


def base():
    return 2
