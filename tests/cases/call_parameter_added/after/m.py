def send(to, text, urgent):
    return to, text, urgent


def notify(to):
    return send(to, "hi", False)
