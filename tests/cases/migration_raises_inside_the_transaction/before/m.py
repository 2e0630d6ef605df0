LIMIT = 1


class Session:
    def __init__(self):
        self.a = 1

    def show(self):
        return "old"
