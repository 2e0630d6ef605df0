"""What the text of a single statement or block answers, of those that the outline does not say."""

from __future__ import annotations

import ast

from reloadr._core import Node
from reloadr.engine.batch import parse_statements


def value_of(node: Node) -> ast.expr | None:
    """The right side of an assignment to names; None for any other statement."""
    tree = parse_statements(node.segment)
    body = tree.body if tree is not None else []
    if len(body) != 1 or not isinstance(body[0], (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return None
    statement = body[0]
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if not all(_only_names(target) for target in targets):
        return None
    return statement.value


def _only_names(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(_only_names(each) for each in target.elts)
    return isinstance(target, (ast.Name, ast.Starred))


def augments(node: Node) -> bool:
    """Whether it is an augmented assignment."""
    tree = parse_statements(node.segment)
    return tree is not None and len(tree.body) == 1 and isinstance(tree.body[0], ast.AugAssign)


def reads_later(node: Node, names: set[str]) -> bool:
    """Whether an assignment reads names in the bodies of lambdas alone, and those are not called as it runs."""
    if "lambda" not in node.source:
        return False
    tree = parse_statements(node.segment)
    if tree is None:
        return False
    todo: list[ast.AST] = [tree]
    while todo:
        each = todo.pop()
        if isinstance(each, (ast.Name, ast.Attribute)) and ast.unparse(each) in names:
            return False
        if isinstance(each, ast.Call) and any(isinstance(inner, ast.Lambda) for inner in ast.walk(each)):
            return False
        todo += [each.args] if isinstance(each, ast.Lambda) else ast.iter_child_nodes(each)
    return True


def block_only_binds(block: Node) -> bool:
    """Whether a block holds nothing but imports, assignments and definitions."""
    return all(
        node.kind in ("import", "from", "assignment", "function", "class", "pass")
        or (bool(node.branches) and block_only_binds(node))
        for _, _, suite in block.branches
        for node in suite
    )


def class_binds(scope: Node) -> list[str]:
    """The names that the body of a class binds."""
    return [name for member in scope.members for name in member.binds]


def links_around(binders: list[Node], name: str, line: int) -> tuple[list[Node], Node | None]:
    """The assignments that build up what a name means at a line, of all that bind it: from the last one above that
    begins anew (it does not read the name) on; and the next one that begins anew."""
    starts = [at for at, node in enumerate(binders) if at == 0 or name not in node.reads]
    first = max((at for at in starts if binders[at].line <= line), default=0)
    last = min((at for at in starts if at > first), default=len(binders))
    return binders[first:last], binders[last] if last < len(binders) else None


def sets_modules(node: Node) -> bool:
    """Whether a loop does nothing but tell objects which module they are of, as packages do for what they offer:
    `for name in __all__: setattr(globals()[name], "__module__", "package")`. Once more changes nothing."""
    tree = parse_statements(node.segment)
    loop = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    return isinstance(loop, ast.For) and not loop.orelse and all(map(_sets_module, loop.body))


def _sets_module(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If):
        return all(map(_sets_module, [*statement.body, *statement.orelse]))
    value: ast.expr | None = None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        value = statement.value if isinstance(target, ast.Attribute) and target.attr == "__module__" else None
    elif isinstance(statement, ast.Expr) and isinstance(call := statement.value, ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == "setattr" and len(call.args) == 3:
            _, name, given = call.args
            value = given if isinstance(name, ast.Constant) and name.value == "__module__" else None
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id == "__name__")
