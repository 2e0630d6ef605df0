"""Who holds an object beside names, how a report calls it, and what of it is reloadr's own.

server.routes["/"]                 # a dict in an attribute of what the name `server` means
a tuple in m.pairs
"""

from __future__ import annotations

import gc
import threading
from collections import deque
from collections.abc import Container, Iterator
from functools import partial
from types import CellType, FrameType, FunctionType, MethodType, ModuleType

from reloadr._core import instances, referrers
from reloadr.engine.batch import Works, Worlds
from reloadr.judge.same import COMMON
from reloadr.judge.static import instance_namespace
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.threads import all_thread_dicts, thread_dicts
from reloadr.stage.journal import Journal
from reloadr.stage.stage import Stage

_MANY, _DEEP = 50_000, 5


def journalled() -> set[int]:
    """The calls that would take something back, of this batch and earlier ones, and those that they were given to make:
    a plug-in's."""
    found: set[int] = set()
    for journal in instances([Journal], False):
        assert isinstance(journal, Journal)
        for call in (*journal.on_undo, *journal.afterwards, *journal.caches):
            given = getattr(call, "args", ())
            found |= {id(each) for each in (call, *given) if each is call or type(each) is partial}
    return found


def our_tuples(worlds: Worlds) -> set[int]:
    journal = worlds.journal
    found = {id(step) for steps in (worlds.stage.steps, *journal.commits) for step in steps}
    for call in (*journal.on_undo, *journal.afterwards, *journal.caches):
        given = getattr(call, "args", ())
        found.add(id(given))
        found |= {id(entry) for each in given if type(each) is list for entry in each}
    return found


def is_of_reloadr(holder: object) -> bool:
    return str(type(holder).__module__).partition(".")[0] == "reloadr"


def within(holder: object, wanted: Container[int]) -> set[int]:
    found = gc.get_referents(holder)
    found += (holder.__defaults__ or ()) if is_a(holder, FunctionType) else ()
    return {id(each) for each in found if id(each) in wanted}


def owned(stage: Stage, holders: list[object], paths: dict[int, str]) -> dict[int, str]:
    """What containers belong to that no name leads to: the objects that hold them."""
    lone = [each for each in holders if id(each) not in paths and is_a(each, list, dict, set)]
    found = {id(held): f"{_name_of(local)}." for local, held in all_thread_dicts()} if lone else {}
    for owner in referrers(lone, set())[0] if lone else ():
        if owner is lone or owner is holders or is_a(owner, list, dict, set, CellType, FrameType):
            continue
        for each in lone:
            if any(part is each for part in gc.get_referents(owner)):
                if is_a(owner, type):
                    found[id(each)] = f"{owner.__module__}.{owner.__qualname__}."
                    stage.class_space(owner)
                    continue
                end = "." if instance_namespace(owner) is each else ""
                found[id(each)] = "" if is_of_reloadr(owner) else f"an object of {type(owner).__qualname__}{end}"
    return {key: path for key, path in found.items() if path}


def _name_of(local: threading.local) -> str:
    kind = type(local)
    return f"a {kind.__module__}.{kind.__qualname__}" if kind is not threading.local else "a threading.local"


def described(holder: object, key: int, path: str | None) -> str:
    if is_a(holder, MethodType):
        return f"the bound method {getattr(holder.__func__, '__qualname__', '?')}"
    if type(holder) is CellType:
        return path or "the variable of a closure"
    if is_a(holder, FunctionType):
        return f"a default of {holder.__qualname__}"
    where = path or f"an object of {type(holder).__qualname__}"
    if is_a(holder, list):
        at = next((at for at, value in enumerate(holder) if id(value) == key), None)
        return where if at is None else f"{where}[{at}]"
    items = holder if is_a(holder, dict) else instance_namespace(holder) or {}
    name = next((each for each, value in list(items.items()) if id(value) == key), None)
    if name is None or (is_a(holder, dict) and not where.endswith(".")):
        return where if name is None else f"{where}[{name!r}]"
    return f"{where.removesuffix('.')}.{name}"


def paths_to(works: Works, wanted: set[int]) -> dict[int, str]:
    """How some objects are come by from the names of watched modules."""
    found: dict[int, str] = {}
    seen: set[int] = set()
    todo: deque[tuple[str, object, int]] = deque(
        (f"{tracked.name}.{name}", value, 0)
        for tracked in works.watched
        for name, value in list(tracked.namespace.items())
        if not name.startswith("__")
    )
    while todo and len(seen) < _MANY and len(found) < len(wanted):
        path, value, depth = todo.popleft()
        if id(value) in seen or is_a(value, ModuleType, *COMMON[:7]):
            continue
        seen.add(id(value))
        if id(value) in wanted:
            found.setdefault(id(value), path)
        if depth < _DEEP:
            todo += ((path + step, each, depth + 1) for step, each in _parts(value))
    return found


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if is_a(value, list, tuple) and type(value) in (list, tuple):
        yield from ((f"[{at}]", each) for at, each in enumerate(value[:200]))
    elif type(value) is dict:
        yield from ((f"[{key!r}]", each) for key, each in list(value.items())[:200] if type(key) in (str, int))
    elif type(value) is FunctionType:
        names = value.__code__.co_freevars
        for name, cell in zip(names, value.__closure__ or (), strict=False):
            yield f".{name}", cell
            yield f".{name}", getattr(cell, "cell_contents", None)
    elif is_a(value, type):
        yield from ((f".{name}", each) for name, each in list(locate.class_dict(value).items())[:200])
    elif is_a(value, threading.local):
        for held in thread_dicts(value):
            yield ".", held
            yield from ((f".{name}", each) for name, each in list(held.items())[:200])
    else:
        attributes = instance_namespace(value)
        if attributes is not None:
            yield ".", attributes
            yield from ((f".{name}", each) for name, each in list(attributes.items())[:200])


__all__ = ["described", "is_of_reloadr", "journalled", "our_tuples", "owned", "paths_to", "within"]
