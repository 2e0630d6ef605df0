"""Code whose loops are held: an exception that would leave one is brought to a guard, which lets the iteration go on.

    for x in xs:                   # instructions as the compiler made them, at their offsets
        work(x)                    # an exception that nothing within the loop handles ...
                                   # ... comes here, behind the end: `exception in guard`, and back to the loop's head

The guard is asked, waits for a save if it is to, and says whether the iteration goes on. Where it does not, the
exception goes on as it came. On CPython 3.11 the ways by which loops turn to other code stand there too (`turns.py`).
"""

from __future__ import annotations

import ast
import dis
from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple, Protocol

from reloadr.running import interpreter
from reloadr.running.entries import cache_units, unit
from reloadr.running.flow import Flow, arguments_of
from reloadr.running.heads import Extent, Head, Heads
from reloadr.running.loops import Loop, Unmovable
from reloadr.running.tables import Entry, entries_of, last_line, line_entry, table_of
from reloadr.running.texts import Place
from reloadr.running.turns import Turn


class Guard(ABC):
    """What is asked about an exception; held by the code whose loop it is about."""

    __slots__ = ()

    @abstractmethod
    def __contains__(self, error: object) -> bool:
        """Whether the loop goes on."""

    @abstractmethod
    def __invert__(self) -> BaseException:
        """What was not held."""

    @abstractmethod
    def __lshift__(self, iterator: Iterator[object]) -> Iterator[object]:
        """What a `for` goes on with, if its iteration is done again."""


class MakesGuard(Protocol):
    """Makes the guard of a loop that begins so many lines below the first one of its code, so deep in the stack."""

    def __call__(self, loop: Loop, below: int, depth: int) -> Guard: ...


class _Held(NamedTuple):
    """A loop that can be held."""

    loop: Loop
    head: Head
    #: The jump back that the guard goes to, and what handles exceptions of the loop from outside.
    jump: int
    outside: Entry | None
    #: The instructions whose exceptions would leave the loop.
    inside: frozenset[int]


#: What lies on the stack above what the loop holds, when a guard is asked.
ROOM = 2


def guarded(
    code: CodeType, place: Place, make: MakesGuard | None, *, again: bool, turn: Turn | None = None, room: int = 0
) -> CodeType:
    """The code with its loops held, if there is who makes guards; the code itself, where there is none that can be. An
    iteration that raised is done again, or the next one is begun. Loops that need a larger stack than there is room
    for are left out; 0 for any."""
    try:
        heads = Heads(code, place)
    except Unmovable:
        return code
    table = entries_of(code)
    numbers = [number for number in range(len(heads.loops)) if make is not None]
    found = [each for number in numbers if (each := _held(heads, table, number)) is not None]
    turns = [] if turn is None else list(_turns(heads, table, turn))
    if room:
        found, turns = ([each for each in helds if each.head.depth + ROOM <= room] for helds in (found, turns))
    if not found and not turns:
        return code
    made = _Build(code, heads, table, make, turn, again).with_guards(found, turns)
    # An iteration may have deleted what the compiler knew to be there.
    arguments = [*code.co_varnames[: arguments_of(code)], *code.co_cellvars, *code.co_freevars]
    if Flow(made).lacking(0, arguments) != heads.flow.lacking(0, arguments):
        return code
    return made


def _held(heads: Heads, table: list[Entry], number: int) -> _Held | None:
    jumps = [(jump, head) for jump, head in heads.jumps.items() if head.loop == number]
    loop = heads.loops[number]
    if not jumps or any(step.suite == "finalbody" for step in loop.way):
        return None
    if interpreter.BY_CALL and not isinstance(loop.node, ast.For):
        # Its conditions jump back otherwise there.
        return None
    stands = {_handler(table, jump) for jump, _ in jumps}
    if isinstance(loop.node, ast.While):
        # A jump behind a condition that the compiler wrote twice is in nobody's stretch: it cannot raise.
        stands |= {_handler(table, head.offset) for _, head in jumps}
    outside = [each for each in stands if each is not None]
    if len(outside) > 1:
        return None
    jump, head = jumps[-1]
    handler = outside[0] if outside else None
    inside = frozenset(_inside(heads, table, loop, head, handler))
    return _Held(loop, head, jump, handler, inside) if inside else None


