"""What collects the members of a class runs once more, on a class of the same members that nobody sees.

Two of these twins are made, of the members before the edit and of those after it. What the collectors write on one and
not on the other goes to the living class; what a program did to their work since stays, or is named.
"""

from __future__ import annotations

import ast
import contextlib
import types
from collections.abc import Iterator
from types import FunctionType

from reloadr._core import Node, Part, commit
from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes import naming
from reloadr.engine.classes.collectors import Collector, are_confined, collectors, decorator_of, hook_of
from reloadr.engine.classes.graft import purge
from reloadr.engine.classes.kinds import OWN, STATED, binders, is_generated
from reloadr.engine.evaluate.failures import rejected
from reloadr.engine.evaluate.worlds import evaluate, is_pure, new_world
from reloadr.judge.same import unchanged_value
from reloadr.live import locate
from reloadr.report.report import plural
from reloadr.source.statements import decorator_name, parse_expression
from reloadr.stage.steps import CLASS, MISSING

#: Not written by those who collect members.
_NOT_WRITTEN = OWN | STATED | {"__doc__", "__hash__"}
#: What a class statement hands on besides the members.
_HEADER = ("__module__", "__qualname__", "__doc__", "__annotations__", "__annotate_func__", "__orig_bases__")
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)


class _NotKnown(Exception):
    """What a class statement evaluates cannot be evaluated unseen, or its collectors do not take the class again."""


def settle(batch: Batch, work: Work) -> None:
    """Once the edits of a module are carried out: brings what was collected of its plain classes in step with them.
    Raises Rejected where the collectors refuse the class."""
    for cls, old, new in list(_edited(batch, work)):
        names = _changed(batch, cls, old, new)
        for name in names:
            if batch.stage.class_space(cls).get(name) is MISSING:
                naming.forget(batch, cls, batch.stage.before[id(cls)][name])
        found = collectors(work, cls, new) if names else []
        if not found:
            continue
        try:
            if is_generated(cls) or not are_confined(batch, found, _members(batch, cls, new)):
                raise _NotKnown
            _follow(batch, work, cls, old, new, names, found)
        except _NotKnown:
            _name(batch, work, cls, new, names, found)


def _edited(batch: Batch, work: Work) -> Iterator[tuple[type, Node, Node]]:
    """The classes of a module whose members changed, with their statements before and after."""
    anew = [node for each, node in batch.regenerated if each is work]
    for space in list(batch.stage.spaces.values()):
        cls = space.owner
        if not isinstance(cls, type) or id(cls) not in batch.stage.before or any(cls is e for e in batch.replacing):
            continue
        if locate.made_in(cls, work.tracked.name):
            outlines = (work.tracked.outline, work.outline)
            found = [[n for n in each.find(locate.qualname_of(cls)) if n.kind == "class"] for each in outlines]
            if [len(nodes) for nodes in found] == [1, 1] and found[1][0] not in anew:
                yield cls, found[0][0], found[1][0]


def _changed(batch: Batch, cls: type, old: Node, new: Node) -> list[str]:
    """The members that the source binds, before or after, and that came, went or are others."""
    space, known = batch.stage.class_space(cls), binders(old).keys() | binders(new).keys()
    before = batch.stage.before[id(cls)]
    return [name for name, was in before.items() if name in known and space.get(name) is not was]


def _members(batch: Batch, cls: type, node: Node, *, before: bool = False) -> dict[str, object]:
    """The members that a class statement binds, in its order."""
    space, was = batch.stage.class_space(cls), batch.stage.before.get(id(cls), {})
    values = {name: was[name] if before and name in was else space.get(name) for name in binders(node)}
    return {name: value for name, value in values.items() if value is not MISSING and not isinstance(value, _SLOTS)}


def _follow(
    batch: Batch, work: Work, cls: type, old: Node, new: Node, names: list[str], found: list[Collector]
) -> None:
    was, members = _members(batch, cls, old, before=True), _members(batch, cls, new)
    # They see bases and functions as they will be.
    batch.flush()
    # No list or dict: `purge` looks for what holds them.
    twins: tuple[type, ...] = ()
    try:
        words = _keywords(batch, work, new)
        try:
            twins = (_twin(batch, work, cls, new, was, words),)
        except Exception as error:
            raise _NotKnown from error
        try:
            twins = (*twins, _twin(batch, work, cls, new, members, words))
        except _NotKnown:
            raise
        except Exception as error:
            # They refuse the second alone: the new source is wrong.
            raise rejected(work, new, error) from error
        _compare(batch, work, cls, new, was, members, names, twins, found)
    finally:
        _forget(cls, members, twins)


def _compare(
    batch: Batch,
    work: Work,
    cls: type,
    node: Node,
    was: dict[str, object],
    members: dict[str, object],
    names: list[str],
    twins: tuple[type, ...],
    found: list[Collector],
) -> None:
    """Stages what the two differ in."""
    for twin in twins:
        purge(cls, twin)
    before = {name: value for name, value in _written(twins[0]) if name not in was}
    after = {name: value for name, value in _written(twins[1]) if name not in members}
    _take(batch, work, cls, node, before, after, found)
    for name in names:
        value = locate.class_dict(twins[1]).get(name, MISSING)
        if name in members and value is not members[name] and value is not MISSING:
            # The collectors put another in its place, as they did when the class was made.
            batch.stage.set(batch.stage.class_space(cls), name, value)


