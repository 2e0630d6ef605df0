"""Annotations of modules and classes that are evaluated when somebody asks for them (CPython 3.14 and later).

    price: Money                       # the module's __annotate__ gives {"price": Money}, once somebody asks

The function that gives them is compiled from all annotated lines of the module or class, and is made anew where one of
those lines changed, came, went, or stands in a branch that runs now and did not.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType
from typing import Protocol

from reloadr._core import Node, Outline
from reloadr.engine.annotations.of_functions import is_ours, relearn
from reloadr.engine.batch import Batch, ClassNotes, Work
from reloadr.engine.evaluate.failures import rejected
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked, move_each
from reloadr.report.caveats import RL202
from reloadr.source.compiling import Unit, annotations_of, function_code, module_code
from reloadr.source.outlines import context_of, unit_of
from reloadr.source.snippets import REACHED
from reloadr.stage.spaces import Space
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

_CACHES = {True: "__annotations_cache__", False: "__annotations__"}
_GIVERS = {True: "__annotate_func__", False: "__annotate__"}


class Liveness(Protocol):
    """Whether a statement stands in a branch that ran, or would run: "live", "dead" or "main"."""

    def __call__(self, node: Node, /, *, old: bool = False) -> str: ...


@dataclass(frozen=True)
class View:
    """What is asked of one module of a batch."""

    batch: Batch
    work: Work
    liveness: Liveness
    #: The outermost definitions inside a block.
    definitions_in: Callable[[Node], list[Node]]

    @property
    def tracked(self) -> Tracked:
        """The module as it lives."""
        return self.work.tracked


def code_of_class(tracked: Tracked, node: Node) -> CodeType | None:
    """The code object of the function that gives the annotations of a class of the baseline."""
    for code in tracked.codes.get(f"{node.qualname}.__annotate__", ()):
        if code.co_firstlineno == node.code_line:
            return code
    return None


def settle(view: View) -> None:
    """The annotations of the module and of its classes, where an edit or lines that moved matter to them."""
    batch, work, tracked = view.batch, view.work, view.tracked
    if "annotations" in work.outline.future:
        if "annotations" not in tracked.outline.future:
            for space, _, _ in _scopes(view):
                _drop(batch.stage, space)
        return
    turned = _turned(view)
    for space, old, new in _scopes(view):
        before, after = _members(tracked.outline, old), _members(work.outline, new)
        same = _picture(view, before, old, tracked.outline) == _picture(view, after, new, work.outline)
        if turned or not same or (old is not None and new is not None and old.qualname != new.qualname):
            _renew(view, space, new, after)
        elif old is not None and new is not None:
            _move(view, space, new.code_line - old.code_line)


def _move(view: View, space: Space, delta: int) -> None:
    """Moves the lines of the code that gives a class's annotations along with the class's header."""
    batch, annotate = view.batch, space.live.get("__annotate_func__")
    if not delta or not is_a(annotate, FunctionType) or not is_ours(view.tracked, annotate.__code__):
        return
    code = annotate.__code__
    batch.fresh.add(id(code))

    def move() -> None:
        move_each([(code, delta)])
        batch.journal.on_undo.append(lambda: move_each([(code, -delta)]))

    batch.journal.afterwards.append(move)


def forget_scope(stage: Stage, space: Space) -> None:
    """Drops the annotations that a module or class keeps: they are evaluated anew when somebody asks."""
    in_class = is_a(space.owner, type)
    cache = _CACHES[in_class]
    if is_a(space.get(_GIVERS[in_class]), FunctionType):
        stage.set(space, cache, MISSING)


def _scopes(view: View) -> Iterator[tuple[Space, Node | None, Node | None]]:
    """The living namespaces that have annotations, or might get some, with their nodes in the old and new source."""
    batch, work, tracked = view.batch, view.work, view.tracked
    nodes = [each for edit in work.edits for each in (edit.old, edit.new) if each is not None]
    if not nodes and not work.diff.shifts:
        return
    turned = _turned(view)
    annotating = any(not node.scopes and (node.annotates is not None or node.branches) for node in nodes)
    if turned or annotating or "__annotate__" in work.space.live:
        yield work.space, None, None
    touched = {scope.qualname for node in nodes for scope in node.scopes}
    touched |= {node.qualname for node in nodes if node.kind == "class"}
    for qualname, _, _ in work.outline.class_lines() if turned or touched or work.diff.shifts else ():
        top = work.space.get(qualname.partition(".")[0])
        before = _earlier_name(batch.classes, tracked, qualname)
        cls = locate.class_at(tracked, top, before)
        if cls is None and before != qualname:
            cls = locate.class_at(tracked, top, qualname)
        if cls is None:
            continue
        if "__annotate_func__" not in locate.class_dict(cls) and qualname not in touched and not turned:
            continue
        old = _node_of(view, tracked.outline, before, old=True)
        new = _node_of(view, work.outline, qualname, old=False)
        if new is None or old is None or any(batch.agenda.has_run(work.tracked, each) for each in (new, *new.scopes)):
            continue
        if turned or old.exact != new.exact or old.qualname != new.qualname or qualname in touched:
            yield batch.stage.class_space(cls), old, new


def _turned(view: View) -> bool:
    """Whether annotations were strings and are no more, or the other way round."""
    outlines = (view.tracked.outline, view.work.outline)
    return len({"annotations" in outline.future for outline in outlines}) == 2


def _earlier_name(classes: ClassNotes, tracked: Tracked, qualname: str) -> str:
    """What a class was called before this batch gave it, or one that it stands in, another name."""
    for (name, old), last in classes.renamed.items():
        new = ".".join([*old.split(".")[:-1], last])
        if name == tracked.name and (qualname == new or qualname.startswith(f"{new}.")):
            return old + qualname[len(new) :]
    return qualname


def _node_of(view: View, outline: Outline, qualname: str, *, old: bool) -> Node | None:
    found = [node for node in outline.find(qualname) if node.kind == "class"]
    if len(found) > 1:
        found = [node for node in found if view.liveness(node, old=old) != "dead"]
    return found[-1] if found else None


def _members(outline: Outline, scope: Node | None) -> list[Node]:
    """The annotated names of a module or class."""
    found = [each for each in outline.members_of("" if scope is None else scope.qualname) if each.annotates is not None]
    return [each for each in found if scope is None or scope.line <= each.line <= scope.end_line]


Picture = tuple[object, ...]


def _picture(view: View, members: list[Node], scope: Node | None, outline: Outline) -> Picture:
    """What the code of a scope's annotations depends on, lines included."""
    base = 0 if scope is None else scope.code_line
    old = outline is view.tracked.outline
    found: list[object] = [
        (each.line - base, each.exact, bool(each.guards), view.liveness(each, old=old) != "dead") for each in members
    ]
    if scope is None and members:
        # The code begins where the module's first statement does.
        first = outline.roots()[0]
        found.append((first.line, first.exact))
    return tuple(found)


