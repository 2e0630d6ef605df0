"""Calls of the library's functions and constructors: those on a list, and those with a rule of their own.

What is on a list is given data alone. What takes callables or objects of the user's (`map`, `sorted`, `getattr`,
`isinstance`) has a handler that says what is done with them.
"""

from __future__ import annotations

import abc
import ast
import collections.abc
import enum
import functools
import operator
import types
from collections.abc import Callable

from reloadr.judge.library import PLAIN_TYPES, resolve
from reloadr.judge.operable import Lazy, has_plain_attributes, hashed_by_type, is_operable, is_plain_protocol
from reloadr.judge.purity.asking import Asking
from reloadr.judge.purity.attributes import FROM_ITERABLE
from reloadr.judge.purity.library_methods import LibraryMethods
from reloadr.judge.purity.values import BOOL, INT, NEVER, NONE, Arguments, Cell, Impure, Value, join, of
from reloadr.judge.static import NOTHING
from reloadr.live.kinds import is_a

_ARITHMETIC = ("sum", "pow", "abs", "divmod", "round")


class LibraryFunctions(Asking, LibraryMethods):
    """The part of the walk that calls functions of the library."""

    def special(self, target: object, arguments: Arguments, node: ast.AST) -> Value | None:
        """A call of something on a list; None if `target` is on none."""
        handler = self.handlers.get(id(target))
        if handler is not None:
            return handler(arguments, node)
        kind, found = self.library.functions.get(id(target), ("", None))
        if found is not target or not kind or kind == "context" or (kind == "guarded" and not self.guarding):
            return None
        given = arguments.all()
        if kind == "lazy":
            return self.lazy(target, arguments, node)
        for value in given:
            self.require(value, data=True)
        if kind == "construct":
            assert is_a(target, type)
            return of(*(self.constructed(target)))
        if kind == "hash":
            return self.fresh(node, self.library.hashes, slot="hash")
        return self.computed(target, given, node)

    def constructed(self, target: type) -> list[type]:
        if self.library.data[target] in ("Path", "PurePath"):  # gives the flavour of the platform
            return [k for k, n in self.library.data.items() if n.endswith("Path") and issubclass(k, target)]
        return [target]

    def computed(self, target: object, given: list[Value], node: ast.AST) -> Value:
        home = getattr(target, "__module__", "")
        if home in ("builtins", "operator", "_operator"):
            return self.operated(target, home, given)
        if home == "re" and getattr(target, "__name__", "") == "compile":
            return of(*(k for k, n in self.library.data.items() if n == "Pattern"))
        if home == "re" and getattr(target, "__name__", "") in ("match", "search", "fullmatch"):
            return of(type(None), *(k for k, n in self.library.data.items() if n == "Match"))
        if home in ("urllib.parse", "ipaddress", "uuid"):
            own = frozenset(k for k, n in self.library.data.items() if k.__module__ == home)
            return Value(own | PLAIN_TYPES, self.plain.cells)
        return self.fresh(node, PLAIN_TYPES, self.plain, slot="fn")

    def operated(self, target: object, home: str, given: list[Value]) -> Value:
        """`sum(x)`, `operator.getitem(x, y)`: the result may be an item of an argument, so not fresh."""
        cells = frozenset(cell for value in given for cell in value.cells)
        parts = [*given, *(cell.inner for cell in cells)]
        kinds = frozenset(kind for value in parts for kind in self.kinds(value)) - {Lazy}
        if "defaultdict" in {self.library.data.get(kind) for kind in kinds}:
            raise Impure  # `operator.getitem` would put a missing key in
        if home == "builtins" and getattr(target, "__name__", "") not in _ARITHMETIC:
            return of(str, int, bool)
        if not cells and not any(is_a(kind, type) and kind in (tuple, list) for kind in kinds):
            return Value(kinds | {int, float, complex, bool})
        return Value(kinds | PLAIN_TYPES, cells | self.plain.cells | self.inner_cells(cells))

    def inner_cells(self, cells: frozenset[Cell]) -> frozenset[Cell]:
        return frozenset(inner for cell in cells for inner in cell.inner.cells)

    def lazy(self, target: object, arguments: Arguments, node: ast.AST) -> Value:
        if arguments.rest is not None:
            raise Impure
        name = getattr(target, "__name__", "")
        if name == "enumerate":
            self.require(*arguments.positional[1:], *arguments.keywords.values())
        if name in ("count", "repeat"):
            self.require(*(arguments.all()[name == "repeat" :]))
            return self.fresh(node, [Lazy], *arguments.all(), slot="lazy")
        if name == "iter" and len(arguments.positional) != 1:
            raise Impure
        if name == "accumulate" and len(arguments.all()) != 1:
            raise Impure
        if name == "reversed" and not self.kinds(arguments.positional[0]) <= self.library.data.keys():
            raise Impure
        given = [self.items(value) for value in arguments.positional if not self.kinds(value) <= {int, type(None)}]
        for value in arguments.keywords.values():
            if name in ("zip_longest", "enumerate"):
                given.append(value)
            else:
                self.require(value, data=True)
        if name in ("accumulate", "compress"):
            self.require(*given)
        if name in ("reversed", "iter", "chain", "islice", "cycle", "compress", "accumulate"):
            return self.fresh(node, [Lazy], *given, slot="lazy")
        row = self.fresh(node, [tuple], INT, NONE, *given, slot="row")
        return self.fresh(node, [Lazy], row, slot="lazy")

    # -- functions with a rule of their own

    @functools.cached_property
    def handlers(self) -> dict[int, Callable[[Arguments, ast.AST], Value]]:
        """Functions of the library that take callables or objects of the user's, each with its rule."""
        found: dict[int, Callable[[Arguments, ast.AST], Value]] = {
            id(map): self.call_map,
            id(filter): self.call_filter,
            id(sorted): self.call_sorted,
            id(min): self.call_extreme,
            id(max): self.call_extreme,
            id(isinstance): self.call_instance_check,
            id(issubclass): self.call_instance_check,
            id(type): self.call_type,
            id(getattr): self.call_getattr,
            id(next): self.call_next,
            id(len): self.call_len,
            id(callable): lambda arguments, node: BOOL,
            id(any): self.call_any,
            id(all): self.call_any,
            id(functools.reduce): self.call_reduce,
            id(functools.partial): self.call_make_partial,
            id(types.SimpleNamespace): self.call_namespace,
            id(types.MappingProxyType): self.call_proxy,
            id(operator.itemgetter): functools.partial(self.call_make_getter, operator.itemgetter),
            id(operator.attrgetter): functools.partial(self.call_make_getter, operator.attrgetter),
            id(FROM_ITERABLE): self.call_from_iterable,
            **self.asking_handlers(),
        }
        for kind, name in self.library.data.items():
            if name in ("list", "tuple", "set", "frozenset", "dict", "deque", "OrderedDict", "Counter"):
                found[id(kind)] = functools.partial(self.call_container, kind)
            elif name == "defaultdict":
                found[id(kind)] = functools.partial(self.call_defaultdict, kind)
            elif name == "ChainMap":
                found[id(kind)] = functools.partial(self.call_chain_map, kind)
        for module, names in (("typing", "cast"), ("copy", "copy deepcopy")):
            for _, name, function in resolve({module: names}):
                found[id(function)] = self.call_cast if name == "cast" else self.call_copy
        return found

    def one_or_more(self, arguments: Arguments, least: int) -> list[Value]:
        if arguments.rest is not None or len(arguments.positional) < least:
            raise Impure
        return arguments.positional

    def call_make_partial(self, arguments: Arguments, node: ast.AST) -> Value:
        return self.fresh(node, [functools.partial], *arguments.all(), slot="partial")

    def call_make_getter(self, kind: type, arguments: Arguments, node: ast.AST) -> Value:
        self.require(*arguments.all(), data=True)
        return self.fresh(node, [kind], *arguments.all(), slot="getter made")

    def call_from_iterable(self, arguments: Arguments, node: ast.AST) -> Value:
        (source,) = self.one_or_more(arguments, 1)
        return self.fresh(node, [Lazy], self.items(self.items(source)), slot="flat")

    def call_map(self, arguments: Arguments, node: ast.AST) -> Value:
        function, *sources = self.one_or_more(arguments, 2)
        result = self.call(function, Arguments([self.items(s) for s in sources]), node)
        return self.fresh(node, [Lazy], result, slot="map")

    def call_filter(self, arguments: Arguments, node: ast.AST) -> Value:
        function, source = self.one_or_more(arguments, 2)
        items = self.items(source)
        same = function.types == frozenset({type(None)})
        self.truth(items if same else self.call(function, Arguments([items]), node))
        return self.fresh(node, [Lazy], items, slot="filter")

    def call_sorted(self, arguments: Arguments, node: ast.AST) -> Value:
        (source,) = self.one_or_more(arguments, 1)
        self.order(source, arguments, node)
        return self.fresh(node, [list], self.items(source), slot="sorted")

    def call_extreme(self, arguments: Arguments, node: ast.AST) -> Value:
        given = self.one_or_more(arguments, 1)
        items = self.items(given[0]) if len(given) == 1 else join(*given)
        self.order(self.fresh(node, [list], items, slot="extreme"), arguments, node)
        return join(items, arguments.keywords.get("default", NEVER))

    def call_any(self, arguments: Arguments, node: ast.AST) -> Value:
        (source,) = self.one_or_more(arguments, 1)
        self.truth(self.items(source))
        return BOOL

    def call_len(self, arguments: Arguments, node: ast.AST) -> Value:
        (source,) = self.one_or_more(arguments, 1)
        if type(source.known) is not enum.EnumType:
            self.truth(Value(self.kinds(source)))
            if not all(is_operable(kind) for kind in self.kinds(source)):
                raise Impure
        return INT

    def call_instance_check(self, arguments: Arguments, node: ast.AST) -> Value:
        subject, classes = self.one_or_more(arguments, 2)
        for kind in self.kinds(subject):
            if not (is_operable(kind) or has_plain_attributes(kind)):
                raise Impure
        self.require_classes(classes)
        return BOOL

    def require_classes(self, classes: Value) -> None:
        """Refuse what may have an `__instancecheck__` or a `__subclasshook__` of the user's."""
        if is_a(classes.known, abc.ABCMeta) and classes.known in vars(collections.abc).values():
            return
        for kind in self.kinds(classes):
            if kind is types.UnionType and is_a(classes.known, types.UnionType):
                for part in classes.known.__args__:
                    self.require_classes(self.live_value(part))
            elif is_plain_protocol(classes.known):
                continue
            elif kind is tuple:
                for cell in classes.cells:
                    if cell.inner.types is None or not cell.inner.types <= {type, enum.EnumType}:
                        raise Impure
            elif kind not in (type, enum.EnumType):
                raise Impure

    def call_type(self, arguments: Arguments, node: ast.AST) -> Value:
        given = self.one_or_more(arguments, 1)
        if len(given) != 1 or arguments.keywords:
            raise Impure
        if given[0].known is not NOTHING and type(given[0].known) in self.kinds(given[0]):
            return self.live_value(type(given[0].known))
        return Value(frozenset(type(kind) for kind in self.kinds(given[0])))

    def call_next(self, arguments: Arguments, node: ast.AST) -> Value:
        source, *default = self.one_or_more(arguments, 1)
        if not self.kinds(source) <= {Lazy}:  # a living iterator would be moved on
            raise Impure
        return join(self.items(source), *default)

    def call_reduce(self, arguments: Arguments, node: ast.AST) -> Value:
        function, source, *start = self.one_or_more(arguments, 2)
        total = self.cells.setdefault((id(node), "reduce"), Cell(True))
        items = self.items(source)
        self.grow(total, join(items, *start))
        self.grow(total, self.call(function, Arguments([total.inner, items]), node))
        return total.inner

    def call_namespace(self, arguments: Arguments, node: ast.AST) -> Value:
        if arguments.positional:
            raise Impure
        return self.fresh(node, [types.SimpleNamespace], *arguments.all(), slot="namespace")

    def call_proxy(self, arguments: Arguments, node: ast.AST) -> Value:
        (source,) = self.one_or_more(arguments, 1)
        if not self.kinds(source) <= {dict}:
            raise Impure
        return Value(frozenset({types.MappingProxyType}), source.cells)

    def call_cast(self, arguments: Arguments, node: ast.AST) -> Value:
        return self.one_or_more(arguments, 2)[1]

    def call_copy(self, arguments: Arguments, node: ast.AST) -> Value:
        (source,) = self.one_or_more(arguments, 1)
        self.require(source, data=True)
        if any(kind is Lazy or self.library.data.get(kind) == "defaultdict" for kind in self.kinds(source)):
            raise Impure
        return self.fresh(node, self.kinds(source), *(cell.inner for cell in source.cells), slot="copy")

    def call_container(self, kind: type, arguments: Arguments, node: ast.AST) -> Value:
        items: list[Value] = []
        for source in arguments.positional:
            if self.kinds(source) <= {int, type(None)}:  # `deque(x, 10)`
                continue
            found = self.items(source)
            items.append(found)
            if issubclass(kind, dict) and found.cells:
                items += [self.soft_items(Value(self.pairs(found), found.cells))]
        items += arguments.keywords.values()
        if arguments.rest is not None:
            items.append(arguments.rest)
        if kind in (set, frozenset) or issubclass(kind, dict):
            hashed = items if kind in (set, frozenset) or self.library.data[kind] == "Counter" else self.keys_of(items)
            self.require(*hashed)
        return self.fresh(node, [kind], *items, slot="container")

    def keys_of(self, items: list[Value]) -> list[Value]:
        """What may become a key. Values that are never hashed cannot be told apart, so they count too."""
        return [
            Value(None if v.types is None else frozenset(t for t in v.types if not hashed_by_type(t))) for v in items
        ]

    def pairs(self, value: Value) -> frozenset[type]:
        return frozenset(kind for kind in self.kinds(value) if kind in self.library.data)

    def call_chain_map(self, kind: type, arguments: Arguments, node: ast.AST) -> Value:
        given = self.one_or_more(arguments, 1)
        if arguments.keywords or not all(self.kinds(each) <= {dict} for each in given):
            raise Impure
        made = self.fresh(node, [kind], *given, *(cell.inner for each in given for cell in each.cells), slot="chain")
        for cell in made.cells:
            cell.fresh = False  # what is stored in it is stored in the first of them
        return made

    def call_defaultdict(self, kind: type, arguments: Arguments, node: ast.AST) -> Value:
        factory, *sources = self.one_or_more(arguments, 1)
        made = NEVER
        if factory.types != frozenset({type(None)}):
            made = self.call(factory, Arguments([]), node)
        filled = self.call_container(kind, Arguments(sources, arguments.keywords), node)
        for cell in filled.cells:
            self.grow(cell, made)
        return filled
