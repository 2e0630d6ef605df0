LOG = []
server = LOG.append("start 81") or object()  # reloadr: once


def port():
    return 81
