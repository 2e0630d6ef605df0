"""What the modules of a project take from each other, told by their text: for `reach`.

A name counts as used wherever its word stands: as a variable, an attribute, a parameter (a fixture of pytest's), or a
string. Too much is touched rather than too little.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["ALL", "Source", "Statement", "read"]

#: Decorators that hand the definition to nobody, and bases that keep no list of their subclasses.
_QUIET = frozenset(
    "fixture cache lru_cache contextmanager asynccontextmanager dataclass staticmethod classmethod property final "  # noqa: SIM905
    "override wraps object Exception ValueError TypeError RuntimeError Enum IntEnum StrEnum NamedTuple TypedDict "
    "Protocol Generic ABC".split()
)

#: Calls at a module's top level that others who are imported next may notice.
_PREPARING = frozenset({"start", "patch_all", "setup", "configure", "install", "setattr", "patch", "monkeypatch"})

ALL = frozenset({"*"})
"""In the place of names: all of a module's."""


@dataclass(frozen=True)
class Statement:
    """One statement at the top level of a module."""

    binds: frozenset[str]
    words: frozenset[str]
    #: Whether it may hand on what it uses, out of sight: calls, registering decorators, classes below others.
    hands_on: bool


@dataclass(frozen=True)
class Source:
    """A module's text."""

    name: str
    path: str
    statements: tuple[Statement, ...] = ()
    #: What it imports, wherever that stands: the local name, the module, and what of it ("" for itself, "*" for all).
    imports: tuple[tuple[str, str, str], ...] = ()
    #: Strings that may name modules.
    strings: frozenset[str] = field(default_factory=frozenset)
    #: Whether it changes things of others as it is imported, for those that it imports next: `lib.f = fake`.
    prepares: bool = False

    def touched(self, names: frozenset[str]) -> frozenset[str]:
        """The names that change with some, these among them."""
        found = names
        for each in self.statements * 2 if names != ALL else ():
            # What is handed on is another one itself, too.
            if (each.words | (each.binds if each.hands_on else frozenset())) & found:
                found |= ALL if each.hands_on else each.binds
        return found if found == names else self.touched(found)


def read(name: str, path: str, text: str, *, is_package: bool) -> Source:
    """What a module's text says. Raises SyntaxError."""
    tree = ast.parse(text)
    home = name if is_package else name.rpartition(".")[0]
    strings = (each.value for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return Source(
        name,
        path,
        tuple(_statement(each) for each in tree.body),
        tuple(_imports(tree, home)),
        frozenset(each for each in strings if len(each) < 200 and _is_dotted(each)),
        any(map(_prepares, _at_import(tree.body))),
    )


def _is_dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.replace(":", ".").split("."))


def _imports(tree: ast.Module, home: str) -> Iterator[tuple[str, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], alias.name, ""
        elif isinstance(node, ast.ImportFrom):
            parts = home.split(".") if home else []
            above = parts[: len(parts) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield alias.asname or alias.name, module, alias.name


def _at_import(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run as a module is imported, but those of classes."""
    for each in body:
        if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield each
            for block in ("body", "orelse", "finalbody"):
                yield from _at_import(getattr(each, block, ()))
            for handler in getattr(each, "handlers", ()):
                yield from _at_import(handler.body)


def _prepares(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ast.unparse(node.value.func).rpartition(".")[2] in _PREPARING
    targets = node.targets if isinstance(node, (ast.Assign, ast.Delete)) else [getattr(node, "target", None)]
    stores = [ast.unparse(each) for each in targets if isinstance(each, (ast.Attribute, ast.Subscript))]
    # These are carried over.
    return any(not each.startswith(("os.environ[", "sys.path")) for each in stores)


def _statement(node: ast.stmt) -> Statement:
    return Statement(frozenset(_binds(node)), frozenset(_words(node)), _hands_on(node))


def _binds(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        elif isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield each.name


def _words(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Attribute):
            yield each.attr
        elif isinstance(each, ast.arg):
            yield each.arg
        elif isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value.isidentifier():
            yield each.value


def _hands_on(node: ast.stmt) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass)):
        return False
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return not all(map(_is_quiet, node.decorator_list))
    if isinstance(node, ast.ClassDef):
        return bool(node.keywords) or not all(map(_is_quiet, [*node.decorator_list, *node.bases]))
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return not all(isinstance(each, ast.Name) for each in targets)
    return not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _is_quiet(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        # A fixture that is used without being asked for.
        return _is_quiet(node.func) and not any(each.arg == "autouse" for each in node.keywords)
    if isinstance(node, ast.Subscript):
        return _is_quiet(node.value)
    words = ast.unparse(node).split(".")
    return words[-1] in _QUIET or words[:2] == ["pytest", "mark"]
