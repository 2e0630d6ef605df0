class Field:
    made = 0

    def __init__(self, default):
        Field.made += 1
        self.default = default

    def __set_name__(self, owner, name):
        self.slot = f"_{owner.__name__}_{name}"

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return vars(instance).get(self.slot, self.default)

    def __set__(self, instance, value):
        vars(instance)[self.slot] = value


class Form:
    name = Field("anon")
