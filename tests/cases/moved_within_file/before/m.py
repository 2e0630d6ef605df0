def alpha():
    return "alpha"


class Box:
    def one(self):
        return 1

    def two(self):
        return 2


def omega():
    return "omega"
