def beta():
    return 1


def alpha():
    return 2
