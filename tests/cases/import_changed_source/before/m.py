from a import tool


def run():
    return tool()
