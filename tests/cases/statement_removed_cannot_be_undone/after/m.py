import bus


def handler():
    return 1


