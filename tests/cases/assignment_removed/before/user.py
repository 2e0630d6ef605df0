from m import OLD


def old():
    return OLD
