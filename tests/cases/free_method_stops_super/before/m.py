class Base:
    def __init__(self, size):
        self.size = size


class Box(Base):
    def __init__(self, size):
        super().__init__(size)

    def grow(self):
        self.size += 1
        return self.size
