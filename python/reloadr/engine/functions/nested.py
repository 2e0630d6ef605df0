"""New code for living closures: what earlier calls of a changed function made."""

from __future__ import annotations

from collections.abc import Iterable
from types import CellType, CodeType, FunctionType

from reloadr.engine.annotations import of_functions
from reloadr.engine.batch import Swap
from reloadr.engine.functions.closures import Closures
from reloadr.live.codes import docstring_of
from reloadr.report.caveats import RL202, RL203
from reloadr.report.findings import Findings
from reloadr.report.reasons import plural
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, CODE


def swap_nested(
    stage: Stage,
    findings: Findings,
    swap: Swap,
    codes: tuple[CodeType, CodeType | None],
    functions: list[FunctionType],
    siblings: list[FunctionType],
) -> None:
    """Living closures made by earlier calls of the function; `siblings`: all of them, of whatever inner function."""
    old, new = codes
    tracked = swap.work.tracked
    name = old.co_qualname
    line = new.co_firstlineno if new is not None else swap.new.co_firstlineno
    if new is None:
        findings.reason(RL203(name=name, count=plural(len(functions), "function")), tracked, name, line)
        return
    lacking: dict[str, int] = {}
    closures = Closures(stage, findings, swap, old, new)
    for function in functions:
        cells = dict(zip(old.co_freevars, function.__closure__ or (), strict=False))
        cells = _renamed_cells(cells, old, new, swap)
        cells = _neighbours(cells, new, siblings)
        absent = [variable for variable in new.co_freevars if variable not in cells]
        if absent:
            lacking[", ".join(absent)] = lacking.get(", ".join(absent), 0) + 1
            continue
        closure = tuple(cells[variable] for variable in new.co_freevars)
        if not closures.settle(function):
            lacking["their new defaults"] = lacking.get("their new defaults", 0) + 1
            continue
        stage.steps.append((CODE, function, None, (new, closure or None)))
        of_functions.follow_nested(stage, findings, swap, function, (old, new))
        _facets(stage, function, old, new)
    closures.name()
    for variables, count in lacking.items():
        findings.reason(RL202(name=name, count=plural(count, "function"), variables=variables), tracked, name, line)


def _facets(stage: Stage, function: FunctionType, old: CodeType, new: CodeType) -> None:
    doc_old, doc_new = docstring_of(old), docstring_of(new)
    if doc_old != doc_new and function.__doc__ == doc_old:
        stage.steps.append((ATTR, function, "__doc__", doc_new))
    if old.co_name != new.co_name and function.__name__ == old.co_name:
        stage.steps.append((ATTR, function, "__name__", new.co_name))
    if old.co_qualname != new.co_qualname and function.__qualname__ == old.co_qualname:
        stage.steps.append((ATTR, function, "__qualname__", new.co_qualname))


def _renamed_cells(cells: dict[str, CellType], old: CodeType, new: CodeType, swap: Swap) -> dict[str, CellType]:
    """A parameter of the outer function that was renamed in place supplies the same variable."""
    gone = [name for name in old.co_freevars if name not in new.co_freevars]
    fresh = [name for name in new.co_freevars if name not in cells]
    before = swap.old.co_varnames[: swap.old.co_argcount]
    after = swap.new.co_varnames[: swap.new.co_argcount]
    if len(before) == len(after):
        renamed = dict(zip(after, before, strict=True))
        for name in fresh:
            was = renamed.get(name)
            if was in gone and was in cells:
                cells = {**cells, name: cells[was]}
    return cells


def _neighbours(cells: dict[str, CellType], new: CodeType, siblings: Iterable[FunctionType]) -> dict[str, CellType]:
    """Variables that another living closure of the very same call holds: one whose cells are shared."""
    for name in [name for name in new.co_freevars if name not in cells]:
        for other in siblings:
            held = dict(zip(other.__code__.co_freevars, other.__closure__ or (), strict=False))
            if name in held and any(cells.get(each) is cell for each, cell in held.items()):
                cells = {**cells, name: held[name]}
                break
    return cells
