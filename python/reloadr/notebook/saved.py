"""Whether a cell keeps what it is about to define anew: then the definition is a new object, as in Python.

orig = lib.f                       # gives the earlier `f` another name
def f(x): return orig(x) + 1       # a new function: with the earlier one's object it would call itself
lib.f = f
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import FunctionType, MethodType
from typing import Any

from reloadr.judge.static import captured
from reloadr.live import locate
from reloadr.stage.steps import MISSING

__all__ = ["places_above", "saves", "uses"]

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp,
           ast.GeneratorExp)  # fmt: skip


def places_above(tree: ast.Module) -> list[tuple[int, ast.expr]]:
    """The names and places that the lines of a cell itself bind, and where."""
    return [(node.lineno, node) for each in tree.body for node in _bound(each)]


def _bound(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Store):
        yield node
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            name = ast.Name(alias.asname or alias.name.partition(".")[0], ast.Store())
            yield ast.copy_location(name, node)
    if not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _bound(child)


def saves(places: list[tuple[int, ast.expr]], line: int, namespace: Mapping[str, Any], old: object) -> bool:
    """Whether one of the places above a line holds an object by now."""
    return any(at < line and _held(place, namespace) is old for at, place in places)


def _held(place: ast.expr, namespace: Mapping[str, Any]) -> object:
    """What a place holds, without running any code of the user's."""
    if isinstance(place, ast.Name):
        return namespace.get(place.id, MISSING)
    if isinstance(place, ast.Attribute):
        owner = _held(place.value, namespace)
        held = locate.class_dict(owner) if isinstance(owner, type) else locate.attributes_of(owner)
        return (held or {}).get(place.attr, MISSING)
    if isinstance(place, ast.Subscript) and isinstance(place.slice, ast.Constant):
        container = _held(place.value, namespace)
        if type(container) is dict:
            return container.get(place.slice.value, MISSING)
    return MISSING


def uses(new: object, old: object) -> bool:
    """Whether what a definition made builds upon the earlier one: as a base, a default, or what it wraps."""
    if isinstance(new, type):
        return isinstance(old, type) and any(base is old for base in locate.mro(new)[1:])
    return any(each is old for found in locate.unwrap(new) for each in _contents(found.function))


def _contents(function: FunctionType) -> Iterator[object]:
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield vars(function).get("__wrapped__")
    for held in captured(function):
        yield held.__func__ if isinstance(held, MethodType) else held
