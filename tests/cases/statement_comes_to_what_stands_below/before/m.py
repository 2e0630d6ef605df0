hooks = []


def run():
    return [hook() for hook in hooks]


RESULT = run()


@hooks.append
def hook():
    return "old"
