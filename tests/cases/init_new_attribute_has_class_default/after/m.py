class Session:
    started = -1

    def __init__(self, user):
        self.user = user
        self.started = 0
