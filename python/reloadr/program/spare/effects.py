"""Which statements of the user's do something to others: a library that is imported after one may come out otherwise.

Definitions, imports, and assignments to names make something of the user's own. A call whose value nobody keeps
(`matplotlib.use("Agg")`, `torch.set_default_dtype(...)`, `monkey.patch_all()`) and an assignment to what was imported
(`plt.rcParams["x"] = 1`) are there for what they change. A call whose value is kept is believed to make it only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

__all__ = ["Effects", "effects_of"]

#: What is compared at each import, so that whoever changes it need not be known; and what changes nothing.
_COMPARED = (
    "os.environ",
    "os.chdir",
    "sys.path",
    "sys.argv",
    "sys.meta_path",
    "sys.setrecursionlimit",
    "sys.stdout",
    "sys.stderr",
    "warnings",
    "logging",
    "signal",
    "locale",
    "dotenv",
    "faulthandler",
    "print",
)


@dataclass(slots=True)
class Effects:
    """Where a file has such statements: the last line of each."""

    module: list[int] = field(default_factory=list)
    #: Below `if __name__ == "__main__"`.
    main: list[int] = field(default_factory=list)
    #: By the first line of a function, decorators included.
    functions: dict[int, list[int]] = field(default_factory=dict)

    def before(self, line: int | None, *, is_main: bool) -> bool:
        """Whether the module's own code has come by one, before a line or at all."""
        lines = [*self.module, *self.main] if is_main else self.module
        return any(line is None or end < line for end in lines)

    def within(self, first: int, line: int) -> bool:
        """Whether a function that is at a line has come by one."""
        return any(end < line for end in self.functions.get(first, ()))


def effects_of(text: bytes) -> Effects | None:
    """Those of a file; None if it is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    found = Effects()
    _File(found).walk(tree.body, found.module, _Names())
    return found


class _Names:
    """What names stand for: something imported, something that the user's code made, or a function."""

    def __init__(self, outer: _Names | None = None) -> None:
        self.imported: dict[str, str] = dict(outer.imported) if outer is not None else {}
        self.own: set[str] = set(outer.own) if outer is not None else set()
        #: Functions, by the lines of their effects.
        self.functions: dict[str, list[int]] = dict(outer.functions) if outer is not None else {}

    def full(self, node: ast.expr) -> str:
        """The dotted name that an expression begins with."""
        parts: list[str] = []
        while True:
            if isinstance(node, ast.Attribute):
                parts.append(node.attr)
                node = node.value
            elif isinstance(node, ast.Subscript):
                parts.clear()
                node = node.value
            elif isinstance(node, ast.Call):
                parts.clear()
                node = node.func
            else:
                break
        root = node.id if isinstance(node, ast.Name) else "?"
        return ".".join([self.imported.get(root, root), *reversed(parts)])

    def is_own(self, node: ast.expr) -> bool:
        """Whether an attribute or item is of what the user's code made."""
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self.own


class _File:
    """Goes through the statements of a file."""

    def __init__(self, found: Effects) -> None:
        self._found = found

    def walk(self, body: Iterable[ast.stmt], ends: list[int], names: _Names) -> None:
        """Notes what `body` holds."""
        for each in body:
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._function(each, names)
            elif isinstance(each, ast.ClassDef):
                names.own.add(each.name)
                self.walk(each.body, ends, names)
            elif isinstance(each, ast.If) and _tests_main(each.test):
                self.walk(each.body, self._found.main, names)
                self.walk(each.orelse, ends, names)
            elif isinstance(each, (ast.Import, ast.ImportFrom)):
                names.imported.update(_imported(each))
            else:
                if self._changes(each, names):
                    ends.append(each.end_lineno or each.lineno)
                names.own.update(_made(each))
                for inner in _suites(each):
                    self.walk(inner, ends, names)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, names: _Names) -> None:
        inner = _Names(names)
        arguments = node.args
        known = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        inner.own.update(each.arg for each in known if each is not None)
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        ends = self._found.functions.setdefault(first, [])
        names.functions[node.name] = ends
        self.walk(node.body, ends, inner)

    def _changes(self, node: ast.stmt, names: _Names) -> bool:
        if isinstance(node, ast.Expr):
            return _is_for_its_effect(node.value, names)
        if isinstance(node, ast.Delete):
            return any(_is_foreign(each, names) for each in node.targets)
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            value = node.value
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
                if names.functions.get(value.func.id):
                    return True
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return any(_is_foreign(each, names) for target in targets for each in _flat(target))
        return False


def _is_for_its_effect(value: ast.expr, names: _Names) -> bool:
    if isinstance(value, (ast.Await, ast.Yield, ast.YieldFrom)):
        return True
    if not isinstance(value, ast.Call):
        return False
    if isinstance(value.func, ast.Attribute) and names.is_own(value.func):
        return False
    return not _is_compared(names.full(value.func))


def _is_foreign(target: ast.expr, names: _Names) -> bool:
    if not isinstance(target, (ast.Attribute, ast.Subscript)) or names.is_own(target):
        return False
    return not _is_compared(names.full(target))


def _is_compared(name: str) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in _COMPARED)


def _flat(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, (ast.Tuple, ast.List)):
        for each in target.elts:
            yield from _flat(each)
    elif isinstance(target, ast.Starred):
        yield from _flat(target.value)
    else:
        yield target


def _made(node: ast.stmt) -> set[str]:
    """The names that get something of the user's own: not another name for something imported."""
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        value = node.value
        while isinstance(value, (ast.Attribute, ast.Subscript)):
            value = value.value
        if value is None or isinstance(value, ast.Name):
            return set()
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {each.id for target in targets for each in _flat(target) if isinstance(each, ast.Name)}
    if isinstance(node, (ast.With, ast.AsyncWith)):
        given = [each.optional_vars for each in node.items if each.optional_vars is not None]
        return {each.id for target in given for each in _flat(target) if isinstance(each, ast.Name)}
    return set()


def _suites(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        inner = getattr(node, name, None)
        if isinstance(inner, list):
            yield inner
    for each in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield each.body


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for each in node.names:
        if isinstance(node, ast.ImportFrom):
            yield each.asname or each.name, f"{'.' * node.level}{node.module or ''}.{each.name}"
        elif each.asname is not None:
            yield each.asname, each.name
        else:
            root = each.name.partition(".")[0]
            yield root, root


def _tests_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
