"""Calls that register something, with the line of the project that made each: for frameworks that know no removal."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import linecache
import re
from collections.abc import Callable, Iterable
from types import FrameType, FunctionType, MethodType
from typing import Any

from reloadr.plugins import MISSING, cell_content, is_a

#: Whose frames stand between a line of the project and what is called.
_FRAMEWORK = ("flask", "werkzeug", "functools", "reloadr", "click", "asgiref", "fastapi", "starlette", "django")


@dataclasses.dataclass
class Call:
    """One call of a method that registers something."""

    name: str
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    #: Where the line of the project stands that made it: its file, its line then, and the text of that.
    path: str = ""
    line: int = 0
    text: str = ""
    #: Whether it was made while a module was loaded, rather than by a function.
    is_at_load: bool = False

    @property
    def is_decorator(self) -> bool:
        return self.text.startswith("@")

    def locate(self, frame: FrameType | None) -> None:
        """Notes the line that is at work."""
        while frame is not None and is_framework(frame):
            if str(frame.f_globals.get("__name__")).startswith("reloadr.engine"):
                # A function was handed to its decorators once more.
                self.text, self.is_at_load = "@", True
                return
            frame = frame.f_back
        if frame is not None:
            self.path, self.line = frame.f_code.co_filename, frame.f_lineno
            self.is_at_load = frame.f_code.co_name == "<module>"
            linecache.checkcache(self.path)
            self.text = linecache.getline(self.path, self.line).strip()

    def line_now(self) -> int | None:
        """The line of the statement by now: the nearest of its text; None where there is none any more."""
        linecache.checkcache(self.path)
        lines = [at for at, text in enumerate(linecache.getlines(self.path), 1) if text.strip() == self.text]
        return min(lines, key=lambda at: abs(at - self.line), default=None)

    def fits(self, name: str, arguments: tuple[object, ...]) -> bool:
        """Whether a statement called it by this name with these arguments, as far as they are known."""
        given = _flat((*self.arguments, *self.options.values()))
        known = [each for each in _flat(arguments) if each is not MISSING]
        fits = all(any(_is_same(one, each) for one in given) for each in known)
        return self.name == name and not self.is_decorator and fits


def _flat(values: Iterable[object]) -> list[object]:
    """With the elements of lists in their place, as a statement has them that spells them out."""
    return [part for each in values for part in (each if is_a(each, list, tuple) else [each])]


Place = tuple[str, int]
"""A file, and a line of it."""


def of_function(function: object) -> Place:
    """Where a function stands."""
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return (code.co_filename, code.co_firstlineno) if code is not None else ("", 0)


def put_in_order(items: list[Any], is_fresh: Callable[[Any], bool], place: Callable[[Any], Place]) -> None:
    """Items that are new take the places of their lines, among those of their file."""
    for item in [each for each in items if is_fresh(each)]:
        at = next(at for at, each in enumerate(items) if each is item)
        del items[at]
        path, line = place(item)
        places = map(place, items)
        later = (at for at, (other, its) in enumerate(places) if path and other == path and its > line)
        items.insert(next(later, len(items)), item)


def imported_by(source: str) -> list[str]:
    """The modules that an import statement may name."""
    found = re.match(r"(?:from\s+([\w.]+)\s+)?import\s+(.*)", source)
    if found is None:
        return []
    names = [each.split()[0] for each in found[2].strip("() ").split(",") if each.strip()]
    return [found[1], *(f"{found[1]}.{name}" for name in names)] if found[1] else names


#: What may be a wrapper of a function; by type, for proxies of Werkzeug's are nothing outside of a request.
CALLABLE = (FunctionType, MethodType, functools.partial, type)


def holds(held: object, function: object, depth: int) -> bool:
    """Whether it is that function, a wrapper of it, or closes over it."""
    if held is function:
        return True
    if not issubclass(type(held), CALLABLE) or not issubclass(type(function), CALLABLE):
        return False
    inner: Any = inspect.unwrap(held)  # type: ignore[arg-type]
    if inner is inspect.unwrap(function):  # type: ignore[arg-type]
        return True
    cells = getattr(inner, "__closure__", None) or ()
    return depth > 0 and any(holds(cell_content(cell), function, depth - 1) for cell in cells)


def is_framework(frame: FrameType) -> bool:
    """Whether code of a framework, or ours, is at work."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in _FRAMEWORK


def _is_same(one: object, other: object) -> bool:
    return one is other or (type(one) is type(other) and isinstance(one, (str, int, float, bytes)) and one == other)