def _drop(stage: Stage, space: Space) -> None:
    in_class = is_a(space.owner, type)
    for name in (_GIVERS[in_class], "__conditional_annotations__", _CACHES[in_class]):
        # Where strings are staged, a class keeps them where it kept what its function gave.
        if name != _CACHES[in_class] or "__annotations__" not in space.stage:
            stage.set(space, name, MISSING)


def _renew(view: View, space: Space, scope: Node | None, members: list[Node]) -> None:
    """Makes the function that gives the annotations of a module or class as the new source has it."""
    batch, tracked = view.batch, view.tracked
    in_class = is_a(space.owner, type)
    giver = _GIVERS[in_class]
    was = space.live.get(giver)
    code = _code_of(view, scope, members)
    annotate = None if code is None else annotations_of(code)
    olds = [was.__code__] if is_a(was, FunctionType) and was.__globals__ is tracked.namespace else []
    if code is None or annotate is None:
        if is_a(was, FunctionType) or was is None:
            _drop(batch.stage, space)
            batch.journal.on_undo.append(relearn(batch, tracked, olds, None))
        return
    dead = {each.line for each in members if view.liveness(each) == "dead"}
    executed = _executed(code, dead)
    closure = _closure(view, space, annotate, was, executed)
    if closure is None:
        name = "" if scope is None else scope.qualname
        absent = ", ".join(annotate.co_freevars)
        batch.findings.reason(
            RL202(name=f"{name}.__annotate__", count="it", variables=absent), tracked, name, members[0].line
        )
        return
    made = FunctionType(annotate, tracked.namespace, "__annotate__", None, closure or None)
    batch.stage.set(space, giver, made)
    if not in_class:
        batch.stage.set(space, "__conditional_annotations__", executed)
    for name in {_CACHES[in_class], "__annotations__"}:
        # What was kept, or is strings of earlier; also where there is none yet, so that it is gone after an undo.
        batch.stage.set(space, name, MISSING)
    batch.journal.on_undo.append(relearn(batch, tracked, olds, annotate))


