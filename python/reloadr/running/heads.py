"""Where the loops of a function begin anew in its code: which jump back belongs to which loop of the source.

A `for` comes back to where it asks for the next item. A `while` comes back to its condition, or behind it, where
the condition stands once more at the end of the body (CPython 3.12 and 3.13, not 3.14).
"""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Literal, NamedTuple

from reloadr.running.flow import Flow
from reloadr.running.loops import Loop, is_endless, loops_of
from reloadr.running.texts import Place

#: Whether a `while` has asked its condition; a `for` asks for its next item.
Role = Literal["next", "condition", "body"]

_NEXT = {"FOR_ITER": ast.For, "GET_ANEXT": ast.AsyncFor}


class Head(NamedTuple):
    """A place in code where an iteration begins."""

    #: The number of the loop.
    loop: int
    role: Role
    offset: int
    depth: int


class Extent(NamedTuple):
    """A stretch of the source."""

    first: tuple[int, int]
    last: tuple[int, int]

    @classmethod
    def of(cls, node: ast.expr | ast.stmt) -> Extent:
        """Where a node stands."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return cls((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))

    def holds(self, other: Extent) -> bool:
        """Whether the other lies within."""
        return self.first <= other.first and other.last <= self.last


class Heads:
    """The heads of a code object."""

    def __init__(self, code: CodeType, place: Place) -> None:
        # Not the code itself, which is to go with what runs it.
        self._shift = place.line(code, 0)
        self.flow = Flow(code)
        self.loops: list[Loop] = loops_of(place.body(code))
        #: The line of each loop in the file.
        self.lines = [place.in_file(code, loop.node.lineno) for loop in self.loops]
        #: Where each jump back leads, by its own offset.
        self.jumps: dict[int, Head] = {}
        #: All heads that code can begin at.
        self.all: list[Head] = []
        for instruction in self.flow.instructions:
            self.all += self._asks(instruction)
        for instruction in self.flow.instructions:
            if instruction.opname == "JUMP_BACKWARD" and not self._ends_await(instruction):
                self._jump(instruction)
        self.all += self._conditions()
        self.all += self._bodies()

    def _ends_await(self, jump: dis.Instruction) -> bool:
        """Whether a jump goes back into the `await` that something was thrown into."""
        return self.flow.instructions[self.flow.number(self.flow.start(jump)) - 1].opname == "CLEANUP_THROW"

    def extent(self, instruction: dis.Instruction) -> Extent | None:
        """Where in the text's tree an instruction stands; None where the compiler notes nothing."""
        places = instruction.positions
        if places is None or None in places:
            return None
        line, end_line, column, end_column = places
        assert line is not None and end_line is not None and column is not None and end_column is not None
        return Extent(((self._shift + line), column), ((self._shift + end_line), end_column))

    def _asks(self, instruction: dis.Instruction) -> Iterator[Head]:
        """The head that an instruction is which asks for the next item."""
        kind = _NEXT.get(instruction.opname)
        extent = self.extent(instruction)
        if kind is None or extent is None:
            return
        at = self.flow.number(instruction.offset) + 1
        stores = self.extent(self.flow.instructions[at]) if at < len(self.flow.instructions) else None
        for number, loop in enumerate(self.loops):
            node = loop.node
            if isinstance(node, ast.For) and stores is not None and Extent.of(node.iter).holds(stores):
                # Of a comprehension that the loop goes through, which stands at the same place.
                continue
            # CPython 3.12 gives it the place of the loop, 3.13 that of what it goes through.
            if isinstance(node, ast.While) or not isinstance(node, kind):
                continue
            if extent in (Extent.of(node), Extent.of(node.iter)):
                yield from self._head(number, "next", self.flow.start(instruction))

    def _head(self, loop: int, role: Role, offset: int) -> Iterator[Head]:
        depth = self.flow.depth.get(offset)
        if depth is not None:
            yield Head(loop, role, offset, depth)

    def _jump(self, jump: dis.Instruction) -> None:
        target: int = jump.argval
        known = [head for head in self.all if head.offset == target and head.role == "next"]
        found = known or [head for number, role in self._whiles(jump) for head in self._head(number, role, target)]
        if len(found) == 1:
            self.jumps[jump.offset] = found[0]
            if found[0] not in self.all:
                self.all.append(found[0])

    def _whiles(self, jump: dis.Instruction) -> list[tuple[int, Role]]:
        """The `while` that a jump belongs to, and whether its condition has been asked."""
        whiles = [(number, each.node) for number, each in enumerate(self.loops) if isinstance(each.node, ast.While)]
        here, there = self.extent(jump), self.extent(self.flow.at(jump.argval))
        if there is None:
            return []
        # To the condition: of the innermost, where a condition stands within another loop's first statement.
        asks = [number for number, node in whiles if Extent.of(node.test).holds(there)]
        if here is not None:
            asked = [number for number, node in whiles if Extent.of(node.test).holds(here)]
            if asked and asked[-1] not in asks:
                return [(asked[-1], "body")]
        if asks:
            # CPython 3.14 keeps a place for a condition that asks nothing.
            number = asks[-1]
            node = self.loops[number].node
            return [(number, "body" if isinstance(node, ast.While) and is_endless(node) else "condition")]
        # Other jumps lead into it too: a `with` in it that swallowed an exception goes on in its `finally`.
        begins = [number for number, node in whiles if there == self._begins_at(node)]
        if here is None and jump.positions is not None and jump.positions.lineno is not None:
            # Of a guard, which stands on the line of its loop.
            line = self._shift + jump.positions.lineno
            begins = [number for number in begins if self.loops[number].node.lineno == line]
        elif here is not None:
            begins = [number for number in begins if Extent.of(self.loops[number].node).holds(here)]
        return [(number, "body") for number in begins] if len(begins) == 1 else []

    def _begins_at(self, loop: ast.While) -> Extent | None:
        """Where the first instruction of a body stands; there may be copies of it."""
        wanted = Extent.of(loop.body[0])
        extents = (self.extent(each) for each in self.flow.instructions)
        return next((each for each in extents if each is not None and wanted.holds(each)), None)

    def begun(self, head: Head) -> int | None:
        """Where an iteration of a `while` begins whose condition need not be asked, if its jump back asks it."""
        if head.role != "condition":
            return None
        found = self.apart(each for each in self.all if each.loop == head.loop and each.role == "body")
        return found[0].offset if len(found) == 1 and found[0].depth == head.depth else None

    def apart(self, heads: Iterable[Head]) -> list[Head]:
        """Those of some heads that lead to different places: a `continue` within a `try` goes to the line of its
        `while`, from which nothing but a way leads to the body."""
        found = {self.flow.settled(each.offset): each for each in sorted(heads, key=lambda head: -head.offset)}
        return list(found.values())

    def _bodies(self) -> Iterator[Head]:
        """Where the body of each `while` begins, of those that no jump leads to."""
        known = {head.loop for head in self.all if head.role == "body"}
        for number, loop in enumerate(self.loops):
            if isinstance(loop.node, ast.While) and number not in known:
                wanted = Extent.of(loop.node.body[0])
                for instruction in self.flow.instructions:
                    extent = self.extent(instruction)
                    if extent is not None and wanted.holds(extent):
                        yield from self._head(number, "body", self.flow.start(instruction))
                        break

    def _conditions(self) -> Iterator[Head]:
        """Where the condition of each `while` is asked first."""
        for number, loop in enumerate(self.loops):
            if isinstance(loop.node, ast.While):
                wanted = Extent.of(loop.node.test)
                before: dict[int, Head] = {}
                for instruction in self.flow.instructions:
                    extent = self.extent(instruction)
                    if extent is not None and wanted.holds(extent):
                        for head in self._head(number, "condition", self.flow.start(instruction)):
                            before.setdefault(head.depth, head)
                yield from (head for head in before.values() if head not in self.all)


__all__ = ["Extent", "Head", "Heads", "Role"]
