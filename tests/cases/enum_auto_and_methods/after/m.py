from enum import Enum, auto, unique


@unique
class Step(Enum):
    FIRST = auto()
    LAST = auto()
    EXTRA = auto()

    def next(self):
        return Step((self.value + 1) * 1)

    def __str__(self):
        return self.name.lower()

    @classmethod
    def _missing_(cls, value):
        return cls.LAST
