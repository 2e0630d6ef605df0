"""What a code object does, in a digest that is the same in every process of one source.

It is blind to how a method is called: `shop.open()` compiles to other instructions where the file has `import shop` at
its top, wherever else the same function is compiled to the same ones (CPython's `codegen.c`, `is_import_originated`).
"""

from __future__ import annotations
import __future__

import dis
import sys
from collections.abc import Generator, Iterator
from types import CodeType

from reloadr.live.kinds import is_a
from reloadr.proof.words import digest
from reloadr.running.tables import entries_of

#: Says that `from __future__ import annotations` stood above: what that made of the code is in the code.
_FUTURE = __future__.annotations.compiler_flag
_CACHE, _EXTENDED, _NULL = (dis.opmap.get(name, 0) for name in ("CACHE", "EXTENDED_ARG", "PUSH_NULL"))
#: Their lowest bit says that what is called stands on a second place of the stack.
_LOADS = {dis.opmap["LOAD_ATTR"], dis.opmap["LOAD_GLOBAL"]}
_ALIKE: dict[int, int] = {}
if sys.version_info < (3, 12):  # An instruction of its own; attributes have no such bit.
    _LOADS, _ALIKE = {dis.opmap["LOAD_GLOBAL"]}, {dis.opmap["LOAD_METHOD"]: dis.opmap["LOAD_ATTR"]}
_ABSOLUTE, _RELATIVE = frozenset(dis.hasjabs), frozenset(dis.hasjrel)
_BACK = frozenset(each for each in dis.hasjrel if "BACKWARD" in dis.opname[each] or "ASYNC" in dis.opname[each])


#: How many instructions are looked at in one step.
STEP = 500


def digest_of_code(code: CodeType) -> str:
    """What a code object does, whatever lines it stands on."""
    steps = digest_by_steps(code)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return str(end.value)


def digest_by_steps(code: CodeType) -> Generator[None, None, str]:
    """The same, a little at a time: some functions are as long as a file."""
    facts = yield from _facts(code)
    return digest(repr(facts).encode("utf-8", "surrogatepass"))


def _facts(code: CodeType) -> Generator[None, None, tuple[object, ...]]:
    numbers, instructions = yield from _instructions(code)
    constants: list[object] = []
    for each in code.co_consts:
        constants.append((yield from _constant(each)))
    return (
        instructions,
        [[*(numbers.get(at, -1) for at in each[:3]), *each[3:]] for each in entries_of(code)],
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & ~_FUTURE),
        constants,
    )


def _instructions(code: CodeType) -> Generator[None, None, tuple[dict[int, int], list[tuple[int, int]]]]:
    """By offset the number of the instruction there, and the instructions; a jump has the number it leads to."""
    numbers: dict[int, int] = {}
    found: list[tuple[int, int]] = []
    jumps: list[tuple[int, int]] = []
    for start, end, opcode, argument in _units(code.co_code):
        numbers[start] = len(found)
        if len(numbers) % STEP == 0:
            yield
        if opcode == _NULL:
            continue
        if opcode in _LOADS:
            argument &= ~1
        elif opcode in _RELATIVE:
            jumps.append((len(found), end + 2 * (-argument if opcode in _BACK else argument)))
        elif opcode in _ABSOLUTE:
            jumps.append((len(found), 2 * argument))
        found.append((_ALIKE.get(opcode, opcode), argument))
    numbers[len(code.co_code)] = len(found)
    for at, target in jumps:
        found[at] = found[at][0], numbers.get(target, -1)
    return numbers, found


def _units(text: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Where each instruction begins and ends, its caches included, its opcode and its whole argument."""
    at = start = argument = 0
    length = len(text)
    while at < length:
        opcode, argument = text[at], argument << 8 | text[at + 1]
        at += 2
        if opcode == _EXTENDED:
            continue
        while at < length and text[at] == _CACHE:
            at += 2
        yield start, at, opcode, argument
        start, argument = at, 0


def _constant(value: object) -> Generator[None, None, object]:
    if isinstance(value, CodeType):
        return (yield from _facts(value))
    if not is_a(value, frozenset, tuple):
        return value
    found: list[object] = []
    for each in value:
        found.append((yield from _constant(each)))
    return sorted(map(repr, found)) if is_a(value, frozenset) else tuple(found)
