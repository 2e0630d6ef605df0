class Root:
    def ping(self):
        return "root"


class Loud:
    def shout(self):
        return self.ping().upper()


class Dog(Loud, Root):
    def __init__(self, name):
        self.name = name
