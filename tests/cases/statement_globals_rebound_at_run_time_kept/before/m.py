current = None
settings = {"mode": "a"}


def login(name):
    global current
    current = name
    return current
