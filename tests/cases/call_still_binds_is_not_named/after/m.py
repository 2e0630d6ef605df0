def send(to, text, urgent=False, *, tag=""):
    return to, text, urgent


def outer(send):
    return send(1)


def star(*args):
    return send(*args)
