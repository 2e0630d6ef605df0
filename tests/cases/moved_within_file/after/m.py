class Box:
    def two(self):
        return 2

    def one(self):
        return 1


def omega():
    return "omega"


def alpha():
    return "alpha"
