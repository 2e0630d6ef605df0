"""Outlines from CPython's own `ast`, for valid syntax that the grammar of `reloadr._core` does not know.

The grammar is younger or older than the interpreter: where it sees an error, CPython is asked. Its word on
syntax is final, so `outline` lets a `SyntaxError` through as it is, and makes of everything else an outline of
the same form as `Outline.parse` makes. Only fingerprints differ, since they hash another notation; that is why
`Outline.maker` tells who made an outline, and `same_maker` brings both sides of a diff together.

Positions come from `ast` (lines from 1, columns in UTF-8 bytes). What it has none for (decorators' `@`,
redundant parentheses, headers of blocks, comments) is found among the tokens.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reloadr._core import Outline
from reloadr.source.ast_facts import (
    Span,
    bound_by,
    captures,
    imported,
    is_string,
    position,
    reads,
    syntax_of,
    targets,
    unique,
    walk_below,
    walrus,
)
from reloadr.source.tokens import Tokens

Piece = tuple[Span, str, list[str]]
"""Where it stands, what it says without positions, the names it reads."""

Param = tuple[str, int, Piece | None, Piece | None]
"""Name, kind as in `inspect.Parameter`, annotation, default."""


def outline(text: str, filename: str) -> Outline:
    """The outline of `text` as CPython reads it; raises CPython's own `SyntaxError`."""
    module = ast.parse(text, filename)
    return Outline.from_entries(text, _Maker(text).entries(module))


def same_maker(old: Outline, new: Outline, filename: str) -> tuple[Outline, Outline]:
    """Both outlines, made anew by CPython if only one of them was; raises `SyntaxError` if it cannot be."""
    if old.maker != new.maker:
        if old.maker == "grammar":
            old = outline(old.text, filename)
        else:
            new = outline(new.text, filename)
    return old, new


@dataclass(slots=True)
class _Definition:
    def_line: int
    code_line: int
    is_async: bool
    body: Span
    decorators: list[Piece] = field(default_factory=list)
    type_params: Piece | None = None
    params: list[Param] = field(default_factory=list)
    returns: Piece | None = None
    bases: list[tuple[str | None, Piece]] = field(default_factory=list)
    docstring: Piece | None = None
    body_syntax: str = ""
    self_stores: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Entry:
    kind: str
    parent: tuple[int, int] | None
    piece: Piece
    name: str | None = None
    binds: list[str] = field(default_factory=list)
    annotates: str | None = None
    definition: _Definition | None = None
    branches: list[tuple[str, Piece | None]] = field(default_factory=list)
    imported: list[tuple[str, str, str]] = field(default_factory=list)
    once: bool = False


_Function = ast.FunctionDef | ast.AsyncFunctionDef

_KINDS: dict[type[ast.AST], str] = {
    ast.FunctionDef: "function",
    ast.AsyncFunctionDef: "function",
    ast.ClassDef: "class",
    ast.Import: "import",
    ast.ImportFrom: "from",
    ast.Assign: "assignment",
    ast.AugAssign: "assignment",
    ast.AnnAssign: "assignment",
    ast.If: "if",
    ast.Try: "try",
    ast.TryStar: "try",
    ast.With: "with",
    ast.AsyncWith: "with",
    ast.For: "for",
    ast.AsyncFor: "for",
    ast.While: "while",
    ast.Match: "match",
    ast.Pass: "pass",
}


