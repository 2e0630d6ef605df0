hooks = []


def run():
    return list(hook() for hook in hooks)


RESULT = ["start", *run()]


@hooks.append
def hook():
    return WORD


WORD = "new"
