LOG = []
LOG.append(1)

