class Base:
    def who(self):
        return "base"


class Child:
    def __init__(self):
        self.x = 1
