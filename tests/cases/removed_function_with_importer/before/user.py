from m import kept, old


def call():
    return old() + kept()
