class Chain:
    def __init__(self):
        self.log = []

    def push(self, x):
        self.log.append(-x)
        return self

    append = push
    __call__ = push
