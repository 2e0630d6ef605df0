LOG = []
NAME = LOG.append('x') or 'name'
MASK = (LOG.append(255) or 0xff)


def f(a, b='z'):
    return a, b
