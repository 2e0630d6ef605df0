"""Definitions that one file of a batch lost and another gained, word for word: the same objects live on there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING

from reloadr._core import Node
from reloadr.engine.annotations import of_functions
from reloadr.engine.batch import Works
from reloadr.engine.classes.forms import first_forms
from reloadr.engine.classes.kinds import with_nested
from reloadr.engine.edits import meanings
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.compiling import annotations_of, definition_code, function_code
from reloadr.source.edits import Edit
from reloadr.source.outlines import context_of, unit_of
from reloadr.source.statements import decorator_name
from reloadr.source.using import calls_in
from reloadr.stage.attributes import set_attributes
from reloadr.stage.steps import CODE, GLOBALS, MISSING, TYPE

if TYPE_CHECKING:
    from reloadr.engine.batch import Batch, Work


@dataclass(frozen=True)
class Move:
    """A definition that goes to another module."""

    source: Work
    #: What the old file lost.
    removed: Edit
    target: Work
    node: Node
    value: FunctionType | type
    #: Its functions, each with its definition in the new file; None for those that `dataclass` and its like wrote.
    functions: list[tuple[locate.Found, Node | None]]

    def carry_out(self, batch: Batch) -> None:
        """Prepares everything but the names themselves, which come and go with the two edits."""
        old, new = self.source.tracked, self.target.tracked
        # What calls it makes functions of the module that it is in by then.
        batch.stage.pend(self.node)
        context = context_of(self.target.outline, new.filename)
        for found, node in self.functions:
            function = found.function
            batch.stage.steps.append((GLOBALS, function, None, new.namespace))
            set_attributes(batch.stage, found, {"__module__": new.name})
            annotate = of_functions.annotate_of(function)
            if node is None:
                # What was cached for the other globals is forgotten with the code, though it is the same.
                batch.stage.steps.append((CODE, function, None, (function.__code__, function.__closure__)))
                continue
            definition = definition_code(unit_of(node), node.name or "", context)
            batch.stage.steps.append((CODE, function, None, (definition.code, function.__closure__)))
            gone = [function.__code__]
            if annotate is not None:
                gone.append(annotate.__code__)
                of_functions.move_in(batch, new, annotate, definition.annotate)
            batch.unlearn(old, gone)
            batch.journal.afterwards.append(partial(batch.learn, new, [definition.code]))
        if is_a(self.value, type):
            self._classes(batch, self.value)
        batch.stage.set(self.target.space, self.node.name or "", self.value)
        batch.agenda.note_run(new, self.node)
        batch.findings.change("move", new, self.node.qualname, self.node.line, f"from {old.name}")
        meanings.settle(batch, self.source, self.removed.node, self.target, self.node)

    def _classes(self, batch: Batch, value: type) -> None:
        """The classes of a definition are those of the new module."""
        old, new = self.source.tracked, self.target.tracked
        batch.classes.reidentified = True
        for cls in with_nested(value):
            if "__firstlineno__" in locate.class_dict(cls):
                # From 3.13 on the interpreter drops it with the next step, and an undo would not bring it back.
                batch.stage.set(batch.stage.class_space(cls), "__firstlineno__", MISSING)
            batch.stage.set(batch.stage.class_space(cls), "__module__", new.name)
            for form in first_forms(cls):
                batch.stage.steps.append((TYPE, form, "__module__", new.name))
            given = locate.class_dict(cls).get("__annotate_func__")
            nodes = [node for node in self.target.outline.find(cls.__qualname__) if node.kind == "class"]
            if is_a(given, FunctionType) and given.__globals__ is old.namespace and nodes:
                batch.unlearn(old, [given.__code__])
                code = function_code(
                    unit_of(nodes[-1]), nodes[-1].name or "", context_of(self.target.outline, new.filename)
                )
                of_functions.move_in(batch, new, given, annotations_of(code))


def find(works: Works) -> list[Move]:
    """The definitions of a batch that can be moved. To be asked before anything is changed."""
    removed: dict[tuple[str, int], tuple[Work, Edit]] = {}
    for work, edit, node in _of_modules(works, "removed"):
        removed[node.name or "", node.fingerprint] = (work, edit)
    moves: list[Move] = []
    for work, _, node in _of_modules(works, "added"):
        source, lost = removed.get((node.name or "", node.fingerprint), (work, None))
        value = source.space.live.get(node.name or "")
        if lost is None or source is work or not is_a(value, FunctionType, type) or _makers_move(source, node):
            continue
        functions = _functions_of(value, source.tracked, work)
        if functions is not None:
            moves.append(Move(source, lost, work, node, value, functions))
    return moves


def _makers_move(source: Work, node: Node) -> bool:
    """Whether what makes a definition moves as well, a decorator or what a default calls: it works on names of the
    other file then, and has to run there.

    ROUTES = []
    def route(f): ROUTES.append(f); return f
    """
    # An import does not move: the other file has its own.
    lost = [edit.node for edit in source.edits if edit.action == "removed" and not edit.node.scopes]
    gone = {name for each in lost if each.kind not in ("import", "from") for name in (each.name or "", *each.binds)}
    gone -= {node.name or ""}
    defaults = [default.source for *_, default in node.params if default is not None]
    if any(calls_in(each, gone) for each in defaults):
        return True
    return any(decorator_name(part).partition(".")[0] in gone for part in node.decorators)


def _of_modules(works: Works, action: str) -> Iterator[tuple[Work, Edit, Node]]:
    for work in works:
        for edit in work.edits:
            if edit.action == action and edit.node.name and not edit.node.scopes:
                yield work, edit, edit.node


def _functions_of(
    value: FunctionType | type, source: Tracked, target: Work
) -> list[tuple[locate.Found, Node | None]] | None:
    """All functions of a definition that is to move; None if one of them has no certain place in the new file."""
    if is_a(value, FunctionType):
        functions = [locate.Found(value, ())]
    else:
        held = [each for cls in with_nested(value) for each in list(locate.class_dict(cls).items())]
        # What gives a class its annotations goes over by itself.
        members = [each for name, each in held if name != "__annotate_func__"]
        functions = [each for member in members for each in locate.unwrap(member)]
    found: list[tuple[locate.Found, Node | None]] = []
    for each in functions:
        code = each.function.__code__
        if each.function.__globals__ is not source.namespace:
            continue
        if code.co_filename != source.filename:
            found.append((each, None))
            continue
        # The text is the same: of several with one name, as a property's, the first is the first.
        olds, news = (outline.find(code.co_qualname) for outline in (source.outline, target.outline))
        at = next((at for at, node in enumerate(olds) if node.code_line == code.co_firstlineno), None)
        if at is None or len(olds) != len(news):
            return None
        found.append((each, news[at]))
    return found or ([] if is_a(value, type) else None)


__all__ = ["Move", "find"]
