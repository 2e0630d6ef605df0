"""Do the outlines agree with CPython, and the two ways of making them with one another?

    python tests/outline_agreement.py [--sample N] [--jobs N] [PATH...]

Every file below the paths (by default the standard library with its tests, and site-packages) that CPython
parses is outlined three ways: by the grammar, by `reloadr.source.by_ast`, and by a plain walk over `ast` that is
written here once more, shares no line with the fallback, and knows less. The grammar's outline must either
report trouble, so that CPython is asked, or agree in everything: names, nesting, kinds, lines, columns,
decorators, parameters, suites, and the names bound, read and imported. Exits with 1 on any mismatch.
"""

import argparse
import ast
import io
import random
import site
import sys
import sysconfig
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reloadr._core import Node, Outline, Part
from reloadr.source import by_ast

SHOWN = 40


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--sample", type=int, help="only so many files, taken at random with a fixed seed")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    files = sorted(python_files(options.paths or default_paths()))
    if options.sample is not None and options.sample < len(files):
        files = random.Random(0).sample(files, options.sample)
    counts: Counter[str] = Counter()
    mismatches: list[str] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for tally in pool.map(check_file, files, chunksize=20):
            counts.update(tally.counts)
            mismatches += tally.mismatches
    for line in mismatches[:SHOWN]:
        print(line)
    print(f"CPython {sys.version.split()[0]}:", ", ".join(f"{n} {word}" for word, n in sorted(counts.items())))
    print(f"{len(mismatches)} mismatches")
    return 1 if mismatches else 0


def default_paths() -> list[Path]:
    return [Path(sysconfig.get_path("stdlib")), *map(Path, site.getsitepackages())]


def python_files(paths: Iterable[Path]) -> set[Path]:
    found: set[Path] = set()
    for path in paths:
        found.update([path] if path.is_file() else path.rglob("*.py"))
    return found


@dataclass
class Tally:
    counts: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)


def check_file(path: Path) -> Tally:
    tally = Tally()
    try:
        data = path.read_bytes()
    except OSError:
        return tally
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            module = ast.parse(data, str(path))
            text = decode(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError, UnicodeDecodeError):
            tally.counts["files that CPython refuses"] += 1
            return tally
        check_text(text, module, str(path), tally)
    return tally


