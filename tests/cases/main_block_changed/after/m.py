LOG = []


def work():
    return "works"


if __name__ == "__main__":
    LOG.append("main again")
    raise SystemExit(work())
