"""What decorators and calls of the source call, and whether a plug-in answers for what those register.

Nothing of the user's runs for it: dotted names are looked up in dicts.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from types import FunctionType, MethodType, ModuleType

from reloadr import plugins
from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.plugins import Called
from reloadr.source.statements import parse_expression
from reloadr.stage.steps import MISSING

__all__ = ["calls_of", "dotted", "has_owned", "is_owned", "value_of"]


def is_owned(work: Work, text: str) -> bool:
    """Whether a plug-in answers for what a call, or a decorator, registers: it is left alone then."""
    rules = [rule for plugin in plugins.awake() for rule in plugin.rules if rule.registers]
    if not rules:
        return False
    names = [dotted(function) for function, _ in _call(work, text.lstrip("@"))]
    return any(fnmatchcase(name, pattern) for name in names for rule in rules for pattern in rule.calls)


def has_owned(work: Work, node: Node) -> bool:
    """Whether a plug-in answers for what a decorator of a definition registers: none of them is run for a trial."""
    return any(is_owned(work, part.source) for part in node.decorators)


def dotted(value: object) -> str:
    """`django.contrib.admin.sites.AdminSite.register`"""
    if is_a(value, MethodType):
        # By the class that it is called on: what a subclass inherits is the same to it.
        value = value.__func__
    if is_a(value, FunctionType, type):
        return f"{value.__module__}.{value.__qualname__}"
    return ""


def calls_of(work: Work, node: Node | None) -> list[Called]:
    """What the decorators of a definition, or a statement that is a call, call: functions with plain arguments."""
    if node is None:
        return []
    texts = [part.source for part in node.decorators] if node.name else [node.source]
    return [found for text in texts for found in _call(work, text.lstrip("@"))]


def _call(work: Work, text: str) -> Iterator[Called]:
    tree = parse_expression(text)
    arguments: list[ast.expr] = []
    if isinstance(tree, ast.Call):
        for each in (*tree.args, *(keyword.value for keyword in tree.keywords)):
            arguments += each.elts if isinstance(each, (ast.List, ast.Tuple)) else [each]
        tree = tree.func
    if tree is not None:
        function = value_of(work.space.get, ast.unparse(tree))
        if function is not MISSING:
            yield function, tuple(_argument(work.space.get, each) for each in arguments)


def _argument(get: Callable[[str], object], tree: ast.expr) -> object:
    value = tree.value if isinstance(tree, ast.Constant) else value_of(get, ast.unparse(tree))
    return plugins.MISSING if value is MISSING else value


def value_of(get: Callable[[str], object], text: str) -> object:
    """What a dotted name means; MISSING where it is no such name, or where to look it up would run something."""
    first, *rest = text.strip().split(".")
    value = get(first)
    for name in rest:
        value = _attribute(value, name)
    return value


def _attribute(value: object, name: str) -> object:
    if is_a(value, ModuleType):
        return value.__dict__.get(name, MISSING)
    if is_a(value, type):
        return next((vars(cls)[name] for cls in locate.mro(value) if name in vars(cls)), MISSING)
    own = locate.attributes_of(value) or {}
    if name in own:
        return own[name]
    held = _attribute(type(value), name)
    if is_a(held, FunctionType):
        return MethodType(held, value)
    # What stands for another object, which it makes when it is first used.
    behind = next((own[each] for each in ("__wrapped__", "_wrapped") if own.get(each) is not None), MISSING)
    return _attribute(behind, name) if behind is not MISSING and held is MISSING else MISSING
