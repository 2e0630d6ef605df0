LOG = []


def work():
    return "work"


if __name__ == "__main__":
    LOG.append("main")
