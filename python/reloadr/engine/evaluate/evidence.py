"""Which branch of a block ran when the module was loaded, told by what lives. Reads only.

Whether a `try` failed, or what a condition with effects gave, cannot be asked again. But what the branch that ran
has bound is there: a function on its line, a class with its methods, the literal that was assigned, the object that
was imported.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping

from reloadr._core import Node
from reloadr.judge.same import same_value
from reloadr.live import locate
from reloadr.live.module import Tracked
from reloadr.source.statements import BLOCKS, scope_of

_NOTHING = object()


def ran(tracked: Tracked, block: Node, branch: int) -> bool | None:
    """Whether a branch of a block, of the old source or the new one, is the one that ran; None where nothing tells.

    Asked before anything of a batch is live.
    """
    if not tracked.in_step:
        return None
    depth = len(block.guards)
    scope = scope_of(block)
    label, _, suite = block.branches[branch]
    for node in suite:
        for name in node.binds:
            olds = [old for old in tracked.outline.binders({name}, scope) if not _within(old, name)]
            for old in olds:
                if len(old.guards) <= depth or not lives(tracked, old, name):
                    continue
                other, place = old.guards[depth]
                if other.kind == block.kind:
                    return place == branch or (label == other.branches[place][0] == "else")
            here = any(_at(old, block, branch, depth) for old in olds)
            if here and all(not old.source.startswith("del ") and _lacks(tracked, old, name) for old in olds):
                return False
    return None


def cut_at(tracked: Tracked, block: Node) -> Node | None:
    """The first node of an old suite that did not come to its end; None where all did, or where nothing tells."""
    if not tracked.in_step or block.scopes:
        return None
    cut: Node | None = None
    for node in block.branches[0][2]:
        names = [] if node.kind in BLOCKS or node.source.startswith("del ") else node.binds
        if cut is not None and any(lives(tracked, node, name) for name in names):
            return None
        if cut is None and any(_lacks(tracked, node, name) and not _deleted(tracked, name) for name in names):
            cut = node
    return cut


def _deleted(tracked: Tracked, name: str) -> bool:
    return any(node.source.startswith("del ") for node in tracked.outline.binders({name}, ""))


def _lacks(tracked: Tracked, old: Node, name: str) -> bool:
    namespace = locate.namespace_of(tracked, old)
    return namespace is not None and name not in namespace


def _within(block: Node, name: str) -> bool:
    """Whether a block binds a name by a node within it, which tells more."""
    return any(name in inner.binds for _, _, suite in block.branches for inner in suite)


def _at(old: Node, block: Node, branch: int, depth: int) -> bool:
    if len(old.guards) <= depth:
        return False
    other, place = old.guards[depth]
    return other.kind == block.kind and place == branch


def lives(tracked: Tracked, old: Node, name: str) -> bool:
    """Whether what a name is bound to was evidently put there by this node of the baseline."""
    namespace = locate.namespace_of(tracked, old)
    value = _NOTHING if namespace is None else namespace.get(name, _NOTHING)
    if value is _NOTHING:
        return False
    if old.kind == "function":
        return any(found.function.__code__.co_firstlineno == old.code_line for found in locate.unwrap(value))
    if old.kind == "class":
        return _class_lives(tracked, old)
    if old.kind in ("import", "from"):
        return _import_lives(old, name, value)
    if old.kind == "assignment" and len(old.binds) == 1:
        literal = _literal(old)
        return literal is not _NOTHING and same_value(literal, value)
    return False


def _class_lives(tracked: Tracked, old: Node) -> bool:
    cls = locate.class_of(tracked, old)
    if cls is None:
        return False
    lines = [
        found.function.__code__.co_firstlineno
        for member in list(locate.class_dict(cls).values())
        for found in locate.unwrap(member)
        if found.function.__code__.co_qualname.startswith(f"{cls.__qualname__}.")
        and found.function.__code__.co_filename == tracked.filename
    ]
    if lines:
        return any(old.line <= line <= old.end_line for line in lines)
    return len([node for node in tracked.outline.find(old.qualname) if node.kind == "class"]) == 1


def _import_lives(old: Node, name: str, value: object) -> bool:
    for module, attribute, bound in old.imported:
        loaded = sys.modules.get(module)
        if bound != name or loaded is None:
            continue
        if old.kind == "import":
            return value is loaded or value is sys.modules.get(module.partition(".")[0])
        namespace: Mapping[str, object] = loaded.__dict__
        return namespace.get(attribute, sys.modules.get(f"{module}.{attribute}", _NOTHING)) is value
    return False


def _literal(old: Node) -> object:
    try:
        (statement,) = ast.parse(old.source).body
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        return _NOTHING if value is None else ast.literal_eval(value)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return _NOTHING
