FLAG = True
RAN = []
if FLAG:

    def helper():
        return 1

    VALUE = helper()
    RAN.append("once")
    del helper


class Formats:
    NAMES = ["plain"]
    if FLAG:
        NAMES += ["more"]


def version():
    return 1