def _forget(cls: type, members: dict[str, object], twins: tuple[type, ...]) -> None:
    """The members are the living class's again, and the twins, until they are collected, nobody's subclasses."""
    for name, value in members.items():
        if hook_of(value) is not None:
            type(value).__set_name__(value, cls, name)  # type: ignore[attr-defined]
    for twin in twins:
        with contextlib.suppress(TypeError):
            commit([(CLASS, twin, "__bases__", (object,))], MISSING)


def _keywords(batch: Batch, work: Work, node: Node) -> dict[str, object]:
    """The keywords of a class statement, evaluated again."""
    found: dict[str, object] = {}
    for keyword, part in node.bases:
        if keyword is None or keyword == "metaclass":
            continue
        tree, world = parse_expression(part.source), new_world(batch, work, node)
        if tree is None or not keyword.isidentifier() or not is_pure(batch, work.tracked, tree, world):
            raise _NotKnown
        found[keyword] = evaluate(tree, world, work.tracked.filename)
        if found[keyword] is MISSING:
            raise _NotKnown
    return found


def _twin(
    batch: Batch, work: Work, cls: type, node: Node, members: dict[str, object], keywords: dict[str, object]
) -> type:
    """A class of these members, made as the living one was."""
    own = locate.class_dict(cls)

    def fill(space: dict[str, object]) -> None:
        for name in _HEADER:
            if name in own:
                space[name] = own[name]
        space["__qualname__"] = locate.qualname_of(cls)
        for name, value in members.items():
            space[name] = value

    made = types.new_class(cls.__name__, locate.bases_of(cls), {**keywords, "metaclass": type(cls)}, fill)
    for part in reversed(node.decorators):
        decorator = decorator_of(work, decorator_name(part))
        if isinstance(decorator, FunctionType):
            if "(" in part.source:
                decorator = _called(batch, work, node, part)
            if not callable(decorator) or decorator(made) is not made:
                raise _NotKnown
    return made


def _called(batch: Batch, work: Work, node: Node, part: Part) -> object:
    """What the call of a decorator gives, whose function is known to have no effect."""
    tree, world = parse_expression(part.source), new_world(batch, work, node)
    if not isinstance(tree, ast.Call) or any(isinstance(each, ast.Starred) for each in tree.args):
        raise _NotKnown
    for each in [*tree.args, *(keyword.value for keyword in tree.keywords)]:
        if not is_pure(batch, work.tracked, each, world):
            raise _NotKnown
    return evaluate(tree, world, work.tracked.filename)


def _written(twin: type) -> Iterator[tuple[str, object]]:
    for name, value in locate.class_dict(twin).items():
        if name not in _NOT_WRITTEN and not isinstance(value, _SLOTS):
            yield name, value


def _take(
    batch: Batch,
    work: Work,
    cls: type,
    node: Node,
    before: dict[str, object],
    after: dict[str, object],
    found: list[Collector],
) -> None:
    """Puts on the living class what is written otherwise now."""
    space, by = batch.stage.class_space(cls), found[0].label
    for name in [*after, *(name for name in before if name not in after)]:
        was, value, held = before.get(name, MISSING), after.get(name, MISSING), space.get(name)
        if _same(was, value) or (value is MISSING and not _same(was, held)):
            continue
        qualname = f"{node.qualname}.{name}"
        if held is not MISSING and not _same(was, held):
            batch.findings.reason(
                "RL226", work.tracked, qualname, node.line, name=qualname, count=plural(_more(was, held), "item")
            )
        batch.stage.set(space, name, value)
        batch.findings.change("recompute", work.tracked, qualname, node.line, f"by {by}")


def _same(one: object, other: object) -> bool:
    """Whether two of what was written do not differ; functions made of one text for one class do not."""
    if isinstance(one, FunctionType) and isinstance(other, FunctionType):
        cells = [[each.cell_contents for each in function.__closure__ or ()] for function in (one, other)]
        alike = one.__code__ is other.__code__ and len(cells[0]) == len(cells[1])
        return one is other or (alike and all(map(_same, *cells)))
    return one is other or (MISSING not in (one, other) and unchanged_value(one, other))


def _more(was: object, held: object) -> int:
    """By how many items what is held differs from what was written."""
    try:
        return max(1, abs(len(held) - len(was)))  # type: ignore[arg-type]
    except TypeError:
        return 1


def _name(batch: Batch, work: Work, cls: type, node: Node, names: list[str], found: list[Collector]) -> None:
    """Says who may have read the members that changed."""
    space, was = batch.stage.class_space(cls), batch.stage.before[id(cls)]
    lines = {name: nodes[0].line for name, nodes in binders(node).items()}
    for each in found:
        values = {name: [v for v in (was[name], space.get(name)) if v is not MISSING] for name in names}
        seen = [name for name in names if each.sees(batch, name, values[name])]
        if seen:
            qualname, line = f"{node.qualname}.{seen[0]}", lines.get(seen[0], node.line)
            batch.findings.reason("RL215", work.tracked, qualname, line, name=", ".join(seen), reader=each.label)


__all__ = ["settle"]
