"""On CPython 3.11 a loop goes on in other code by a call that its own frame makes: `for x in reloadr.loop(xs)`.

    FOR_ITER                       # raises `Turning` where an edit waits for this loop ...
                                   # ... which comes here, behind the end: a call, and back to the loop's head

That interpreter tells nobody of a jump. It looks anew at the code of a frame where a call ends that the frame made
directly: while `reloadr.loop()` is called, the frame gets the code with this behind its end, and it moves while it
calls that.
"""

from __future__ import annotations

import ast
import dis
import sys
import threading
from collections.abc import Callable, Mapping
from functools import wraps
from itertools import islice
from types import CodeType, FrameType, ModuleType
from weakref import ref

from reloadr.live.kinds import is_a
from reloadr.running.tables import entries_of


class Turning(Exception):
    """Raised at the head of a loop whose frame is to go on in other code; never seen by the program."""


#: The functions that give iterators which raise it.
givers: list[object] = []


class _Go:
    """What is called; who is told of it."""

    def __init__(self) -> None:
        self.by: Callable[[FrameType], object] = lambda _: None


go = _Go()


def _call() -> None:
    """Called by a frame at the head of its loop."""
    go.by(sys._getframe())


class Turn:
    """Held by code whose loops can go on in other code this way."""

    __slots__ = ("_asked", "call", "calls", "found", "original", "ranks")

    def __init__(self, original: CodeType) -> None:
        #: Without what is behind the end.
        self.original = ref(original)
        self.call = _call
        #: Which loops are known to go through `reloadr.loop`: see `rank`; what others call for what they go through.
        self.ranks: set[int] = set()
        self.calls: dict[int, ast.expr] = {}
        #: What was looked for in the code, and in copies of another length.
        self.found: dict[tuple[str, int, int], int] = {}
        self._asked = threading.local()

    def resolve(self, namespace: Mapping[str, object]) -> None:
        """Looks which loops go through `reloadr.loop`, before they do."""
        for number, called in self.calls.items():
            value = _named(called, namespace)
            if any(value is each for each in givers):
                self.ranks.add(number)
        self.calls.clear()

    def __contains__(self, error: object) -> bool:
        """Whether the frame is to make its call; asked by it."""
        is_ours = isinstance(error, Turning)
        self._asked.error = None if is_ours else error
        return is_ours

    def __invert__(self) -> BaseException:
        """What else was raised there."""
        error: BaseException = self._asked.error
        self._asked.error = None
        return error


def turn_of(code: CodeType) -> Turn | None:
    """What a code object has of it."""
    return next((each for each in code.co_consts if is_a(each, Turn)), None)


def _named(node: ast.expr, namespace: Mapping[str, object]) -> object:
    """What `loop` or `reloadr.loop` is; None for what is not told as easily."""
    if isinstance(node, ast.Name):
        return namespace.get(node.id)
    owner = _named(node.value, namespace) if isinstance(node, ast.Attribute) else None
    if not isinstance(node, ast.Attribute) or not is_a(owner, ModuleType):
        return None
    # Our own brings its names as it is asked for them.
    return getattr(owner, node.attr, None) if owner.__name__ == "reloadr" else vars(owner).get(node.attr)


def can_turn(code: CodeType, offset: int) -> bool:
    """Whether what is raised where a loop asks for its next item leads to a turn."""
    for each in entries_of(code):
        if each.start <= offset < each.end:
            behind = (at for at in dis.get_instructions(code) if at.offset >= each.target)
            return any(is_a(at.argval, Turn) for at in islice(behind, 4))
    return False


def rank(code: CodeType, offset: int) -> int:
    """How many loops of the code begin above an offset; the same in copies that stand further behind."""
    return code.co_code[:offset:2].count(dis.opmap["FOR_ITER"])


def _once(find: Callable[[CodeType, int], int]) -> Callable[[CodeType, int], int]:
    @wraps(find)
    def found(code: CodeType, offset: int) -> int:
        turn, key = turn_of(code), (find.__name__, len(code.co_code), offset)
        if turn is None:
            raise LookupError("no way leads to its loop")
        if key not in turn.found:
            turn.found[key] = find(code, offset)
        return turn.found[key]

    return found


@_once
def head_behind(code: CodeType, offset: int) -> int:
    """The head of the loop that a frame goes back to from its call."""
    behind = (each for each in dis.get_instructions(code) if each.offset > offset)
    found: int = next(each.argval for each in behind if each.opname == "JUMP_BACKWARD_NO_INTERRUPT")
    return found


@_once
def landing(code: CodeType, head: int) -> int:
    """Where a frame stands in its call, that goes back to the head of a loop. Raises LookupError."""
    instructions = list(dis.get_instructions(code))
    for call, pop, back in zip(instructions, instructions[1:], _unextended(instructions), strict=False):
        if (call.opname, pop.opname, back.opname) == ("CALL", "POP_TOP", "JUMP_BACKWARD_NO_INTERRUPT"):
            if back.argval == head:
                return pop.offset - 2
    raise LookupError("no way leads to its loop")


def _unextended(instructions: list[dis.Instruction]) -> list[dis.Instruction]:
    """By each instruction, the one behind the next, past what extends its argument."""
    found = []
    for number in range(2, len(instructions)):
        while instructions[number].opname == "EXTENDED_ARG":
            number += 1
        found.append(instructions[number])
    return found


def begins(code: CodeType, call: int) -> int | None:
    """Where a loop asks for items of exactly what a call returned, if that is all that is done with it."""
    behind = [each for each in dis.get_instructions(code) if each.offset > call and each.opname != "EXTENDED_ARG"]
    if [each.opname for each in behind[:2]] != ["GET_ITER", "FOR_ITER"]:
        return None
    return behind[1].offset


__all__ = ["Turn", "Turning", "begins", "can_turn", "givers", "go", "head_behind", "landing", "rank", "turn_of"]
