"""Which rules are about a change: by the name, by the types of what is there, by what is called.

Nothing of the user's runs for it: dotted names in the source are looked up in dicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.engine.registrations.named import dotted, value_of
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.plugins import Change, Plugin, Rule

__all__ = ["Asked", "bases_of", "matching"]

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
        called = [dotted(function) for function, _ in (*change.called, *change.calls)]
        return any(fnmatchcase(each, pattern) for each in called for pattern in rule.calls)
    return False


def _types(change: Change) -> set[str]:
    found: set[str] = set()
    for value in (*change.owners, change.old, change.new, *change.bases):
        if is_a(value, type):
            found |= {dotted(each) for each in locate.mro(value)}
        if value is not None:
            found |= {dotted(each) for each in locate.mro(type(value))}
    return found


def bases_of(work: Work, node: Node) -> tuple[type, ...]:
    """The bases of a class statement, as far as they are plain names."""
    found = (value_of(work.space.get, part.source) for keyword, part in node.bases if not keyword)
    return tuple(each for each in found if is_a(each, type))
