"""Definitions and statements as reports quote them."""

from __future__ import annotations

from typing import Final

from reloadr._core import Node

REACHED: Final = "_reloadr_reached_"
"""Prefix of a marker. A block is run with each `def` or `class` replaced by `_reloadr_reached_<line> = 1`; a marker
that is bound afterwards tells that control flow came by that definition. Classes would mangle two underscores."""


def suite_alone(node: Node, text: str, branch: int) -> str:
    """The text of an `if` whose conditions were asked: one of its suites, on its lines; none, where none was chosen."""
    suite = node.branches[branch][2] if branch < len(node.branches) else []
    if not suite:
        return f"{node.indent}pass"
    first, last = suite[0].line - node.line, suite[-1].end_line - node.line
    return "\n".join([f"{node.indent}if 1:", *[""] * (first - 1), *text.split("\n")[first : last + 1]])


def excerpt(text: str, line: int, column: int | None) -> str:
    """The source line with a caret below."""
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return ""
    shown = lines[line - 1]
    indent = len(shown) - len(shown.lstrip())
    at = column - 1 if column and column > 0 else indent
    return f"    {shown.strip()}\n    {' ' * max(0, at - indent)}^"


def first_line(node: Node) -> str:
    """The first line of a statement, shortened."""
    first, _, more = node.source.partition("\n")
    return first if not more and len(first) <= 72 else f"{first[:68]} ..."


def quoted(node: Node) -> str:
    """A statement in a report."""
    return f"`{first_line(node)}`"


def called(node: Node) -> str:
    """A definition by its name, a statement by its first line."""
    return node.qualname if node.name else quoted(node)
