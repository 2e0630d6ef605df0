class Base:
    def __init__(self):
        self.items = []
        self.total = 0


class Child(Base):
    pass
