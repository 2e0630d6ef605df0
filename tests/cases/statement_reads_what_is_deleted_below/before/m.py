import operator

PREFIX = "plain_"


def wanted(name):
    return not name.startswith("_")


locals().update({PREFIX + name: value for name, value in vars(operator).items() if wanted(name)})

del operator
del PREFIX
del wanted
