from enum import Enum


class Status(Enum):
    OPEN = "open"
    PAUSED = "paused"
    DONE = "done"
    FINISHED = "done"

    @property
    def label(self):
        return self.value.title()
