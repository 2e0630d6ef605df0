"""What code does with its stack and its variables, told from its instructions.

flow = Flow(code)
flow.depth[28]                  # how much lies on the stack before the instruction at 28
flow.lacking(28, {"n", "s"})    # variables that code from 28 on relies on, beside these
"""

from __future__ import annotations

import dis
from collections.abc import Iterable, Iterator, Set
from heapq import heappop, heappush
from types import CodeType
from typing import Any, NamedTuple

from reloadr.live.kinds import is_a
from reloadr.running import interpreter

# What ends an `async for` notes from where it came, since CPython 3.14.
_JUMPS = (frozenset(dis.hasjrel) | frozenset(dis.hasjabs)) - {dis.opmap["END_ASYNC_FOR"]}
_ENDS = frozenset({"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "INTERPRETER_EXIT"})
_ALWAYS = ("JUMP_FORWARD", "JUMP_BACKWARD")


class Handler(NamedTuple):
    """A stretch of instructions, and where an exception in it leads."""

    start: int
    end: int
    target: int
    depth: int


class Use(NamedTuple):
    """What an instruction does with a variable: `read` (the interpreter relies on it), `check`, `bind` or `free`."""

    kind: str
    name: str


def handlers(code: CodeType) -> list[Handler]:
    """The exception table; the depth is that at the handler's first instruction."""
    parse: Any = dis._parse_exception_table  # type: ignore[attr-defined]
    return [Handler(each.start, each.end, each.target, each.depth + 1 + bool(each.lasti)) for each in parse(code)]


def uses(instruction: dis.Instruction) -> Iterator[Use]:
    """What an instruction does with variables, in order. The names are those of the interpreter's opcodes."""
    name, value = instruction.opname, instruction.argval
    if name.endswith("_DEREF"):
        kinds = {"STORE": "bind", "DELETE": "free"}
        yield Use(kinds.get(name.partition("_")[0], "check"), value)
    if "_FAST" not in name:
        return
    if name == "LOAD_FAST_AND_CLEAR":
        yield Use("free", value)
        return
    if name == "DELETE_FAST":
        yield Use("check", value)
        yield Use("free", value)
        return
    checked = name.endswith("_CHECK")
    names = value if is_a(value, tuple) else (value,)
    words = [word for word in name.split("_") if word in ("LOAD", "STORE")]
    for word, each in zip(words, names, strict=True):
        yield Use("bind" if word == "STORE" else "check" if checked else "read", each)


def arguments_of(code: CodeType) -> int:
    """How many variables of a function are its arguments."""
    variadic = bool(code.co_flags & 0x4) + bool(code.co_flags & 0x8)
    return code.co_argcount + code.co_kwonlyargcount + variadic


class _Step(NamedTuple):
    """An instruction: where an exception in it leads, what it does with variables, and where it leads itself."""

    handlers: list[int]
    uses: list[Use]
    to: list[int]


class Flow:
    """The ways through a code object."""

    def __init__(self, code: CodeType) -> None:
        # Not the code itself, which is to go with what runs it.
        self._variables = frozenset(code.co_varnames) | frozenset(code.co_cellvars)
        self.instructions = list(dis.get_instructions(code))
        self._at = {each.offset: number for number, each in enumerate(self.instructions)}
        self.handlers = handlers(code)
        self._steps: dict[int, _Step] = {}
        #: Reads of variables that may have no value, where the code itself does not tell them from others.
        self._unsure: frozenset[int] = frozenset()
        #: By offset; what no way leads to is missing, and so is what ways of different depths lead to.
        self.depth = self._depths()
        if interpreter.BY_CALL:
            arguments = code.co_varnames[: arguments_of(code)]
            reads = self._reads(0, self._variables - {*arguments, *code.co_cellvars})
            self._unsure = frozenset(at for at, use, lacks in reads if use.kind == "read" and lacks)
            self._steps.clear()

    def at(self, offset: int) -> dis.Instruction:
        """The instruction that begins at an offset, past what extends its argument."""
        number = self._at[offset]
        while self.instructions[number].opname == "EXTENDED_ARG":
            number += 1
        return self.instructions[number]

    def number(self, offset: int) -> int:
        """Which instruction begins at an offset."""
        return self._at[offset]

    def start(self, instruction: dis.Instruction) -> int:
        """Where a jump to an instruction leads: to what extends its argument."""
        number = self._at[instruction.offset]
        while number and self.instructions[number - 1].opname == "EXTENDED_ARG":
            number -= 1
        return self.instructions[number].offset

    def settled(self, offset: int) -> int:
        """Where code that begins at an offset first does something: past what does nothing, and jumps."""
        seen: set[int] = set()
        while offset not in seen:
            seen.add(offset)
            instruction = self.at(offset)
            if instruction.opname.startswith(_ALWAYS):
                offset = instruction.argval
            elif instruction.opname == "NOP":
                offset = self.instructions[self._at[instruction.offset] + 1].offset
        return offset

    def _next(self, instruction: dis.Instruction) -> Iterator[tuple[int, bool]]:
        """Where an instruction leads, and whether by a jump."""
        if instruction.opname in _ENDS:
            return
        if instruction.opcode in _JUMPS:
            yield instruction.argval, True
        number = self._at[instruction.offset] + 1
        if not instruction.opname.startswith(_ALWAYS) and number < len(self.instructions):
            yield self.instructions[number].offset, False

    def _depths(self) -> dict[int, int]:
        depth = {0: 0}
        todo = [0]
        for handler in self.handlers:
            depth[handler.target] = handler.depth
            todo.append(handler.target)
        unclear: set[int] = set()
        while todo:
            offset = todo.pop()
            instruction = self.instructions[self._at[offset]]
            argument = instruction.arg if instruction.opcode >= dis.HAVE_ARGUMENT else None
            for to, jumps in self._next(instruction):
                effect = dis.stack_effect(instruction.opcode, argument, jump=jumps)
                if instruction.opname == "RETURN_GENERATOR":
                    # What is sent first comes with it.
                    effect = 1
                after = depth[offset] + effect
                if to not in depth:
                    depth[to] = after
                    todo.append(to)
                elif depth[to] != after:
                    unclear.add(to)
        return {offset: each for offset, each in depth.items() if offset not in unclear}

    def reached(self, offset: int, ends: Set[int] = frozenset()) -> list[int]:
        """All offsets that code at an offset may come to, that one included; the nearest first. It goes no further than
        `ends`."""
        # A frame that waits for a call may stand in what the interpreter keeps behind the instruction.
        while offset not in self._at:
            offset -= 2
        seen = {offset}
        found = [offset]
        for at in found:
            step = self._step(at)
            for to in (*step.to, *step.handlers) if at not in ends else ():
                if to not in seen:
                    seen.add(to)
                    found.append(to)
        return found

    def lacking(self, offset: int, bound: Iterable[str]) -> list[str]:
        """Variables without which code must not begin at an offset, where only those of `bound` have a value.

        The compiler leaves out the look whether a variable has a value where it knows so from the lines above. And a
        variable that is read from there on, but made by nothing from there on, would be a NameError.
        """
        free = self._variables - set(bound)
        found: set[str] = set()
        asked: set[str] = set()
        made: set[str] = set()
        for _, (kind, name), lacks in self._reads(offset, free):
            if kind == "bind":
                made.add(name)
            elif lacks:
                (found if kind == "read" else asked).add(name)
        return sorted(found | ((asked & free) - made))

    def _reads(self, offset: int, free: Set[str]) -> Iterator[tuple[int, Use, bool]]:
        """What code from an offset on does with variables, where `free` have no value there: reads, with whether the
        variable has none then, and bindings."""
        state: dict[int, Set[str]] = {offset: free}
        todo = [offset]
        while todo:
            # In the order of the code: where ways join, what comes from above is there first.
            at = heappop(todo)
            step = self._step(at)
            now = set(state[at])
            self._flow(state, todo, step.handlers, now)
            for use in step.uses:
                if use.kind == "free":
                    now.add(use.name)
                    continue
                yield at, use, use.name in now
                if use.kind == "bind":
                    now.discard(use.name)
            self._flow(state, todo, step.to, now)

    @staticmethod
    def _flow(state: dict[int, Set[str]], todo: list[int], ways: Iterable[int], now: Set[str]) -> None:
        for to in ways:
            known = state.get(to)
            if known is None or not now <= known:
                state[to] = frozenset(now) if known is None else known | now
                if to not in todo:
                    heappush(todo, to)

    def _sure(self, offset: int, use: Use) -> Use:
        return use._replace(kind="check") if use.kind == "read" and offset in self._unsure else use

    def _step(self, offset: int) -> _Step:
        known = self._steps.get(offset)
        if known is None:
            instruction = self.instructions[self._at[offset]]
            known = self._steps[offset] = _Step(
                [each.target for each in self.handlers if each.start <= offset < each.end],
                [self._sure(offset, each) for each in uses(instruction)],
                [to for to, _ in self._next(instruction)],
            )
        return known


__all__ = ["Flow", "Handler", "Use", "arguments_of", "handlers", "uses"]
