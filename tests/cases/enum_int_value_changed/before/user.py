from m import Port

DEFAULT = Port.HTTP


def port():
    return Port.HTTP + 0
