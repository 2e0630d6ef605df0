"""The source that a code object was compiled from, kept for as long as the code object lives."""

from __future__ import annotations

import ast
from functools import cached_property, partial
from types import CodeType
from typing import NamedTuple
from weakref import ref

from reloadr.running.loops import FunctionNode, Unmovable


class Text:
    """The whole lines of a definition, or of a module."""

    def __init__(self, source: str, *, is_module: bool = False) -> None:
        self.source = source
        #: How many lines the tree has above the first one of the source.
        self.above = int(source[:1].isspace() and not is_module)

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax."""
        # What is indented stands below something; columns stay as they are in the file.
        return ast.parse(("if 1:\n" if self.above else "") + self.source)


class Place(NamedTuple):
    """Where a code object stands in a text."""

    text: Text
    #: How many lines the text begins above the code object.
    lead: int

    def line(self, code: CodeType, line: int) -> int:
        """A line of the file in the text's tree."""
        return line - code.co_firstlineno + self.lead + 1 + self.text.above

    def in_file(self, code: CodeType, line: int) -> int:
        """A line of the text's tree in the file."""
        return line - self.text.above - 1 - self.lead + code.co_firstlineno

    def body(self, code: CodeType) -> list[ast.stmt]:
        """The statements that a code object was compiled from. Raises Unmovable."""
        return self.text.tree.body if code.co_name == "<module>" else self.function(code).body

    def function(self, code: CodeType) -> FunctionNode:
        """The definition of a function's code object. Raises Unmovable."""
        first = self.line(code, code.co_firstlineno)
        found = [
            node
            for node in ast.walk(self.text.tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.name == code.co_name
            and min([node.lineno, *(each.lineno for each in node.decorator_list)]) == first
        ]
        if len(found) != 1:
            raise Unmovable("it is no function of its own")
        return found[0]


def place_of(source: str, line: int, code: CodeType) -> Place:
    """Where a code object stands in lines of a file that begin at `line`."""
    return Place(Text(source), code.co_firstlineno - line)


class Places:
    """The places of code objects that something may be on, held as long as the code objects are."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[ref[CodeType], Place]] = {}

    def note(self, code: CodeType, place: Place) -> None:
        """Remembers where a code object stands."""
        key = id(code)
        self._of[key] = (ref(code, partial(self._drop, key)), place)

    def _drop(self, key: int, gone: object) -> None:
        held = self._of.get(key)
        # Another code object may have its address by now.
        if held is not None and held[0] is gone:
            del self._of[key]

    def of(self, code: CodeType) -> Place | None:
        """Where a code object stands; None for one that is not known."""
        held = self._of.get(id(code))
        return held[1] if held is not None and held[0]() is code else None


__all__ = ["Place", "Places", "Text", "place_of"]
