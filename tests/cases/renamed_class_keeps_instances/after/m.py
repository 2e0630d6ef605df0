class Client:
    def __init__(self, name):
        self.name = name

    def greet(self):
        return f"dear {self.name}"
