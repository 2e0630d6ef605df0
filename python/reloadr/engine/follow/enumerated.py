"""Who read members of an enumeration that have other values now, or went through them all.

class Level(Enum):
    LOW = 1                            # edited, or computed from what was
FIRST = Level.LOW.value                # due: the member is the same object, with another value
ALL = [each.value for each in Level]

Asked before anything is live, as `calls.py` does.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from dataclasses import replace
from types import CodeType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.reach import called_by
from reloadr.engine.follow import calls, places
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.given import is_open
from reloadr.engine.follow.readers import candidates, local_names, readers_anywhere
from reloadr.engine.registrations.named import value_of
from reloadr.live import locate
from reloadr.live.codes import all_codes
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.statements import parse_statements

__all__ = ["asked"]

_HOLDING = (ast.Assign, ast.AnnAssign, ast.Dict, ast.List, ast.Tuple, ast.Set)


def asked(batch: Batch, known: list[Call]) -> list[Call]:
    """Statements that read members that may have other values, and those that called functions which do. `known`: who
    called what changes; lines of enumerations are among them."""
    found: dict[object, Call] = {}
    for tracked, cls, names in _changing(batch, known):
        name = locate.qualname_of(cls)
        for work, node, read in readers_anywhere(batch.works, tracked, {name}):
            inside = any(locate.class_of(work.tracked, scope) is cls for scope in node.scopes)
            if not inside and _reads_members(batch, work, node, read, names):
                for call in places.readers_call(batch, work, node, frozenset(read if node.name else {name})):
                    found.setdefault(call.key, call)
        for call in _by_functions(batch, tracked, cls, names):
            found.setdefault(call.key, call)
    return list(found.values())


def _changing(batch: Batch, known: list[Call]) -> list[tuple[Tracked, enum.EnumMeta, set[str]]]:
    """The enumerations, and the members that may have other values; all of them where one counts on from another."""
    lines = [(work, edit.node) for work in batch.works for edit in work.edits if edit.action != "formatted"]
    lines += [(call.work, call.node) for call in known]
    for tracked, local, _ in batch.noted.read_anew:
        work = batch.works.of(tracked)
        lines += [(work, node) for node in work.outline.readers(local)]
    found: dict[int, tuple[Tracked, enum.EnumMeta, set[str]]] = {}
    for work, node in lines:
        cls = locate.class_of(work.tracked, node.scopes[-1]) if node.scopes and not node.name else None
        if is_a(cls, enum.EnumMeta):
            names = found.setdefault(id(cls), (work.tracked, cls, set()))[2]
            names |= set(cls._member_map_) if node.branches or "auto" in node.scopes[-1].segment else set(node.binds)
    return list(found.values())


def _by_functions(batch: Batch, tracked: Tracked, cls: enum.EnumMeta, names: set[str]) -> Iterator[Call]:
    name = locate.qualname_of(cls)

    def really(code: CodeType) -> bool:
        # Who names no member goes through them, or asks for one by its value.
        named = cls._member_map_.keys() & set(code.co_names)
        return not named or not named.isdisjoint(names)

    for home in candidates(batch.works, tracked, {name}):
        local = local_names(batch.works.of(home), tracked, {name})
        if local and batch.agenda.is_first("members", home.name, id(cls), frozenset(names)):
            batch.noted.asking.append((home, local, really))
        for call in calls.reading(batch.worlds, home, local, frozenset(), [], really) if local else ():
            if not is_open(call):
                yield replace(call, names=call.names if call.node.name else frozenset({name}), asks=True)


def _reads_members(batch: Batch, work: Work, node: Node, classes: set[str], names: set[str]) -> bool:
    """Whether a statement, or the header of a definition, reads one of some members of these classes, hands a class
    on, or goes through it."""
    if node.name:
        # Its decorators keep a member that they are given, unless they ask it for its value.
        trees = [tree for source in places.evaluated(node) if (tree := parse_statements(source)) is not None]
        return any(_reads(tree, classes, names, _kept(batch, work, tree)) for tree in trees)
    tree = parse_statements(node.segment) if not node.branches else None
    if tree is None:
        headers = [header for _, header, _ in node.branches if header is not None]
        return any(classes & set(header.reads) for header in headers)
    return _reads(tree, classes, names, set())


def _kept(batch: Batch, work: Work, tree: ast.Module) -> set[int]:
    """The expressions in the header of a definition whose values are only kept: `x=Level.LOW`, `@on(Level.LOW)`."""
    calls_kept = [
        each for each in ast.walk(tree) if isinstance(each, ast.Call) and not _asks_for_value(batch, work, each)
    ]
    given = [part for call in calls_kept for part in (*call.args, *(each.value for each in call.keywords))]
    return {id(each) for each in (*given, *(each.value for each in tree.body if isinstance(each, ast.Expr)))}


def _asks_for_value(batch: Batch, work: Work, call: ast.Call) -> bool:
    """Whether what is called comes to code that asks something for its value."""
    callee = value_of(work.space.get, ast.unparse(call.func))
    code = compile("callee", work.tracked.filename, "eval", dont_inherit=True)
    functions = called_by(batch.works, batch.stage, code, {"callee": callee}).functions
    return any({"value", "_value_"} & set(inner.co_names) for each, _ in functions for inner in all_codes(each))


def _reads(tree: ast.AST, classes: set[str], names: set[str], kept: set[int]) -> bool:
    """Whether a tree does. `kept`: expressions of it that are known to be only kept."""
    reached: list[ast.expr] = []
    # Who only holds a member has it handed over: see `held_members`.
    held = {id(child) for each in ast.walk(tree) if isinstance(each, _HOLDING) for child in ast.iter_child_nodes(each)}
    held |= kept
    for each in ast.walk(tree):
        if isinstance(each, ast.Call):
            # Also by a call of it: a member of that value.
            reached += [each.func, *each.args]
        elif isinstance(each, (ast.comprehension, ast.For)):
            reached.append(each.iter)
        elif isinstance(each, (ast.Starred, ast.Subscript)) or (
            isinstance(each, ast.Attribute) and each.attr in names | {"__members__"} and id(each) not in held
        ):
            reached.append(each.value)
    return any(ast.unparse(each) in classes for each in reached)
