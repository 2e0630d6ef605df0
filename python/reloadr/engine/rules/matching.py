"""Which rules are about a change: by the name, by the types of what is there, by what is called.

Nothing of the user's runs for it: dotted names in the source are looked up in dicts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from types import FunctionType, MethodType, ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.live import locate
from reloadr.plugins import Called, Change, Plugin, Rule
from reloadr.source.statements import parse_expression
from reloadr.stage.steps import MISSING

__all__ = ["Asked", "bases_of", "calls_of", "matching"]

#: Plug-ins with one of their rules.
Asked = tuple[Plugin, Rule]


def matching(plugins: Sequence[Plugin], change: Change) -> list[Asked]:
    """The rules that are about a change."""
    return [(plugin, rule) for plugin in plugins for rule in plugin.rules if _is_about(rule, change)]


def _is_about(rule: Rule, change: Change) -> bool:
    if change.owner is None and any(fnmatchcase(change.name, each) for each in rule.names):
        return True
    if rule.types and not _types(change).isdisjoint(rule.types):
        return True
    if rule.calls:
        called = [_dotted(function) for function, _ in (*change.called, *change.calls)]
        return any(fnmatchcase(each, pattern) for each in called for pattern in rule.calls)
    return False


def _types(change: Change) -> set[str]:
    found: set[str] = set()
    for value in (*change.owners, change.old, change.new, *change.bases):
        if isinstance(value, type):
            found |= {_dotted(each) for each in locate.mro(value)}
        if value is not None:
            found |= {_dotted(each) for each in locate.mro(type(value))}
    return found


def _dotted(value: object) -> str:
    """`django.contrib.admin.sites.AdminSite.register`"""
    if isinstance(value, MethodType):
        # By the class that it is called on: what a subclass inherits is the same to it.
        value = value.__func__
    if isinstance(value, (FunctionType, type)):
        return f"{value.__module__}.{value.__qualname__}"
    return ""


def bases_of(work: Work, node: Node) -> tuple[type, ...]:
    """The bases of a class statement, as far as they are plain names."""
    found = (_value(work.space.get, part.source) for keyword, part in node.bases if not keyword)
    return tuple(each for each in found if isinstance(each, type))


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
        function = _value(work.space.get, ast.unparse(tree))
        if function is not MISSING:
            yield function, tuple(_argument(work.space.get, each) for each in arguments)


def _argument(get: object, tree: ast.expr) -> object:
    return tree.value if isinstance(tree, ast.Constant) else _value(get, ast.unparse(tree))


def _value(get: object, text: str) -> object:
    """What a dotted name means; MISSING where it is no such name, or where to look it up would run something."""
    first, *rest = text.strip().split(".")
    value: object = get(first)  # type: ignore[operator]
    for name in rest:
        value = _attribute(value, name)
    return value


def _attribute(value: object, name: str) -> object:
    if isinstance(value, ModuleType):
        return value.__dict__.get(name, MISSING)
    if isinstance(value, type):
        return next((vars(cls)[name] for cls in locate.mro(value) if name in vars(cls)), MISSING)
    own = locate.attributes_of(value) or {}
    if name in own:
        return own[name]
    held = _attribute(type(value), name)
    if isinstance(held, FunctionType):
        return MethodType(held, value)
    # What stands for another object, which it makes when it is first used.
    behind = next((own[each] for each in ("__wrapped__", "_wrapped") if own.get(each) is not None), MISSING)
    return _attribute(behind, name) if behind is not MISSING and held is MISSING else MISSING
