class Base:
    def __init__(self):
        self.items = []


class Child(Base):
    pass