class _Maker:
    """Makes the entries of one text."""

    def __init__(self, text: str) -> None:
        self.tokens = Tokens(text)
        self.list: list[_Entry] = []

    def entries(self, module: ast.Module) -> list[_Entry]:
        for number, node in enumerate(module.body):
            self.node(node, None, first=number == 0)
        return self.list

    def node(self, node: ast.stmt, parent: tuple[int, int] | None, first: bool) -> int:
        number = len(self.list)
        kind = self.kind(node, first)
        entry = _Entry(kind, parent, (self.whole(node), syntax_of([node]), []))
        self.list.append(entry)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.definition(number, node)
        elif kind in ("if", "try", "with", "for", "while", "match"):
            self.block(number, node)
        else:
            entry.imported = imported(node)
            entry.binds = bound_by(node, kind, entry.imported)
            if isinstance(node, ast.AnnAssign) and node.simple and isinstance(node.target, ast.Name):
                entry.annotates = node.target.id
            if kind not in ("import", "from"):
                entry.piece = (entry.piece[0], entry.piece[1], reads([node]))
        entry.once = self.once(entry)
        return number

    def kind(self, node: ast.stmt, first: bool) -> str:
        kind = _KINDS.get(type(node), "statement")
        if isinstance(node, ast.Expr):
            if first and is_string(node.value):
                return "docstring"
            if (
                isinstance(node.value, ast.Constant)
                and node.value.value is ...
                and position(node) == position(node.value)
            ):
                return "pass"
        return kind

    def once(self, entry: _Entry) -> bool:
        """Whether a comment above or behind says `reloadr: once`; the rules are those of the core."""
        line, col, end_line, end_col = entry.piece[0]
        if line in self.tokens.once_below and not self.tokens.lines[line - 1].encode()[:col].strip():
            return True
        if entry.definition is not None:
            reaches = entry.kind == "function" and entry.definition.def_line == end_line
        else:
            reaches = not entry.branches
        behind = self.tokens.once_behind.get(end_line)
        if not reaches or behind is None or behind < end_col:
            return False
        between = self.tokens.lines[end_line - 1].encode()[end_col:behind]
        return not between.strip(b" \t;")

    def whole(self, node: ast.stmt) -> Span:
        """The span of a statement from its first decorator on."""
        start, end = self.tokens.first(node), self.tokens.last(node)
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            start = self.tokens.first(decorators[0])
            while self.tokens.word(start) != "@":
                start -= 1
        # A compound statement ends after the semicolon behind its last statement, says CPython.
        return self.tokens.span(start, end - 1 if self.tokens.word(end) == ";" else end)

    def body(self, nodes: list[ast.stmt]) -> Span:
        return self.whole(nodes[0])[:2] + self.whole(nodes[-1])[2:]

    def suite(self, nodes: list[ast.stmt], number: int, branch: int) -> None:
        for at, node in enumerate(nodes):
            self.node(node, (number, branch), first=at == 0 and self.list[number].kind == "class")

    def definition(self, number: int, node: _Function | ast.ClassDef) -> None:
        entry = self.list[number]
        code_line = node.decorator_list[0].lineno if node.decorator_list else node.lineno
        definition = entry.definition = _Definition(
            node.lineno, code_line, isinstance(node, ast.AsyncFunctionDef), self.body(node.body)
        )
        definition.decorators = [self.piece(decorator) for decorator in node.decorator_list]
        definition.type_params = self.type_params(node)
        entry.name = node.name
        entry.binds = [node.name]
        if isinstance(node, ast.ClassDef):
            definition.bases = self.bases(node)
        else:
            definition.params = self.params(node.args)
            definition.returns = self.maybe(node.returns)
            self.function_body(definition, node)
        entry.piece = (entry.piece[0], entry.piece[1], unique(_definition_reads(definition)))
        if isinstance(node, ast.ClassDef):
            entry.branches = [("body", None)]
            self.suite(node.body, number, 0)
            definition.self_stores = self.class_stores(number)

    def function_body(self, definition: _Definition, node: _Function) -> None:
        rest = node.body
        first = node.body[0]
        if isinstance(first, ast.Expr) and is_string(first.value):
            definition.docstring = (position(first.value), syntax_of([first.value]), [])
            rest = node.body[1:]
        definition.body_syntax = syntax_of(rest)
        owner = definition.params[0][0] if definition.params else "self"
        stores = set()
        for below in walk_below(node.body):
            if (
                isinstance(below, ast.Attribute)
                and isinstance(below.ctx, ast.Store)
                and isinstance(below.value, ast.Name)
                and below.value.id in (owner, "self")
            ):
                stores.add(below.attr)
        definition.self_stores = sorted(stores)

    def class_stores(self, number: int) -> list[str]:
        stores: set[str] = set()
        for entry in self.list[number + 1 :]:
            above = entry.parent
            while above is not None and self.list[above[0]].kind != "class":
                above = self.list[above[0]].parent
            if above is not None and above[0] == number and entry.kind == "function":
                assert entry.definition is not None
                stores.update(entry.definition.self_stores)
        return sorted(stores)

    def params(self, args: ast.arguments) -> list[Param]:
        positional = args.posonlyargs + args.args
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
        defaults += args.defaults
        params = []
        for at, (arg, default) in enumerate(zip(positional, defaults, strict=True)):
            params.append(self.param(arg, 0 if at < len(args.posonlyargs) else 1, default))
        if args.vararg is not None:
            params.append(self.param(args.vararg, 2, None))
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            params.append(self.param(arg, 3, default))
        if args.kwarg is not None:
            params.append(self.param(args.kwarg, 4, None))
        return params

    def param(self, arg: ast.arg, kind: int, default: ast.expr | None) -> Param:
        return arg.arg, kind, self.maybe(arg.annotation), self.maybe(default)

    def after_name(self, node: _Function | ast.ClassDef) -> int:
        """The token behind the name of a definition."""
        at = self.tokens.first(node) + 2
        return at + 1 if isinstance(node, ast.AsyncFunctionDef) else at

    def type_params(self, node: _Function | ast.ClassDef) -> Piece | None:
        params: list[ast.AST] = getattr(node, "type_params", [])
        if not params:
            return None
        opening = self.after_name(node)
        closing = self.tokens.last(params[-1]) + 1
        while self.tokens.word(closing) != "]":
            closing += 1
        return self.tokens.span(opening, closing), syntax_of(params), reads(params)

    def bases(self, node: ast.ClassDef) -> list[tuple[str | None, Piece]]:
        opening = self.after_name(node)
        params: list[ast.AST] = getattr(node, "type_params", [])
        if params:
            opening = self.tokens.last(params[-1])
        while self.tokens.word(opening) not in ("(", ":"):
            opening += 1
        found: list[tuple[str | None, Piece]] = [(None, self.piece(base, opening)) for base in node.bases]
        for keyword in node.keywords:
            if keyword.arg is None:
                found.append((None, (position(keyword), syntax_of([keyword]), reads([keyword]))))
            else:
                found.append((keyword.arg, self.piece(keyword.value)))
        return sorted(found, key=lambda base: base[1][0])

    def maybe(self, node: ast.expr | None) -> Piece | None:
        return None if node is None else self.piece(node)

    def piece(self, node: ast.expr, outermost: int = -1) -> Piece:
        """An expression with the parentheses around it, as far as they come after token `outermost`."""
        start, end = self.tokens.first(node), self.tokens.last(node)
        while start - 1 > outermost and self.tokens.word(start - 1) == "(" and self.tokens.word(end + 1) == ")":
            start, end = start - 1, end + 1
        return self.tokens.span(start, end), syntax_of([node]), reads([node])

    def header(self, word: int, body: int, nodes: Iterable[ast.AST | None], names: Iterable[str] = ()) -> Piece | None:
        """What stands between the token of an opening word and the colon before the token `body`."""
        word += 1
        if word >= body - 1:
            return None
        given = [node for node in nodes if node is not None]
        syntax = syntax_of(given) + "".join(f" {name}" for name in names)
        return self.tokens.span(word, body - 2), syntax, unique([*reads(given), *names])

    def start_of(self, nodes: list[ast.stmt]) -> int:
        return self.tokens.at(self.whole(nodes[0])[:2])

    def branch(self, number: int, label: str, header: Piece | None, body: list[ast.stmt]) -> None:
        entry = self.list[number]
        if header is not None:
            entry.piece[2].extend(header[2])
        entry.branches.append((label, header))
        self.suite(body, number, len(entry.branches) - 1)

    def block(self, number: int, node: ast.stmt) -> None:
        binds: list[str] = []
        word = self.tokens.first(node)
        if isinstance(node, ast.If):
            self.if_(number, node)
        elif isinstance(node, ast.While):
            header = self.header(word, self.start_of(node.body), [node.test])
            self.branch(number, "while", header, node.body)
            self.else_(number, node.orelse)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self.for_(number, node, binds)
        elif isinstance(node, ast.With | ast.AsyncWith):
            self.with_(number, node, word, binds)
        elif isinstance(node, ast.Try | ast.TryStar):
            self.try_(number, node, binds)
        elif isinstance(node, ast.Match):
            self.match(number, node, word, binds)
        entry = self.list[number]
        for below in self.list[number + 1 :]:
            if below.parent is not None and below.parent[0] == number:
                binds += below.binds
        entry.binds = unique([*binds, *walrus([node])])
        entry.piece = (entry.piece[0], entry.piece[1], unique(entry.piece[2]))

    def for_(self, number: int, node: ast.For | ast.AsyncFor, binds: list[str]) -> None:
        targets(node.target, binds)
        iterable = self.piece(node.iter)
        end = self.tokens.span(0, self.start_of(node.body) - 2)[2:]
        header = (iterable[0][:2] + end, syntax_of([node.target, node.iter]), iterable[2])
        self.branch(number, "for", header, node.body)
        self.else_(number, node.orelse)

    def with_(self, number: int, node: ast.With | ast.AsyncWith, word: int, binds: list[str]) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                targets(item.optional_vars, binds)
        word += isinstance(node, ast.AsyncWith)
        header = self.header(word, self.start_of(node.body), node.items)
        self.branch(number, "with", header, node.body)

    def try_(self, number: int, node: ast.Try | ast.TryStar, binds: list[str]) -> None:
        self.branch(number, "try", None, node.body)
        star = isinstance(node, ast.TryStar)
        for handler in node.handlers:
            names = [] if handler.name is None else [handler.name]
            binds += names
            at = self.tokens.first(handler) + star
            header = self.header(at, self.start_of(handler.body), [handler.type], names)
            if header is not None and star:
                header = (header[0], "*" + header[1], header[2])
            self.branch(number, "except", header, handler.body)
        self.else_(number, node.orelse)
        self.else_(number, node.finalbody, "finally")

    def if_(self, number: int, node: ast.If) -> None:
        label = "if"
        while True:
            word = self.tokens.first(node)
            header = self.header(word, self.start_of(node.body), [node.test])
            self.branch(number, label, header, node.body)
            below = node.orelse
            if len(below) != 1 or not isinstance(below[0], ast.If):
                break
            if self.tokens.word(self.tokens.first(below[0])) != "elif":
                break
            node, label = below[0], "elif"
        self.else_(number, node.orelse)

    def else_(self, number: int, nodes: list[ast.stmt], label: str = "else") -> None:
        if nodes:
            self.branch(number, label, None, nodes)

    def match(self, number: int, node: ast.Match, word: int, binds: list[str]) -> None:
        opening = []
        for case in node.cases:
            at = self.tokens.first(case.pattern) - 1
            while self.tokens.word(at) != "case":
                at -= 1
            opening.append(at)
        subject = self.header(word, opening[0], [node.subject])
        self.branch(number, "match", subject, [])
        for at, case in zip(opening, node.cases, strict=True):
            binds += captures(case.pattern)
            header = self.header(at, self.start_of(case.body), [case.pattern, case.guard])
            self.branch(number, "case", header, case.body)


def _definition_reads(definition: _Definition) -> Iterator[str]:
    pieces: list[Piece | None] = [*definition.decorators, definition.type_params, definition.returns]
    for _, _, annotation, default in definition.params:
        pieces += [annotation, default]
    pieces += [piece for _, piece in definition.bases]
    for piece in pieces:
        if piece is not None:
            yield from piece[2]
