"""For a frame that is too small for the new code: it calls a function whose code begins at the loop's head.

    def main():                    # the frame as it is from now on, at the line of the loop
        return entry()
    def entry(given):              # the new code, behind a few instructions that put everything in its place
        a, b, (on the stack) = given; goto head

A generator delegates to `entry`, a coroutine awaits it. There is room in the frame of `entry` for edits to come, which
then move that frame itself: however many there are, the stack is one frame deeper at the most.
"""

from __future__ import annotations

import dis
from collections.abc import Iterable
from functools import cache
from types import CodeType, FunctionType
from typing import Any, Final, cast

from reloadr.live.kinds import is_a
from reloadr.running import interpreter
from reloadr.running.flow import Flow
from reloadr.running.loops import Unmovable
from reloadr.running.slots import MISSING, Source, capacity, from_place, has_gaps, names_of
from reloadr.running.tables import entries_of, line_entry, nowhere, table_of

#: Slots that the frame of an entry has beside those that its code needs.
RESERVE: Final = 48
#: Whose place an entry takes: an attribute of its function.
OWNER: Final = "__reloadr_owner__"

_OPTIMIZED, _GENERATOR, _COROUTINE, _ITERABLE, _ASYNC_GENERATOR = 0x1, 0x20, 0x80, 0x100, 0x200
#: Of a caller: as code of a module.
_MODULE: Final = -1
_VARIADIC = 0x4 | 0x8


def given_to(slots: list[object], stack: list[object], sources: list[Source]) -> list[object]:
    """What an entry is given: the variables that have a value, by their slots, then the stack from its top.

    Where the stack holds nothing in some places it is one value: `(((None, first), second), third)`.
    """
    given: list[object] = []
    for source in sources:
        if source is not None:
            given.append(source[0] if is_a(source, tuple) else slots[source])
    if not has_gaps(stack):
        return [*given, *reversed(stack)]
    chain: object = None
    for each in reversed(stack):
        chain = chain if each is MISSING else (chain, each)
    return [*given, chain]


def as_objects(stack: list[object]) -> list[object]:
    """A stack on which a `for` holds its place in a sequence beside it (CPython 3.15), with iterators instead."""
    found = list(stack)
    for at, place in enumerate(stack):
        if type(place) is int and at:
            found[at - 1 : at + 1] = from_place(cast("Iterable[object]", stack[at - 1]), place), MISSING
    return found


