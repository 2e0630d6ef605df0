import sys

made = []


def handler():
    return "a"


NAMES = ["base"]
NAMES.append("more")
if sys.version_info >= (3,):
    NAMES.extend(["three"])
else:
    NAMES.extend(["two"])
for suffix in ("x", "y"):
    NAMES.append("at_" + suffix)
suffix = "kept"

HANDLERS = {"start": None}
HANDLERS["a"] = handler
del HANDLERS["start"]
made.append(len(NAMES))


def names():
    return list(NAMES), suffix


def handlers():
    return dict(HANDLERS)
