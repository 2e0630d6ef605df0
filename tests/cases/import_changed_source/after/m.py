from b import tool


def run():
    return tool()
