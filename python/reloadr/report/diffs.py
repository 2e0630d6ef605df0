"""What a reload changed, as text: whole files, or definition by definition. Made when somebody looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reloadr._core import Node, Outline, unified_diff
from reloadr.source.edits import edits_of
from reloadr.source.outlines import compare

__all__ = ["DefinitionDiff", "Diffs"]


@dataclass(frozen=True, slots=True)
class DefinitionDiff:
    """How one definition or statement changed."""

    path: str
    #: "added", "removed", "changed" or "renamed".
    action: str
    #: "function", "class", "assignment", "import" ...
    kind: str
    #: Below the module; "" for a statement of the module itself.
    qualname: str
    #: In the new text; in the old one for what was removed.
    line: int
    #: Lines that begin with "+", "-" or " "; "…" where unchanged lines were left out.
    lines: tuple[str, ...]


class Diffs(Mapping[str, str]):
    """Text diffs by path."""

    def __init__(self, outlines: dict[str, tuple[Outline, Outline]]) -> None:
        self._outlines = outlines

    def __getitem__(self, path: str) -> str:
        old, new = self._outlines[path]
        return unified_diff(old.text, new.text, path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._outlines)

    def __len__(self) -> int:
        return len(self._outlines)

    def definitions(self) -> Iterator[DefinitionDiff]:
        """What changed, in the order of the files; what was only formatted is left out."""
        for path, (old, new) in self._outlines.items():
            for edit in edits_of(compare(old, new, path)):
                if edit.action == "formatted":
                    continue
                node = edit.node
                before = "" if edit.old is None else _own_text(edit.old, alone=edit.new is None)
                after = "" if edit.new is None else _own_text(edit.new, alone=edit.old is None)
                lines = tuple(_lines(before, after))
                if lines:
                    yield DefinitionDiff(path, edit.action, node.kind, node.qualname, node.line, lines)


def _own_text(node: Node, *, alone: bool) -> str:
    """A node's source; of a class with another side only the header, for its members have edits of their own."""
    members = node.members
    if node.kind != "class" or alone or not members:
        return node.segment
    lines = node.segment.split("\n")[: max(1, members[0].line - node.line)]
    return "\n".join(lines)


def _lines(before: str, after: str) -> Iterator[str]:
    # The last line has an end, so that nothing is said of one that lacks it.
    diff = unified_diff(f"{before}\n" if before else "", f"{after}\n" if after else "", "")
    started = False
    for line in diff.splitlines():
        if line.startswith("@@"):
            if started:
                yield "…"
            started = True
        elif started:
            yield line
