LIMIT = 2


class Session:
    def __init__(self):
        self.a = 1
        self.b = 2

    def show(self):
        return "new"
