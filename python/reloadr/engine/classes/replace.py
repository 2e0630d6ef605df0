"""A class that was built anew and cannot be grafted takes the place of the living one, by name and below it."""

from __future__ import annotations

from reloadr._core import instances
from reloadr.engine.batch import Batch, Swaps, Works
from reloadr.engine.classes import left
from reloadr.engine.classes.layout import movable, same_solid
from reloadr.engine.classes.taking import Taking
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL210
from reloadr.report.findings import NeedsRestart
from reloadr.report.reasons import plural
from reloadr.report.refusals import RL303
from reloadr.stage.stage import Stage
from reloadr.stage.steps import CLASS, CODE, TYPE


def replace(taking: Taking, made: object, why: str) -> None:
    """Stages what the class statement gives now. Raises NeedsRestart where a subclass cannot follow."""
    batch, cls, new, tracked = taking.batch, taking.cls, taking.plan.new, taking.tracked
    space = batch.worlds.space_of(taking.work, new)
    living = instances([cls], False)
    moved = 0
    if is_a(made, type):
        # May refuse: before anything is changed.
        _subclasses(batch.stage, cls, made, why)
        same_kind = same_solid(cls, made.__bases__)
        if not same_kind:
            # Instances of another kind altogether: those of the old class go on as they were.
            _leave_alone(batch.stage, batch.swaps, cls)
        taking.carry_over(made, same_kind)
        if movable(cls, made):
            for each in living:
                batch.stage.steps.append((CLASS, each, "__class__", made))
            moved = len(living)
        batch.classes.replacing.append(made)
        if locate.class_dict(cls).get("__module__") != tracked.name:
            # Its package told it where it is of.
            batch.stage.steps.append((TYPE, made, "__module__", cls.__module__))
    batch.stage.set(space, locate.bound_name(new), made)
    if len(living) > moved:
        batch.classes.left.append((taking.work, new, cls, why))


def told(batch: Batch) -> None:
    """Names who keeps instances of earlier classes, once what makes them has run again where that follows."""
    if not batch.classes.left:
        return
    batch.flush()
    for work, new, cls, why in batch.classes.left:
        kept = left.kept(batch, instances([cls], False))
        for holder, name in _holders(batch.works, cls, {id(each) for each in kept})[:60]:
            batch.findings.reason(RL210(name=new.qualname, why=why, count=f"what {name} holds"), holder, name, 0)
        if kept:
            kind = RL210(name=new.qualname, why=why, count=plural(len(kept), "instance"))
            batch.findings.reason(kind, work.tracked, new.qualname, new.line)
    # They are not kept alive for the sake of `undo`.
    batch.classes.left.clear()


def _leave_alone(stage: Stage, swaps: Swaps, cls: type) -> None:
    """Takes back what was prepared for the functions of the old class."""
    own = {
        id(found.function)
        for value in list(locate.class_dict(cls).values())
        for found in locate.unwrap(value)
        if found.function.__qualname__.startswith(f"{cls.__qualname__}.")
    }
    steps = stage.steps
    steps[:] = [step for step in steps if id(step[1]) not in own]
    for swap in swaps:
        swap.held = [step for step in swap.held if id(step[1]) not in own]
        for found in swap.living:
            function = found.function
            same = swap.old.co_freevars == swap.new.co_freevars
            if same and id(function) in own and function.__code__ is swap.new:
                steps.append((CODE, function, None, (swap.old, function.__closure__)))
        # Nor do they get what is evaluated later, where the new definition stands.
        swap.living = tuple(found for found in swap.living if id(found.function) not in own)


def _holders(works: Works, cls: type, living: set[int]) -> list[tuple[Tracked, str]]:
    """Where watched modules keep instances of the old class: names, items of containers, classes."""
    found: list[tuple[Tracked, str]] = []
    for tracked in works.watched:
        for name, value in list(tracked.namespace.items()):
            if value is cls:
                continue
            if id(value) in living:
                found.append((tracked, name))
            elif is_a(value, type) and locate.made_in(value, tracked.name):
                held = list(locate.class_dict(value).values())
                held += [each for part in held for _, each in _items(part)]
                if any(id(each) in living for each in held):
                    found.append((tracked, value.__qualname__))
            elif not name.startswith("__"):
                found += [(tracked, name + at) for at, each in _items(value) if id(each) in living]
    return found


def _items(value: object) -> list[tuple[str, object]]:
    """The items of a plain container, and how each is spelled."""
    if type(value) is dict:
        return [(f"[{key!r}]", each) for key, each in list(value.items())]
    if type(value) is list or type(value) is tuple:
        return [(f"[{at}]", each) for at, each in enumerate(value)]
    return []


def _subclasses(stage: Stage, cls: type, made: type, why: str) -> None:
    """Those of the old class get the new one as their base."""
    sub: type
    for sub in type.__subclasses__(cls):
        if sub is made:
            continue
        bases = tuple(made if base is cls else base for base in sub.__bases__)
        if not movable(cls, made):
            raise NeedsRestart(
                RL303(
                    name=sub.__qualname__,
                    bases=", ".join(base.__qualname__ for base in bases),
                    why=f"{cls.__qualname__} is a new class, because {why}",
                )
            )
        stage.steps.append((CLASS, sub, "__bases__", bases))
        stage.class_space(sub)


__all__ = ["replace", "told"]
