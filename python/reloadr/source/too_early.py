"""Names that a line reads before a line has bound them: a fresh process ends there, this one has them already.

LIMIT = size() + 1                 # moved here, or new: nothing has bound `size` yet
def size(): return 3
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator

from reloadr._core import Node, Outline
from reloadr.source.statements import class_binds, parse_expression, parse_statements

__all__ = ["read_too_early"]

#: What binds names that no line says it binds.
_UNSAID = ("import *", "globals(", "vars(", "locals(", "exec(", "__dict__", "setattr(", "global ")
#: What is evaluated later, or perhaps not at all.
_LATER = (ast.Lambda, ast.GeneratorExp, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def read_too_early(outline: Outline, nodes: Collection[Node]) -> Iterator[tuple[Node, str]]:
    """The lines among some nodes, and within classes among them, that read a name which only lines below bind."""
    if not nodes or any(word in outline.text for word in _UNSAID):
        return
    for node in nodes:
        for each in _with_members(node):
            if each.guards or any(scope.guards for scope in each.scopes):
                # Whether it runs, and what is done if it fails, is for the block to say.
                continue
            own = {name for scope in each.scopes for name in class_binds(scope)}
            for name in sorted(_read_at_once(each) - own):
                binders = [] if hasattr(builtins, name) else outline.binders({name}, "")
                if binders and all(binder.line > each.end_line for binder in binders):
                    yield each, name


def _with_members(node: Node) -> Iterator[Node]:
    yield node
    for member in node.members if node.kind == "class" else ():
        yield from _with_members(member)


def _read_at_once(node: Node) -> set[str]:
    """The names that a line reads for certain as it runs."""
    if node.branches and node.kind != "class":
        return set()
    found: set[str] = set()
    if node.name:
        parts = [*node.decorators, *(part for _, part in node.bases)]
        parts += [] if node.type_params is not None else [part for *_, part in node.params if part is not None]
        for part in parts if node.type_params is None else node.decorators:
            value = parse_expression(part.source)
            found |= set(_names(value)) if value is not None else set()
        return found
    if not node.reads or node.kind in ("import", "from", "docstring", "pass"):
        return found
    tree = parse_statements(node.segment)
    for statement in tree.body if tree is not None else ():
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr)) and statement.value is not None:
            found |= set(_names(statement.value))
    return found


def _names(expression: ast.AST) -> Iterator[str]:
    """Names that an expression loads whatever happens. Not by recursion: an expression may be deep."""
    todo = [expression]
    while todo:
        tree = todo.pop()
        if isinstance(tree, ast.Name):
            if isinstance(tree.ctx, ast.Load):
                yield tree.id
        elif isinstance(tree, ast.IfExp):
            todo.append(tree.test)
        elif isinstance(tree, ast.BoolOp):
            todo.append(tree.values[0])
        elif isinstance(tree, (ast.ListComp, ast.SetComp, ast.DictComp)):
            # All else of it may run for nothing, and has names of its own.
            todo.append(tree.generators[0].iter)
        elif isinstance(tree, ast.Compare):
            todo += [tree.left, tree.comparators[0]]
        elif not isinstance(tree, _LATER):
            todo += ast.iter_child_nodes(tree)
