HOOKS = []


def hook(function):
    HOOKS.insert(0, function)
    return function
