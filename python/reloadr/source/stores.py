"""What a statement stores where no name is: `D["a"] = 1`, `C.help = "x"`; and what reads such a place.

D["url"] = "here"                  # stores in the place `D["url"]`
connect(D["url"]); sorted(D)       # read it
D["port"]; E = D                   # do not: another key; the container by another name
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from reloadr._core import FILLING, Node, facts
from reloadr.source.asking import BY_NAME, LISTING
from reloadr.source.statements import parse_statements, written

ANY: Final = object()
"""In the place of a key: any of them."""


@dataclass(frozen=True)
class Store:
    """A target that is no name, and what is stored there."""

    #: `D` of `D["a"] = 1`, `C.x` of `C.x.help = 1`.
    owner: ast.expr
    #: The expression of a key, or the name of an attribute.
    key: ast.expr | str
    #: None where only part of what the statement computes is stored there.
    value: ast.expr | None
    #: The target as it is written.
    text: str
    #: The method of a dict that stores it: `setdefault`, only where nothing is, or `update`.
    method: str = ""


def stores(node: Node) -> list[Store]:
    """The places that a plain assignment stores in, or a call whose text tells them: `setattr(x, "name", value)`,
    `D.update(a=1)`. None for `D["a"] += 1`, which builds on what is there."""
    if node.kind == "assignment":
        return list(_stores(node.segment)) if _may_store(node.segment) else []
    return list(_stores(node.segment)) if node.kind == "statement" and _BY_CALL.search(node.source) else []


def only_puts_names(node: Node) -> bool:
    """Whether a line does nothing but put the values of names, or constants, into places: it reads no more."""
    found = [] if node.name or node.binds or node.branches else stores(node)
    return bool(found) and all(isinstance(each.value, (ast.Name, ast.Constant)) for each in found)


def _may_store(segment: str) -> bool:
    """Whether an assignment may have targets that are no names: most have none, and are not even parsed."""
    targets = segment.rpartition("=")[0]
    return "[" in targets or "." in targets


_BY_CALL = re.compile(r"^setattr\(|\.(update|setdefault)\(")


#: Asked of every line that names a container, with each edit of one of them.
@functools.lru_cache(maxsize=4096)
def _stores(segment: str) -> list[Store]:
    tree = parse_statements(segment)
    statement = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    if isinstance(statement, ast.Expr):
        return [*_by_setattr(statement.value), *_by_method(statement.value)]
    if isinstance(statement, ast.Assign):
        return [each for target in statement.targets for each in _in_target(target, statement.value)]
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return list(_in_target(statement.target, statement.value))
    return []


def stored_alone(node: Node) -> str | None:
    """What a statement stores one item or attribute in, where it does nothing else with it nor with what it is part of:
    `D` of `D["a"] = 1` and `D.a = 1`, `D['x']` of `D["x"]["a"] = 1`."""
    return _stored_alone(node.segment) if node.kind == "assignment" and _may_store(node.segment) else None


@functools.lru_cache(maxsize=4096)
def _stored_alone(segment: str) -> str | None:
    tree = parse_statements(segment)
    statement = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    if isinstance(target, (ast.Subscript, ast.Attribute)) and statement is not None:
        return _alone(target.value, statement)
    return None


def put_alone(node: Node) -> str | None:
    """The container that a statement puts something into, where it does nothing else with it: `L` of `L.append(1)`."""
    return _put_alone(node.segment) if node.kind == "statement" and "." in node.segment else None


@functools.lru_cache(maxsize=4096)
def _put_alone(segment: str) -> str | None:
    tree = parse_statements(segment)
    statement = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    call = statement.value if isinstance(statement, ast.Expr) else None
    method = call.func if isinstance(call, ast.Call) else None
    if isinstance(method, ast.Attribute) and method.attr in _PUTTING and statement is not None:
        return _alone(method.value, statement)
    return None


def _alone(owner: ast.expr, statement: ast.stmt) -> str | None:
    """An owner as it is written, if a statement names what it is part of only once."""
    root = owner
    while isinstance(root, ast.Attribute) or (isinstance(root, ast.Subscript) and isinstance(root.slice, ast.Constant)):
        root = root.value
    names = [each.id for each in ast.walk(statement) if isinstance(each, ast.Name)]
    return written(owner) if isinstance(root, ast.Name) and names.count(root.id) == 1 else None


def may_go_to(store: Store, key: object) -> bool:
    """Whether a store may be one under a key, as far as its text tells."""
    if isinstance(store.key, ast.Constant):
        written_key: object = store.key.value
    elif isinstance(store.key, str):
        written_key = store.key
    else:
        return True
    return key is ANY or (type(written_key) is type(key) and written_key == key)


def _by_setattr(tree: ast.expr) -> Iterator[Store]:
    if isinstance(tree, ast.Call) and len(tree.args) == 3 and not tree.keywords and written(tree.func) == "setattr":
        owner, name, value = tree.args
        if isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value.isidentifier():
            yield Store(owner, name.value, value, f"{written(owner)}.{name.value}")


def _by_method(tree: ast.expr) -> Iterator[Store]:
    """What `D.update({"a": 1}, b=2)` and `D.setdefault("a", 1)` store, if `D` is a dict."""
    method = tree.func if isinstance(tree, ast.Call) else None
    if not isinstance(tree, ast.Call) or not isinstance(method, ast.Attribute):
        return
    owner, given = method.value, tree.args
    if method.attr == "setdefault" and len(given) == 2 and not tree.keywords:
        yield Store(owner, given[0], given[1], f"{written(owner)}[{written(given[0])}]", method=method.attr)
    if method.attr != "update" or len(given) > 1 or any(each.arg is None for each in tree.keywords):
        return
    literal = given[0] if given else ast.Dict([], [])
    if isinstance(literal, ast.Dict) and None not in literal.keys:
        items = [*zip(literal.keys, literal.values, strict=True)]
        items += [(ast.Constant(each.arg), each.value) for each in tree.keywords]
        for key, value in items:
            if key is not None:
                yield Store(owner, key, value, f"{written(owner)}[{written(key)}]", method=method.attr)


def _in_target(target: ast.expr, value: ast.expr | None) -> Iterator[Store]:
    if isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Slice):
        yield Store(target.value, target.slice, value, written(target))
    elif isinstance(target, ast.Attribute):
        yield Store(target.value, target.attr, value, written(target))
    elif isinstance(target, (ast.Tuple, ast.List)):
        several = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
        starred = any(isinstance(each, ast.Starred) for each in target.elts)
        values = value.elts if several and not starred and isinstance(value, (ast.Tuple, ast.List)) else None
        for at, each in enumerate(target.elts):
            yield from _in_target(each, None if values is None else values[at])


def augmented(node: Node) -> list[Store]:
    """The place that `D["a"] += 1` builds on; none for any other statement."""
    tree = parse_statements(node.segment) if node.kind == "assignment" else None
    statement = tree.body[0] if tree is not None and len(tree.body) == 1 else None
    return list(_in_target(statement.target, None)) if isinstance(statement, ast.AugAssign) else []


def filled(node: Node) -> list[Store]:
    """What a statement or block may change in containers without telling where: `L.append(x)`, `fill(L)`, `del D[key]`,
    stores in a block or loop."""
    loops = in_loop(node) or bool(node.branches)
    if node.name or (node.kind not in ("statement", "assignment") and not loops):
        return []
    found: list[Store] = []
    tree = parse_statements(node.segment)
    for each in ast.walk(tree) if tree is not None else ():
        owners: list[ast.expr] = []
        if isinstance(each, ast.Call):
            # A function may fill what it is given.
            owners += each.args if node.kind == "statement" else []
            if isinstance(each.func, ast.Attribute) and each.func.attr in FILLING:
                owners.append(each.func.value)
        elif isinstance(each, ast.Subscript) and (isinstance(each.ctx, ast.Del) or (loops and _is_stored(each))):
            owners.append(each.value)
        found += [
            Store(owner, "", None, written(owner)) for owner in owners if isinstance(owner, (ast.Name, ast.Attribute))
        ]
    return found


def _is_stored(tree: ast.Subscript) -> bool:
    return isinstance(tree.ctx, ast.Store)


def in_loop(node: Node) -> bool:
    """Whether a statement may run more than once, in another place each time."""
    return any(block.kind in ("for", "while") for block, _ in node.guards)


def stores_otherwise(node: Node) -> bool:
    """Whether an assignment changes something that no name of it means: `D["a"] += 1`, `x.count += 1`, `L[1:] = []`."""
    return node.kind == "assignment" and facts(node).stores_elsewhere


def consumes(trees: Iterable[ast.AST], owners: set[str], key: object, *, item: bool, handed: bool = True) -> bool:
    """Whether one of these trees reads a place, or all that its owner holds, by one of the owner's names; `handed`: or
    hands the owner to something that may."""
    for tree in trees:
        elsewhere = _at_other_keys(tree, owners, key) if item else set()
        for parent in ast.walk(tree):
            for child in ast.iter_child_nodes(parent):
                if not isinstance(getattr(child, "ctx", None), ast.Load) or id(child) in elsewhere:
                    continue
                if isinstance(child, _NAMED) and written(child) in owners and _uses(parent, child, key, item):
                    if handed or _looks_itself(parent):
                        return True
    return False


def asks_for(tree: ast.AST, owner: str, keys: set[str]) -> bool:
    """Whether a statement reads one of these keys of an owner, or all of them."""
    return any(consumes([tree], {owner}, key, item=True) for key in keys)


def _looks_itself(parent: ast.AST) -> bool:
    """Whether it looks into an object itself, or calls what goes through its argument, or asks it for attributes, at
    once: not what may keep it."""
    if isinstance(parent, ast.Call):
        name = written(parent.func).rpartition(".")[2]
        return name in LISTING or name in BY_NAME or name in _GOING_THROUGH
    return isinstance(parent, (ast.Subscript, ast.Attribute, *_CONSUMING)) and not isinstance(parent, ast.keyword)


def _at_other_keys(tree: ast.AST, owners: set[str], key: object) -> set[int]:
    """The ids of owners that are asked for another key: `D.get("b")`, `"b" in D`."""
    found: set[int] = set()
    for each in ast.walk(tree):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.args:
            if each.func.attr in _BY_KEY and written(each.func.value) in owners and not _may_be(each.args[0], key):
                found.add(id(each.func.value))
        elif isinstance(each, ast.Compare) and len(each.ops) == 1 and isinstance(each.ops[0], (ast.In, ast.NotIn)):
            if not _may_be(each.left, key):
                found.add(id(each.comparators[0]))
    return found


def _uses(parent: ast.AST, child: ast.expr, key: object, item: bool) -> bool:
    """Whether an owner of a place is used at its parent so that what the place holds may matter."""
    if isinstance(parent, ast.Subscript) and parent.value is child:
        return isinstance(parent.ctx, ast.Load) and item and _may_be(parent.slice, key)
    if isinstance(parent, ast.Attribute):
        fits = parent.attr not in _WRITING if item else key in (ANY, parent.attr)
        return isinstance(parent.ctx, ast.Load) and fits
    if isinstance(parent, ast.Call):
        return child is not parent.func
    return isinstance(parent, _CONSUMING)


def _may_be(written: ast.expr, key: object) -> bool:
    return (
        key is ANY
        or not isinstance(written, ast.Constant)
        or (type(written.value) is type(key) and written.value == key)
    )


_NAMED = (ast.Name, ast.Attribute, ast.Subscript)
#: What looks into an object that it is given, beside calls.
_CONSUMING = (
    ast.keyword,
    ast.comprehension,
    ast.For,
    ast.FormattedValue,
    ast.YieldFrom,
    ast.Compare,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Starred,
    ast.If,
    ast.While,
    ast.IfExp,
)
_GOING_THROUGH = frozenset({"all", "any", "dict", "enumerate", "frozenset", "len", "list", "max", "min", "set"}) | {
    "filter",
    "fromkeys",
    "iter",
    "join",
    "map",
    "print",
    "repr",
    "reversed",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
}
_BY_KEY = frozenset({"get", "pop", "setdefault", "__getitem__", "__contains__"})
_PUTTING = frozenset({"add", "append", "appendleft", "extend", "extendleft", "insert", "setdefault", "update"})
#: Methods of containers that give nothing of what is in them.
_WRITING = frozenset(
    {"add", "append", "appendleft", "clear", "discard", "extend", "extendleft", "insert", "remove"}
) | {
    "reverse",
    "setdefault",
    "sort",
    "update",
}
