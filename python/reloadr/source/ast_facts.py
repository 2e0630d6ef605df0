"""What a piece of CPython's `ast` says: where it stands, its syntax, which names it reads and binds."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

Span = tuple[int, int, int, int]
"""First line, first column, last line, column after the last byte."""

_CHAIN = 8
"""The longest `a.b.c` that is listed among the names read, as in the core."""


def position(node: Any) -> Span:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def walk_below(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Nodes and what is below them, but nothing below a class; without recursion, for long chains."""
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.ClassDef):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def syntax_of(nodes: Iterable[ast.AST]) -> str:
    """A notation of the syntax without positions; `ast.dump` would recurse."""
    out: list[str] = []
    stack: list[Any] = list(nodes)[::-1]
    while stack:
        item = stack.pop()
        if isinstance(item, _Done):
            out.append(")")
        elif isinstance(item, list):
            out.append("(")
            stack.append(_DONE)
            stack.extend(reversed(item))
        elif isinstance(item, ast.expr_context):
            pass
        elif isinstance(item, ast.Constant):
            # Without its kind: `u"a"` is "a".
            out.append("Constant(")
            stack += [_DONE, item.value]
        elif isinstance(item, ast.AST):
            out.append(type(item).__name__ + "(")
            stack.append(_DONE)
            stack.extend(getattr(item, name, None) for name in reversed(item._fields))
        elif type(item) is int:
            # Decimal digits of very long integers are refused.
            out.append(hex(item) + ",")
        else:
            out.append(f"{item!r},")
    return "".join(out)


class _Done:
    """The end of a node in the stack of `syntax_of`."""


_DONE = _Done()


def reads(nodes: Iterable[ast.AST]) -> list[str]:
    """Names that an expression or statement reads, those bound by an inner lambda or comprehension as well."""
    names: list[str] = []
    assigned: set[int] = set()
    for node in walk_below(nodes):
        if isinstance(node, ast.Assign):
            assigned.update(id(target) for target in node.targets if _bare(node, target))
        elif isinstance(node, ast.AnnAssign) and _bare(node, node.target):
            assigned.add(id(node.target))
        elif isinstance(node, ast.Name):
            if id(node) not in assigned:
                names.append(node.id)
        elif isinstance(node, ast.arg):
            names.append(node.arg)
        elif isinstance(node, ast.Attribute):
            names.extend(_chain(node))
        elif isinstance(node, ast.Global | ast.Nonlocal):
            names.extend(node.names)
        elif isinstance(node, ast.MatchMapping):
            names.extend([] if node.rest is None else [node.rest])
        elif isinstance(node, ast.MatchAs | ast.MatchStar) or type(node).__name__ in _TYPE_PARAMS:
            name = node.name  # type: ignore[attr-defined]  # the type parameters' classes came with 3.12
            names.extend([] if name is None else [name])
    return unique(names)


def _bare(node: ast.Assign | ast.AnnAssign, target: ast.expr) -> bool:
    """Whether a first target has no parentheses, behind which the core takes it for a name read."""
    later = isinstance(node, ast.Assign) and target is not node.targets[0]
    return later or position(target)[:2] == position(node)[:2]


_TYPE_PARAMS = {"TypeVar", "ParamSpec", "TypeVarTuple"}


def _chain(node: ast.Attribute) -> Iterator[str]:
    """`a.b.c` for attributes of a plain name."""
    names = [node.attr]
    below = node.value
    while isinstance(below, ast.Attribute) and len(names) < _CHAIN:
        names.append(below.attr)
        below = below.value
    if isinstance(below, ast.Name) and len(names) < _CHAIN:
        names.append(below.id)
        yield ".".join(reversed(names))


def imported(node: ast.stmt) -> list[tuple[str, str, str]]:
    """Module as written, name (`as` for `import a.b as c`, empty for `import a`), bound name."""
    found = []
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname is None:
                found.append((alias.name, "", alias.name.partition(".")[0]))
            else:
                found.append((alias.name, "as", alias.asname))
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            bound = "" if alias.name == "*" else alias.asname or alias.name
            found.append((module, alias.name, bound))
    return found


def bound_by(node: ast.stmt, kind: str, imported: list[tuple[str, str, str]]) -> list[str]:
    names: list[str] = []
    if kind in ("import", "from"):
        names += [bound for _, _, bound in imported if bound]
    elif kind == "docstring":
        names.append("__doc__")
    else:
        if isinstance(node, ast.Assign | ast.Delete):
            for target in node.targets:
                targets(target, names)
        elif isinstance(node, ast.AugAssign) or (isinstance(node, ast.AnnAssign) and node.value is not None):
            targets(node.target, names)
        elif type(node).__name__ == "TypeAlias":
            targets(node.name, names)  # type: ignore[attr-defined]  # the class came with 3.12
        names += walrus([node])
    return unique(names)


def targets(target: ast.AST, names: list[str]) -> None:
    """Names bound by an assignment target."""
    stack = [target]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            names.append(node.id)
        elif isinstance(node, ast.Tuple | ast.List):
            stack.extend(reversed(node.elts))
        elif isinstance(node, ast.Starred):
            stack.append(node.value)


def walrus(nodes: Iterable[ast.AST]) -> list[str]:
    """Names bound by `:=`; those in functions, classes and lambdas are bound elsewhere."""
    names = []
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.NamedExpr):
            names.append(node.target.id)
        stack.extend(reversed(list(ast.iter_child_nodes(node))))
    return names


def captures(pattern: ast.pattern) -> list[str]:
    """Names captured by a `case` pattern."""
    names: list[str] = []
    for node in walk_below([pattern]):
        name = node.rest if isinstance(node, ast.MatchMapping) else None
        if isinstance(node, ast.MatchAs | ast.MatchStar):
            name = node.name
        if name is not None:
            names.append(name)
    return names
