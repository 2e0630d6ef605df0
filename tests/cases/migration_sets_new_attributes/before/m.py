class Session:
    def __init__(self, user, minutes):
        self.user = user
        self.minutes = minutes

    def length(self):
        return self.minutes * 60
