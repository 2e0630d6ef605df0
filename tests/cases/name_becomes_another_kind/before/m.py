def thing(x):
    return ["function", x]


class Maker:
    def __init__(self, x):
        self.x = x


VALUE = 3
