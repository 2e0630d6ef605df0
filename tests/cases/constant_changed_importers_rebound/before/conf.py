TIMEOUT = 30
HOSTS = ("a", "b")
OTHER = []


def timeout():
    return TIMEOUT
