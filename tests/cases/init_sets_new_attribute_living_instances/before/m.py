class Session:
    def __init__(self, user):
        self.user = user

    def name(self):
        return self.user
