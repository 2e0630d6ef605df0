"""Facts of single statements, blocks and definitions that the outline does not state."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterable

from reloadr._core import Node, Outline, Part, facts

BLOCKS = frozenset({"if", "try", "with", "for", "while", "match"})
"""Kinds of statements that have suites and are no definitions."""

SUITES = frozenset({"with", "for", "while"})
"""Those of them whose suite runs in a context: a line of it means nothing outside of it."""

_GUARD_CALLS = frozenset({"hasattr", "isinstance", "issubclass", "callable", "len", "bool", "startswith", "getattr"})


# ---- trees ------------------------------------------------------------------------------------------


def parse_statements(source: str) -> ast.Module | None:
    """The tree of statements as they stand in a file, indented or not; None if they cannot be parsed alone."""
    try:
        return ast.parse(textwrap.dedent(source))
    except (SyntaxError, RecursionError, MemoryError):
        return None


def written(tree: ast.AST) -> str:
    """A tree as text; empty where it is nested too deep to be written."""
    root, attributes = tree, list[str]()
    while isinstance(root, ast.Attribute):
        attributes.append(root.attr)
        root = root.value
    if isinstance(root, ast.Name):
        # As most are.
        return ".".join([root.id, *reversed(attributes)])
    try:
        return ast.unparse(tree)
    except RecursionError:
        return ""


def parse_expression(source: str) -> ast.expr | None:
    """An expression's tree; None when the text is no expression alone."""
    try:
        return ast.parse(f"({source}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


# ---- names ------------------------------------------------------------------------------------------


def scope_of(node: Node) -> str:
    """The dotted name of the classes around a node: `Cart.Item` for a method of `Item`; empty at module level."""
    return ".".join(each.name or "" for each in node.scopes)


def below_scope(scope: str, name: str) -> str:
    """The qualified name of a name in a class, or in a module."""
    return f"{scope}.{name}" if scope else name


def owner_of(node: Node) -> str:
    """The simple name of the class around a node; empty at module level."""
    return node.scopes[-1].name or "" if node.scopes else ""


def mangled(name: str, owner: str) -> str:
    """A name as the compiler stores it in the body of a class: `__x` in `Cart` is `_Cart__x`."""
    owner = owner.lstrip("_")
    return f"_{owner}{name}" if owner and name.startswith("__") and not name.endswith("__") else name


def decorator_name(part: Part) -> str:
    """What a decorator calls or names, without arguments: `app.get` for `@app.get("/")`."""
    return part.source.split("(")[0].strip()


def binders_in(outline: Outline, name: str, scope: str) -> list[Node]:
    """What binds a name. A block that does so by a node within is left out: that node is there itself, and may
    stand in a branch that does not run."""
    return [
        node
        for node in outline.binders({name}, scope)
        if not any(name in inner.binds for _, _, suite in node.branches for inner in suite)
    ]


# ---- statements -------------------------------------------------------------------------------------


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


def block_only_binds(block: Node, ran: Callable[[Node], bool] = lambda node: True) -> bool:
    """Whether a block holds nothing but imports, assignments, definitions, and lines that do nothing or did not run."""
    return all(
        not ran(node)
        or node.kind in ("import", "from", "assignment", "function", "class", "pass")
        or (node.kind == "statement" and facts(node).plain)
        or (bool(node.branches) and block_only_binds(node, ran))
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


def assigned_lambda(source: str) -> ast.Lambda | None:
    """The lambda of `name = lambda ...`; None for anything else."""
    try:
        body = ast.parse(source.strip()).body
    except SyntaxError:
        return None
    value = getattr(body[0], "value", None) if len(body) == 1 else None
    return value if isinstance(value, ast.Lambda) else None


# ---- blocks -----------------------------------------------------------------------------------------


def is_main_test(source: str) -> bool:
    """`__name__ == "__main__"`, either way round."""
    return "__name__" in source and "__main__" in source


def is_guard(tree: ast.expr) -> bool:
    """The kind of condition that decides between definitions: names, attributes, constants, comparisons."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in _GUARD_CALLS or node.keywords:
                return False
        elif not isinstance(
            node,
            (
                ast.Name,
                ast.Attribute,
                ast.Constant,
                ast.Compare,
                ast.BoolOp,
                ast.UnaryOp,
                ast.Tuple,
                ast.Subscript,
                ast.Slice,
                ast.expr_context,
                ast.cmpop,
                ast.boolop,
                ast.unaryop,
            ),
        ):
            return False
    return True


def guards_of(node: Node) -> list[tuple[Node, int]]:
    """The blocks that a node stands in, those around its classes included, and the branch of each."""
    return [guard for scope in node.scopes for guard in scope.guards] + node.guards


def whole_suite(node: Node) -> Node | None:
    """The outermost `with`, `for` or `while` that a statement of its scope stands in, or is: what can run alone."""
    around = next((block for block, _ in node.guards if block.kind in SUITES), None)
    return node if around is None and node.kind in SUITES else around


def definitions_in(block: Node) -> list[Node]:
    """The outermost definitions inside a block."""
    found: list[Node] = []
    for _, _, suite in block.branches:
        for node in suite:
            if node.name:
                found.append(node)
            elif node.kind in BLOCKS:
                found += definitions_in(node)
    return found


def read_beside(block: Node) -> set[str]:
    """Names that the statements of a block read, its definitions aside."""
    found: set[str] = set()
    for _, _, suite in block.branches:
        for node in suite:
            if node.kind in BLOCKS:
                found |= read_beside(node)
            elif not node.name:
                found.update(node.reads)
    return found


def has_statements(block: Node) -> bool:
    """Whether a block holds statements beside its definitions, blocks within included."""
    for _, _, suite in block.branches:
        for node in suite:
            if node.kind in BLOCKS:
                if has_statements(node):
                    return True
            elif not node.name and node.kind != "pass":
                return True
    return False


def fingerprints(suite: Iterable[Node]) -> list[int]:
    """What tells whether two suites say the same."""
    # That of a block is of its headers alone.
    return [node.exact if node.kind in BLOCKS else node.fingerprint for node in suite]
