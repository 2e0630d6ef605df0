"""The semantic diff alone: what an edit would do, with nothing imported and no process touched."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from reloadr._core import Node, Outline, read
from reloadr.source.edits import Edit, edits_of
from reloadr.source.outlines import compare, parse

__all__ = ["Plan", "PlannedEdit", "plan"]


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """One edit of a plan."""

    #: "added", "removed", "changed", "renamed" or "formatted".
    action: str
    #: "function", "class", "import", "assignment", "if" ...
    kind: str
    #: Below the module; for a statement what it binds.
    qualname: str
    #: In the new text; in the old one for what was removed.
    line: int
    #: Which sides of a definition changed.
    facets: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "action": self.action,
            "kind": self.kind,
            "qualname": self.qualname,
            "line": self.line,
            "facets": list(self.facets),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """The edits between two texts."""

    edits: tuple[PlannedEdit, ...]
    #: `(first line, last line, by how much)` of what only moved, in lines of the old text.
    shifts: tuple[tuple[int, int, int], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.edits)

    def __str__(self) -> str:
        if not self.edits:
            return "no edits"
        rows = [("action", "kind", "name", "line", "what")]
        rows += [(e.action, e.kind, e.qualname, str(e.line), ", ".join(e.facets)) for e in self.edits]
        widths = [max(len(row[at]) for row in rows) for at in range(5)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"edits": [edit.to_dict() for edit in self.edits], "shifts": [list(shift) for shift in self.shifts]}


def plan(old: str | os.PathLike[str], new: str | os.PathLike[str], *, filename: str = "<source>") -> Plan:
    """The edits that lead from one state of a file to another.

    Each side is source text, or a path (`os.PathLike`) to a file. Raises SyntaxError, located, where a side
    is not Python, and OSError where a file cannot be read.
    """
    before = _outline(old, filename)
    after = _outline(new, filename, before)
    diff = compare(before, after, filename)
    return Plan(tuple(_planned(edit) for edit in edits_of(diff)), tuple(diff.shifts))


def _outline(side: str | os.PathLike[str], filename: str, old: Outline | None = None) -> Outline:
    if isinstance(side, str):
        text = side.replace("\r\n", "\n").replace("\r", "\n")
        return parse(text, filename, old)
    return parse(read(os.fspath(side)), os.fspath(side), old)


def _planned(edit: Edit) -> PlannedEdit:
    node = edit.node
    return PlannedEdit(edit.action, node.kind, _name(node), node.line, tuple(edit.facets))


def _name(node: Node) -> str:
    if node.name:
        return node.qualname
    names = ", ".join(node.binds)
    return f"{node.qualname}.{names}" if node.qualname and names else names or node.qualname
