"""Edits as the engine works on them: what only looks different is told from what says something else.

The outline's fingerprints are blind to white space and comments, not to quotes, redundant parentheses or
trailing commas. Where they differ, CPython's parser decides: the same tree is the same program.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from reloadr._core import Diff, Node, Outline, Part, may_be_same


@dataclass(slots=True, eq=False)
class Edit:
    """One difference between the running source and the saved one."""

    #: Its numbers in the diff: two where a removal and an addition turned out to be one formatting.
    numbers: tuple[int, ...]
    action: str
    old: Node | None
    new: Node | None
    facets: list[str] = field(default_factory=list)

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
        if edit.action == "changed" and edit.old is not None and edit.new is not None:
            _refine(edit, edit.old, edit.new)
    return _reunite(edits)


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


def _has_annotations(node: Node) -> bool:
    return node.returns is not None or any(param[2] is not None for param in node.params)


def _refine(edit: Edit, old: Node, new: Node) -> None:
    if old.name is None or new.name is None:
        if same_syntax(old.segment, new.segment):
            edit.action = "formatted"
        return
    same: dict[str, Callable[[], bool]] = {
        "decorators": lambda: _same_parts(old.decorators, new.decorators),
        "defaults": lambda: _same_params(old, new, 3),
        "annotations": lambda: _same_params(old, new, 2) and _same_parts(_some(old.returns), _some(new.returns)),
        "docstring": lambda: _same_parts(_some(old.docstring), _some(new.docstring)),
        "bases": lambda: _same_bases(old, new, keywords=False),
        "keywords": lambda: _same_bases(old, new, keywords=True),
        "type parameters": lambda: _same_texts(_some(old.type_params), _some(new.type_params)),
    }
    edit.facets = [facet for facet in edit.facets if facet not in same or not same[facet]()]
    if edit.facets == ["body"] and same_syntax(old.segment, new.segment):
        edit.facets = []
    if not edit.facets:
        edit.action = "formatted"


def _some(part: Part | None) -> list[Part]:
    return [] if part is None else [part]


def _same_texts(old: list[Part], new: list[Part]) -> bool:
    return ["".join(part.source.split()) for part in old] == ["".join(part.source.split()) for part in new]


def _same_parts(old: list[Part], new: list[Part]) -> bool:
    return len(old) == len(new) and all(same_part(a, b) for a, b in zip(old, new, strict=True))


def same_part(old: Part, new: Part) -> bool:
    """Whether two expressions are the same program."""
    return old.fingerprint == new.fingerprint or same_syntax(f"({old.source}\n)", f"({new.source}\n)")


def _same_params(old: Node, new: Node, at: int) -> bool:
    before = {each[0]: each[at] for each in old.params if each[at] is not None}
    after = {each[0]: each[at] for each in new.params if each[at] is not None}
    return list(before) == list(after) and _same_parts(
        [part for part in before.values() if isinstance(part, Part)],
        [part for part in after.values() if isinstance(part, Part)],
    )


def _same_bases(old: Node, new: Node, *, keywords: bool) -> bool:
    before = [(keyword, part) for keyword, part in old.bases if (keyword is not None) == keywords]
    after = [(keyword, part) for keyword, part in new.bases if (keyword is not None) == keywords]
    return [keyword for keyword, _ in before] == [keyword for keyword, _ in after] and _same_parts(
        [part for _, part in before], [part for _, part in after]
    )


def same_syntax(old: str, new: str) -> bool:
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
    if isinstance(old, ast.AST):
        return all(same_tree(getattr(old, name, None), getattr(new, name, None)) for name in old._fields)
    # Equal is not enough: there are `0.0` and `-0.0`, and more than one NaN.
    return old is new or repr(old) == repr(new)


def _parse(text: str) -> ast.Module:
    return ast.parse(textwrap.dedent(text) if text[:1] in " \t" else text)


def _reunite(edits: list[Edit]) -> list[Edit]:
    """A statement that went and one that came with the same syntax are one that was formatted."""
    gone = [each for each in edits if each.action == "removed" and each.old is not None and each.old.name is None]
    if not gone:
        return edits
    for edit in [each for each in edits if each.action == "added" and each.new is not None and each.new.name is None]:
        assert edit.new is not None
        for other in gone:
            assert other.old is not None
            if other.old.kind == edit.new.kind and same_syntax(other.old.segment, edit.new.segment):
                edit.numbers += other.numbers
                edit.action, edit.old = "formatted", other.old
                gone.remove(other)
                edits.remove(other)
                break
    return edits


__all__ = ["Edit", "edits_of", "only_describes", "renamed_classes", "renamed_in", "same_part", "same_syntax"]
