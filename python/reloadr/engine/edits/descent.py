"""The classes below another are those of the source, in its order, for whoever asks for them as the program runs.

def shapes(): return Shape.__subclasses__()

class Square(Shape): ...           # gone, or another class by now: no longer among them
class Tri(Shape): ...              # new above others: comes before them
"""

from __future__ import annotations

import enum
import gc
import graphlib
import weakref
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

from reloadr.engine.batch import Batch
from reloadr.engine.classes.bases import set_bases
from reloadr.engine.follow.kept_nowhere import is_kept_beside
from reloadr.engine.order import load_order
from reloadr.live import locate
from reloadr.live.kinds import is_a, is_heap_type
from reloadr.report.caveats import RL207
from reloadr.stage.steps import CLASS, DICT, MISSING, TYPE

__all__ = ["settle"]

Lists = dict[int, tuple[type, list[type]]]
"""Classes by their ids, each with those directly below it."""


def settle(batch: Batch) -> None:
    """To be called once everything is live."""
    if not batch.works.mentioning(["__subclasses__"]):
        return
    gone, come = _changed(batch)
    lists = _lists(base for cls in (*gone, *come, *_reordered(batch)) for base in _bases(cls))
    if not lists:
        return
    # What was taken away comes last when it is put back.
    before = [(base, [weakref.ref(each) for each in have]) for base, have in lists.values()]
    batch.journal.on_undo.append(partial(_put_back, before))
    for cls in sorted(gone, key=lambda each: -len(each.__mro__)):
        _leave(batch, cls, gone)
    _put_in_order([(base, _order(batch, have, come)) for base, have in _lists([each for each, _ in before]).values()])


def _changed(batch: Batch) -> tuple[list[type], list[type]]:
    """The classes that no longer are what their names mean, and those that have become so or have other bases."""
    gone: dict[int, type] = {}
    come: dict[int, type] = {}
    for kind, owner, key, before in (step for steps in batch.journal.commits for step in steps):
        if kind == CLASS and is_a(owner, type) and key == "__bases__":
            come[id(owner)] = owner
        if kind not in (DICT, TYPE):
            continue
        held: Any = locate.class_dict(owner) if is_a(owner, type) else owner
        now = held.get(key)
        if now is not before and is_a(now, type) and _meant(batch, now):
            come |= {id(each): each for each in _with_inner(now)}
        if before is not MISSING and before is not now and is_a(before, type):
            for each in _with_inner(before):
                if each.__module__ in batch.works.listed.by_name and not _meant(batch, each):
                    gone[id(each)] = each
    return list(gone.values()), [each for key, each in come.items() if key not in gone]


def _reordered(batch: Batch) -> Iterator[type]:
    """The classes of modules in which definitions changed places."""
    for work in batch.works:
        for node in work.outline.nodes() if work.reordered else ():
            cls = locate.class_of(work.tracked, node) if node.kind == "class" else None
            if cls is not None:
                yield cls


def _with_inner(cls: type) -> Iterator[type]:
    """A class, and those that its body made."""
    yield cls
    for value in list(locate.class_dict(cls).values()):
        if is_a(value, type) and value.__qualname__.startswith(f"{cls.__qualname__}.") and value is not cls:
            yield from _with_inner(value)


def _meant(batch: Batch, cls: type) -> bool:
    """Whether a class is what its name means in the module that it says it is of."""
    tracked = batch.works.listed.by_name.get(cls.__module__)
    found: object = None
    if tracked is not None:
        first, *rest = cls.__qualname__.split(".")
        found = tracked.namespace.get(first)
        for name in rest:
            found = locate.class_dict(found).get(name) if is_a(found, type) else None
    return found is cls


def _bases(cls: type) -> list[type]:
    """Those of its bases that Python code made: who is below the interpreter's own, nobody keeps in order."""
    return [base for base in cls.__bases__ if is_heap_type(base)]


def _leave(batch: Batch, cls: type, gone: list[type]) -> None:
    """A class that went is no longer below its bases. Where somebody has it still, it stays what it was, and that is
    named."""
    bases = _bases(cls)
    below: list[type] = type.__subclasses__(cls)
    if not bases or any(not any(sub is each for each in gone) for sub in below):
        return
    if _is_plain(cls) and not is_kept_beside(batch.works, [cls], [part for each in gone for part in _parts(each)]):
        root = next(each for each in cls.__mro__ if not is_heap_type(each))
        set_bases(batch.stage, cls, (root,))
        batch.flush()
        return
    tracked = batch.works.listed.by_name[cls.__module__]
    holders = ", ".join(f"{base.__qualname__}.__subclasses__()" for base in bases)
    batch.findings.reason(RL207(name=cls.__qualname__, holders=holders), tracked, cls.__qualname__, 0)


