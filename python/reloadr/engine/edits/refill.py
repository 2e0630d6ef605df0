"""Containers that lines of a module fill, when one of those lines comes, goes or says something else.

L = [1, 2]
L.insert(0, 9)                     # changed to `L.insert(1, 9)`: `L` is [1, 9, 2], as in a fresh process
L.remove(2)                        # gone: `L` has its 2 again

What such a line did depends on what was there. So all of them are computed anew beside, and the container that lives is
given what they make, if it still holds what the old ones made.
"""

from __future__ import annotations

import ast
from functools import partial

from reloadr._core import FILLING, Node, Outline
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.worlds import as_built
from reloadr.engine.follow.places import is_container
from reloadr.engine.registrations.places import Content, container
from reloadr.engine.registrations.recording import Growth, take_back
from reloadr.judge.same import same_value
from reloadr.source.edits import Edit
from reloadr.source.filling import built_upon, root_of
from reloadr.source.statements import parse_statements, value_of
from reloadr.source.stores import stores, stores_otherwise

_KINDS = ("statement", "assignment")
#: More lines are not run anew for one of them.
_MANY = 40


def refilled(walk: Walk, edit: Edit) -> bool:
    """Gives a container what the lines of the new source make of it; False where that is not known, or where the line
    is none of these."""
    batch, work = walk.batch, walk.work
    names = {_filled(node) for node in (edit.old, edit.new) if node is not None}
    name = names.pop() if len(names) == 1 else None
    if name is None or walk.liveness.at_work is not None or edit.node.once:
        return False
    if not batch.agenda.is_first("refilled", work.tracked.name, name):
        return (work.tracked.name, name) in batch.noted.refilled
    held = work.space.get(name)
    place = container(held, (name,), (), None) if is_container(held) else None
    before, after = _lines(walk, name, old=True), _lines(walk, name, old=False)
    if place is None or before is None or after is None or not _stands_alone(walk, before, after, name):
        return False
    was = (as_built(batch.worlds, work, before) or {}).get(name)
    now = (as_built(batch.worlds, work, after, old=False) or {}).get(name) if was is not None else None
    # None where the lines cannot be run unseen.
    if was is None or now is None or type(was) is not type(held) or type(now) is not type(held):
        return False
    content = place.read()
    old = _content(was)
    if not same_value(was, held) or [key for key, _ in old] != [key for key, _ in content]:
        # Somebody else has changed it.
        return False
    place.write(_kept(_content(now), content))
    growth = Growth(place, content, place.read())
    batch.journal.on_undo.append(partial(take_back, place, growth.before, growth.after))
    batch.noted.refilled.add((work.tracked.name, name))
    for node in after[1:]:
        batch.agenda.note_run(work.tracked, node)
    batch.regrown(batch, work, after[0], [growth], ())
    return True


def _filled(node: Node) -> str | None:
    """The name of the container that a line changes by itself: `L.insert(0, x)`, `del D["a"]`, `L[1:] = []`."""
    if node.scopes or node.guards or node.name or node.branches or node.binds or node.kind not in _KINDS:
        return None
    if node.kind == "assignment" and (stores(node) or not stores_otherwise(node)):
        return None
    tree = parse_statements(node.segment)
    statement = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    target: ast.expr | None = None
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func
        target = called.value if isinstance(called, ast.Attribute) and called.attr in FILLING else None
    elif isinstance(statement, ast.Delete) and len(statement.targets) == 1:
        target = statement.targets[0].value if isinstance(statement.targets[0], ast.Subscript) else None
    elif isinstance(statement, (ast.Assign, ast.AugAssign)):
        first = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        target = first.value if isinstance(first, ast.Subscript) else None
    return target.id if isinstance(target, ast.Name) else None


def _lines(walk: Walk, name: str, *, old: bool) -> list[Node] | None:
    """The assignment that makes a container and the lines that fill it; None where it is made in another way."""
    outline: Outline = walk.tracked.outline if old else walk.work.outline
    made = walk.liveness.live_binders(name, "", old=old)
    if len(made) != 1 or made[0].kind != "assignment" or made[0].guards or value_of(made[0]) is None:
        return None
    found = [made[0]]
    for node in outline.readers({name}):
        if node.line <= made[0].line or node.name or node.scopes:
            continue
        if built_upon(node, name) or _changes_within(node, name):
            if node.guards or node.branches or walk.liveness(node, old=old) != "live":
                return None
            found.append(node)
    return found if len(found) <= _MANY else None


def _changes_within(node: Node, name: str) -> bool:
    """Whether a line changes what is in a container: `D["a"].append(1)`, `D["a"]["b"] = 2`."""
    tree = parse_statements(node.segment) if f"{name}[" in node.source else None
    for each in ast.walk(tree) if tree is not None else ():
        if isinstance(each, ast.Subscript) and not isinstance(each.ctx, ast.Load) and root_of(each) == name:
            return True
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in FILLING:
            if root_of(each.func.value) == name:
                return True
    return False


def _stands_alone(walk: Walk, before: list[Node], after: list[Node], name: str) -> bool:
    """Whether nothing but lines of the chain changes that it is made of: its assignment, names that it reads."""
    read = {each for node in (*before, *after) for each in node.reads} - {name}
    for edit in walk.work.edits:
        for node in (edit.old, edit.new):
            if node is None or edit.action == "formatted":
                continue
            bound = {node.name or ""} if node.name else set(node.binds)
            if node in (before[0], after[0]) or bound & read:
                return False
    return True


def _content(value: object) -> Content:
    place = container(value, (), (), None)
    return place.read() if place is not None else []


def _kept(content: Content, living: Content) -> Content:
    """What was made anew, with the objects that live where they say the same."""
    left = list(living)
    found: Content = []
    for key, value in content:
        at = next((at for at, (other, held) in enumerate(left) if _alike(key, other) and _alike(value, held)), None)
        found.append((key, value) if at is None else left.pop(at))
    return found


def _alike(value: object, other: object) -> bool:
    return value is other or (type(value) is type(other) and same_value(value, other))


__all__ = ["refilled"]
