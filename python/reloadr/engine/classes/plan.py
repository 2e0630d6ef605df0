"""Whether a class has to be made anew: the edits that change what its header or generator made of its body."""

from __future__ import annotations

import enum

from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.engine.classes.kinds import is_generated, is_model, is_protocol
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.edits import Edit


class Plan:
    """A verdict: this class must be made anew, because of these of its edits. `rebuild` carries it out."""

    def __init__(self, cls: type, old: Node, new: Node, edits: list[Edit]) -> None:
        self.cls = cls
        self.old = old
        self.new = new
        self.edits = edits
        self.done = False

    def takes(self, edit: Edit) -> bool:
        """Whether the rebuild takes care of an edit; bodies of methods are swapped like any function's."""
        if edit.action == "formatted":
            return False
        both = edit.old is not None and edit.new is not None and edit.old.kind == edit.new.kind == "function"
        if both and "decorators" not in edit.facets and edit.action != "renamed":
            return False
        node = edit.new or edit.old
        assert node is not None
        nested = node.kind == "class" and edit.action == "changed" and node.qualname != self.new.qualname
        return not nested and (edit.action != "renamed" or _collects_all(self.cls))

    @classmethod
    def of_itself(cls, living: type, node: Node) -> Plan:
        """A plan for a class whose own text is as it was: what it was made of is not."""
        return cls(living, node, node, [])


def class_of(work: Work, edit: Edit) -> str:
    """The class of the new source that an edit belongs to: the one whose body it stands in, or the class itself."""
    node = edit.new or edit.old
    assert node is not None
    if node.kind == "class" and edit.action == "changed":
        return node.qualname
    scope = node.scopes[-1] if node.scopes else None
    if scope is not None and edit.new is None:
        scope = work.class_now(scope) or scope
    return scope.qualname if scope is not None else ""


def plans_of(work: Work) -> dict[str, Plan]:
    """The classes of a module that have to be built anew, by qualified name in the new source."""
    touched: dict[str, tuple[Node, Node, list[Edit]]] = {}
    for edit in work.edits:
        old, new = edit.old, edit.new
        node = new or old
        assert node is not None
        if old is not None and new is not None and node.kind == "class" and old.kind == "class":
            entry = touched.setdefault(new.qualname, (old, new, []))
            entry[2].append(edit)
            continue
        scopes = node.scopes
        if not scopes:
            continue
        found = _both_sides(work, edit, scopes[-1])
        if found is not None:
            touched.setdefault(found[1].qualname, (*found, []))[2].append(edit)
    made: dict[str, Plan] = {}
    for qualname, (old, new, edits) in touched.items():
        cls = locate.class_of(work.tracked, old)
        if cls is None:
            continue
        if must_rebuild(cls, new, edits):
            made[qualname] = Plan(cls, old, new, edits)
    for cls, old, new in in_another_order(work):
        made.setdefault(new.qualname, Plan(cls, old, new, []))
    return made


def in_another_order(work: Work) -> list[tuple[type, Node, Node]]:
    """The generated classes that have their fields or members in another order: with their statements, old and new.

    @dataclass
    class Point:
        y: int                         # these lines changed places: `Point(1, 2)` means another point
        x: int
    """
    found: list[tuple[type, Node, Node]] = []
    for old in (each for each in work.tracked.outline.nodes() if each.kind == "class") if work.reordered else ():
        new = work.class_now(old)
        cls = locate.class_of(work.tracked, old) if new is not None and _collected(old) != _collected(new) else None
        if cls is not None and new is not None and is_generated(cls):
            found.append((cls, old, new))
    return found


def _collected(node: Node) -> list[str]:
    """What a class may have collected of its body, in order."""
    members = [member for member in node.members if member.kind != "function"]
    return [name for member in members for name in (*member.binds, *filter(None, [member.annotates]))]


def _both_sides(work: Work, edit: Edit, scope: Node) -> tuple[Node, Node] | None:
    """The class around an edit in the old and the new source."""
    if edit.old is not None and edit.new is not None:
        return edit.old.scopes[-1], edit.new.scopes[-1]
    other = work.class_now(scope) if edit.new is None else work.class_before(scope)
    if other is None:
        return None
    return (scope, other) if edit.new is None else (other, scope)


def must_rebuild(cls: type, new: Node, edits: list[Edit]) -> bool:
    """Whether some edit changes what the class's header or generator made of its body."""
    own = locate.class_dict(cls)
    generated = is_generated(cls)
    for edit in edits:
        node = edit.new or edit.old
        assert node is not None
        if edit.action == "formatted":
            continue
        if node.kind == "class" and edit.old is not None and edit.new is not None:
            if node.qualname == new.qualname and set(edit.facets) & {"decorators", "keywords", "type parameters"}:
                return True
            if node.qualname == new.qualname and "bases" in edit.facets and (generated or "__slots__" in own):
                return True
            continue
        if "__slots__" in node.binds:
            return True
        if not generated or node.kind == "pass":
            continue
        if node.kind == "docstring":
            if edit.action == "removed":
                # What generates a class may write its docstring then, as `dataclass` and `NamedTuple` do.
                return True
            continue
        if node.name is None and node.kind != "class":
            return True
        if edit.action in ("added", "removed") and _matters(cls, node):
            return True
        if edit.action == "renamed" and _collects_all(cls):
            return True
        if node.kind == "function" and edit.action == "changed" and "decorators" in edit.facets:
            return True
    return False


def _matters(cls: type, node: Node) -> bool:
    """Whether adding or removing this definition changes what the generator makes."""
    name = node.name or ""
    if is_a(cls, enum.EnumMeta) and (node.kind == "class" or node.decorators):
        # A member of its own, as `@member` makes it, and up to 3.12 a class in its body.
        return True
    return _collects_all(cls) or (name.startswith("_") and name.endswith("_"))


def _collects_all(cls: type) -> bool:
    """Whether the class has collected its members, whatever they are, by their names."""
    return is_model(cls) or is_protocol(cls)


__all__ = ["Plan", "class_of", "in_another_order", "plans_of"]
