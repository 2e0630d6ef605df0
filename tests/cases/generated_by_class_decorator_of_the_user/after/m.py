def with_getters(cls):
    for name in cls.FIELDS:
        setattr(cls, f"get_{name}", lambda self, name=name: getattr(self, name))
    return cls


@with_getters
class Car:
    FIELDS = ("wheels", "doors")
    wheels = 4
    doors = 5

    def show(self):
        return "car"
