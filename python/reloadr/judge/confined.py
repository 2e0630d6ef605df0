"""Whether what is handed a class when it is made keeps to that class: then it may be run once more, on another one.

def __init_subclass__(cls):
    cls.handlers = [each for each in vars(cls).values() if hasattr(each, "event")]      # confined
    REGISTRY.append(cls)                                                                # not

Functions are judged by their text. What is not known is refused: then who reads the class is named instead.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Literal

from reloadr.live.kinds import is_a

#: What a parameter is: the class, the namespace of its body, a member of it.
Own = Literal["class", "space", "member"]
#: Gives the text of a function; None where it is not known.
SourceOf = Callable[[types.FunctionType], ast.FunctionDef | ast.Lambda | None]

#: Builtins that look, and those that make a container.
_READING = frozenset(
    {
        "vars", "dir", "getattr", "hasattr", "isinstance", "issubclass", "callable", "len", "list", "dict", "set",
        "tuple", "frozenset", "sorted", "reversed", "enumerate", "zip", "range", "min", "max", "sum", "any", "all",
        "type", "str", "repr", "id", "iter", "next", "super", "int", "float", "bool",
    }
)  # fmt: skip
_MAKING = frozenset({"list", "dict", "set", "sorted", "defaultdict", "OrderedDict", "Counter", "deque"})
#: Methods that look, of whatever they are; those that fill a container.
_READING_METHODS = frozenset(
    {
        "items", "keys", "values", "get", "copy", "startswith", "endswith", "lower", "upper", "strip", "lstrip",
        "rstrip", "split", "rsplit", "removeprefix", "removesuffix", "replace", "join", "format", "title",
        "capitalize", "index", "count", "mro", "isidentifier", "partition", "rpartition",
    }
)  # fmt: skip
_FILLING_METHODS = frozenset(
    {
        "append", "add", "update", "setdefault", "extend", "insert", "pop", "remove", "discard", "sort", "appendleft",
    }
)  # fmt: skip
_MAKES_CLASSES = frozenset({"__init_subclass__", "__new__", "__init__", "__set_name__", "__prepare__"})
_STATEMENTS = (
    ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.While, ast.If, ast.Return, ast.Expr, ast.Pass, ast.Continue,
    ast.Break, ast.Raise, ast.Assert, ast.Try, ast.FunctionDef, ast.Delete,
)  # fmt: skip
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_DEEP = 4


def is_confined(function: types.FunctionType, own: Mapping[int, Own], source_of: SourceOf, depth: int = 0) -> bool:
    """Whether a function changes nothing but what it is handed, by position, of a class that is made."""
    tree = source_of(function) if depth < _DEEP else None
    if not isinstance(tree, ast.FunctionDef):
        return False
    return _Walk(tree, _handed(tree, own), function.__globals__, source_of, depth).accepts()


def makes_confined(function: types.FunctionType, own: Mapping[int, Own], source_of: SourceOf) -> bool:
    """Whether calling a function has no effect and gives one that is confined: `on`, of `@on("start")`."""
    tree = source_of(function)
    if not isinstance(tree, ast.FunctionDef) or not isinstance(tree.body[-1], ast.Return):
        return False
    made = tree.body[-1].value
    inner = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    if len(inner) != 1 or not isinstance(made, ast.Name) or made.id != inner[0].name:
        return False
    space, outer = function.__globals__, _names_bound(tree)
    return (
        _Walk(tree, {}, space, source_of, 0).accepts()
        and _Walk(inner[0], _handed(inner[0], own), space, source_of, 0, outer).accepts()
    )


def _handed(tree: ast.FunctionDef, own: Mapping[int, Own]) -> dict[str, Own]:
    """What the parameters of a function are, by name."""
    names = [each.arg for each in (*tree.args.posonlyargs, *tree.args.args)]
    return {names[at]: kind for at, kind in own.items() if at < len(names)}


class _Walk:
    """The text of one function."""

    def __init__(
        self,
        tree: ast.FunctionDef,
        own: dict[str, Own],
        space: Mapping[str, object],
        source_of: SourceOf,
        depth: int,
        outer: set[str] | frozenset[str] = frozenset(),
    ) -> None:
        self._tree = tree
        self._space = space
        self._source_of = source_of
        self._depth = depth
        self._nodes = list(_executed(tree.body))
        self._bound = _names_bound(tree) | outer
        #: Variables that are the class, its namespace or a member, and what is made here and then.
        self._own = own
        for node in self._nodes * 2:
            self._derive(node)
        self._fresh = self._made()

    def accepts(self) -> bool:
        """Whether each statement and each call is known to be harmless."""
        return all(self._statement(node) for node in self._nodes if isinstance(node, ast.stmt)) and all(
            self._expression(node) for node in self._nodes if isinstance(node, ast.expr)
        )

    def _derive(self, node: ast.AST) -> None:
        """Notes variables that are bound to a member, or to the class that a metaclass makes."""
        if isinstance(node, (ast.For, ast.comprehension)):
            if any(isinstance(each, ast.Name) and each.id in self._own for each in ast.walk(node.iter)):
                self._own.update(dict.fromkeys(_names(node.target) - self._own.keys(), "member"))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, node.value
            called = value.func if isinstance(value, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr == "__new__":
                self._own.setdefault(name, "class")
            elif isinstance(value, ast.Call) and isinstance(called, ast.Name) and called.id == "getattr":
                if value.args and self._kind(value.args[0]):
                    self._own.setdefault(name, "member")
            elif isinstance(value, ast.Subscript) and self._kind(value.value) == "space":
                self._own.setdefault(name, "member")

    def _kind(self, node: ast.expr) -> Own | None:
        """What of the class an expression is, if it is nothing but a variable for it."""
        return self._own.get(node.id) if isinstance(node, ast.Name) else None

    def _made(self) -> set[str]:
        """Names and attributes of the class whose every assignment here makes a container anew."""
        made: dict[str, bool] = {}
        for node in self._nodes:
            if isinstance(node, (ast.For, ast.comprehension)):
                made.update(dict.fromkeys(_names(node.target), False))
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                for target in targets:
                    if isinstance(target, (ast.Name, ast.Attribute)):
                        key = ast.unparse(target)
                        made[key] = made.get(key, True) and self._makes(node.value)
        return {key for key, fresh in made.items() if fresh}

    @staticmethod
    def _makes(node: ast.expr) -> bool:
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            return called in _MAKING
        return isinstance(node, _DISPLAYS)

    def _is_fresh(self, node: ast.expr) -> bool:
        return isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) in self._fresh

    def _statement(self, node: ast.stmt) -> bool:
        if not isinstance(node, _STATEMENTS):
            return False
        if isinstance(node, ast.AugAssign):
            # `names += inherited` may fill what is not its own.
            counts = isinstance(node.target, ast.Name) and isinstance(node.value, ast.Constant)
            return counts or self._is_fresh(node.target)
        if isinstance(node, ast.Assign):
            return all(self._target(target, node.value) for target in node.targets)
        if isinstance(node, ast.AnnAssign):
            return self._target(node.target, node.value)
        if isinstance(node, ast.For):
            return self._target(node.target, None)
        if isinstance(node, ast.Delete):
            return all(self._target(target, None) for target in node.targets)
        return not (isinstance(node, ast.FunctionDef) and node.decorator_list)

    def _target(self, node: ast.expr, value: ast.expr | None) -> bool:
        if isinstance(node, (ast.Tuple, ast.List)):
            return all(self._target(each, value) for each in node.elts)
        if isinstance(node, ast.Name):
            made = (
                isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "__new__"
            )
            return made or self._own.get(node.id) != "class"
        if isinstance(node, ast.Subscript):
            return self._kind(node.value) == "space" or self._is_fresh(node.value)
        return isinstance(node, ast.Attribute) and self._may_set(node.value, value)

    def _may_set(self, holder: ast.expr, value: ast.expr | None) -> bool:
        """Whether an attribute may be set: of the class; of a member, if it is not told the class, which is another
        when this is run again."""
        kind = self._kind(holder)
        if kind == "member" and self._tree.name != "__set_name__":
            return value is not None and not any(self._own.get(name) == "class" for name in _names(value))
        return kind in ("class", "member") or self._is_fresh(holder)

    def _expression(self, node: ast.expr) -> bool:
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom)):
            return False
        return not isinstance(node, ast.Call) or self._call(node)

    def _call(self, node: ast.Call) -> bool:
        called = node.func
        if isinstance(called, ast.Name):
            return self._named(node, called.id)
        if not isinstance(called, ast.Attribute):
            return False
        if called.attr in _MAKES_CLASSES:
            base = ast.unparse(called.value)
            return base in ("type", "object") or base.startswith("super(")
        if called.attr in _FILLING_METHODS:
            mine = self._is_fresh(called.value) or self._kind(called.value) == "space"
            return mine or isinstance(called.value, _DISPLAYS)
        if called.attr in _READING_METHODS:
            return True
        holder = self._space.get(called.value.id) if isinstance(called.value, ast.Name) else None
        return holder is inspect or (is_a(holder, types.ModuleType) and called.attr in _MAKING)

    def _named(self, node: ast.Call, name: str) -> bool:
        if name in self._bound:
            return False
        value = self._space.get(name, self._space)
        if value is self._space:
            if not hasattr(builtins, name):
                return False
            if name in ("setattr", "delattr"):
                return bool(node.args) and self._may_set(node.args[0], node.args[-1])
            kind = getattr(builtins, name)
            if is_a(kind, type) and issubclass(kind, BaseException):
                return True
            return name in _READING and all(
                isinstance(each.value, (ast.Lambda, ast.Constant)) for each in node.keywords
            )
        if name in _MAKING and getattr(value, "__module__", "") == "collections":
            return True
        if not is_a(value, types.FunctionType) or any(isinstance(each, ast.Starred) for each in node.args):
            return is_a(value, types.FunctionType) and value.__module__ == "inspect"
        if value.__module__ == "inspect":
            return True
        own = {at: kind for at, each in enumerate(node.args) if (kind := self._kind(each)) is not None}
        if any(self._kind(each.value) for each in node.keywords):
            return False
        return is_confined(value, own, self._source_of, self._depth + 1)


def _executed(body: list[ast.stmt]) -> list[ast.AST]:
    """The nodes of a body, without those inside functions that it only defines."""
    found: list[ast.AST] = []
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop(0)
        found.append(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        todo += list(ast.iter_child_nodes(node))
    return found


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _names_bound(tree: ast.FunctionDef) -> set[str]:
    stored = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
    parameters = {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)}
    return stored | parameters | {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


__all__ = ["Own", "SourceOf", "is_confined", "makes_confined"]
