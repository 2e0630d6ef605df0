"""Annotations of functions that are evaluated when somebody asks for them (PEP 649, CPython 3.14 and later).

    def cost(of: Item): ...            # cost.__annotate__ gives {"of": Item}, once somebody asks

A function has another function that gives its annotations, and keeps what that gave. So it is that other function which
has to follow the source: its code, its lines, what it closes over; and what it gave has to be forgotten where a name in
it means something else. Nothing here evaluates an annotation: it may not be possible yet.

Under `from __future__ import annotations` nothing of this exists; annotations are strings there, as before.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any, cast

from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL202
from reloadr.report.findings import Findings
from reloadr.source.compiling import DEFERRED
from reloadr.stage.attributes import set_attributes
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, CODE, GLOBALS, MISSING, Step

if TYPE_CHECKING:
    from reloadr.engine.batch import Batch, Swap

_FACETS = frozenset({"annotations", "signature", "type parameters"})


def annotate_of(target: object) -> FunctionType | None:
    """The function that gives a function's annotations, if that is one of Python code."""
    found = getattr(target, "__annotate__", None) if DEFERRED else None
    return found if is_a(found, FunctionType) else None


def steps_to(target: FunctionType, source: FunctionType) -> list[Step]:
    """What gives one function the annotations of another."""
    if not DEFERRED:
        return [(ATTR, target, "__annotations__", source.__annotations__)]
    annotate: object = cast(Any, source).__annotate__
    # In this order the steps that take it back bring both the function and what somebody assigned; to read or set
    # `__annotations__` while there is no function evaluates nothing.
    steps: list[Step] = [
        (ATTR, target, "__annotate__", None),
        (ATTR, target, "__annotations__", {} if annotate is not None else source.__annotations__),
    ]
    return steps if annotate is None else [*steps, (ATTR, target, "__annotate__", annotate)]


def same_annotations(one: FunctionType, other: FunctionType) -> bool:
    """Whether one function has its annotations from the other, as `functools.wraps` has it."""
    if not DEFERRED:
        return one.__annotations__ is other.__annotations__ or one.__annotations__ == other.__annotations__
    annotate: object = cast(Any, one).__annotate__
    if annotate is not cast(Any, other).__annotate__:
        return False
    return annotate is not None or one.__annotations__ == other.__annotations__


def forget(stage: Stage, function: FunctionType) -> None:
    """Drops the annotations that a function keeps: they are evaluated anew when somebody asks."""
    annotate = stage.current(function, "__annotate__")
    if annotate is not None:
        # To set the function, even to itself, drops what it gave.
        stage.steps.append((ATTR, function, "__annotate__", annotate))


def follow(batch: Batch, swap: Swap) -> None:
    """Gives unchanged annotations the code that has the new lines, columns and names."""
    new, tracked = swap.annotate, swap.work.tracked
    if new is None or _FACETS & set(swap.edit.facets):
        return
    olds: dict[int, CodeType] = {}
    for found in swap.living:
        annotate = annotate_of(found.function)
        if annotate is None:
            continue
        old = annotate.__code__
        if not is_ours(tracked, old) or old.co_freevars != new.co_freevars:
            continue
        olds[id(old)] = old
        batch.stage.steps.append((CODE, annotate, None, (new, annotate.__closure__)))
        before, after = (f"{code.co_qualname}.__annotate__" for code in (swap.old, swap.new))
        if annotate.__qualname__ == before != after:
            batch.stage.steps.append((ATTR, annotate, "__qualname__", after))
    swap.unlearn = relearn(batch, tracked, olds.values(), new)


def replace(batch: Batch, swap: Swap, found: locate.Found, template: FunctionType) -> None:
    """Gives a function, and what wraps it, the annotations of a function that was made for them."""
    function = found.function
    if not DEFERRED:
        set_attributes(batch.stage, found, {"__annotations__": template.__annotations__})
        return
    annotate, old = annotate_of(template), annotate_of(function)
    if annotate is not None and swap.annotate is not None:
        if annotate.__code__.co_freevars == swap.annotate.co_freevars:
            annotate.__code__ = swap.annotate
    held = getattr(function, "__annotate__", MISSING)
    copies = [each for each in found.wrappers if is_a(each, FunctionType) and same_annotations(each, function)]
    batch.stage.steps += steps_to(function, template)
    for each in copies:
        batch.stage.steps += steps_to(each, template)
    for wrapper in found.wrappers:
        attributes = None if is_a(wrapper, FunctionType) else getattr(wrapper, "__dict__", None)
        if is_a(attributes, dict) and attributes.get("__annotate__", MISSING) is held:
            batch.stage.steps.append((ATTR, wrapper, "__annotate__", annotate))
    gone = [] if old is None or not is_ours(swap.work.tracked, old.__code__) else [old.__code__]
    code = None if annotate is None else annotate.__code__
    batch.journal.on_undo.append(relearn(batch, swap.work.tracked, gone, code))