def decode(data: bytes) -> str:
    """The text as CPython's tokenizer sees it."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return io.TextIOWrapper(io.BytesIO(data), encoding).read()


def check_text(text: str, module: ast.Module, name: str, tally: Tally) -> None:
    by_grammar = Outline.parse(text)
    by_python = by_ast.outline(text, name)
    assert by_python.trouble is None and by_python.maker == "python" and by_grammar.maker == "grammar"
    plain = list(plain_rows(module, text))
    tally.counts["files"] += 1
    tally.counts["definitions"] += sum(row["kind"] in ("function", "class") for row in plain)
    tally.counts["nodes"] += len(plain)
    python_rows = [row(node) for node in by_python.nodes()]
    compare("fallback and ast", name, python_rows, plain, tally)
    if by_grammar.trouble is not None:
        tally.counts["files with trouble"] += 1
        return
    grammar_rows = [row(node) for node in by_grammar.nodes()]
    compare("grammar and ast", name, grammar_rows, plain, tally)
    compare("grammar and fallback", name, grammar_rows, python_rows, tally)
    for edited in (text, text + "\n"):
        again = by_grammar.update(edited)
        if [node.exact for node in again.nodes()] != [node.exact for node in by_grammar.nodes()]:
            tally.mismatches.append(f"{name}: update differs")


Row = dict[str, Any]


def compare(what: str, name: str, ours: list[Row], theirs: list[Row], tally: Tally) -> None:
    """Compares what both rows have."""
    for mine, other in zip(ours, theirs, strict=False):
        differing = [key for key in mine if key in other and mine[key] != other[key]]
        if differing:
            key = differing[0]
            tally.mismatches.append(
                f"{name}:{mine['line']}: {what}: {mine['kind']} {mine['qualname']}: {key}: "
                f"{mine[key]!r:.300} | {other[key]!r:.300}"
            )
            return
    if len(ours) != len(theirs):
        tally.mismatches.append(f"{name}: {what}: {len(ours)} | {len(theirs)} nodes")


# --- what an outline says ------------------------------------------------------------------------------


def row(node: Node) -> Row:
    return {
        "kind": node.kind,
        "qualname": node.qualname,
        "line": node.line,
        "end_line": node.end_line,
        "def_line": node.def_line,
        "code_line": node.code_line,
        "source": node.source,
        "exact": node.exact,
        "name": node.name,
        "binds": set(node.binds),
        "reads": set(node.reads),
        "imported": node.imported,
        "once": node.once,
        "annotates": node.annotates,
        "is_async": node.is_async,
        "self_stores": node.self_stores,
        "decorators": [part(p) for p in node.decorators],
        "decorator_lines": [p.line for p in node.decorators],
        "type_params": part(node.type_params),
        "returns": part(node.returns),
        "docstring": part(node.docstring),
        "body": part(node.body),
        "bases": [(keyword, part(value)) for keyword, value in node.bases],
        "params": [(name, kind, part(note), part(default)) for name, kind, note, default in node.params],
        "signature": [(n, kind, note is not None, d is not None) for n, kind, note, d in node.params],
        "guards": [(guard.line, branch) for guard, branch in node.guards],
        "headers": [(label, part(header)) for label, header, _ in node.branches],
        "suites": [(label, [(n.line, n.end_line) for n in nodes]) for label, _, nodes in node.branches],
    }


def part(found: Part | None) -> Any:
    return None if found is None else (found.source, found.line, found.col, set(found.reads))


# --- what CPython says, without tokens -----------------------------------------------------------------

WORDS = {
    "FunctionDef": "function",
    "AsyncFunctionDef": "function",
    "ClassDef": "class",
    "Import": "import",
    "ImportFrom": "from",
    "Assign": "assignment",
    "AugAssign": "assignment",
    "AnnAssign": "assignment",
    "If": "if",
    "Try": "try",
    "TryStar": "try",
    "With": "with",
    "AsyncWith": "with",
    "For": "for",
    "AsyncFor": "for",
    "While": "while",
    "Match": "match",
    "Pass": "pass",
}


def plain_rows(module: ast.Module, text: str) -> Iterator[Row]:
    yield from rows_of(module.body, (), docstring=True, lines=text.split("\n"))


def rows_of(nodes: list[ast.stmt], scope: tuple[str, ...], docstring: bool, lines: list[str]) -> Iterator[Row]:
    for number, node in enumerate(nodes):
        word = WORDS.get(type(node).__name__, "statement")
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if node.value.value is ... and node.value.end_col_offset == node.end_col_offset:
                word = "pass"
            elif isinstance(node.value.value, str) and docstring and number == 0:
                word = "docstring"
        name = getattr(node, "name", "") if word in ("function", "class") else ""
        found: Row = {
            "kind": word,
            "qualname": ".".join((*scope, name) if name else scope),
            "end_line": node.end_lineno,
            "def_line": node.lineno if word in ("function", "class") or not scope else None,
            "suites": suites(node),
            "binds": {stored(name, scope) for name in bound(node, word)},
        }
        if found["def_line"] is None:
            del found["def_line"]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found["signature"] = signature(node.args)
            found["is_async"] = isinstance(node, ast.AsyncFunctionDef)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found["code_line"] = node.decorator_list[0].lineno if node.decorator_list else node.lineno
            found["decorator_lines"] = [decorator_line(decorator, lines) for decorator in node.decorator_list]
            if any(line is None for line in found["decorator_lines"]):
                del found["decorator_lines"]
        else:
            found["line"] = node.lineno
        yield found
        if isinstance(node, ast.ClassDef):
            yield from rows_of(node.body, (*scope, node.name), docstring=True, lines=lines)
        elif word not in ("function",):
            for _, suite in branches(node):
                yield from rows_of(suite, scope, docstring=False, lines=lines)


def stored(name: str, scope: tuple[str, ...]) -> str:
    """A name as the compiler stores it in the body of a class."""
    owner = scope[-1].lstrip("_") if scope else ""
    return f"_{owner}{name}" if owner and name.startswith("__") and not name.endswith("__") else name


def decorator_line(decorator: ast.expr, lines: list[str]) -> int | None:
    """None where parentheses, which `ast` does not tell of, may begin on an earlier line."""
    return decorator.lineno if lines[decorator.lineno - 1].lstrip().startswith("@") else None


def branches(node: ast.stmt) -> Iterator[tuple[str, list[ast.stmt]]]:
    if isinstance(node, ast.ClassDef):
        yield "body", node.body
    elif isinstance(node, ast.If):
        yield "if", node.body
        while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If) and is_elif(node, node.orelse[0]):
            node = node.orelse[0]
            yield "elif", node.body
        if node.orelse:
            yield "else", node.orelse
    elif isinstance(node, ast.Try | ast.TryStar):
        yield "try", node.body
        for handler in node.handlers:
            yield "except", handler.body
        if node.orelse:
            yield "else", node.orelse
        if node.finalbody:
            yield "finally", node.finalbody
    elif isinstance(node, ast.Match):
        yield "match", []
        for case in node.cases:
            yield "case", case.body
    elif isinstance(node, ast.With | ast.AsyncWith | ast.For | ast.AsyncFor | ast.While):
        yield WORDS[type(node).__name__], node.body
        if getattr(node, "orelse", None):
            yield "else", node.orelse


def is_elif(above: ast.If, below: ast.If) -> bool:
    """`elif` begins in the column of its `if`; an `if` below `else` is indented or on the line of the `else`."""
    return above.col_offset == below.col_offset


def suites(node: ast.stmt) -> list[tuple[str, list[tuple[int, int | None]]]]:
    def first(stmt: ast.stmt) -> int:
        decorators = getattr(stmt, "decorator_list", None)
        return decorators[0].lineno if decorators else stmt.lineno

    return [(label, [(first(stmt), stmt.end_lineno) for stmt in suite]) for label, suite in branches(node)]


def signature(args: ast.arguments) -> list[tuple[str, int, bool, bool]]:
    plain = args.posonlyargs + args.args
    bare = len(plain) - len(args.defaults)
    out = []
    for at, arg in enumerate(plain):
        out.append((arg.arg, int(at >= len(args.posonlyargs)), arg.annotation is not None, at >= bare))
    if args.vararg:
        out.append((args.vararg.arg, 2, args.vararg.annotation is not None, False))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        out.append((arg.arg, 3, arg.annotation is not None, default is not None))
    if args.kwarg:
        out.append((args.kwarg.arg, 4, args.kwarg.annotation is not None, False))
    return out


class Bound(ast.NodeVisitor):
    """Names bound in one namespace by a statement, whatever blocks it holds."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.names.add(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef
    visit_ClassDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        pass

    def visit_ListComp(self, node: ast.AST) -> None:
        for below in ast.walk(node):
            if isinstance(below, ast.NamedExpr):
                self.names.add(below.target.id)

    visit_SetComp = visit_ListComp
    visit_DictComp = visit_ListComp
    visit_GeneratorExp = visit_ListComp

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.names.add(node.id)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.generic_visit(node)
        else:  # `x: int` binds no `x`
            self.visit(node.annotation)

    def visit_alias(self, node: ast.alias) -> None:
        if node.name != "*":
            self.names.add(node.asname or node.name.split(".")[0])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self.names.update(filter(None, [node.name]))
        self.generic_visit(node)

    visit_MatchAs = visit_ExceptHandler  # type: ignore[assignment]
    visit_MatchStar = visit_ExceptHandler  # type: ignore[assignment]

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.names.update(filter(None, [node.rest]))
        self.generic_visit(node)


def bound(node: ast.stmt, word: str) -> set[str]:
    if word == "docstring":
        return {"__doc__"}
    visitor = Bound()
    visitor.visit(node)
    return visitor.names


if __name__ == "__main__":
    sys.exit(main())
