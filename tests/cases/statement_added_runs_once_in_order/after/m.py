LOG = []
LOG.append("early")


def f():
    return 2


FIRST = f()
LOG.append(f())
LOG.append(("late", FIRST, f()))
for n in range(2):
    LOG.append(n)
