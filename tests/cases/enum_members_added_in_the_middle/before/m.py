from enum import Enum


class Status(Enum):
    OPEN = "open"
    DONE = "done"

    @property
    def label(self):
        return self.value.title()