def _turns(heads: Heads, table: list[Entry], turn: Turn) -> Iterator[_Held]:
    """The loops that can turn to other code where they ask for their next item."""
    for head in heads.all:
        loop = heads.loops[head.loop]
        if isinstance(loop.node, ast.For) and all(step.suite != "finalbody" for step in loop.way):
            asks = heads.flow.at(head.offset).offset
            if isinstance(loop.node.iter, ast.Call):
                above = heads.flow.instructions[: heads.flow.number(asks)]
                turn.calls[sum(each.opname == "FOR_ITER" for each in above)] = loop.node.iter.func
            yield _Held(loop, head, asks, _handler(table, asks), frozenset((asks,)))


def _handler(table: list[Entry], offset: int) -> Entry | None:
    """What handles an exception at an offset, without the stretch."""
    found = next((each for each in table if each.start <= offset < each.end), None)
    return found and found._replace(start=0, end=0)


def _inside(heads: Heads, table: list[Entry], loop: Loop, head: Head, outside: Entry | None) -> Iterator[int]:
    """The instructions of a loop's body that nothing within the loop handles."""
    wanted = [Extent.of(each) for each in loop.node.body]
    extent = Extent(wanted[0].first, wanted[-1].last)
    if isinstance(loop.node, ast.For):
        # What it goes through, or a condition, is of no iteration yet.
        extent = Extent(Extent.of(loop.node.target).first, extent.last)
    seen: set[int] = set()
    todo = [each.offset for each in heads.flow.instructions if _stands(heads, each, extent)]
    while todo:
        offset = todo.pop()
        if offset in seen:
            continue
        seen.add(offset)
        handler = _handler(table, offset)
        if handler is not None and handler != outside:
            todo += _without_place(heads, handler.target)
    for offset in seen:
        depth = heads.flow.depth.get(offset)
        if _handler(table, offset) == outside and depth is not None and depth >= head.depth and offset != head.offset:
            yield offset


def _stands(heads: Heads, instruction: dis.Instruction, extent: Extent) -> bool:
    there = heads.extent(instruction)
    return there is not None and extent.holds(there)


def _without_place(heads: Heads, offset: int) -> Iterator[int]:
    """The instructions of a handler that stand nowhere in the source: they lead on what is not handled."""
    for each in heads.flow.instructions[heads.flow.number(offset) :]:
        yield each.offset
        if each.opname in ("RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD"):
            return


