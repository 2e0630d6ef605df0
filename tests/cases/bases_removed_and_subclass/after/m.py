class Base:
    def who(self):
        return "base"


class Mixin:
    def extra(self):
        return "extra"


class Child(Base):
    pass


class Grandchild(Child):
    def who(self):
        return super().who() + "+"
