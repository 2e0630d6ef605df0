from typing import Generic, TypeVar

T = TypeVar("T")


class Repo(Generic[T]):
    def __init__(self, rows: list[T]) -> None:
        self.rows = rows

    def first(self) -> T:
        return self.rows[-1]

    def all(self) -> list[T]:
        return list(self.rows)


class Users(Repo[str]):
    pass