def follow_nested(
    stage: Stage, findings: Findings, swap: Swap, function: FunctionType, codes: tuple[CodeType, CodeType]
) -> None:
    """Gives a living closure the annotations of its new code, with the variables that it has."""
    if not DEFERRED:
        return
    given = annotate_of(function)
    before, after = (_nested(top).get(id(code)) for top, code in zip((swap.old, swap.new), codes, strict=True))
    if before is None and after is None:
        return
    if (given is None) != (before is None) or (given is not None and given.__code__ is not before):
        # Somebody gave it others.
        return
    if after is None:
        stage.steps += [(ATTR, function, "__annotate__", None), (ATTR, function, "__annotations__", {})]
        return
    cells: dict[str, CellType] = dict(zip(codes[0].co_freevars, function.__closure__ or (), strict=False))
    if given is not None:
        cells.update(zip(given.__code__.co_freevars, given.__closure__ or (), strict=False))
    absent = [name for name in after.co_freevars if name not in cells]
    if absent:
        name, line, variables = codes[1].co_qualname, codes[1].co_firstlineno, ", ".join(absent)
        count = "the annotations of a function"
        findings.reason(RL202(name=name, count=count, variables=variables), swap.work.tracked, name, line)
        return
    closure = tuple(cells[name] for name in after.co_freevars)
    made = FunctionType(after, function.__globals__, "__annotate__", None, closure or None)
    made.__qualname__ = f"{codes[1].co_qualname}.__annotate__"
    stage.steps += [(ATTR, function, "__annotations__", {})] if given is None else []
    stage.steps.append((ATTR, function, "__annotate__", made))


def _nested(code: CodeType) -> dict[int, CodeType]:
    """The code that gives the annotations of each function inside another, by the id of the function's code."""
    codes = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    # It stands before the function.
    found = {id(after): each for each, after in itertools.pairwise(codes) if each.co_name == "__annotate__"}
    for each in codes:
        found |= _nested(each)
    return found


def is_ours(tracked: Tracked, code: CodeType) -> bool:
    return code.co_name == "__annotate__" and code.co_filename == tracked.filename


def relearn(batch: Batch, tracked: Tracked, olds: Iterable[CodeType], new: CodeType | None) -> Callable[[], None]:
    """Notes which code object stands for earlier ones, so that lines follow; returns what takes that back."""
    gone = [
        old for old in olds if any(old is each for each in tracked.codes.get(old.co_qualname, ())) and old is not new
    ]
    for old in gone:
        tracked.forget(old)
    keys: list[tuple[str, int]] = []
    if new is not None and not any(new is each for each in tracked.codes.get(new.co_qualname, ())):
        tracked.remember([new])
        batch.fresh.add(id(new))
        keys.append((new.co_qualname, id(new)))

    def back() -> None:
        tracked.forget_ids(keys)
        tracked.remember(gone)

    return back


def move_in(batch: Batch, tracked: Tracked, annotate: FunctionType, code: CodeType | None) -> None:
    """Takes the function that gives annotations along when what it belongs to goes to another module."""
    if code is None or code.co_freevars != annotate.__code__.co_freevars:
        return
    batch.stage.steps.append((GLOBALS, annotate, None, tracked.namespace))
    batch.stage.steps.append((CODE, annotate, None, (code, annotate.__closure__)))
    batch.stage.steps.append((ATTR, annotate, "__module__", tracked.name))
    batch.journal.afterwards.append(lambda: batch.learn(tracked, [code]))


__all__ = [
    "annotate_of",
    "follow",
    "follow_nested",
    "forget",
    "is_ours",
    "move_in",
    "relearn",
    "replace",
    "same_annotations",
    "steps_to",
]
