from m import select


def run():
    return select("q", 2)
