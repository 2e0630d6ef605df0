from . import table


def narrow(text):
    return len(text)


def narrower(text):
    return table.UNIT
