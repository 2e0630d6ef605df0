class Base:
    def __init_subclass__(cls, table=None):
        cls.table = table


class User(Base, table="users"):
    def name(self):
        return self.table
