LOG = []

# reloadr: once
for port in (1, 2):
    LOG.append(port)


def f():
    return 1
