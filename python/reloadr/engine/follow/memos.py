"""Wrappers that keep what a function gave them before it changed.

def remembered(view):
    results = {}
    def wrapper(x):
        if x not in results: results[x] = view(x)
        return results[x]
    return wrapper
"""

from __future__ import annotations

import contextlib
import dis
from collections.abc import Callable, MutableMapping
from functools import partial
from types import CodeType, FunctionType, MethodType

from reloadr._core import instances
from reloadr.engine.batch import Swaps
from reloadr.engine.registrations.reach import of_library_class
from reloadr.judge.static import static_attribute
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL247
from reloadr.report.findings import Findings
from reloadr.report.reasons import plural
from reloadr.source.edits import Edit
from reloadr.stage.journal import Journal

#: Methods of tables that put something in.
_PUTTING = frozenset({"setdefault", "__setitem__"})
_LOADING = frozenset({"LOAD_DEREF", "LOAD_ATTR", "LOAD_METHOD"})


def told(findings: Findings, journal: Journal, swaps: Swaps) -> None:
    """What wrappers keep of a function that gives something else now: cleared where they offer what `functools` calls
    `cache_clear`, else a caveat for each filled table.

    Another's table may be shared, and filling it again may have effects; who offers to clear it says that it may be.
    """
    for swap in swaps:
        edit = swap.edit
        if edit.new is None or swap.revoked or {"body", "signature", "defaults", "kind"}.isdisjoint(edit.facets):
            continue
        for wrapper in (each for found in swap.living for each in found.wrappers if not locate.is_cache(each)):
            clear = _offered(wrapper)
            if clear is not None and _required(clear) == 0:
                journal.caches.append(partial(_cleared, clear))
                continue
            if clear is not None and _required(clear) == 1:
                journal.caches += [partial(_cleared, clear, each) for each in _holders(swap.work.tracked, edit)]
                continue
            if _is_descriptor(wrapper):
                journal.caches += _left_in_instances(_holders(swap.work.tracked, edit), locate.bound_name(edit.new))
            count = max(map(_filled, _tables(wrapper)), default=0)
            if count:
                name = edit.new.qualname
                line = edit.new.line
                findings.reason(RL247(name=name, count=plural(count, "result")), swap.work.tracked, name, line)


def _offered(wrapper: object) -> FunctionType | MethodType | None:
    """What empties the cache of a wrapper, by the name that `functools` gave it; nobody is asked."""
    found = (locate.attributes_of(wrapper) or {}).get("cache_clear")
    if is_a(found, FunctionType, MethodType):
        return found
    found = static_attribute(type(wrapper), "cache_clear")
    return MethodType(found, wrapper) if is_a(found, FunctionType) else None


def _required(clear: FunctionType | MethodType) -> int:
    """How many arguments it needs: the instance, where a cache is an instance's."""
    function = clear.__func__ if is_a(clear, MethodType) else clear
    if not is_a(function, FunctionType):
        return -1
    return function.__code__.co_argcount - len(function.__defaults__ or ()) - is_a(clear, MethodType)


def _cleared(clear: Callable[..., object], *arguments: object) -> None:
    # What it raises is its own affair: the edit is live.
    with contextlib.suppress(Exception):
        clear(*arguments)


def _is_descriptor(wrapper: object) -> bool:
    """Whether it gives each instance something of its own, by code that is not the library's."""
    kind = type(wrapper)
    return is_a(static_attribute(kind, "__get__"), FunctionType) and not of_library_class(kind)


def _left_in_instances(holders: list[object], name: str) -> list[Callable[[], object]]:
    """What clears the caches that a descriptor left in instances, under its own name."""
    kept = [_offered((locate.attributes_of(each) or {}).get(name)) for each in holders]
    return [partial(_cleared, each) for each in kept if each is not None and _required(each) == 0]


def _holders(tracked: Tracked, edit: Edit) -> list[object]:
    """The living instances of the class that a function is a method of."""
    old = edit.old
    cls = locate.class_of(tracked, old.scopes[-1]) if old is not None and old.scopes else None
    return [] if cls is None else list(instances([cls], True))


def _tables(wrapper: object) -> list[object]:
    """The tables that a wrapper puts results into: variables that it closes over, or attributes of its own."""
    held: dict[str, object] = {}
    function: object = wrapper
    if is_a(wrapper, FunctionType):
        cells = zip(wrapper.__code__.co_freevars, wrapper.__closure__ or (), strict=True)
        held = {name: locate.cell_content(cell) for name, cell in cells}
    else:
        function = static_attribute(type(wrapper), "__call__")
        held = dict(locate.attributes_of(wrapper) or {})
    tables = {name: value for name, value in held.items() if locate.is_below(type(value), dict) or _is_mapping(value)}
    if not tables or not is_a(function, FunctionType):
        return []
    names = _put_into(function.__code__)
    return [value for name, value in tables.items() if name in names]


def _is_mapping(value: object) -> bool:
    return locate.is_below(type(value), MutableMapping)


def _filled(table: object) -> int:
    """How many results are in a table; of one that is no dict, in what it keeps them in."""
    if is_a(table, dict):
        return dict.__len__(table)
    return max(
        (dict.__len__(each) for each in (locate.attributes_of(table) or {}).values() if is_a(each, dict)), default=0
    )


def _put_into(code: CodeType) -> set[str]:
    """What a function names in statements that put something under a key; counters apart, which are no results."""
    found: set[str] = set()
    names: set[str] = set()
    #: Variables that a table was put into: `results = self.results`.
    called: dict[str, set[str]] = {}
    before = ""
    for each in dis.get_instructions(code):
        if each.opname in _LOADING:
            if each.argval in _PUTTING:
                found |= names
            names.add(str(each.argval))
        elif each.opname.startswith("LOAD_FAST"):
            for name in _variables(each):
                names = names | called.get(name, set())
        elif each.opname == "STORE_SUBSCR":
            # `counts[x] += 1` has its table and key on the stack already.
            if before != "SWAP":
                found |= names
            names = set()
        elif each.opname.startswith("STORE_FAST"):
            first, *others = _variables(each)
            called[first] = names if before in _LOADING else set()
            names = called.get(others[0], set()) if each.opname.endswith("LOAD_FAST") and others else set()
        elif each.opname.startswith(("STORE_", "POP_", "RETURN_")):
            names = set()
        before = each.opname
    return found


def _variables(step: dis.Instruction) -> tuple[str, ...]:
    """The local variables of an instruction, which may be two at once."""
    return step.argval if is_a(step.argval, tuple) else (step.argval,)


__all__ = ["told"]
