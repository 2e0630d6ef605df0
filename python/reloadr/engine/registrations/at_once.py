"""Decorators that call what they decorate right away: with another body it would have done something else.

def apply(f): return f()
@apply
def table(): return {"a": 1}       # edited: `table` keeps what the old one gave, and is named
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import FunctionType, MethodType

from reloadr._core import Node, Part
from reloadr.engine.batch import Work, Works
from reloadr.engine.evaluate.worlds import source_of
from reloadr.judge.static import NOTHING, static_attribute
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.statements import decorator_name
from reloadr.stage.steps import MISSING

__all__ = ["called_as_decorated", "is_called_at_once"]

#: How far a function is followed that is handed on.
_DEEP = 3
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_Function = ast.FunctionDef | ast.Lambda


def is_called_at_once(works: Works, work: Work, node: Node) -> bool:
    """Whether a decorator of a function or class, which is the user's own, calls it."""
    return any(
        any(_calls(works, *each, _DEEP) for each in _decorating(works, work, part))
        or (bool(node.scopes) and _calls_as_told(works, _meant(work, decorator_name(part))))
        for part in node.decorators
    )


def called_as_decorated(works: Works, tracked: Tracked, names: set[str], kind: str) -> Iterator[tuple[Work, Node]]:
    """The functions, or classes, that come to some names of their module and that their decorators called."""
    if not names or not works.mentions(tracked, ["@"]):
        return
    work = works.of(tracked)
    for name in sorted(names | tracked.users(names) if kind == "function" else names):
        for node in work.outline.find(name):
            if node.decorators and node.kind == kind and is_called_at_once(works, work, node):
                yield work, node


def _calls_as_told(works: Works, kind: object) -> bool:
    """Whether a descriptor calls what it was given when it is told its name."""
    if not is_a(kind, type):
        return False
    given, told = (static_attribute(kind, name) for name in ("__init__", "__set_name__"))
    making = source_of(works, given) if is_a(given, FunctionType) else None
    telling = source_of(works, told) if is_a(told, FunctionType) else None
    if making is None or telling is None or len(_parameters(making)) < 2:
        return False
    kept = {
        target.attr
        for each in ast.walk(making)
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Name) and each.value.id == _parameters(making)[1]
        for target in each.targets
        if isinstance(target, ast.Attribute)
    }
    return any(isinstance(call.func, ast.Attribute) and call.func.attr in kept for call in _run_at_once(telling))


def _decorating(works: Works, work: Work, part: Part) -> Iterator[tuple[_Function, str, FunctionType]]:
    """The functions that are handed what a decorator decorates, with what they call it, and whose text they are."""
    value = _meant(work, decorator_name(part))
    is_method = is_a(value, type, MethodType) or "." in decorator_name(part)
    if is_a(value, type):
        value = static_attribute(value, "__init__")
    elif not is_a(value, FunctionType, MethodType):
        value, is_method = static_attribute(type(value), "__call__"), True
    function = value.__func__ if is_a(value, MethodType) else value
    tree = source_of(works, function) if is_a(function, FunctionType) else None
    if tree is None or not is_a(function, FunctionType):
        return
    if "(" not in part.source:
        yield from ((tree, name, function) for name in _parameters(tree)[: 2 if is_method else 1])
    elif not isinstance(tree, ast.Lambda):
        for each in ast.walk(tree):
            if isinstance(each, ast.FunctionDef) and each is not tree:
                yield from ((each, name, function) for name in _parameters(each)[:1])


def _meant(work: Work, name: str) -> object:
    head, *rest = name.split(".")
    value: object = work.tracked.namespace.get(head, MISSING)
    for part in rest:
        own = getattr(value, "__dict__", {})
        value = own[part] if part in own else static_attribute(value if is_a(value, type) else type(value), part)
        if value is NOTHING:
            return MISSING
        value = value.__func__ if is_a(value, staticmethod, classmethod) else value
    return value


def _parameters(tree: _Function) -> list[str]:
    return [each.arg for each in (*tree.args.posonlyargs, *tree.args.args)]


def _calls(works: Works, tree: _Function, name: str, within: FunctionType, left: int) -> bool:
    """Whether a function calls one of its parameters, or hands it to one that does."""
    for call in _run_at_once(tree):
        if isinstance(call.func, ast.Name) and call.func.id == name:
            return True
        places = [at for at, each in enumerate(call.args) if isinstance(each, ast.Name) and each.id == name]
        callee = within.__globals__.get(call.func.id) if places and isinstance(call.func, ast.Name) else None
        other = source_of(works, callee) if left and is_a(callee, FunctionType) else None
        if other is not None and is_a(callee, FunctionType):
            parameters = _parameters(other)
            if any(_calls(works, other, parameters[at], callee, left - 1) for at in places if at < len(parameters)):
                return True
    return False


def _run_at_once(tree: _Function) -> Iterator[ast.Call]:
    todo: list[ast.AST] = [tree.body] if isinstance(tree, ast.Lambda) else list(tree.body)
    while todo:
        each = todo.pop()
        if isinstance(each, ast.Call):
            yield each
        if not isinstance(each, _INNER):
            todo += ast.iter_child_nodes(each)
