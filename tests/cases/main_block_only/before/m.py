LOG = []
if __name__ == "__main__":
    LOG.append("main")
