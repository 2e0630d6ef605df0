"""What code at work may still do on its earlier text: what it calls, and which names it reads."""

from __future__ import annotations

from types import CodeType
from typing import NamedTuple

from reloadr.live.module import Tracked
from reloadr.running import calls
from reloadr.running.moves import Move

__all__ = ["Rest", "rest_of"]


class Rest(NamedTuple):
    """The rest of a function, or of a module, before it moves to the new text or ends."""

    tracked: Tracked
    #: Its name and line now.
    name: str
    line: int
    #: The lines of what it calls, in the earlier file.
    calls: frozenset[int]
    #: The names that it reads of the module, and the attributes that it reads of such names.
    names: frozenset[str]
    attributes: frozenset[tuple[str, str]]
    #: The attributes that it reads of anything, with their lines in the earlier file.
    members: frozenset[tuple[str, int]]


def rest_of(whose: tuple[Tracked, str, int], code: CodeType, at: int, move: Move | None, first: int) -> Rest:
    """What something may still do that stands at an offset of a code object, and moves by `move`, if it does. `whose`
    begins the answer; `first` is the line of the code object in the earlier file, 0 if it is of a text before that."""
    lines: set[int] = set()
    names: set[str] = set()
    attributes: set[tuple[str, str]] = set()
    members: set[tuple[str, int]] = set()
    last = ""
    for each in calls.rest(move, code, at):
        line = each.positions.lineno if each.positions is not None and first else None
        line = 0 if line is None else line - code.co_firstlineno + first
        if each.opname.startswith("CALL"):
            lines.add(line)
        if each.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            last = each.argval
            names.add(last)
            continue
        if each.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            members.add((each.argval, line))
            attributes |= {(last, each.argval)} if last else set()
        last = ""
    return Rest(*whose, frozenset(lines), frozenset(names), frozenset(attributes), frozenset(members))
