from typing import Protocol, runtime_checkable


@runtime_checkable
class Closes(Protocol):
    def close(self): ...


class Door:
    def close(self):
        return "shut"
