from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Money:
    cents: int

    def euros(self):
        return self.cents // 100

    @classmethod
    def of(cls, euros):
        return cls(euros * 100)
