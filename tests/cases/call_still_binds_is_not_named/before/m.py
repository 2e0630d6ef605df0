def send(to, text):
    return to, text


def outer(send):
    return send(1)


def star(*args):
    return send(*args)
