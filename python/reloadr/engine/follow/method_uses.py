"""Statements that use methods of a class as modules are loaded, or of an instance that a module holds by name.

cart.total()                       # by name
len(cart); a + cart; cart()        # by what stands for `__len__`, `__add__`, `__call__`
with cart: ...
show(cart)                         # by a function that does such things
make().total()                     # of what a function gives that names the class
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import FunctionType
from typing import cast

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.evaluate.reach import called_by
from reloadr.engine.follow.reached import name_of
from reloadr.engine.follow.readers import readers_anywhere
from reloadr.live import locate
from reloadr.live.codes import operates
from reloadr.live.kinds import is_a
from reloadr.source.asking import handed_to, without_annotations
from reloadr.source.statements import parse_expression, parse_statements
from reloadr.source.using import calls_it, is_special, uses

__all__ = ["users"]

#: Bounds what is followed where everything uses everything.
_MOST = 200
_TRUTH = {"__bool__", "__len__"}
_BY_BLOCK = {
    "with": {"__enter__", "__exit__"},
    "for": {"__iter__", "__next__", "__getitem__"},
    "if": _TRUTH,
    "while": _TRUTH,
}


def users(batch: Batch, reached: list[tuple[type, set[str]]]) -> Iterator[tuple[Work, Node, set[str]]]:
    """The statements that use one of these methods of these classes, with what they read of them."""
    by_kind = _giving(batch.works, reached)
    by_top: dict[str, set[str]] = {}
    words: set[str] = set()
    for cls, names in reached:
        by_kind.setdefault(id(cls), set()).update(names)
        by_top.setdefault(locate.qualname_of(cls).partition(".")[0], set()).update(names)
        words |= {each.rpartition("__")[2] or each for each in names}
        # Who uses a special method need not write its name.
        words |= {name_of(cls)} if any(map(is_special, names)) else set()
    made = {name_of(cls) for cls, _ in reached}
    for tracked in batch.works.mentioning(sorted(words)) if words else ():
        holders: dict[str, set[str]] = {}
        for name, value in list(tracked.namespace.items()):
            wanted = by_kind.get(id(type(value))) or by_kind.get(id(value))
            if wanted is None and issubclass(type(value), type):
                wanted = by_top.get(name_of(cast(type, value)))
            if wanted:
                holders[name] = wanted
        for work, node, read in readers_anywhere(batch.works, tracked, set(holders)) if holders else ():
            wanted = set[str]().union(*(holders.get(each, ()) for each in read))
            if _uses(batch, work, node, read, wanted or set[str]().union(*holders.values()), made):
                yield work, node, read


def _giving(works: Works, reached: list[tuple[type, set[str]]]) -> dict[int, set[str]]:
    """What may give an instance of one of these classes: functions whose code names it, classes with such methods, and
    whatever names those in turn; by identity, with what may be asked of the instance by name."""
    found: dict[int, set[str]] = {}
    for cls, names in reached:
        plain = {name for name in names if not is_special(name)}
        todo = [name_of(cls)] if plain else []
        seen = set(todo)
        while todo and len(seen) < _MOST:
            word = todo.pop()
            for tracked in works.mentioning([word]):
                for user in tracked.users({word}):
                    value = tracked.namespace.get(user)
                    if is_a(value, FunctionType, type) and value is not cls:
                        found.setdefault(id(value), set()).update(plain)
                        todo += [user] if user not in seen else []
                        seen.add(user)
    return found


def _uses(batch: Batch, work: Work, node: Node, read: set[str], names: set[str], made: set[str]) -> bool:
    if node.kind in ("assignment", "statement"):
        tree = parse_statements(node.segment)
        return tree is not None and _in_tree(batch, work, without_annotations(tree), read, names, made)
    headers = [header for _, header, _ in node.branches if header is not None and read & set(header.reads)]
    if headers and not _BY_BLOCK.get(node.kind, set()).isdisjoint(names):
        return True
    trees = [parse_expression(header.source) for header in headers]
    return any(tree is not None and _in_tree(batch, work, tree, read, names, made) for tree in trees)


def _in_tree(batch: Batch, work: Work, tree: ast.AST, read: set[str], names: set[str], made: set[str]) -> bool:
    classes = {name for name in read if is_a(work.tracked.namespace.get(name), type)}
    if uses(tree, names, classes) or ("__call__" in names and calls_it(tree, read, made)):
        return True
    return any(map(is_special, names)) and any(_operates(batch, work, each) for each in handed_to(tree, read))


def _operates(batch: Batch, work: Work, callee: ast.expr) -> bool:
    """Whether a function of watched modules uses operators, or calls one that does."""
    code = compile(ast.Expression(callee), work.tracked.filename, "eval", dont_inherit=True)
    functions = called_by(batch.works, batch.stage, code, work.tracked.namespace).functions
    return any(operates(each) for each, _ in functions)
