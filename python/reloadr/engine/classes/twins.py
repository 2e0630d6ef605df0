"""What collects the members of a class runs once more, on a class of the same members that nobody sees.

Two of these twins are made, of the members before the edit and of those after it. What the collectors write on one and
not on the other goes to the living class; what a program did to their work since stays, or is named.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType

from reloadr._core import Node, Outline, Part, commit
from reloadr.engine.batch import Batch, Work, Works, Worlds
from reloadr.engine.classes import naming
from reloadr.engine.classes.collectors import Collector, are_confined, collectors, hook_of, is_marked
from reloadr.engine.classes.graft import purge
from reloadr.engine.classes.kinds import OWN, STATED, binders, is_generated
from reloadr.engine.evaluate.failures import rejected
from reloadr.engine.evaluate.worlds import evaluate_new, is_pure, new_world
from reloadr.engine.registrations.known import named
from reloadr.judge.same import COMMON, unchanged_value
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL215, RL226
from reloadr.report.findings import Findings
from reloadr.report.reasons import plural
from reloadr.source.statements import decorator_name, mangled, parse_expression, value_of
from reloadr.stage.stage import Stage
from reloadr.stage.steps import CLASS, MISSING

#: Facets of a method that others may have read of it.
_DESCRIPTIVE = frozenset({"signature", "defaults", "docstring", "annotations", "type parameters"})
#: Stands for another member in a class that is a member.
_NESTED = "nested"
#: Not written by those who collect members.
_NOT_WRITTEN = OWN | STATED | {"__doc__", "__hash__"}
#: What a class statement hands on besides the members.
_HEADER = ("__module__", "__qualname__", "__doc__", "__annotations__", "__annotate_func__", "__orig_bases__")
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)


class NotKnown(Exception):
    """What a class statement evaluates cannot be evaluated unseen, or its collectors do not take the class again."""


@dataclass
class Case:
    """A class whose members an edit may change, as it was before."""

    work: Work
    cls: type
    old: Node
    new: Node
    collectors: list[Collector]
    #: What of its methods is another.
    facets: dict[str, set[str]]
    members: dict[str, object] = field(default_factory=dict)
    #: The members that bore marks, which decorators that see them again may take from the very objects.
    marked: set[str] = field(default_factory=set)
    #: The members that are in the source and not in the class: those who collected them took them out.
    taken: set[str] = field(default_factory=set)
    #: Whether those who collect its members do so for classes below it alone.
    below: bool = False
    #: The twin of the members before; none where it could not be made. No list: see `purge`.
    twin: tuple[type, ...] = ()


def prepare(worlds: Worlds, work: Work) -> list[Case]:
    """Before the edits of a module are carried out: what is collected of the classes that they are about, and of those
    below them that collect what they inherit."""
    cases: list[Case] = []
    for old, facets in _edited(work).items():
        cls, new = locate.class_of(work.tracked, old), work.class_now(old)
        if cls is None or new is None or _statement(work.outline, new.qualname) is None:
            continue
        found = collectors(work, cls, new)
        if found:
            cases.append(Case(work, cls, old, new, found, facets))
        elif below := _library_below(worlds.works, cls):
            cases.append(Case(work, cls, old, new, below, facets, below=True))
        cases += _heirs(worlds, cls)
    for case in cases:
        begin(worlds, case)
    return cases


def begin(worlds: Worlds, case: Case) -> None:
    """Makes the twin of the members before, where all who collect them may run again."""
    was = worlds.stage.before.get(id(case.cls), {})
    members = {**_members(worlds.stage, case.cls, case.old), **was}
    case.members = {name: members[name] for name in _bound(case.old) if members.get(name, MISSING) is not MISSING}
    case.marked = {name for name, value in case.members.items() if is_marked(value)}
    case.taken = {name for name in _given(case.old) if members.get(name, MISSING) is MISSING}
    if case.taken or case.below:
        # What is not in the class cannot be handed on once more.
        return
    if not is_generated(case.cls) and are_confined(worlds.works, case.collectors, case.members):
        with contextlib.suppress(NotKnown):
            case.twin = (_twin(worlds, case, case.members),)


def _edited(work: Work) -> dict[Node, dict[str, set[str]]]:
    """The classes that edits of a module are about, and what of their methods is another, by name."""
    found: dict[Node, dict[str, set[str]]] = {}
    for edit in work.edits:
        old = edit.old or edit.new
        if old is None or not old.scopes or set(edit.facets) == {"body"} or edit.action == "formatted":
            continue
        node = old.scopes[-1] if edit.old is not None else work.class_before(old.scopes[-1])
        if node is not None and node.kind == "class":
            facets = found.setdefault(node, {})
            if old.name:
                facets.setdefault(locate.bound_name(old), set()).update(edit.facets)
            if old.kind != "docstring":
                _within(work, [*old.scopes[:-1], node], found)
    if work.reordered:
        for node in (each for each in work.tracked.outline.nodes() if each.kind == "class"):
            new = work.class_now(node)
            if new is not None and [*binders(new)] != [*binders(node)]:
                found.setdefault(node, {})
    return found


def _within(work: Work, scopes: list[Node], found: dict[Node, dict[str, set[str]]]) -> None:
    """A member of a class within a class is one of what that has: `class Meta`, which whoever made it may have read."""
    for outer, inner in itertools.pairwise(scopes):
        node = outer if outer in work.tracked.outline.find(outer.qualname) else work.class_before(outer)
        if node is not None and node.kind == inner.kind == "class":
            found.setdefault(node, {}).setdefault(locate.bound_name(inner), set()).add(_NESTED)


def _statement(outline: Outline, qualname: str) -> Node | None:
    """The class statement of this name, if there is one alone."""
    nodes = [node for node in outline.find(qualname) if node.kind == "class"]
    return nodes[0] if len(nodes) == 1 else None


def _heirs(worlds: Worlds, cls: type) -> list[Case]:
    """Classes below one that collect what they inherit."""
    cases = [case for sub in locate.subclasses(cls) if (case := case_of(worlds.works, sub)) is not None]
    return [case for case in cases if any(each.inherits(worlds) for each in case.collectors)]


def _library_below(works: Works, cls: type) -> list[Collector]:
    """Those of a library who made classes below one: how they collect is not known, and what is inherited may be part
    of it.

    class Stamped: made = Column()         # edited
    class User(Stamped, Base): ...         # its mapper has a column of it
    """
    below = [case.collectors for sub in locate.subclasses(cls) if (case := case_of(works, sub)) is not None]
    found = {each.label: each for collected in below for each in collected if each.is_of_library()}
    return list(found.values())


def case_of(works: Works, cls: type, *, uncollected: bool = False) -> Case | None:
    """A class of a watched module whose members somebody collects; `uncollected`: also where nobody does yet."""
    for tracked in works.watched:
        if locate.made_in(cls, tracked.name):
            work, name = works.of(tracked), locate.qualname_of(cls)
            old, new = _statement(tracked.outline, name), _statement(work.outline, name)
            if old is not None and new is not None and locate.class_of(tracked, old) is cls:
                found = collectors(work, cls, new)
                return Case(work, cls, old, new, found, {}) if found or uncollected else None
    return None


def settle(batch: Batch, work: Work, cases: list[Case]) -> None:
    """Once the edits of a module are carried out: brings what was collected of its plain classes in step with them.
    Raises Rejected where the collectors refuse the class."""
    _tell_registries(batch, work)
    for case in cases:
        _settle(batch, case)


def settle_derived(batch: Batch) -> bool:
    """Does so for members that were computed anew from what changed; False if there are none."""
    cases: list[Case] = []
    for space in list(batch.stage.spaces.values()):
        cls = space.owner
        if is_a(cls, type) and batch.stage.before.get(id(cls)):
            case = case_of(batch.works, cls)
            if case is not None and not batch.classes.collected.get(id(cls), set()).issuperset(
                _changed(batch.stage, case)
            ):
                cases.append(case)
    for case in cases:
        begin(batch.worlds, case)
        _settle(batch, case)
    return bool(cases)


def follow_hook(batch: Batch, case: Case) -> None:
    """Brings what a hook that changed writes on a class in step with it. Raises NotKnown where that cannot be told."""
    if not are_confined(batch.works, case.collectors, case.members):
        raise NotKnown
    _follow(batch.worlds, batch.findings, case, [])


def _settle(batch: Batch, case: Case) -> None:
    anew = any(node == case.new for _, node in batch.classes.regenerated)
    if anew or any(case.cls is each for each in batch.classes.replacing):
        return
    names = _changed(batch.stage, case)
    batch.classes.collected[id(case.cls)] = set(names)
    if not case.twin:
        _name(batch.worlds, batch.findings, case, names)
        return
    try:
        _follow(batch.worlds, batch.findings, case, names)
    except NotKnown:
        _name(batch.worlds, batch.findings, case, names)


def _tell_registries(batch: Batch, work: Work) -> None:
    """What members put themselves into when they were told their names has them as they are now."""
    for cls, _ in list(batch.stage.of_classes()):
        nodes = work.outline.find(locate.qualname_of(cls)) if locate.made_in(cls, work.tracked.name) else []
        if nodes:
            naming.settle(batch, work, cls, nodes[0])


def _changed(stage: Stage, case: Case) -> list[str]:
    """The members that the source binds, before or after, and that came, went or are others."""
    space, known = stage.class_space(case.cls), {*_bound(case.old), *_bound(case.new)}
    before = stage.before.get(id(case.cls), {})
    # A method that its decorators saw again may be the same object, with other marks.
    marked = {name for name, facets in case.facets.items() if "decorators" in facets and name in before}
    changed = [name for name, was in before.items() if name in known and (space.get(name) is not was or name in marked)]
    changed += sorted(case.taken - {*_bound(case.new), *changed})
    nested = [name for name, facets in case.facets.items() if _NESTED in facets and _is_plain(space.get(name))]
    return [*changed, *(name for name in nested if name not in changed)]


def _is_plain(value: object) -> bool:
    return type(value) is type and not is_generated(value)


def _bound(node: Node) -> list[str]:
    """The names that the body of a class binds, in its order, as the class has them."""
    return [mangled(name, node.name or "") for name in binders(node)]


def _given(node: Node) -> set[str]:
    """The names that lines of a class body give a value, whatever becomes true."""
    found = {name: nodes[0] for name, nodes in binders(node).items() if len(nodes) == 1}
    given = {name for name, each in found.items() if not each.guards and value_of(each) is not None}
    return {mangled(name, node.name or "") for name in given}


def _members(stage: Stage, cls: type, node: Node) -> dict[str, object]:
    """The members that a class statement binds, in its order."""
    space = stage.class_space(cls)
    values = {name: space.get(name) for name in _bound(node)}
    return {name: value for name, value in values.items() if value is not MISSING and not is_a(value, *_SLOTS)}


def _follow(worlds: Worlds, findings: Findings, case: Case, names: list[str]) -> None:
    """Makes the other twin, and stages what the two differ in."""
    members = _members(worlds.stage, case.cls, case.new)
    # It sees bases and functions as they will be.
    worlds.flush()
    try:
        twins = (*case.twin, _twin(worlds, case, members))
    except NotKnown as error:
        if error.__cause__ is not None:
            # They refuse this one alone: the new source is wrong.
            raise rejected(case.work, case.new, error.__cause__) from error
        raise
    before = {name: value for name, value in _written(twins[0]) if name not in case.members and name not in members}
    after = {name: value for name, value in _written(twins[1]) if name not in members}
    _take(worlds.stage, findings, case, before, after)
    for name in names:
        value = locate.class_dict(twins[1]).get(name, MISSING)
        if name in members and value is not members[name] and value is not MISSING:
            # The collectors put another in its place, as they did when the class was made.
            worlds.stage.set(worlds.stage.class_space(case.cls), name, value)


def _keywords(worlds: Worlds, work: Work, node: Node) -> dict[str, object]:
    """The keywords of a class statement, evaluated again."""
    found: dict[str, object] = {}
    for keyword, part in node.bases:
        if keyword is None or keyword == "metaclass":
            continue
        tree, world = parse_expression(part.source), new_world(worlds, work, node)
        if tree is None or not keyword.isidentifier() or not is_pure(worlds.works, tree, world):
            raise NotKnown
        found[keyword] = evaluate_new(worlds, work, node, tree)
        if found[keyword] is MISSING:
            raise NotKnown
    return found


def _twin(worlds: Worlds, case: Case, members: dict[str, object]) -> type:
    """A class of these members, made as the living one was, and nobody's subclass any more. Raises NotKnown, from what
    the collectors raised, if they did."""
    work, cls, node = case.work, case.cls, case.new
    words = _keywords(worlds, work, node)
    try:
        made = types.new_class(
            cls.__name__, locate.bases_of(cls), {**words, "metaclass": type(cls)}, partial(_fill, cls, members)
        )
        for part in reversed(node.decorators):
            decorator = named(work, decorator_name(part))
            if is_a(decorator, FunctionType):
                if "(" in part.source:
                    decorator = _called(worlds, work, node, part)
                if not callable(decorator) or decorator(made) is not made:
                    raise NotKnown
    except NotKnown:
        raise
    except Exception as error:
        raise NotKnown from error
    finally:
        for name, value in members.items():
            if hook_of(value) is not None:
                type(value).__set_name__(value, cls, name)  # type: ignore[attr-defined]
    purge(cls, made)
    with contextlib.suppress(TypeError):
        commit([(CLASS, made, "__bases__", (object,))], MISSING)
    return made


def _fill(cls: type, members: dict[str, object], space: dict[str, object]) -> None:
    own = locate.class_dict(cls)
    for name in _HEADER:
        if name in own:
            space[name] = own[name]
    space["__qualname__"] = locate.qualname_of(cls)
    for name, value in members.items():
        space[name] = value


def _called(worlds: Worlds, work: Work, node: Node, part: Part) -> object:
    """What the call of a decorator gives, whose function is known to have no effect."""
    tree, world = parse_expression(part.source), new_world(worlds, work, node)
    if not isinstance(tree, ast.Call) or any(isinstance(each, ast.Starred) for each in tree.args):
        raise NotKnown
    for each in [*tree.args, *(keyword.value for keyword in tree.keywords)]:
        if not is_pure(worlds.works, each, world):
            raise NotKnown
    return evaluate_new(worlds, work, node, tree)


def _written(twin: type) -> Iterator[tuple[str, object]]:
    for name, value in locate.class_dict(twin).items():
        if name not in _NOT_WRITTEN and not is_a(value, *_SLOTS):
            yield name, value


def _take(stage: Stage, findings: Findings, case: Case, before: dict[str, object], after: dict[str, object]) -> None:
    """Puts on the living class what is written otherwise now."""
    space, node, tracked = stage.class_space(case.cls), case.new, case.work.tracked
    for name in [*after, *(name for name in before if name not in after)]:
        was, value = before.get(name, MISSING), after.get(name, MISSING)
        held = stage.before.get(id(case.cls), {}).get(name, space.get(name))
        if _same(was, value) or (value is MISSING and not _same(was, held)):
            continue
        qualname = f"{node.qualname}.{name}"
        if held is not MISSING and name not in case.members and not _same(was, held):
            count = plural(_more(was, held), "item")
            findings.reason(RL226(name=qualname, count=count), tracked, qualname, node.line)
        stage.set(space, name, value)
        findings.change(
            "recompute", tracked, qualname, node.line, f"by {case.collectors[0].label}" if case.collectors else ""
        )


def _same(one: object, other: object) -> bool:
    """Whether two of what was written do not differ; functions made of one text for one class do not."""
    if is_a(one, FunctionType) and is_a(other, FunctionType):
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


def _sees(worlds: Worlds, case: Case, collector: Collector, name: str, values: list[object]) -> bool:
    """Whether a collector may have to do with a member that changed; with what it took out of the class it has, and
    with plain values of what it made no class of it has not."""
    if case.below and values and is_a(values[-1], *COMMON, list, dict, set):
        return False
    return name in case.taken or collector.sees(worlds, name, values, marked=name in case.marked)


def _name(worlds: Worlds, findings: Findings, case: Case, names: list[str]) -> None:
    """Says who may have read the members that changed."""
    space, was = worlds.stage.class_space(case.cls), worlds.stage.before.get(id(case.cls), {})
    lines = {name: nodes[0].line for name, nodes in binders(case.new).items()}
    for each in case.collectors:
        values = {name: [v for v in (was.get(name, MISSING), space.get(name)) if v is not MISSING] for name in names}
        seen = [name for name in names if _sees(worlds, case, each, name, values[name])]
        described = [name for name, facets in case.facets.items() if facets & _DESCRIPTIVE and name not in names]
        seen += described if each.describes(worlds) else []
        if seen:
            qualname, line = f"{case.new.qualname}.{seen[0]}", lines.get(seen[0], case.new.line)
            findings.reason(RL215(name=", ".join(seen), reader=each.label), case.work.tracked, qualname, line)


__all__ = ["Case", "NotKnown", "begin", "case_of", "follow_hook", "prepare", "settle"]
