class Base:
    def __init__(self, size):
        self.size = size


class Box(Base):
    def __init__(self, size):
        self.size = size * 2

    def grow(self):
        self.size += 1
        return self.size
