class Robot:
    speed = 1

    def go(self):
        return self.speed
