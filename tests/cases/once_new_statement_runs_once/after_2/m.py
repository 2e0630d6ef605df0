LOG = []
LOG.append("bye")  # reloadr: once
