LOG = []

# reloadr: once
for port in (1, 2, 3):
    LOG.append(port)


def f():
    return 2
