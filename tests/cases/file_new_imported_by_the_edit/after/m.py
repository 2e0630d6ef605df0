from extra.tools import double


def run():
    return double(21)
