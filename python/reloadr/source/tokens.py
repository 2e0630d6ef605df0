"""The tokens of a text by position, and its `reloadr: once` comments."""

from __future__ import annotations

import ast
import io
import tokenize

from reloadr.source.ast_facts import Span, position

ONCE = "reloadr: once"

_SKIPPED = {
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.COMMENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
}


class Tokens:
    """The tokens of a text that are neither white space nor comments, by position."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.words: list[str] = []
        self.starts: list[tuple[int, int]] = []
        self.ends: list[tuple[int, int]] = []
        self.once_below: set[int] = set()
        self.once_behind: dict[int, int] = {}
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                self.comment(token)
            elif token.type not in _SKIPPED:
                self.words.append(token.string)
                self.starts.append(self.bytes(*token.start))
                self.ends.append(self.end(token))
        self.by_start = {start: number for number, start in reversed(list(enumerate(self.starts)))}
        self.by_end = {end: number for number, end in enumerate(self.ends)}

    def comment(self, token: tokenize.TokenInfo) -> None:
        if not token.string.lstrip("#").lstrip().startswith(ONCE):
            return
        line, col = token.start
        if self.lines[line - 1][:col].strip():
            self.once_behind[line] = self.bytes(line, col)[1]
        else:
            while line <= len(self.lines) and self.lines[line - 1].lstrip().startswith("#"):
                line += 1
            self.once_below.add(line)

    def end(self, token: tokenize.TokenInfo) -> tuple[int, int]:
        """Where a token ends. CPython 3.12.1 counts wrong in the last line of a string whose first is not ASCII."""
        if token.type == tokenize.STRING and token.start[0] != token.end[0]:
            return token.end[0], len(token.string.rpartition("\n")[2].encode("utf-8", "surrogatepass"))
        return self.bytes(*token.end)

    def bytes(self, line: int, col: int) -> tuple[int, int]:
        """A position of `tokenize`, which counts characters, as one of `ast`."""
        if line > len(self.lines) or self.lines[line - 1].isascii():
            return line, col
        return line, len(self.lines[line - 1][:col].encode())

    def word(self, number: int) -> str:
        return self.words[number] if 0 <= number < len(self.words) else ""

    def span(self, first: int, last: int) -> Span:
        return self.starts[first] + self.ends[last]

    def at(self, start: tuple[int, int]) -> int:
        return self.by_start[start]

    def first(self, node: ast.AST) -> int:
        """The number of a node's first token."""
        return self.by_start[position(node)[:2]]

    def last(self, node: ast.AST) -> int:
        return self.by_end[position(node)[2:]]
