"""What came to changed code while modules were loaded by way of a value that has it: a table, an alias, an attribute.

def first(x): ...                  # edited
HANDLERS = {"a": first}
V = HANDLERS["a"](1)               # due, though it mentions nothing of `first`
def run(key): return HANDLERS[key](1)
W = run("a")                       # due as well

Asked before anything is live, as `calls.py` does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.worlds import old_world
from reloadr.engine.follow.pointing import SPECIAL, Sight, as_tree, parts_of
from reloadr.engine.follow.readers import readers_anywhere
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.statements import parse_statements
from reloadr.stage.steps import MISSING

__all__ = ["Sought", "readers_of_holders"]

#: How many values of a container are looked at, and how far it is gone.
_MANY, _DEEP = 200, 4

Methods = dict[int, tuple[type, set[str]]]


class Sought:
    """The functions and methods that change, or come to what does."""

    def __init__(self, codes: set[int], methods: Methods) -> None:
        #: By identity: functions of one text are equal.
        self.codes = codes
        self.methods = methods

    def has(self, value: object) -> bool:
        """Whether it is such a function, or an instance of a class with such a method."""
        if is_a(value, FunctionType):
            # Also one that makes such functions, or wraps one.
            codes = [each.function.__code__ for each in locate.unwrap(value)]
            return any(id(part) in self.codes for code in codes for part in (code, *code.co_consts))
        return id(type(value)) in self.methods or (is_a(value, type) and id(value) in self.methods)

    def meets(self, use: tuple[object, str]) -> bool:
        """Whether a use of something comes to it."""
        what, name = use
        if is_a(what, CodeType):
            return id(what) in self.codes
        if is_a(what, FunctionType):
            return id(what.__code__) in self.codes
        names = self.methods.get(id(what), (what, set[str]()))[1]
        return any(each[:2] == "__" == each[-2:] for each in names) if name == SPECIAL else name in names


def readers_of_holders(batch: Batch, sought: Sought) -> Iterator[tuple[Work, Node, set[str], bool]]:
    """The statements, and the functions, that use what is sought by way of something that holds it; whether a function
    does."""
    nested: dict[str, set[str]] = {}
    for cls, _ in sought.methods.values():
        parts = locate.qualname_of(cls).split(".")
        if len(parts) > 1:
            nested.setdefault(str(locate.class_dict(cls).get("__module__")), set()).update({parts[0], parts[-1]})
    for tracked in batch.works.watched:
        names = {name for name, value in list(tracked.namespace.items()) if _is_or_leads(value, sought)}
        names |= nested.get(tracked.name, set())
        if names:
            yield from _using(batch, tracked, names, sought)


def _using(
    batch: Batch, tracked: Tracked, names: set[str], sought: Sought
) -> Iterator[tuple[Work, Node, set[str], bool]]:
    for work, node, read in readers_anywhere(batch.works, tracked, names):
        if node.name or batch.find_space(work, node) is None:
            continue
        if (tree := as_tree(node)) is not None:
            if any(sought.meets(use) for use in _within(old_world(batch, work, node), tree)):
                yield work, node, read, False
    work = batch.works.of(tracked)
    for name in tracked.users(names):
        for node in work.outline.find(name):
            tree = parse_statements(node.segment) if node.kind == "function" else None
            if tree is not None and any(sought.meets(use) for use in _within(tracked.namespace, tree)):
                yield work, node, names, True


def _within(names: Mapping[str, object], tree: ast.AST) -> Iterator[tuple[object, str]]:
    """What a statement, or the body of a function, uses."""
    return Sight(lambda name: names.get(name, MISSING)).uses(tree)


def _is_or_leads(value: object, sought: Sought) -> bool:
    return sought.has(value) or _leads(value, sought, _DEEP, set())


def _leads(value: object, sought: Sought, left: int, seen: set[int]) -> bool:
    """Whether a container, or an object by its attributes, holds what is sought."""
    if id(value) in seen or not left:
        return False
    seen.add(id(value))
    return any(sought.has(each) or _leads(each, sought, left - 1, seen) for each in _parts(value))


def _parts(value: object) -> list[object]:
    found: list[object] = []
    if is_a(value, dict):
        found += list(dict.values(value))[:_MANY]
    elif isinstance(value, (list, tuple)) and is_a(value, list, tuple):
        found += value[:_MANY]
    elif callable(value) and not is_a(value, type, FunctionType):
        found += [each.function for each in locate.unwrap(value)]
    if is_a(value, type) and value.__module__ != "builtins":
        found += [each for each in list(locate.class_dict(value).values()) if not is_a(each, FunctionType, type)]
    elif not is_a(value, FunctionType):
        own = parts_of(value)
        found += list(own.values())[:_MANY] if own is not None else []
    return found
