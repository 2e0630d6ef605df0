class Robot:
    speed = 5

    def go(self):
        return self.speed
