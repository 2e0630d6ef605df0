LOG = []
server = LOG.append("start 80") or object()  # reloadr: once


def port():
    return 80
