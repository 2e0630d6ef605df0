
CODECS = {}


def name():
    return "mm"
