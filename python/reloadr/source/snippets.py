"""Texts of definitions and statements with parts blanked out, and as reports quote them.

What is blanked keeps its room: each line and column stays what it is in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from reloadr._core import Node, Part

REACHED: Final = "_reloadr_reached_"
"""Prefix of a marker, which the body of a class would mangle if it began with two underscores. A block is run with each
`def` or `class` replaced by `_reloadr_reached_<line> = 1`; a marker
that is bound afterwards tells that control flow came by that definition."""


def header_only(old: Node | None, new: Node) -> str:
    """The definition's text without decorators and with `0` for every default that is as it was, everything else in
    place, from the first line that holds code then."""
    same = {name: default.fingerprint for name, _, _, default in old.params if default} if old is not None else {}
    defaults = [
        default for name, _, _, default in new.params if default is not None and same.get(name) == default.fingerprint
    ]
    return without(new, new.decorators, defaults)


def without(node: Node, decorators: list[Part], defaults: Iterable[Part] = ()) -> str:
    """A definition's text without some of its decorators and with `0` for some of its defaults, from the first line
    that holds code then."""
    data = bytearray(node.segment.encode("utf-8", "surrogatepass"))
    starts = [0]
    starts += [at + 1 for at, byte in enumerate(data) if byte == 0x0A]

    def blank(part: Part, with_: bytes) -> None:
        start = starts[part.line - node.line] + part.col
        end = start + len(part.source.encode("utf-8", "surrogatepass"))
        if not with_:
            start = data.rindex(b"@", 0, start)
        room = bytes(byte if byte == 0x0A else 0x20 for byte in data[start:end])
        data[start:end] = with_ + room[len(with_) :]

    for part in decorators:
        blank(part, b"")
    for part in defaults:
        blank(part, b"0")
    text = data.decode("utf-8", "surrogatepass")
    # What a comment behind a decorator is indented by says nothing of the definition.
    nothing = re.match(r"(?:[ \t\f]*(?:#[^\n]*)?\n)*", text)
    return text[nothing.end() :] if nothing is not None else text


def blanked(node: Node, inner: Iterable[Node]) -> str:
    """A block's text with the definitions in it replaced, line for line, by a note that they were come by."""
    data = node.segment.encode("utf-8", "surrogatepass")
    lines = data.split(b"\n")
    for each in inner:
        first, last = each.line - node.line, each.end_line - node.line
        for at in range(first, last + 1):
            lines[at] = f"{each.indent}{REACHED}{each.line} = 1".encode() if at == first else b""
    return b"\n".join(lines).decode("utf-8", "surrogatepass")


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
