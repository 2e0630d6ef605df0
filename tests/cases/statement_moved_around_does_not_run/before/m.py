LOG = []
LOG.append(1)
A = object()


def f():
    return A
