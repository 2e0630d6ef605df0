class Machine:
    def __init__(self):
        self.on = False

    def start(self):
        self.on = True
        self.since = 5
