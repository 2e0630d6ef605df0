def size():
    return 3


class Scratch:
    width = size()


width = Scratch.width
del Scratch


def area():
    return width * size()
