from enum import Enum, auto, unique


@unique
class Step(Enum):
    FIRST = auto()
    LAST = auto()

    def next(self):
        return Step(self.value + 1)

    @classmethod
    def _missing_(cls, value):
        return cls.FIRST
