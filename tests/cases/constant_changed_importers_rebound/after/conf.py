TIMEOUT = 5
HOSTS = ("c",)
OTHER = []


def timeout():
    return TIMEOUT
