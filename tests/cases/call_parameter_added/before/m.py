def send(to, text):
    return to, text


def notify(to):
    return send(to, "hi")
