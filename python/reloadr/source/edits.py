"""Edits as the engine works on them: what only looks different is told from what says something else.

The outline's fingerprints are blind to white space and comments, and to how strings, numbers, commas and most
parentheses are written. Where they differ, CPython's parser has the last word on what is left: the same tree is the
same program, as `elif` is to `else: if`.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from reloadr._core import Diff, Node, Outline, facts, may_be_same


@dataclass(slots=True, eq=False)
class Edit:
    """One difference between the running source and the saved one."""

    #: Its numbers in the diff: two where a removal and an addition turned out to be one formatting.
    numbers: tuple[int, ...]
    action: str
    old: Node | None
    new: Node | None
    facets: list[str] = field(default_factory=list)
    #: Whether it says what was said, by other names: a function has other code then, and does what it did.
    same: bool = False

    @property
    def node(self) -> Node:
        """Where it stands: in the new source, or in the old one if it is gone."""
        node = self.new or self.old
        assert node is not None
        return node


def edits_of(diff: Diff, picks: Callable[[Node], bool] | None = None) -> list[Edit]:
    """The edits of a diff, or those whose nodes are picked, without differences that only look like some."""
    edits = [Edit((each.number,), each.action, each.old, each.new, each.facets) for each in diff.edits]
    if picks is not None:
        edits = [each for each in edits if any(picks(node) for node in (each.new, each.old) if node is not None)]
    for edit in edits:
        if _is_formatted(edit):
            edit.action, edit.facets = "formatted", []
    return edits


def everything_else(edits: list[Edit], old: Outline, new: Outline) -> list[Edit]:
    """When a `from __future__` statement came or went: definitions that are as they were mean something else."""
    touched = {(edit.new.line, edit.new.name) for edit in edits if edit.new is not None}
    before: dict[str, list[Node]] = {}
    for node in old.nodes():
        if node.kind == "function":
            before.setdefault(node.qualname, []).append(node)
    found: list[Edit] = []
    renamed = renamed_classes(edits)
    for node in new.nodes():
        if node.kind == "function":
            same = before.get(renamed_in(node.qualname, renamed), [])
            twin = same.pop(0) if same else None
            if twin is not None and (node.line, node.name) not in touched:
                notes = _has_annotations(node)
                found.append(
                    Edit((), "changed" if notes else "formatted", twin, node, ["annotations"] if notes else [])
                )
    for edit in edits:
        if edit.new is not None and edit.old is not None and edit.new.kind == "function" and edit.action != "added":
            if edit.action == "formatted" and _has_annotations(edit.new):
                edit.action = "changed"
            if "annotations" not in edit.facets and edit.action in ("changed", "renamed"):
                edit.facets.append("annotations")
    return sorted([*edits, *found], key=lambda each: (each.new is not None, each.node.line))


def are_reordered(diff: Diff, edits: list[Edit]) -> bool:
    """Whether some lines changed places with others."""
    # A shift is of lines that stayed as they were: a definition that was edited where it moved is in none.
    moves = [(first, first + delta) for first, _, delta in diff.shifts]
    moves += [(edit.old.line, edit.new.line) for edit in edits if edit.old is not None and edit.new is not None]
    places = [new for _, new in sorted(moves)]
    return places != sorted(places)


def renamed_classes(edits: list[Edit]) -> dict[str, str]:
    """Of classes that get another name, the qualified name in the old source by that in the new one."""
    found = ((edit.old, edit.new) for edit in edits if edit.action == "renamed")
    return {new.qualname: old.qualname for old, new in found if old and new and old.kind == new.kind == "class"}


def renamed_in(qualname: str, names: Mapping[str, str]) -> str:
    """A qualified name as it is where the classes around it, or itself, are called by other names."""
    parts = qualname.split(".")
    for count in range(len(parts), 0, -1) if names else ():
        name = names.get(".".join(parts[:count]))
        if name is not None:
            return ".".join([name, *parts[count:]])
    return qualname


def only_describes(facets: Collection[str]) -> bool:
    """Whether what differs of a definition changes nothing that it does or gives."""
    return {"docstring", "annotations", "place"}.issuperset(facets)


def only_annotates(edit: Edit) -> bool:
    """Whether `X = value` got, lost or changed its annotation alone."""
    old, new = edit.old, edit.new
    if old is None or new is None or old.kind != "assignment" or new.kind != "assignment" or old.binds != new.binds:
        return False
    before, after = facts(old).binding, facts(new).binding
    return before is not None and after is not None and before[0] == after[0] is not None and before[1] != after[1]


def _has_annotations(node: Node) -> bool:
    return node.returns is not None or any(param[2] is not None for param in node.params)


def _is_formatted(edit: Edit) -> bool:
    """Whether an edit of a node where it stands is one of layout alone."""
    if edit.action != "changed" or edit.old is None or edit.new is None or "place" in edit.facets:
        return False
    return _same_syntax(edit.old.segment, edit.new.segment)


def _same_syntax(old: str, new: str) -> bool:
    """Whether two texts are the same program; False where one cannot be parsed alone."""
    if not may_be_same(old, new):
        return False
    try:
        return same_tree(_parse(old), _parse(new))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def same_tree(old: object, new: object) -> bool:
    """Whether two syntax trees are the same but for positions: as their dumps would say, and sooner."""
    kind = type(old)
    if kind is not type(new):
        return False
    if kind is list:
        assert isinstance(old, list) and isinstance(new, list)
        return len(old) == len(new) and all(map(same_tree, old, new))
    if isinstance(old, ast.Constant):
        # Not its kind: `u"a"` is "a".
        return same_tree(old.value, new.value)  # type: ignore[attr-defined]
    if isinstance(old, ast.AST):
        return all(same_tree(getattr(old, name, None), getattr(new, name, None)) for name in old._fields)
    # Equal is not enough: there are `0.0` and `-0.0`, and more than one NaN.
    return old is new or repr(old) == repr(new)


def _parse(text: str) -> ast.Module:
    return ast.parse(textwrap.dedent(text) if text[:1] in " \t" else text)


__all__ = [
    "Edit",
    "are_reordered",
    "edits_of",
    "only_annotates",
    "only_describes",
    "renamed_classes",
    "renamed_in",
    "same_tree",
]
