"""Members of an enumeration that others took the place of, wherever they are held.

class Level(IntEnum):
    NONE = auto()                  # put on top: `LOW` is 2 now, and an int cannot change
    LOW = auto()                   # so whoever held `LOW` gets the new one; where that cannot be, it is said
"""

from __future__ import annotations

import gc
import types
from collections.abc import Iterator
from functools import partial
from types import CellType, FrameType, FunctionType
from typing import Any

from reloadr._core import instances
from reloadr.engine.batch import Batch, ClassNotes
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL206
from reloadr.report.reasons import plural
from reloadr.stage.journal import Journal
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, CELL, DICT


def hand_over(batch: Batch) -> None:
    """Gives those who hold an earlier member of an enumeration the new one, and names the others.

    class Level(IntEnum):              # `LOW = 1` became `LOW = 5`
        LOW = 5                        # `levels = [Level.LOW]`: the list gets the new member
    """
    if not batch.classes.members:
        return
    new = {id(was): member for _, _, was, member in batch.classes.members}
    earlier = tuple(was for _, _, was, _ in batch.classes.members)
    # From CPython 3.13 on the call below finds its own arguments as well.
    ours = {id(earlier), *(id(each) for each in _ours(batch.stage, batch.classes))}
    left: dict[int, int] = {}
    for holder in gc.get_referrers(*earlier):
        for key in replace_in(batch.stage, batch.journal, holder, new) if id(holder) not in ours else ():
            left[key] = left.get(key, 0) + 1
    for work, node, was, _ in batch.classes.members:
        if id(was) in left:
            name = f"{node.qualname}.{was._name_}"  # type: ignore[attr-defined]
            words = f"what {plural(left[id(was)], 'other')} made of {name}"
            batch.findings.reason(RL206(name=words, source=name), work.tracked, name, node.line)
    batch.classes.members.clear()


def _ours(stage: Stage, classes: ClassNotes) -> Iterator[object]:
    """What holds earlier members on our behalf, in batches that can be undone as well, or goes with this batch."""
    yield classes.members
    yield from classes.members
    for journal in instances([Journal], False):
        assert isinstance(journal, Journal)
        yield from (step for steps in journal.commits for step in steps)
        yield from (getattr(call, "args", None) for call in (*journal.on_undo, *journal.afterwards))
    for each in instances([Stage], False):
        assert isinstance(each, Stage)
        yield from (*each.steps, *each.trail.values(), *each.before.values())
        yield from (space.stage for space in each.spaces.values())
    for owner, before in stage.before.items():
        for name, was in before.items():
            if stage.spaces[owner].get(name) is not was:
                yield was
                # The fields of a dataclass that is made anew.
                yield from was.values() if type(was) is dict else ()
    for _, _, was, _ in classes.members:
        yield locate.own_dict(type(was))
        yield from (locate.class_dict(type(was)).get(name) for name in ("_member_map_", "_value2member_map_"))


def replace_in(stage: Stage, journal: Journal, holder: object, new: dict[int, object]) -> list[int]:
    """Prepares it for one holder; gives the ids of the members that it goes on holding."""
    steps = stage.steps
    attributes = None if is_a(holder, dict, type) else locate.attributes_of(holder)
    if type(holder) is CellType:
        steps.append((CELL, holder, None, new[id(holder.cell_contents)]))
    elif type(holder) is list:
        _replace_in_list(journal, holder, new)
    elif is_a(holder, dict) or attributes is not None:
        items: dict[Any, object] = holder if is_a(holder, dict) else attributes or {}
        space = stage.spaces.get(id(items))
        for key, value in list(dict.items(items)):
            if id(value) in new and space is not None:
                if space.get(str(key)) is value:
                    stage.set(space, str(key), new[id(value)])
            elif id(value) in new:
                steps.append((DICT, items, key, new[id(value)]))
        return [id(key) for key in items if id(key) in new]
    elif not is_a(holder, FrameType, types.GeneratorType) and not _replace_defaults(stage, holder, new):
        return [id(each) for each in gc.get_referents(holder) if id(each) in new]
    return []


def _replace_in_list(journal: Journal, holder: list[object], new: dict[int, object]) -> None:
    for at, value in enumerate(holder):
        if id(value) in new:
            journal.afterwards.append(partial(holder.__setitem__, at, new[id(value)]))
            journal.on_undo.append(partial(holder.__setitem__, at, value))


def _replace_defaults(stage: Stage, holder: object, new: dict[int, object]) -> bool:
    """Prepares other defaults for the functions whose defaults these are; False if they are nobody's."""
    if type(holder) is not tuple:
        return False
    functions = [each for each in gc.get_referrers(holder) if is_a(each, FunctionType)]
    for each in functions:
        if stage.current(each, "__defaults__") is holder:
            defaults = tuple(new.get(id(value), value) for value in holder)
            stage.steps.append((ATTR, each, "__defaults__", defaults))
    return bool(functions)


__all__ = ["hand_over", "replace_in"]
