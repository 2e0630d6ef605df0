"""Results that old code computed, and that are held: a task that is submitted once more under their key gets them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from distributed import Scheduler
from distributed.protocol.pickle import dumps

__all__ = ["Held", "forget", "of_modules", "still_held"]

#: The keys that code of some modules had a part in.
Held = set[str]

#: States of a task that has a result or is about to have one.
_HAS_RESULT = ("memory", "erred", "processing")
_DEEP = 6


def of_modules(scheduler: Scheduler, modules: Collection[str]) -> Held:
    """The keys of tasks that mention one of these modules, by name or in what was pickled with them, and of those that
    were computed from their results."""
    if not modules:
        return set()
    pattern = re.compile(rb"(?<![\w.])(?:%s)(?!\w)" % b"|".join(re.escape(each).encode() for each in modules))
    known: dict[int, tuple[object, bool]] = {}
    todo = [task for task in scheduler.tasks.values() if _mentions(task.run_spec, pattern, known)]
    found = set(todo)
    while todo:
        fresh = [each for each in todo.pop().dependents if each not in found]
        found.update(fresh)
        todo += fresh
    return {task.key for task in found if task.state in _HAS_RESULT}


def still_held(scheduler: Scheduler, keys: Held) -> list[str]:
    """Those of the keys that have their results still."""
    return sorted(str(key) for key in keys if key in scheduler.tasks and scheduler.tasks[key].state in _HAS_RESULT)


def forget(scheduler: Scheduler, keys: Iterable[str], own: str) -> None:
    """Nobody is given these results any more: their futures are cancelled. `own`: the client that does so itself."""
    wanted = {str(key) for key in keys}
    tasks = [task for key, task in list(scheduler.tasks.items()) if str(key) in wanted]
    by_client: dict[str, list[Any]] = {}
    for task in tasks:
        for client in task.who_wants or ():
            by_client.setdefault(client.client_key, []).append(task.key)
    for client, theirs in by_client.items():
        if client != own:
            told = {"op": "cancelled-keys", "keys": theirs, "reason": "reloadr", "msg": "its code was edited"}
            scheduler.report(told, client=client)
        scheduler.client_releases_keys(keys=theirs, client=client, stimulus_id="reloadr-forget")


def _mentions(spec: object, pattern: re.Pattern[bytes], known: dict[int, tuple[object, bool]]) -> bool:
    return any(_is_of(each, pattern, known) for each in _callables(spec, _DEEP))


def _is_of(each: object, pattern: re.Pattern[bytes], known: dict[int, tuple[object, bool]]) -> bool:
    found = known.get(id(each))
    if found is None:
        try:
            found = each, pattern.search(dumps(each)) is not None
        except Exception:  # what cannot be pickled here was given by its name
            found = each, pattern.search(str(getattr(each, "__module__", "")).encode()) is not None
        known[id(each)] = found
    return found[1]


def _callables(spec: object, deep: int) -> Iterator[object]:
    """The functions and classes that a task calls or hands on, with the types of what it is given. No data."""
    if callable(spec) and not hasattr(spec, "args"):
        yield spec
    if deep == 0 or spec is None:
        return
    parts: Sequence[object] = ()
    if hasattr(spec, "func") and hasattr(spec, "args"):
        parts = (spec.func, *spec.args, *getattr(spec, "kwargs", {}).values())
    elif isinstance(spec, (list, tuple, set)):
        parts = list(spec)
    elif isinstance(spec, Mapping):
        parts = list(spec.values())
    elif not callable(spec) and type(spec).__module__ != "builtins":
        yield type(spec)
    for each in parts:
        yield from _callables(each, deep - 1)
