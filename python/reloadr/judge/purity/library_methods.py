"""Calls of methods that types of the library have: those that only compute, and those that change a fresh object."""

from __future__ import annotations

import ast
import types

from reloadr.judge.library import CONTAINERS, METHODS, MUTATORS, PATH_TYPES, word_set
from reloadr.judge.operable import Lazy
from reloadr.judge.purity.ground import Ground
from reloadr.judge.purity.values import BOOL, NONE, Arguments, Impure, Value, join, of
from reloadr.judge.static import NOTHING, static_attribute

# Methods that give a value of the receiver's type.
_OF_THE_SAME_KIND = word_set(
    "joinpath with_name with_segments with_stem with_suffix relative_to resolve absolute expanduser"
)


class LibraryMethods(Ground):
    """The part of the walk that calls methods of library types."""

    def call_method(self, owner: Value, name: str, arguments: Arguments, node: ast.AST) -> Value:
        results = []
        for kind in sorted(self.kinds(owner), key=lambda kind: kind.__name__):
            library_name = self.library_name(kind) or ""
            if name in MUTATORS.get(library_name, ()):
                results.append(self.mutate(owner, kind, name, arguments, node))
            elif name in METHODS.get(library_name, ()):
                results.append(self.pure_method(owner, kind, library_name, name, arguments, node))
            elif kind is Lazy or static_attribute(kind, name) is not NOTHING:
                raise Impure
        return join(*results)

    def mutate(self, owner: Value, kind: type, name: str, arguments: Arguments, node: ast.AST) -> Value:
        if not owner.cells or not all(cell.fresh for cell in owner.cells):
            raise Impure
        given = arguments.all()
        if name == "sort":
            self.order(owner, arguments, node)
            return NONE
        if name in ("insert", "setdefault", "pop"):
            self.require(*arguments.positional[:1])  # a place or a key; the value is passed on
        elif name == "remove":
            self.require(owner, *given)
        elif name not in ("append", "appendleft") and (name != "extend" or kind is not list):
            self.require(*given)
        if name in ("extend", "extendleft", "update", "subtract"):
            given = [*given, *(self.items(value) for value in given if kind in (list, set) or value.cells)]
            given = [*given, *(self.soft_items(value) for value in given)]
        for cell in owner.cells:
            self.grow(cell, join(*given))
        items = join(*(cell.inner for cell in owner.cells))
        if name == "popitem":
            return self.fresh(node, [tuple], items, slot="item")
        return join(items, NONE, *given) if name in ("pop", "popleft", "setdefault") else NONE

    def order(self, owner: Value, arguments: Arguments, node: ast.AST) -> None:
        """Comparing the items, or what `key` makes of them, has to be harmless."""
        items = self.items(owner)
        key = arguments.keywords.get("key")
        if arguments.rest is not None:
            raise Impure
        self.truth(arguments.keywords.get("reverse", BOOL))
        if key is not None and key.types != frozenset({type(None)}):
            items = self.call(key, Arguments([items]), node)
        self.require(items)

    def pure_method(
        self, owner: Value, kind: type, library_name: str, name: str, arguments: Arguments, node: ast.AST
    ) -> Value:
        given = arguments.all()
        slot = f"{name}:{library_name}"
        if library_name in CONTAINERS:
            return self.container_method(owner, kind, name, arguments, node)
        if library_name in ("datetime", "time"):
            self.require(owner)
        for value in given:
            self.require(value, data=True)
            if name in ("format", "format_map") and not self.kinds(value) <= self.library.data.keys():
                raise Impure  # "{0.name}" may reach a property
        if any(Lazy in self.kinds(value) for value in given) and name != "join":
            raise Impure
        if name in _OF_THE_SAME_KIND:
            return of(kind)
        if library_name in PATH_TYPES:
            return of(str, bool)
        if library_name == "Pattern" and name in ("match", "search", "fullmatch", "finditer"):
            matches = of(*(k for k, n in self.library.data.items() if n == "Match"), type(None))
            return self.fresh(node, [Lazy], matches, slot=slot) if name == "finditer" else matches
        if library_name == "HASH":
            return of(str, bytes) if name != "copy" else owner
        if name in ("isoformat", "strftime", "ctime", "tzname"):
            return of(str, type(None))
        if kind in (str, bytes, int, bool, float, bytearray) or library_name in (
            "Match",
            "Pattern",
            "Struct",
        ):
            return self.fresh(node, [str, bytes, int, bool, float, list, tuple, dict], self.plain, slot=slot)
        return self.anything

    def container_method(self, owner: Value, kind: type, name: str, arguments: Arguments, node: ast.AST) -> Value:
        given = arguments.all()
        items = join(*(cell.inner for cell in owner.cells))
        if name == "get":
            self.require(*arguments.positional[:1])
            precise = self.known_item(owner.known, given[0].known) if given and type(owner.known) is dict else None
            return join(precise or items, NONE, *given[1:])
        if name != "copy":
            self.require(*given)
        if name in ("keys", "values", "elements"):
            view = {"keys": type({}.keys()), "values": type({}.values())}.get(name, Lazy)
            return self.fresh(node, [view], items, slot=name)
        if name in ("items", "most_common"):
            pair = self.fresh(node, [tuple], items, slot="pair")
            if name == "items" and type(owner.known) in (dict, types.MappingProxyType):
                pair = Value(pair.types, pair.cells, self.row(owner.known))
            return self.fresh(node, [list if name == "most_common" else type({}.items())], pair, slot=name)
        if name == "copy":
            return self.fresh(node, [kind], items, slot=name)
        if name in ("geturl", "_replace"):
            return Value(frozenset({kind, str, bytes}), owner.cells | self.plain.cells)
        self.require(owner, *given)
        if name in ("union", "difference", "intersection", "symmetric_difference"):
            return self.fresh(node, [kind], items, *(self.items(value) for value in given), slot=name)
        return of(int, bool)
