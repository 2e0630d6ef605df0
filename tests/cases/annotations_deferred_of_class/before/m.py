NEW = False
Kind = int


class Plain:
    name: str
    size: int = 3

    def grow(self) -> Kind:
        return self.size


class Box[T]:
    Kind = str
    held: T
    kind: Kind

    class Lid:
        of: "Box"
        if NEW:
            shut: bool
        else:
            ajar: float


class Bare:
    x: int


class Gains:
    y = 1
