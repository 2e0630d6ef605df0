"""Whether a function does nothing with what it is handed but keep it: then nobody has read what that has.

def on(key):
    def register(cls):
        TABLE[key] = cls           # keeps it
        NAMES.append(cls.size)     # reads it
        return cls
    return register

Functions are judged by their text. What is not known counts as reading.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import types
from collections import OrderedDict, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

from reloadr.judge.confined import SourceOf
from reloadr.judge.static import instance_namespace
from reloadr.live.kinds import is_a

#: Attributes that every class and function has of its own.
_TITLES = frozenset({"__name__", "__qualname__", "__doc__", "__module__"})
#: Builtins that ask nothing of a class but what it is.
_QUIET = frozenset({"id", "type", "isinstance", "issubclass", "callable", "str", "repr"})
_OF_NAMES = ("len", "sorted", "list", "tuple", "set", "frozenset")
_PUTTING = frozenset({"append", "appendleft", "insert", "setdefault", "add"})
_CONTAINERS = frozenset(map(id, (list, dict, set, deque, OrderedDict, defaultdict)))
_DISPLAYS = (ast.Tuple, ast.List, ast.Set, ast.Dict)
_DEEP = 4


@dataclass(frozen=True)
class Asked:
    """A question: does it keep what it is handed?"""

    source_of: SourceOf
    #: Whether the function makes the one that is handed it, as its first argument.
    makes: bool = False
    #: What the function's own first parameter is, where that is known: an object, a metaclass.
    owner: object = None
    #: Whether the names of attributes may be read, though not what they are.
    by_name: bool = False
    depth: int = 0

    def deeper(self) -> Asked:
        """The same of a function that is called."""
        return Asked(self.source_of, by_name=self.by_name, depth=self.depth + 1)


def only_keeps(function: types.FunctionType, at: int, asked: Asked) -> bool:
    """Whether a function only keeps its argument at a position."""
    outer = asked.source_of(function) if asked.depth < _DEEP else None
    tree = _made_by(outer) if asked.makes and isinstance(outer, ast.FunctionDef) else outer
    if not isinstance(tree, ast.FunctionDef) or not isinstance(outer, ast.FunctionDef):
        return False
    parameters, own = _parameters(tree), _parameters(outer)
    known = {own[0]: asked.owner} if own and asked.owner is not None else {}
    return at < len(parameters) and _Uses(tree, function, asked, known).only_keeps(parameters[at])


def _parameters(tree: ast.FunctionDef) -> list[str]:
    return [each.arg for each in (*tree.args.posonlyargs, *tree.args.args)]


def _made_by(tree: ast.FunctionDef) -> ast.FunctionDef | None:
    """The function that a function makes and returns."""
    inner = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    made = tree.body[-1]
    named = made.value.id if isinstance(made, ast.Return) and isinstance(made.value, ast.Name) else None
    return inner[0] if len(inner) == 1 and named == inner[0].name else None


class _Uses:
    """The uses of one variable in the text of a function."""

    def __init__(
        self, tree: ast.FunctionDef, function: types.FunctionType, asked: Asked, known: dict[str, object]
    ) -> None:
        self.tree, self.asked = tree, asked
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
        held = {name: cell.cell_contents for name, cell in cells if _filled(cell)}
        self.names: Mapping[str, object] = {**function.__globals__, **held, **known}
        self.parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self.seen: set[str] = set()

    def only_keeps(self, name: str) -> bool:
        """Whether each use of a variable keeps what it means."""
        if name in self.seen:
            return True
        self.seen.add(name)
        for each in ast.walk(self.tree):
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and each is not self.tree:
                if any(arg.arg == name for arg in ast.walk(each.args) if isinstance(arg, ast.arg)):
                    return False
            if isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load):
                if not self._keeps(each):
                    return False
        return True

    def _keeps(self, node: ast.expr) -> bool:
        """Whether the value of an expression goes nowhere but into something that keeps it."""
        parent = self.parents.get(id(node))
        if isinstance(parent, ast.Attribute):
            return parent.attr in _TITLES or isinstance(parent.ctx, ast.Store)
        if isinstance(parent, ast.Return):
            return True
        if isinstance(parent, _DISPLAYS):
            return self._keeps(parent)
        if isinstance(parent, ast.keyword):
            return False
        if self.asked.by_name and self._names_read(node, parent):
            return True
        if isinstance(parent, ast.Call) and node in parent.args:
            return self._called(parent, parent.args.index(node))
        if isinstance(parent, ast.Assign) and node is parent.value:
            return all(self._stored(each) for each in parent.targets)
        return False

    def _names_read(self, node: ast.expr, parent: ast.AST | None) -> bool:
        """Whether of a namespace only the names are read: `for name in vars(cls)`, `len(space)`."""
        if isinstance(parent, ast.Call) and _is_call(parent, "vars") and node in parent.args:
            return self._names_read(parent, self.parents.get(id(parent)))
        if not (isinstance(node, ast.Name) or _is_call(node, "vars")):
            return False
        if isinstance(parent, (ast.comprehension, ast.For)):
            return node is parent.iter
        if isinstance(parent, ast.Compare):
            return node in parent.comparators and all(isinstance(each, (ast.In, ast.NotIn)) for each in parent.ops)
        return isinstance(parent, ast.Call) and any(_is_call(parent, each) for each in _OF_NAMES)

    def _stored(self, target: ast.expr) -> bool:
        if isinstance(target, ast.Subscript):
            return self._is_container(target.value)
        if isinstance(target, ast.Attribute):
            return isinstance(target.value, ast.Name) and target.value.id == "self"
        return isinstance(target, ast.Name) and self.only_keeps(target.id)

    def _called(self, call: ast.Call, at: int) -> bool:
        """Whether what is called keeps what it is handed at a position."""
        function = call.func
        if any(isinstance(each, ast.Starred) for each in call.args):
            return False
        if isinstance(function, ast.Attribute):
            if function.attr == "signature" and self._value(function.value) is inspect:
                return True
            if _is_call(function.value, "super"):
                made = self.parents.get(id(call))
                kept = isinstance(made, (ast.Return, ast.Expr)) or self._keeps(call)
                return function.attr in ("__new__", "__init__", "__init_subclass__") and kept
            return function.attr in _PUTTING and self._is_container(function.value)
        if not isinstance(function, ast.Name):
            return False
        value = self.names.get(function.id, getattr(builtins, function.id, None))
        if is_a(value, types.FunctionType):
            return only_keeps(value, at, self.asked.deeper())
        if is_a(value, type) and type(value) is type and value.__module__ != "builtins":
            begun = vars(value).get("__init__")
            return is_a(begun, types.FunctionType) and only_keeps(begun, at + 1, self.asked.deeper())
        return function.id in _QUIET and value is getattr(builtins, function.id)

    def _is_container(self, tree: ast.expr) -> bool:
        """Whether an expression means one of the library's containers: by a name, as an attribute of a class, or what
        `setdefault` gives of one."""
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute) and tree.func.attr == "setdefault":
            made = tree.args[1] if len(tree.args) == 2 else None
            return isinstance(made, (ast.List, ast.Dict)) and self._is_container(tree.func.value)
        return id(type(self._value(tree))) in _CONTAINERS

    def _value(self, tree: ast.expr) -> object:
        """What a name means, or a plain attribute of it."""
        if isinstance(tree, ast.Name):
            return self.names.get(tree.id)
        if not isinstance(tree, ast.Attribute) or not isinstance(tree.value, ast.Name):
            return None
        owner = self.names.get(tree.value.id)
        return (vars(owner) if is_a(owner, type) else instance_namespace(owner) or {}).get(tree.attr)


def _is_call(tree: ast.AST, name: str) -> bool:
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == name


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not NotImplemented
    except ValueError:
        return False


__all__ = ["Asked", "only_keeps"]
