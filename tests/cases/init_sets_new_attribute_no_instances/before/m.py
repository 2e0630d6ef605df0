class Session:
    def __init__(self, user):
        self.user = user
