LOG = []
LOG.append("hello")  # reloadr: once
