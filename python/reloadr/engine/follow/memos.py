"""Wrappers that keep what a function gave them before it changed.

def remembered(view):
    results = {}
    def wrapper(x):
        if x not in results: results[x] = view(x)
        return results[x]
    return wrapper
"""

from __future__ import annotations

import dis
from types import CodeType, FunctionType

from reloadr.engine.batch import Swaps
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL247
from reloadr.report.findings import Findings
from reloadr.report.reasons import plural

#: Methods of tables that put something in.
_PUTTING = frozenset({"setdefault", "__setitem__"})


def told(findings: Findings, swaps: Swaps) -> None:
    """A caveat for each filled table of a wrapper whose function gives something else now.

    What `functools` keeps is cleared; another's table may be shared, and filling it again may have effects.
    """
    for swap in swaps:
        edit = swap.edit
        if edit.new is None or swap.revoked or {"body", "signature", "defaults", "kind"}.isdisjoint(edit.facets):
            continue
        for wrapper in (each for found in swap.living for each in found.wrappers):
            count = max((len(table) for table in _tables(wrapper)), default=0)
            if count:
                name = edit.new.qualname
                line = edit.new.line
                findings.reason(RL247(name=name, count=plural(count, "result")), swap.work.tracked, name, line)


def _tables(wrapper: object) -> list[dict[object, object]]:
    """The dicts that a wrapper puts results into: variables that it closes over, or attributes of its own."""
    held: dict[str, object] = {}
    function: object = wrapper
    if is_a(wrapper, FunctionType):
        cells = zip(wrapper.__code__.co_freevars, wrapper.__closure__ or (), strict=True)
        held = {name: locate.cell_content(cell) for name, cell in cells}
    else:
        function = locate.class_dict(type(wrapper)).get("__call__")
        held = dict(getattr(wrapper, "__dict__", {}))
    tables = {name: value for name, value in held.items() if issubclass(type(value), dict)}
    if not tables or not is_a(function, FunctionType):
        return []
    names = _put_into(function.__code__)
    return [value for name, value in tables.items() if name in names]  # type: ignore[misc]


def _put_into(code: CodeType) -> set[str]:
    """What a function names in statements that put something under a key; counters apart, which are no results."""
    found: set[str] = set()
    names: set[str] = set()
    before = ""
    for each in dis.get_instructions(code):
        if each.opname in ("LOAD_DEREF", "LOAD_ATTR"):
            if each.argval in _PUTTING:
                found |= names
            names.add(str(each.argval))
        elif each.opname == "STORE_SUBSCR":
            # `counts[x] += 1` has its table and key on the stack already.
            if before != "SWAP":
                found |= names
            names = set()
        elif each.opname.startswith(("STORE_", "POP_", "RETURN_")):
            names = set()
        before = each.opname
    return found


__all__ = ["told"]