def _is_plain(cls: type) -> bool:
    """Whether no metaclass of the user's hears of its bases."""
    return type(cls).__setattr__ in (type.__setattr__, enum.EnumMeta.__setattr__) and type(cls).mro is type.mro


def _parts(cls: type) -> list[object]:
    """What holds a class as a part of it: descriptors of its instances' attributes, and what `super()` reads."""
    found: list[object] = [cls, cls.__mro__]
    for value in list(locate.class_dict(cls).values()):
        found.append(value)
        for each in locate.unwrap(value):
            found += [each.function, *(each.function.__closure__ or ())]
    return found


def _order(batch: Batch, have: list[type], come: list[type]) -> list[type]:
    """The order of a fresh process: of one module by line; what has come stands beside those of its module."""
    fresh = {id(each) for each in come}
    lines = {id(each): _line(batch, each) for each in have}
    order = [each for each in have if id(each) not in fresh]
    for name in {each.tracked.name for each in batch.works if each.reordered}:
        at = [index for index, each in enumerate(order) if each.__module__ == name and lines[id(each)]]
        for index, each in zip(at, sorted((order[index] for index in at), key=lambda one: lines[id(one)]), strict=True):
            order[index] = each
    ranks: dict[str, int] = {}
    for each in sorted((each for each in have if id(each) in fresh), key=lambda one: lines[id(one)]):
        near = [at for at, one in enumerate(order) if one.__module__ == each.__module__ and lines[id(one)]]
        above = [at for at in near if lines[id(order[at])] < lines[id(each)]]
        if near:
            order.insert(above[-1] + 1 if above else near[0], each)
            continue
        ranks = ranks or load_order(batch.works, {one.__module__ for one in have})
        rank = ranks.get(each.__module__, len(ranks))
        below = [at for at, one in enumerate(order) if ranks.get(one.__module__, -1) > rank]
        order.insert(below[0] if below else len(order), each)
    return order


def _line(batch: Batch, cls: type) -> int:
    tracked = batch.works.listed.by_name.get(cls.__module__)
    nodes = batch.works.of(tracked).outline.find(cls.__qualname__) if tracked is not None else []
    return nodes[-1].line if nodes else 0


def _lists(bases: Iterable[type]) -> Lists:
    """Who is below some classes, and below the others that those have as bases: what is put below one once more comes
    last there as well."""
    found: Lists = {}
    todo = list(bases)
    while todo:
        base = todo.pop()
        if id(base) not in found:
            found[id(base)] = base, type.__subclasses__(base)
            todo += [other for each in found[id(base)][1] for other in _bases(each)]
    return found


def _in_turn(lists: Iterable[list[type]]) -> list[type]:
    """All classes of some lists in an order that is that of each list; none where there is no such order, or somebody
    would hear of it."""
    graph: dict[int, set[int]] = {}
    classes: dict[int, type] = {}
    for order in lists:
        classes |= {id(each): each for each in order}
        graph |= {id(each): graph.get(id(each), set()) for each in order}
        for one, other in pairwise(order):
            graph[id(other)].add(id(one))
    if not all(_is_plain(each) for each in classes.values()):
        return []
    try:
        return [classes[key] for key in graphlib.TopologicalSorter(graph).static_order()]
    except graphlib.CycleError:
        return []


def _put_in_order(orders: list[tuple[type, list[type]]]) -> None:
    """What is put below its bases once more comes last there."""
    if any(type.__subclasses__(base) != order for base, order in orders):
        for each in _in_turn([order for _, order in orders]):
            each.__bases__ = each.__bases__


def _put_back(lists: list[tuple[type, list[weakref.ref[type]]]]) -> None:
    orders: list[tuple[type, list[type]]] = []
    if any(len(type.__subclasses__(base)) > len(before) for base, before in lists):
        # What came is nobody's by now.
        gc.collect()
    for base, before in lists:
        below: list[type] = type.__subclasses__(base)
        now = {id(each) for each in below}
        orders.append((base, [each for held in before if (each := held()) is not None and id(each) in now]))
    _put_in_order(orders)
