"""What a definition binds and holds, and how its methods are stored: whose calls are surely those of one function."""

from __future__ import annotations

import ast
from collections.abc import Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)

# Decorators after which a look-up calls the function, so that what the text calls is its result.
_PROPERTIES = frozenset({"property", "cached_property", "setter", "getter", "deleter"})


def split(node: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """The parts of a definition that are evaluated inside it, and those evaluated around it."""
    body = getattr(node, "body", [])
    inside: list[ast.AST] = list(body) if isinstance(body, list) else [body]
    return inside, [part for part in ast.iter_child_nodes(node) if part not in inside]


def dotted(expression: ast.expr) -> list[str]:
    parts: list[str] = []
    while isinstance(expression, ast.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    return [expression.id, *reversed(parts)] if isinstance(expression, ast.Name) else []


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of one scope; nested definitions are given, and entered only where they are outside."""
    waiting = list(split(node)[0]) if isinstance(node, SCOPES) else list(ast.iter_child_nodes(node))
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(split(found)[1] if isinstance(found, SCOPES) else ast.iter_child_nodes(found))


def times_bound(node: ast.AST) -> dict[str, int]:
    """How often a scope binds each of its names; two definitions of one name leave open which is called."""
    found: dict[str, int] = {}
    outer: set[str] = set()

    def add(name: str | None) -> None:
        if name:
            found[name] = found.get(name, 0) + 1

    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        for part in ast.walk(node.args):
            if isinstance(part, ast.arg):
                add(part.arg)
    for part in own_nodes(node):
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            add(part.id)
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not _is_overload(part):  # a statement about the one definition that follows
                add(part.name)
        elif isinstance(part, ast.alias):
            add(part.asname or part.name.partition(".")[0])
        elif isinstance(part, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            add(part.name)
        elif isinstance(part, ast.MatchMapping):
            add(part.rest)
        elif isinstance(part, ast.Global):
            outer.update(part.names)
    return {name: times for name, times in found.items() if name not in outer}


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(dotted(d)[-1:] == ["overload"] for d in node.decorator_list)


def method_kind(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """How a method is stored in its class, as far as its decorators tell."""
    names = {part for d in node.decorator_list for part in dotted(d)[-1:]}
    if "staticmethod" in names or node.name == "__new__":
        return "static"
    if "classmethod" in names or node.name in ("__init_subclass__", "__class_getitem__"):
        return "class"
    return "property" if names & _PROPERTIES else "plain"


def method_kinds(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, str]]:
    """The methods of all classes by qualified name, with how each is stored."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from method_kinds(node, f"{prefix}{node.name}.")
        elif isinstance(node, FUNCTIONS):
            yield f"{prefix}{node.name}", method_kind(node)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from method_kinds(node, prefix)