class _Build:
    """Puts the guards behind the end of a code object."""

    def __init__(
        self, code: CodeType, heads: Heads, table: list[Entry], make: MakesGuard | None, turn: Turn | None, again: bool
    ) -> None:
        self._turn = turn
        self._code = code
        self._heads = heads
        self._table = table
        self._make = make
        self._again = again
        self._added = b""
        self._constants: list[object] = []
        self._lines = b""

    def with_guards(self, helds: list[_Held], turns: list[_Held]) -> CodeType:
        """The code, and a guard for each loop; and a turn for each of those."""
        line = last_line(self._code)
        targets: dict[int, Entry] = {}
        guards: list[Entry] = []
        stack = self._code.co_stacksize
        # Inner loops come behind the outer ones: theirs are the instructions that both have.
        for held in [*helds, *turns]:
            start = len(self._code.co_code) + len(self._added)
            first = self._heads.lines[self._heads.loops.index(held.loop)]
            if held in turns:
                # What else is raised there is held by the loop around, as it was.
                around = [targets[each] for each in held.inside if each in targets]
                held = held._replace(outside=around[0] if around else held.outside)
                length = self._way_out(held)
            else:
                length = self._guard(held, first - self._code.co_firstlineno)
            self._lines += line_entry(length // 2, first - line)
            line = first
            stack = max(stack, held.head.depth + ROOM)
            targets.update(dict.fromkeys(held.inside, Entry(0, 0, start, held.head.depth, False)))
            if held.outside is not None:
                guards.append(held.outside._replace(start=start, end=start + length))
        return self._code.replace(
            co_code=self._code.co_code + self._added,
            co_consts=(*self._code.co_consts, *self._constants),
            co_exceptiontable=table_of([*self._merged(targets), *guards]),
            co_linetable=self._code.co_linetable + self._lines,
            co_stacksize=stack,
        )

    def _merged(self, targets: dict[int, Entry]) -> Iterator[Entry]:
        """The table with guards where nothing within the loop handles it, in the order of the instructions."""
        instructions = self._heads.flow.instructions
        for at, each in enumerate(instructions):
            end = instructions[at + 1].offset if at + 1 < len(instructions) else len(self._code.co_code)
            entry = targets.get(each.offset) or _handler(self._table, each.offset)
            if entry is not None:
                yield entry._replace(start=each.offset, end=end)

    def _guard(self, held: _Held, below: int) -> int:
        """Adds a guard; its length."""
        assert self._make is not None
        load = self._load(self._make(held.loop, below, held.head.depth))
        goes_on = b""
        if self._again and isinstance(held.loop.node, ast.For):
            goes_on = load + unit("SWAP", 2) + _op("BINARY_OP", _SHIFT)
            if interpreter.STACK_HAS_PLACES:
                goes_on = unit("POP_TOP", 0) + goes_on + unit("PUSH_NULL", 0)
        before = self._asks(load) + goes_on
        here = len(self._code.co_code) + len(self._added) + len(before)
        begun = self._heads.begun(held.head) if self._again else None
        if begun is None:
            back = self._back("JUMP_BACKWARD_NO_INTERRUPT", here, self._target(held))
        else:
            back = self._back("JUMP_BACKWARD", here, begun)
        self._added += before + back
        return len(before + back)

    def _way_out(self, held: _Held) -> int:
        """Adds a turn; its length."""
        assert self._turn is not None
        before = self._asks(self._load(self._turn)) + unit("PUSH_NULL", 0) + self._load(self._turn.call)
        before += _op("PRECALL") + _op("CALL") + unit("POP_TOP", 0)
        here = len(self._code.co_code) + len(self._added) + len(before)
        back = self._back("JUMP_BACKWARD_NO_INTERRUPT", here, held.head.offset)
        self._added += before + back
        return len(before + back)

    def _load(self, constant: object) -> bytes:
        self._constants.append(constant)
        return unit("LOAD_CONST", len(self._code.co_consts) + len(self._constants) - 1)

    @staticmethod
    def _asks(load: bytes) -> bytes:
        """Goes on behind itself where what is loaded says so, else raises."""
        raises = load + _op("UNARY_INVERT") + unit("RERAISE", 0)
        return load + _op("CONTAINS_OP") + _op(_IF_TRUE, len(raises) // 2) + raises

    def _target(self, held: _Held) -> int:
        """Where a guard goes: to the jump back, or to the condition that is asked before it."""
        flow = self._heads.flow
        # What extends its argument belongs to it: without, it would lead elsewhere.
        start = flow.start(flow.at(held.jump))
        if isinstance(held.loop.node, ast.While) and not self._again:
            extent = Extent.of(held.loop.node.test)
            for each in reversed(flow.instructions[: flow.number(start)]):
                if not _stands(self._heads, each, extent):
                    break
                start = each.offset
        return start

    @staticmethod
    def _back(name: str, here: int, target: int) -> bytes:
        found = b""
        while True:
            # What extends the argument makes the way longer.
            made = _op(name, (here + len(found) - target) // 2)
            if len(made) == len(found):
                return made
            found = made


def has_guards(code: CodeType) -> bool:
    """Whether any loop of a code object is held."""
    return any(isinstance(each, Guard) for each in code.co_consts)


_IF_TRUE = "POP_JUMP_FORWARD_IF_TRUE" if interpreter.BY_CALL else "POP_JUMP_IF_TRUE"
_SHIFT = next(number for number, (_, symbol) in enumerate(dis._nb_ops) if symbol == "<<")  # type: ignore[attr-defined]


def _op(name: str, argument: int = 0) -> bytes:
    """An instruction, with the room that the interpreter keeps behind it for itself."""
    return unit(name, argument) + bytes(2 * cache_units(name))


__all__ = ["Guard", "MakesGuard", "guarded", "has_guards"]
