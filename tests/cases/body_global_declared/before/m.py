hits = 0


def hit():
    return hits
