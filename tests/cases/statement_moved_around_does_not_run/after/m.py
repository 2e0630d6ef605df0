LOG = []


def f():
    return A


A = object()
LOG.append(1)
