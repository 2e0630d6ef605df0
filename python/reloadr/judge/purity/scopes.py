"""Scopes of functions: which names they bind, and the variables that the walk joins over all calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reloadr.judge.purity.values import Cell, Value


@dataclass(slots=True, eq=False)
class Scope:
    """The variables of one function, joined over all calls and all assignments."""

    parent: Scope | None
    globals: Mapping[str, object]
    locals: frozenset[str] = frozenset()
    free: Mapping[str, object] = field(default_factory=dict)
    names: dict[str, Cell] = field(default_factory=dict)
    result: Cell = field(default_factory=lambda: Cell(True))
    yielded: Cell = field(default_factory=lambda: Cell(True))
    generator: bool = False
    running: bool = False
    comprehension: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """A function made during the evaluation."""

    node: ast.FunctionDef | ast.Lambda
    scope: Scope
    defaults: tuple[Value, ...]
    keyword_defaults: Mapping[str, Value]


Env = dict[str, Value]
_FUNCTION_NODES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's own scope; nested functions are given but not entered."""
    body = node.body if isinstance(node, ast.FunctionDef) else [node.body] if isinstance(node, ast.Lambda) else []
    waiting: list[ast.AST] = list(body)
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, ast.comprehension):  # its target is a name of the comprehension alone
            waiting += [found.iter, *found.ifs]
        elif not isinstance(found, (*_FUNCTION_NODES, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(found))


def parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    """All parameters, those that take the rest last."""
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (a for a in (arguments.vararg, arguments.kwarg) if a is not None)


def bound_names(node: ast.AST) -> frozenset[str]:
    """The variables of a function's own scope."""
    names = {a.arg for a in parameters(node.args)} if isinstance(node, ast.FunctionDef | ast.Lambda) else set()
    for found in own_nodes(node):
        if isinstance(found, ast.Name) and not isinstance(found.ctx, ast.Load):
            names.add(found.id)
        elif isinstance(found, ast.FunctionDef):
            names.add(found.name)
        elif isinstance(found, ast.alias):
            names.add(found.asname or found.name.partition(".")[0])
        elif (isinstance(found, ast.ExceptHandler) and found.name) or (
            isinstance(found, ast.MatchAs | ast.MatchStar) and found.name
        ):
            names.add(found.name)
    return frozenset(names)
