class thing:
    def __init__(self, x):
        self.x = x


def Maker(x):
    return ["made", x]


def VALUE():
    return 4
