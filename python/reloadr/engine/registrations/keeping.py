"""Functions that keep what they are given and do not call it: a lambda in a call of theirs has not run yet.

def reg(f): HANDLERS.append(f)     # keeps it
def run(f): f()                    # does not
"""

from __future__ import annotations

import ast
from types import FunctionType

from reloadr._core import FILLING
from reloadr.engine.batch import Work, Works, Worlds
from reloadr.engine.registrations.named import value_of
from reloadr.engine.registrations.roots import roots_of
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.statements import parse_statements, written
from reloadr.stage.steps import MISSING


def only_keeps(worlds: Worlds, work: Work, call: ast.Call) -> bool:
    """Whether a call is one of a function of a watched module that only puts its arguments somewhere."""
    name = ast.unparse(call.func)
    node = next((each for each in work.outline.roots() if not each.scopes), None)
    found = value_of(work.space.get, name)
    if found is MISSING and node is not None:
        found = roots_of(worlds, work, node, [name]).get(name, MISSING)
    functions = [each.function for each in locate.unwrap(found)] if found is not MISSING else []
    return len(functions) == 1 and is_a(functions[0], FunctionType) and _keeps(worlds.works, functions[0])


def _keeps(works: Works, function: FunctionType) -> bool:
    home = works.namespaces.get(id(function.__globals__))
    nodes = works.of(home).outline.find(function.__code__.co_qualname) if home is not None else []
    tree = parse_statements(nodes[0].segment) if len(nodes) == 1 else None
    if tree is None or not isinstance(tree.body[0], (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    arguments = tree.body[0].args
    every = (*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg)
    given = {each.arg for each in every if each is not None} - {"self", "cls"}
    return all(_is_kept(each, given) for each in ast.walk(tree.body[0]))


def _is_kept(parent: ast.AST, given: set[str]) -> bool:
    """Whether what is done with a parameter, somewhere in a function, only puts it somewhere."""
    for child in ast.iter_child_nodes(parent):
        if not (isinstance(child, ast.Name) and child.id in given and isinstance(child.ctx, ast.Load)):
            continue
        if isinstance(parent, ast.Call):
            method = parent.func.attr if isinstance(parent.func, ast.Attribute) else ""
            if child is parent.func or (method not in FILLING and written(parent.func) not in _ASKING):
                return False
        elif isinstance(parent, ast.Assign):
            # By another name, what is done with it is not followed.
            if any(isinstance(target, ast.Name) for target in parent.targets):
                return False
        elif not isinstance(parent, (ast.Tuple, ast.List, ast.Dict, ast.Return, ast.Subscript, ast.Compare)):
            return False
    return True


_ASKING = frozenset({"callable", "id", "isinstance", "len", "str", "repr"})


__all__ = ["only_keeps"]
