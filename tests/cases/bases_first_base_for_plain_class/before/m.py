class Named:
    def title(self):
        return self.name.title()


class Person:
    def __init__(self, name):
        self.name = name
