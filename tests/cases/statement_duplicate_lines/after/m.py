LOG = []
LOG.append("tick")
LOG.append("tick")
LOG.append("tick")
LOG.append("tock")
