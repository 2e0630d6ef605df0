"""The ways from the loops of a function's old code into its new code, worked out before anything runs."""

from __future__ import annotations

import ast
import dis
from collections.abc import Callable, Iterable
from types import CodeType
from typing import NamedTuple

from reloadr.running import interpreter
from reloadr.running.heads import Head, Heads
from reloadr.running.loops import Loop, Unmovable, above, has_asked, is_endless, partner
from reloadr.running.texts import Place

_KINDS = 0x20 | 0x80 | 0x100 | 0x200  # generator, coroutine, a generator that can be awaited, asynchronous generator


class Passage(NamedTuple):
    """Where a frame that comes to the head of an old loop goes on in the new code."""

    depth: int
    offset: int
    #: The line of the loop in the new file.
    line: int
    #: Whether lines above the loop changed too, or what it goes through.
    changed_above: bool


class Ways:
    """All passages from one code object to another."""

    def __init__(self, old: CodeType, old_place: Place, new: CodeType, new_place: Place) -> None:
        if (old.co_flags ^ new.co_flags) & _KINDS:
            raise Unmovable("it is another kind of function now")
        self._in_module = old.co_name == "<module>"
        self._old = Heads(old, old_place)
        self._new = Heads(new, new_place)
        self._names = {*old.co_varnames, *old.co_cellvars, *old.co_freevars}
        #: By the offset of the jump back; by that of the head, where frames move by a call there.
        self.passages: dict[int, Passage] = {}
        #: Why there is none, likewise.
        self.refused: dict[int, str] = {}
        for jump, head in self._ends():
            try:
                self.passages[jump] = self._passage(head)
            except Unmovable as reason:
                self.refused[jump] = str(reason)

    def _ends(self) -> Iterable[tuple[int, Head]]:
        """Where iterations of old loops end, or begin."""
        if interpreter.BY_CALL:
            return [(head.offset, head) for head in self._old.all if head.role == "next"]
        return self._old.jumps.items()

    def _passage(self, head: Head) -> Passage:
        old = self._old.loops[head.loop]
        new = partner(self._old.loops, self._new.loops, head.loop)
        targets = self._new.apart(each for each in self._targets(head, old, new) if each.depth == head.depth)
        if len(targets) != 1 or (isinstance(new.node, ast.While) and _is_repeated(new)):
            raise Unmovable("the interpreter holds other things for its loop now")
        (target,) = targets
        self.check(target.offset, self._names)
        line = self._new.lines[self._new.loops.index(new)]
        changed_above = above(old, in_module=self._in_module) != above(new, in_module=self._in_module)
        return Passage(head.depth, target.offset, line, changed_above)

    def _targets(self, head: Head, old: Loop, new: Loop) -> Iterable[Head]:
        number = self._new.loops.index(new)
        roles = {head.role}
        if isinstance(new.node, ast.While):
            asked = head.role == "body" and isinstance(old.node, ast.While) and has_asked(old.node, new.node)
            roles = {"body"} if asked or is_endless(new.node) else {"condition"}
        return [each for each in self._new.all if each.loop == number and each.role in roles]

    def check(self, offset: int, bound: Iterable[str]) -> None:
        """Raises Unmovable where the new code needs more variables at an offset than there are."""
        lacking = self._new.flow.lacking(offset, bound)
        if lacking:
            raise Unmovable(f"only lines above its loop make {', '.join(lacking)}")

    def passage(self, jump: int) -> Passage | None:
        """The passage of a jump back; None where it is not one of a loop of the source. Raises Unmovable."""
        if jump in self.refused:
            raise Unmovable(self.refused[jump])
        return self.passages.get(jump)

    def ahead(self, offset: int, can: Callable[[int], bool]) -> tuple[list[Passage], list[str]]:
        """What a frame that stands at an offset of the old code may come to, the nearest first, of those that it can
        take; why not to others."""
        reached = [each for each in self._old.flow.reached(offset) if can(each)]
        passages = [self.passages[jump] for jump in reached if jump in self.passages]
        return passages, [self.refused[jump] for jump in reached if jump in self.refused]

    def rest(self, offset: int, can: Callable[[int], bool]) -> list[dis.Instruction]:
        """What a frame that stands at an offset of the old code may still do there before it moves."""
        flow = self._old.flow
        ends = {jump for jump in self.passages if can(jump)}
        return [flow.instructions[flow.number(each)] for each in flow.reached(offset, ends)[1:]]


def _is_repeated(loop: Loop) -> bool:
    """Whether the compiler writes a loop's code more than once."""
    return any(step.suite == "finalbody" for step in loop.way)


__all__ = ["Passage", "Ways"]
