class Session:
    def __init__(self, user):
        self.user = user
        self.started = 0
        self.log: list = []

    def name(self):
        return self.user
