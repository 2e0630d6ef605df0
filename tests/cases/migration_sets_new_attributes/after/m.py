class Session:
    def __init__(self, user, minutes):
        self.user = user
        self.seconds = minutes * 60

    def length(self):
        return self.seconds