def _code_of(view: View, scope: Node | None, members: list[Node]) -> CodeType | None:
    """Code of the whole scope, as far as its annotations depend on it."""
    work = view.work
    if not members:
        return None
    context = context_of(work.outline, work.tracked.filename)
    try:
        if scope is not None:
            return function_code(unit_of(scope), scope.name or "", context)
        try:
            return module_code(annotating_units(work.outline, members, view.definitions_in), context)
        except SyntaxError:
            return module_code([Unit(work.outline.text, 1)], context)
    except SyntaxError as error:
        raise rejected(work, scope or members[0], error) from error


def annotating_units(outline: Outline, members: list[Node], definitions_in: Callable[[Node], list[Node]]) -> list[Unit]:
    """What of a module the code of its annotations depends on: the first statement, and those with annotations, with
    the blocks around them. A long file costs only what these hold."""
    first = outline.roots()[0]
    chosen: dict[int, Node] = {}
    for each in members:
        root = each.guards[0][0] if each.guards else each
        chosen[id(root) if root.line != first.line else 0] = root
    units = [unit_of(first)]
    for root in {(root.line, root.source): root for root in chosen.values()}.values():
        if root == first:
            continue
        unit = unit_of(root)
        units.append(unit._replace(source=root.blanked(definitions_in(root), REACHED)) if root.branches else unit)
    return units


def _executed(code: CodeType, dead: set[int]) -> set[int]:
    """The numbers of a scope's annotations whose statements were come by."""
    found: set[int] = set()
    name: object = None
    number: object = None
    for each in dis.get_instructions(code):
        if each.opname == "SET_ADD" and name == "__conditional_annotations__" and isinstance(number, int):
            if each.positions is None or each.positions.lineno not in dead:
                found.add(number)
        name, number = number, each.argval
    return found


def _closure(
    view: View, space: Space, annotate: CodeType, was: object, executed: set[int]
) -> tuple[CellType, ...] | None:
    """What the function that gives a class's annotations closes over; None where something cannot be had."""
    if not annotate.co_freevars:
        return ()
    known: dict[str, CellType] = {}
    cls = space.owner
    if is_a(cls, type):
        for outer in _around(view, cls):
            params = {param.__name__: param for param in getattr(outer, "__type_params__", ())}
            known.update({name: CellType(param) for name, param in params.items()})
        known["__class__"] = CellType(cls)
        known["__classdict__"] = CellType(locate.own_dict(cls))
    if is_a(was, FunctionType):
        known.update(zip(was.__code__.co_freevars, was.__closure__ or (), strict=False))
    known["__conditional_annotations__"] = CellType(executed)
    if any(name not in known for name in annotate.co_freevars):
        return None
    return tuple(known[name] for name in annotate.co_freevars)


def _around(view: View, cls: type) -> list[type]:
    """The classes that a class stands in, outermost first, and the class itself."""
    found: list[type] = []
    names = cls.__qualname__.split(".")
    for last in range(1, len(names)):
        outer = locate.class_at(view.tracked, view.work.space.get(names[0]), ".".join(names[:last]))
        if outer is not None:
            found.append(outer)
    return [*found, cls]


__all__ = ["View", "annotating_units", "code_of_class", "forget_scope", "settle"]
