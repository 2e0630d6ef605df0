import operator

PREFIX = "plain_"


def wanted(name):
    return not name.startswith("_")


SKIPPED = {"add", "sub"}
locals().update({PREFIX + name + "_": value for name, value in vars(operator).items() if wanted(name)})
small = sorted(PREFIX + name for name in SKIPPED)

del SKIPPED
del operator
del PREFIX
del wanted
