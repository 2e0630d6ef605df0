from m import tool as held


def run():
    return held
