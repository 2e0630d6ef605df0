"""Defaults and annotations of living closures: what earlier calls of a changed function made.

Their code is swapped like any other. Their defaults and annotations were computed in a frame that is gone: those whose
source changed follow where the new source is a literal, and are named where it is not.
"""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from reloadr.live.codes import default_values
from reloadr.report.caveats import RL228
from reloadr.report.reasons import plural
from reloadr.stage import steps

if TYPE_CHECKING:
    from reloadr.engine.batch import Swap
    from reloadr.report.findings import Findings
    from reloadr.stage.stage import Stage

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_NOTHING = object()


class Closures:
    """The closures of one nested function, while its code is swapped."""

    def __init__(self, stage: Stage, findings: Findings, swap: Swap, old: CodeType, new: CodeType) -> None:
        self._stage = stage
        self._findings = findings
        self._swap = swap
        self._new = new
        before, after = swap.edit.old, swap.edit.new
        assert before is not None and after is not None
        self._before = _find(before.segment, swap.old, old)
        self._after = _find(after.segment, swap.new, new)
        self._kept: dict[str, int] = {}

    def settle(self, function: FunctionType) -> bool:
        """Prepares what goes with the new code of one closure. False where the new code cannot do with what the closure
        has: a parameter whose default only the function that made it could tell."""
        if self._before is None or self._after is None:
            return True
        held = default_values(function)
        olds, news = dict(_sources(self._before.args)), dict(_sources(self._after.args))
        values: dict[str, object] = {}
        kept: list[str] = []
        for name, source in news.items():
            if name in held and name in olds and ast.dump(olds[name]) == ast.dump(source):
                values[name] = held[name]
            elif (literal := _literal(source)) is not _NOTHING:
                values[name] = literal
            elif name in held:
                values[name] = held[name]
                kept.append(f"the default of {name}")
            else:
                return False
        if values != held or list(values) != list(held) or any(values[name] is not held[name] for name in values):
            self._set(function, values)
        if sys.version_info < (3, 14) and _annotations(self._before) != _annotations(self._after):
            kept.append("their annotations")
        if kept:
            what = " and ".join(kept)
            self._kept[what] = self._kept.get(what, 0) + 1
        return True

    def _set(self, function: FunctionType, values: dict[str, object]) -> None:
        assert self._after is not None
        keywords = [argument.arg for argument in self._after.args.kwonlyargs]
        positional = tuple(value for name, value in values.items() if name not in keywords)
        by_name = {name: value for name, value in values.items() if name in keywords}
        for attribute, value in (("__defaults__", positional or None), ("__kwdefaults__", by_name or None)):
            self._stage.steps.append((steps.ATTR, function, attribute, value))

    def name(self) -> None:
        """Names what the closures keep."""
        tracked, line = self._swap.work.tracked, self._new.co_firstlineno
        for what, count in self._kept.items():
            name = self._new.co_qualname
            self._findings.reason(RL228(name=name, count=plural(count, "function"), what=what), tracked, name, line)


def _find(segment: str, outer: CodeType, inner: CodeType) -> _Function | None:
    """The definition of a nested function in the text of the outermost one; None if it is not the only one."""
    parts = [part for part in inner.co_qualname[len(outer.co_qualname) :].split(".") if part and part != "<locals>"]
    try:
        found: list[ast.AST] = list(ast.parse(textwrap.dedent(segment)).body)
    except SyntaxError:
        return None
    for part in parts:
        if len(found) != 1:
            return None
        found = [each for each in _inside(found[0]) if _name(each) == part]
    return found[0] if len(found) == 1 and isinstance(found[0], _Function) else None


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """The definitions of a function's or class's own scope."""
    body = node.body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else []
    todo: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(body)
    while todo:
        each = todo.pop(0)
        if _name(each):
            yield each
        else:
            todo += ast.iter_child_nodes(each)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Lambda):
        return "<lambda>"
    return node.name if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else ""


def _sources(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    places = [*arguments.posonlyargs, *arguments.args]
    for argument, default in zip(places[len(places) - len(arguments.defaults) :], arguments.defaults, strict=True):
        yield argument.arg, default
    for argument, keyword in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword is not None:
            yield argument.arg, keyword


def _literal(source: ast.expr) -> object:
    try:
        return ast.literal_eval(source)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _NOTHING


def _annotations(function: _Function) -> list[str]:
    if isinstance(function, ast.Lambda):
        return []
    spec = function.args
    arguments = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg]
    found = [(each.arg, each.annotation) for each in arguments if each is not None]
    return [f"{name}: {ast.dump(each)}" for name, each in [*found, ("return", function.returns)] if each is not None]
