from deco import named


@named("first")
def run():
    return 1
