"""What a class's functions call `__class__`, and the first form of a class that was made twice.

`dataclass(slots=True)` and attrs make a class once more with slots; methods that they wrote refer to the first one.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CellType

from reloadr.engine.annotations import of_functions
from reloadr.live import locate
from reloadr.live.kinds import is_a


def cells_of(cls: type) -> Iterator[tuple[CellType, object]]:
    """The cells of a class's functions, and what is in them."""
    for value in list(locate.class_dict(cls).values()):
        functions = [found.function for found in locate.unwrap(value)]
        # Annotations are evaluated later (3.14+), and see the class's attributes.
        functions += [each for each in map(of_functions.annotate_of, functions) if each is not None]
        for function in functions:
            for cell in function.__closure__ or ():
                try:
                    yield cell, cell.cell_contents
                except ValueError:
                    continue


def first_forms(cls: type) -> list[type]:
    """The other classes of the same name and module that a class's functions refer to."""
    found: dict[int, type] = {}
    for _, content in cells_of(cls):
        if is_a(content, type) and content is not cls and content.__qualname__ == cls.__qualname__:
            if content.__module__ == cls.__module__:
                found[id(content)] = content
    return list(found.values())


__all__ = ["cells_of", "first_forms"]
