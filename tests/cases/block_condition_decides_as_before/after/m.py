FLAG = True
RAN = []
if FLAG and len("x"):

    def helper():
        return 1

    VALUE = helper()
    RAN.append("once")
    del helper


class Formats:
    NAMES = ["plain"]
    if FLAG and len("x"):
        NAMES += ["more"]


def version():
    return 2
