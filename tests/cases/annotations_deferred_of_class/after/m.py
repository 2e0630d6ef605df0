NEW = False
Kind = int


class Plain:
    # A line more.
    name: bytes
    later: NotYet
    size: int = 4

    def grow(self) -> Kind:
        return self.size


class Box[T]:
    Kind = bytes
    held: list[T]
    kind: Kind

    class Lid:
        of: Box
        if NEW:
            shut: list[bool]
        else:
            ajar: list[float]
            again: Lid


class Bare:
    x = 1


class Gains:
    y: int = 1
