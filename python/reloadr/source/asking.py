"""What words ask a definition about itself: its facets, as `f.__doc__` and `inspect.signature(f)` read them.

V = f.__doc__                      # the docstring of `f`
V = [n for n in dir(C)]            # the members of `C`
V = sorted(globals())              # the names of the module
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable

from reloadr.source.statements import parse_statements, written

_SIGNATURE = frozenset(
    {"signature", "from_callable", "getfullargspec", "getcallargs", "__defaults__", "__kwdefaults__", "__code__"}
    | {"__annotations__", "__annotate__", "get_annotations", "get_type_hints", "__signature__"}
)
_CODE = frozenset({"__code__", "getsource", "getsourcelines"})
OF_FUNCTIONS = {
    "docstring": frozenset({"__doc__", "getdoc", "getcomments"}),
    "signature": _SIGNATURE,
    "defaults": _SIGNATURE,
    "annotations": _SIGNATURE,
    "name": frozenset({"__name__", "__qualname__"}),
    "kind": _CODE | {"iscoroutinefunction", "isgeneratorfunction", "isasyncgenfunction"},
    "body": _CODE,
    "type parameters": frozenset({"__type_params__"}),
}
"""The words that ask for a facet of a function, by the facets of an edit."""

LISTING = frozenset(
    {"vars", "dir", "__annotate__"}
    | {"__dict__", "getmembers", "getmembers_static", "fields", "get_type_hints", "__annotations__"}
    | {"get_annotations", "__members__", "__dataclass_fields__", "__match_args__", "_fields", "__slots__"}
    | {"signature", "classify_class_attrs", "__abstractmethods__"}
)
"""Words that go through the members of a class."""

BY_NAME = frozenset({"hasattr", "getattr", "getattr_static"})
"""Words that ask for one member, by its name."""

SUBCLASSES = frozenset({"__subclasses__"})
BASES = frozenset({"__mro__", "__bases__", "__base__", "mro", "getmro"})
OVERLOADS = frozenset({"get_overloads"})
INSTANCES = frozenset({"isinstance", "issubclass"})
"""Words that compare a class's members with a protocol's."""
NAMESPACE = frozenset({"globals", "vars", "dir", "locals"})
"""Functions that give the names of the module they are called in."""


OF_MODULES = NAMESPACE | BY_NAME | {"__dict__", "getmembers"}
"""Words that ask for the names of a module."""


_ALL = LISTING | OVERLOADS | SUBCLASSES | BASES | INSTANCES | OF_MODULES | frozenset().union(*OF_FUNCTIONS.values())
_WORDS = re.compile(rf"\b({'|'.join(sorted(_ALL))})\b")


def may_ask(source: str) -> bool:
    """Whether a statement uses one of all these words."""
    return _WORDS.search(source) is not None


def lists_its_module(tree: ast.AST, names: Iterable[str]) -> bool:
    """Whether something goes through the names of its own module, or asks `globals()` for one of these."""
    wanted = set(names)
    by_key: dict[int, bool] = {}
    for each in ast.walk(tree):
        if isinstance(each, (ast.Assign, ast.AnnAssign)) and each.value is not None:
            # Another name for the living namespace.
            by_key[id(each.value)] = False
        elif isinstance(each, ast.Subscript):
            stored = not isinstance(each.ctx, ast.Load)
            by_key[id(each.value)] = not stored and _may_be(each.slice, wanted)
        elif isinstance(each, ast.Compare) and len(each.ops) == 1 and isinstance(each.ops[0], (ast.In, ast.NotIn)):
            by_key[id(each.comparators[0])] = _may_be(each.left, wanted)
        elif isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
            method = each.func
            if method.attr in ("update", "setdefault", "__setitem__"):
                by_key[id(method.value)] = False
            elif method.attr in ("get", "pop") and each.args:
                by_key[id(method.value)] = _may_be(each.args[0], wanted)
    return any(
        by_key.get(id(each), True)
        for each in ast.walk(tree)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Name)
        and each.func.id in NAMESPACE
        and not each.args
    )


def only_goes_through(tree: ast.AST, names: Collection[str]) -> bool:
    """Whether a text has a module only to come to what is in it: `vars(shop.Cart)`, of `shop`."""
    parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found = [each for each in ast.walk(tree) if isinstance(each, ast.Name) and each.id in names]
    through = [parents.get(id(each)) for each in found]
    return bool(found) and all(isinstance(each, ast.Attribute) and each.attr != "__dict__" for each in through)


def only_lists_names(tree: ast.AST) -> bool:
    """Whether something goes through the names of its own module, and does nothing else with what gives them."""
    calls = {id(each) for each in ast.walk(tree) if _gives_names(each)}
    read: set[int] = set()
    for parent in ast.walk(tree):
        if isinstance(parent, (ast.comprehension, ast.For)):
            read.add(id(parent.iter))
        elif isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in _GOING_THROUGH:
            read |= {id(each) for each in parent.args}
        elif isinstance(parent, ast.Starred) or (isinstance(parent, ast.Attribute) and parent.attr in _VIEWS):
            read.add(id(parent.value))
        elif isinstance(parent, ast.Dict):
            read |= {id(each) for key, each in zip(parent.keys, parent.values, strict=True) if key is None}
    return bool(calls) and calls <= read


_VIEWS = frozenset({"items", "keys", "values", "copy"})
_GOING_THROUGH = frozenset(
    {"len", "list", "sorted", "set", "tuple", "dict", "frozenset", "filter", "iter", "enumerate"}
)


def _gives_names(tree: ast.AST) -> bool:
    call = isinstance(tree, ast.Call) and not tree.args and not tree.keywords
    return call and isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in NAMESPACE


def minds_order(source: str) -> bool:
    """Whether a statement goes through names in the order of their definition and does not sort what it finds."""
    tree = parse_statements(source)
    if tree is None:
        return False
    names = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
    names |= {each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute)}
    through = any(isinstance(each, (ast.comprehension, ast.For)) for each in ast.walk(tree))
    through = through or bool(names & {"list", "tuple", "dict", "next", "iter", "join"})
    return through and bool(names & _ORDERED) and not names & {"sorted", "set", "frozenset", "len"}


_ORDERED = frozenset(
    {"vars", "__dict__", "globals", "locals", "__annotations__", "__annotate__", "get_annotations", "get_type_hints"}
)


def without_annotations(tree: ast.Module) -> ast.Module:
    """Statements as they are without the annotations of variables: to note those asks nobody for anything."""
    body: list[ast.stmt] = []
    for each in tree.body:
        if isinstance(each, ast.AnnAssign):
            if each.value is not None:
                body.append(ast.copy_location(ast.Assign([each.target], each.value), each))
        else:
            body.append(each)
    return ast.Module(body, [])


def handed_to(tree: ast.AST, names: set[str]) -> list[ast.expr]:
    """What is called with one of these names among its arguments."""
    found: list[ast.expr] = []
    for each in ast.walk(tree):
        if isinstance(each, ast.Call):
            given = [*each.args, *(keyword.value for keyword in each.keywords)]
            inner = [part for argument in given for part in ast.walk(argument)]
            if any(isinstance(part, (ast.Name, ast.Attribute)) and written(part) in names for part in inner):
                found.append(each.func)
    return found


def _may_be(key: ast.expr, names: set[str]) -> bool:
    return not isinstance(key, ast.Constant) or key.value in names
