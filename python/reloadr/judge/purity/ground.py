"""What every part of the walk stands on: its state, cells, checks of operands, live objects and names.

`eval` and `block` hand a node to the part that has a method for its kind, and refuse it if none has. A call may
lead anywhere, so it is declared here and written in `calls`, on top of all the others.
"""

from __future__ import annotations

import abc
import ast
import builtins
import enum
import functools
import gc
import operator
import sys
import types
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from reloadr.judge.library import INTERPOLATION, PLAIN_TYPES, VIEWS, library, template_parts
from reloadr.judge.operable import (
    Lazy,
    has_library_metaclass,
    is_library_function,
    is_named_tuple,
    is_operable,
    is_plainly_hashed,
    keys_are_plain,
)
from reloadr.judge.purity.scopes import Env, Scope
from reloadr.judge.purity.values import ANY, INT, NEVER, STR, Arguments, Cell, Impure, Method, Row, Value, join
from reloadr.judge.static import NOTHING, static_attribute, stored
from reloadr.live.kinds import is_a
from reloadr.live.locate import class_dict

SourceOf = Callable[[types.FunctionType], "ast.FunctionDef | ast.Lambda | None"]
_STEPS = 40_000
_LIVE_ITEMS = 4_000


class Ground(abc.ABC):
    """The state of one walk, and what all parts of it ask."""

    def __init__(self, namespace: Mapping[str, object], source_of: SourceOf) -> None:
        self.source_of = source_of
        self.library = library()
        self.version = 0
        self.steps = 0
        self.depth = 0
        self.cells: dict[tuple[int, str], Cell] = {}
        self.live: dict[int, tuple[object, Value]] = {}
        self.live_items = 0
        self.sources: dict[int, tuple[object, ast.FunctionDef | ast.Lambda]] = {}
        self.scopes: dict[tuple[int, int], tuple[object, Scope]] = {}
        self.top = Scope(None, namespace)
        self.scope = self.top
        self.env: Env = {}
        self.nested = 0
        #: How many `catch_warnings` are around.
        self.guarding = 0
        # One object per receiver and name, so that joining the same method twice keeps it.
        self.methods: dict[tuple[object, ...], Method] = {}
        self.spaces: dict[int, tuple[type, Mapping[str, object]]] = {}
        #: The user's classes of which instances are made during the evaluation.
        self.constructed_here: set[type] = set()
        self.rows: dict[int, tuple[object, Row]] = {}
        self.plain = self._make_plain()
        self.anything = self._make_anything()

    def _make_plain(self) -> Value:
        """Data as JSON has it, and a little more: items of plain data are plain data."""
        cell = Cell(False)
        cell.inner = Value(PLAIN_TYPES, frozenset({cell}))
        return cell.inner

    def _make_anything(self) -> Value:
        """Some library value: it may be passed on, compared and printed, and no method of it called."""
        cell = Cell(False)
        cell.inner = Value(frozenset(self.library.data), frozenset({cell}))
        return cell.inner

    # -- the walk

    def eval(self, node: ast.expr) -> Value:
        self.steps += 1
        if self.steps > _STEPS:
            raise Impure
        # The interpreter keeps each text that it was asked for an attribute by.
        method = getattr(self, sys.intern("eval_" + type(node).__name__), None)
        if method is None:  # await, yield at a wrong place, what later versions add
            raise Impure
        result: Value = method(node)
        return result

    def block(self, body: list[ast.stmt]) -> bool:
        """Walk statements in order; whether the end is reached."""
        for statement in body:
            self.steps += 1
            method = getattr(self, sys.intern("exec_" + type(statement).__name__), None)
            if method is None:
                raise Impure
            if method(statement) is False:
                return False
        return True

    @abc.abstractmethod
    def call(self, callee: Value, arguments: Arguments, node: ast.AST) -> Value:
        """What calling `callee` gives; refused unless that has no effect."""

    @abc.abstractmethod
    def own_items(self, value: Value, kind: type) -> Value:
        """What going through an instance of the user's class gives; refused unless that has no effect."""

    @abc.abstractmethod
    def own_truth(self, value: Value, kind: type) -> None:
        """Asking an instance of the user's class whether it is true; refused unless that has no effect."""

    # -- cells

    def grow(self, cell: Cell, value: Value) -> None:
        joined = join(cell.inner, value)
        old = cell.inner
        if joined.types != old.types or joined.cells != old.cells or joined.known is not old.known:
            cell.inner = joined
            self.version += 1

    def fresh(self, node: ast.AST, kinds: Iterable[type], *items: Value, slot: str = "") -> Value:
        """A new container. One cell per place in the source, so that the walk comes to an end."""
        cell = self.cells.setdefault((id(node), slot), Cell(True))
        self.grow(cell, join(*items))
        return Value(frozenset(kinds), frozenset({cell}))

    def items(self, value: Value) -> Value:
        """What iterating `value` gives; refused unless iterating it runs library code only."""
        if type(value.known) is enum.EnumType:
            return self.members(value.known)
        if type(value.known) in (dict, types.MappingProxyType):
            return self.row(value.known).key
        found = [cell.inner for cell in value.cells]
        for kind in self.kinds(value):
            name = self.library.data.get(kind, "")
            if kind is str:
                found.append(STR)
            elif kind in (bytes, bytearray, range):
                found.append(INT)
            elif name.endswith("Network"):
                found.append(self.anything)
            elif name in ("SimpleNamespace", INTERPOLATION):
                raise Impure
            elif not (name or kind is Lazy or is_named_tuple(kind)):
                found.append(self.own_items(value, kind))
            elif name.startswith(("Parse", "Split")):
                found.append(self.plain)
            elif kind is not Lazy and is_named_tuple(kind) and static_attribute(kind, "__iter__") is not tuple.__iter__:
                raise Impure
        return join(*found)

    def namespace_of(self, cls: type) -> Value:
        """What a class holds; the very same view each time, or what is known of it would be lost."""
        _, space = self.spaces.setdefault(id(cls), (cls, class_dict(cls)))
        return self.live_value(space)

    def row(self, owner: Any) -> Row:
        """What a living dict is made of, keys and values apart."""
        known = self.rows.get(id(owner))
        if known is None:
            if len(owner) > _LIVE_ITEMS:
                raise Impure
            keys = join(*(self.live_value(key) for key in owner))
            values = join(*(self.live_value(value) for value in owner.values()))
            known = self.rows[id(owner)] = (owner, Row(keys, values))
        return known[1]

    def soft_items(self, value: Value) -> Value:
        """The items, or nothing where there are none to be had."""
        try:
            return self.items(value)
        except Impure:
            return NEVER

    def kinds(self, value: Value) -> frozenset[type]:
        if value.types is None:
            raise Impure
        return value.types

    # -- what may be done with operands

    def require(self, *values: Value, data: bool = False) -> None:
        """Refuse unless comparing, hashing and printing run library code only, all the way down.

        With `data`, also refuse what a library function could call.
        """
        seen: set[Cell] = set()
        waiting = list(values)
        while waiting:
            value = waiting.pop()
            for kind in self.kinds(value):
                if not is_operable(kind) or (data and not self.is_data(kind)):
                    raise Impure
            for cell in value.cells - seen:
                seen.add(cell)
                waiting.append(cell.inner)

    def is_data(self, kind: type) -> bool:
        return kind in self.library.data or kind is Lazy or issubclass(kind, enum.Enum | tuple)

    def truth(self, value: Value) -> None:
        for kind in self.kinds(value):
            if is_operable(kind):
                continue
            if not has_library_metaclass(kind):
                raise Impure
            self.own_truth(value, kind)

    def library_name(self, kind: type) -> str | None:
        return self.library.data.get(kind) or ("HASH" if kind in self.library.hashes else None)

    # -- live objects

    def live_value(self, obj: object) -> Value:
        known = self.live.get(id(obj))
        if known is not None:
            return known[1]
        if not is_plainly_hashed(type(obj)):
            return ANY
        children = self.live_children(obj)
        if children is None:
            value = Value(frozenset({type(obj)}), frozenset(), obj)
            self.live[id(obj)] = (obj, value)
            return value
        cell = Cell(False)
        value = Value(frozenset({type(obj)}), frozenset({cell}), obj)
        self.live[id(obj)] = (obj, value)  # before the items: they may lead back here
        for child in children:
            self.live_items += 1
            if self.live_items > _LIVE_ITEMS:
                cell.inner = ANY
                break
            cell.inner = join(cell.inner, self.live_value(child))
        return value

    def live_children(self, obj: Any) -> list[object] | None:
        kind = type(obj)
        if issubclass(kind, tuple):
            return list(tuple.__iter__(obj))
        name = self.library.data.get(kind)
        if issubclass(kind, dict) and name is not None:
            return [x for pair in dict.items(obj) for x in pair]
        if name in ("list", "set", "frozenset", "deque"):
            return list(obj)
        if name == "ChainMap":
            return [x for space in obj.maps if type(space) is dict for pair in space.items() for x in (space, *pair)]
        if kind is types.MappingProxyType:
            inner = gc.get_referents(obj)
            if len(inner) != 1 or type(inner[0]) is not dict:
                raise Impure
            return [x for pair in dict.items(inner[0]) for x in pair]
        if name == "SimpleNamespace":
            return list(vars(obj).values())
        if kind is bytearray or kind in self.library.hashes:
            return []  # nothing inside, but a cell that says: not ours to change
        if name in ("datetime", "time"):
            return [obj.tzinfo]  # the user's own zone is asked by most methods
        if issubclass(kind, enum.Enum):
            return [stored(obj, "_value_")]
        if kind in (operator.itemgetter, operator.attrgetter):
            return list(obj.__reduce__()[1])
        if kind is functools.partial:  # printed with what it holds
            return [obj.func, *obj.args, *obj.keywords.values()]
        if kind is slice:
            return [obj.start, obj.stop, obj.step]
        if kind in VIEWS:
            return [NOTHING]  # of a type that nothing is allowed on
        parts = template_parts(obj)
        return None if parts is None else list(parts)

    def members(self, cls: Any) -> Value:
        """Any member of an enumeration."""
        if not is_operable(cls) or not is_library_function(static_attribute(cls, "_missing_")):
            raise Impure
        return join(Value(frozenset({cls})), *(self.live_value(m) for m in cls._member_map_.values()))

    def known_item(self, owner: object, index: object) -> Value | None:
        if type(index) not in (str, int):
            return None
        if type(owner) is dict:
            if not keys_are_plain(owner):
                return None
            return self.live_value(owner[index]) if index in owner else NEVER
        if type(owner) in (list, tuple) and isinstance(index, int):
            assert is_a(owner, list, tuple)
            return self.live_value(owner[index]) if -len(owner) <= index < len(owner) else NEVER
        return None

    # -- names

    def load(self, name: str) -> Value:
        if name.startswith("__") and not name.endswith("__"):
            raise Impure  # inside a class another name is meant
        if name in self.env:
            return self.env[name]
        scope: Scope | None = self.scope
        while scope is not None:
            if name in scope.names:
                return scope.names[name].inner
            if name in scope.locals:
                return NEVER  # not assigned yet: reading it raises
            if name in scope.free:
                return self.live_value(scope.free[name])
            if scope.parent is None:
                return self.load_global(name, scope)
            scope = scope.parent
        raise Impure

    def load_global(self, name: str, scope: Scope) -> Value:
        space = scope.globals
        found: list[object] = []
        if scope is self.top and self.nested and type(space) is ChainMap:
            # Inside a comprehension or lambda a class body's own names are not seen, except in the
            # first iterable. Both candidates have to be harmless.
            found = [layer[name] for layer in space.maps if name in layer]
        elif name in space:
            found = [space[name]]
        if not found:
            if name not in vars(builtins):
                raise Impure
            found = [vars(builtins)[name]]
        return join(*(self.live_value(x) for x in found))

    def store(self, name: str, value: Value) -> None:
        self.env[name] = value
        self.grow(self.scope.names.setdefault(name, Cell(True)), value)