def entry_code(
    new: CodeType, offset: int, sources: list[Source], given: list[object], stack: tuple[bool, ...]
) -> CodeType:
    """The new code behind what puts its variables and its stack in place and goes to the offset. Of the stack it is
    known where it holds something. Raises Unmovable."""
    free = len(names_of(new)) - len(new.co_freevars)
    # Free variables come with the closure.
    targets = [number for number in range(free) if sources[number] is not None]
    count = len(given)
    stub, constants = _prologue(new), new.co_consts
    begins = len(stub) // 2
    if new.co_varnames:
        stub += unit("LOAD_FAST", 0) + unit("DELETE_FAST", 0)
    else:
        stub += unit("LOAD_CONST", len(constants))
        constants = (*constants, iter(given))
    stub += unit("UNPACK_SEQUENCE", count) + bytes(2 * cache_units("UNPACK_SEQUENCE"))
    stub += b"".join(unit("STORE_FAST", number) for number in targets)
    if not all(stack):
        parts = (
            unit("PUSH_NULL", 0) + unit("SWAP", 2),
            unit("UNPACK_SEQUENCE", 2) + bytes(2 * cache_units("UNPACK_SEQUENCE")),
        )
        stub += b"".join(parts[holds] for holds in stack) + unit("POP_TOP", 0)
    stub += unit("JUMP_FORWARD", offset // 2)
    return new.replace(
        co_code=stub + new.co_code,
        co_consts=constants,
        co_exceptiontable=table_of(each.moved(len(stub)) for each in entries_of(new)),
        # It is called at the function's first line, as whoever steps into it is shown.
        co_linetable=line_entry(begins, 0) + nowhere(len(stub) // 2 - begins) + new.co_linetable,
        co_argcount=1 if new.co_varnames else 0,
        co_posonlyargcount=0,
        co_kwonlyargcount=0,
        co_flags=new.co_flags & ~_VARIADIC,
        co_stacksize=max(new.co_stacksize, count + 2) + RESERVE,
    )


def entry(code: CodeType, given: list[object], owner: FunctionType) -> FunctionType:
    """The function that begins at the loop's head."""
    free = tuple(cell for cell in owner.__closure__ or ())
    # An iterator gives its items away: nothing but the entry's own frame holds them.
    defaults = (iter(given),) if code.co_argcount else None
    made = FunctionType(code, owner.__globals__, code.co_name, defaults, free or None)
    made.__dict__[OWNER] = owner
    return made


def owner_of(function: FunctionType) -> FunctionType:
    """The user's function that a frame's function is, or stands for."""
    owner = function.__dict__.get(OWNER, function)
    assert is_a(owner, FunctionType)
    return owner


def caller_code(model: CodeType, line: int) -> tuple[CodeType, int, list[int]]:
    """Code that calls what lies on its stack, as a function of the model's kind; where to begin; the slots of the
    stack that are the function (the other one is nothing). Raises Unmovable."""
    flags = model.co_flags
    if flags & _ASYNC_GENERATOR:
        raise Unmovable("its frame is too small, and an asynchronous generator cannot delegate")
    kind = flags & (_GENERATOR | _COROUTINE) if flags & _OPTIMIZED else _MODULE
    code, offset, order = _caller(kind, line)
    # As large as the frame, which the interpreter takes to be as large as its code says.
    stack = max(capacity(model) - len(names_of(code)), code.co_stacksize)
    made = code.replace(
        co_stacksize=stack,
        co_name=model.co_name,
        co_qualname=model.co_qualname,
        co_filename=model.co_filename,
        co_flags=code.co_flags | flags & _ITERABLE,
    )
    if capacity(made) > capacity(model):
        raise Unmovable("its frame is too small")
    return made, offset, order


@cache
def _caller(kind: int, line: int) -> tuple[CodeType, int, list[int]]:
    words = {0: "def f(): return g()", _GENERATOR: "def f(): return (yield from g())", _MODULE: "g()"}
    source = words.get(kind, "async def f(): return await g()")
    outer = compile("\n" * (line - 1) + source, "<reloadr>", "exec", dont_inherit=True)
    code = next((each for each in outer.co_consts if isinstance(each, CodeType)), outer)
    flow = Flow(code)
    call = next(each for each in flow.instructions if each.opname == "CALL")
    if flow.depth[call.offset] != 2 or call.arg != 0:
        raise Unmovable("this interpreter calls otherwise")
    if interpreter.BY_CALL:
        return *_behind_a_call(code, call.offset), _order()
    return code, call.offset, _order()


def _behind_a_call(code: CodeType, call: int) -> tuple[CodeType, int]:
    """The same for a frame that waits in a call meanwhile, whose result is none of what it is to call."""
    # Its first half.
    call -= 2 * (1 + cache_units("PRECALL"))
    added = unit("POP_TOP", 0)
    end = len(code.co_code)
    added += unit("JUMP_BACKWARD_NO_INTERRUPT", (end + len(added) + 2 - call) // 2)
    stack = max(code.co_stacksize, 3)
    lines = code.co_linetable + nowhere(len(added) // 2)
    return code.replace(co_code=code.co_code + added, co_linetable=lines, co_stacksize=stack), end - 2


@cache
def _order() -> list[int]:
    """In which order a function and nothing lie on the stack when it is called: 1 for the function."""
    probe: dict[str, Any] = {}
    exec("def f(g): return g()", probe)
    names = [each.opname for each in dis.get_instructions(probe["f"])]
    loads = [name for name in names if name == "PUSH_NULL" or name.startswith("LOAD_FAST")]
    if len(loads) != 2 or loads.count("PUSH_NULL") != 1:
        raise Unmovable("this interpreter calls otherwise")
    return [int(name != "PUSH_NULL") for name in loads]


def _prologue(code: CodeType) -> bytes:
    """What every function of this kind begins with, but for making cells: those are there already."""
    found = b""
    instructions = list(dis.get_instructions(code))
    for at, each in enumerate(instructions[:-1]):
        if each.opname != "MAKE_CELL":
            found += code.co_code[each.offset : instructions[at + 1].offset]
        if each.opname == "RESUME":
            return found
    raise Unmovable("this interpreter begins functions otherwise")


def unit(name: str, argument: int) -> bytes:
    """An instruction, behind what extends its argument."""
    wide = argument.to_bytes(4, "big").lstrip(b"\0") or b"\0"
    extended = dis.opmap["EXTENDED_ARG"]
    return b"".join(bytes((extended, byte)) for byte in wide[:-1]) + bytes((dis.opmap[name], wide[-1]))


def cache_units(name: str) -> int:
    """How much the interpreter keeps behind an instruction for itself."""
    known: Any = dis._inline_cache_entries  # type: ignore[attr-defined]
    return int(known[dis.opmap[name]] if is_a(known, list) else known.get(name, 0))


__all__ = [
    "OWNER",
    "RESERVE",
    "as_objects",
    "cache_units",
    "caller_code",
    "entry",
    "entry_code",
    "given_to",
    "owner_of",
    "unit",
]
