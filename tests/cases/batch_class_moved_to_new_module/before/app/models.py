class User:
    def __init__(self, name):
        self.name = name

    def hello(self):
        return "hi " + self.name


class Group:
    members = []
