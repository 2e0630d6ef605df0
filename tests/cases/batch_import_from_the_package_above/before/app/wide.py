from .narrow import narrow


def wide(text):
    return 2 * narrow(text)
