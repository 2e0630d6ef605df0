from .narrow import narrow, narrower


def wide(text):
    return 2 * narrow(text) + 3 * narrower(text)
