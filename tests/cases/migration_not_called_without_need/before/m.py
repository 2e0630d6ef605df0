class Plain:
    def __init__(self):
        self.a = 1

    def show(self):
        return "old"
