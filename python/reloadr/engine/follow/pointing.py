"""What an expression may stand for, told from the objects that live without evaluating it, and what it calls.

HANDLERS["a"](1)                   # calls what the dict holds under "a"
run = app.tasks[0].run
with connection() as c: ...        # calls `__enter__` and `__exit__` of the class `connection`

Over-approximates where a key or a result is not known: all values of a container. What an ordinary function gives is
not known, and stands for nothing.
"""

from __future__ import annotations

import ast
import functools
import operator
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any, cast

from reloadr.engine.evaluate.holding import MANY, beneath, called_by_itself, given_by_default, parts_of, rows_of, within
from reloadr.judge.library import template_parts
from reloadr.judge.static import NOTHING, static_attribute
from reloadr.live import locate
from reloadr.live.kinds import entries_of, is_a
from reloadr.source.evaluating import operands, parts
from reloadr.source.using import APPLYING
from reloadr.stage.steps import MISSING

__all__ = ["BY_NAME", "OF_NAMES", "SPECIAL", "Made", "Sight"]

#: Stands for any special method: an operator or a built-in function may call several.
SPECIAL = "__special__"
#: Values of these kinds are no descriptors.
_ATOMS = (FunctionType, type, ModuleType, MethodType, int, str, float, bytes, list, dict, tuple, set, type(None))
#: What gives a module by its name.
BY_NAME = frozenset({"import_module", "__import__", "sys.modules"})
#: What gives the names of a module.
OF_NAMES = frozenset({"globals", "locals", "vars"})
_IMPORTING = frozenset({"import_module", "__import__", "modules"})
_GIVING = frozenset({"get", "pop", "setdefault", "values", "items", "copy"})
_ONE_OF = frozenset({"next", "max", "min"})
_HANDING_ON = frozenset(
    {"list", "tuple", "set", "sorted", "iter", "reversed", "enumerate", "zip", "next", "max", "min"}
)
_COMPARING = ("__lt__", "__gt__", "__le__", "__ge__", "__eq__", "__ne__", "__hash__")
_SHOWING = ("__repr__", "__str__", "__format__")
#: What of the items of what it is given, or of its list, something calls.
_ASKING_ITEMS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("max", "min", "sort", "sorted", "nlargest", "nsmallest", "heapify", "heappop", "heappush"), _COMPARING
    ),
    **dict.fromkeys(("bisect", "bisect_left", "bisect_right", "insort", "insort_left", "insort_right"), _COMPARING),
    **dict.fromkeys(("count", "index", "remove", "dict", "frozenset", "set", "hash"), ("__eq__", "__hash__")),
    **dict.fromkeys(("ascii", "format", "print", "repr", "str"), _SHOWING),
    **dict.fromkeys(("all", "any"), ("__bool__", "__len__")),
    "sum": ("__add__", "__radd__"),
}
#: What an attribute is read, set and deleted by, where a class says how.
_ACCESS: Mapping[type, tuple[str, ...]] = {
    ast.Load: ("__getattr__", "__getattribute__"),
    ast.Store: ("__setattr__",),
    ast.Del: ("__delattr__",),
}
_GETTERS: tuple[Any, ...] = (operator.attrgetter, operator.methodcaller)


@dataclass(frozen=True)
class Made:
    """An instance of a class, which is not at hand."""

    cls: type


@dataclass(frozen=True)
class Several:
    """What going through something gives."""

    values: Sequence[object]


#: A function that is called (no name), or a class and the attribute that is asked of it or of an instance.
Use = tuple[object, str]
#: Parts of a tree that bind names: see `Sight._bind`.
_BINDING = (ast.comprehension, ast.For, ast.AsyncFor, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.withitem)


class Sight:
    """Sees through expressions, by the objects that names stand for."""

    def __init__(self, look: Callable[[str], object], names: Mapping[str, object] | None = None) -> None:
        """`look`: what a name means; `names`: what `globals()` gives, where that is known."""
        self._look = look
        self._names = names
        self._local: dict[str, list[object]] = {}
        #: What was seen through already, while one text is gone through and no name stands for more: calls of calls are
        #: asked again and again. Afterwards nothing of it is held, for others count who holds an object.
        self._seen: dict[ast.expr, list[object]] | None = None

    def of(self, tree: ast.expr) -> list[object]:
        """The objects that an expression may stand for."""
        if self._seen is not None and tree in self._seen:
            return self._seen[tree]
        see = _SEEING.get(type(tree))
        found = [beneath(each) for each in see(self, tree)[:MANY]] if see is not None else []
        if self._seen is not None:
            self._seen[tree] = found
        return found

    def owners(self, tree: ast.expr) -> list[type]:
        """The classes of the objects whose attribute an expression is; none for another expression."""
        return list(_classes(self.of(tree.value))) if isinstance(tree, ast.Attribute) else []

    def uses(self, tree: ast.AST) -> Iterator[Use]:
        """What runs as a text is evaluated: functions that are called, attributes that are asked for."""
        self._seen = {}
        try:
            yield from self._uses(tree)
        finally:
            self._seen = None

    def _uses(self, tree: ast.AST) -> Iterator[Use]:
        nodes = parts(tree)
        binding: list[ast.AST] = [each for each in nodes if isinstance(each, _BINDING)]
        # Twice: a name may be used above the line that tells what it is, in a loop.
        for binder in (*binding, *binding):
            self._bind(binder)
        for each in nodes:
            if isinstance(each, ast.Call):
                yield from self._called(each)
            elif isinstance(each, ast.Attribute):
                asked, owners = (each.attr, *_ACCESS[type(each.ctx)]), self.of(each.value)
                yield from ((owner, name) for owner in _classes(owners) for name in asked)
                yield from ((owner, each.attr) for owner in owners if is_a(owner, ModuleType))
                # A descriptor of the user's is asked for its value.
                yield from ((type(found), SPECIAL) for found in self.of(each) if not is_a(found, *_ATOMS))
            for operand in operands(each):
                yield from _asked(self.of(operand))
                if isinstance(each, (ast.Compare, ast.FormattedValue)):
                    asked = _COMPARING if isinstance(each, ast.Compare) else _SHOWING
                    yield from _of_items(self.of(operand), asked)

    def _called(self, call: ast.Call) -> Iterator[Use]:
        callees = self.of(call.func)
        for each in callees:
            if is_a(each, type):
                yield each, "__init__"
            elif is_a(each, CodeType):
                yield each, ""
            elif is_a(each, Made):
                yield each.cls, "__call__"
            else:
                for found in locate.unwrap(each):
                    yield found.function, ""
                    yield from _called_by_default(found.function)
                if not is_a(each, FunctionType, MethodType):
                    yield type(each), "__call__"
                    yield from _asks_itself(each)
        name = _last_name(call.func)
        given = [*call.args, *(each.value for each in call.keywords)]
        values = [at for each in given for at in self.of(each)]
        yield from _got(callees, values)
        if name in APPLYING:
            yield from _got(values, [part for at in values for part in _gone_through(at)])
            yield from ((found.function, "") for at in values for found in locate.unwrap(at))
            yield from ((at, "__init__") for at in values if is_a(at, type))
        if name in _ASKING_ITEMS:
            owners = self.of(call.func.value) if isinstance(call.func, ast.Attribute) else []
            yield from _of_items([*values, *owners], _ASKING_ITEMS[name])
        if name == "getattr" and len(given) > 1 and isinstance(given[1], ast.Constant):
            yield from ((at, str(given[1].value)) for at in self.of(given[0]) if is_a(at, ModuleType))
        if isinstance(call.func, ast.Name) and self._look(name) is MISSING:
            # A built-in function asks what it is given.
            yield from _asked(values)

    # ---- names ----

    def _bind(self, tree: ast.AST) -> None:
        if isinstance(tree, (ast.comprehension, ast.For, ast.AsyncFor)):
            self._give(tree.target, [part for each in self.of(tree.iter) for part in _gone_through(each)])
        elif isinstance(tree, ast.Assign):
            for target in tree.targets:
                self._give(target, self.of(tree.value))
        elif isinstance(tree, (ast.AnnAssign, ast.NamedExpr)) and tree.value is not None:
            self._give(tree.target, self.of(tree.value))
        elif isinstance(tree, ast.withitem) and tree.optional_vars is not None:
            self._give(tree.optional_vars, self.of(tree.context_expr))

    def _give(self, target: ast.expr, values: list[object]) -> None:
        if isinstance(target, ast.Name):
            held = self._local.setdefault(target.id, [])
            fresh = [each for each in values if not any(each is one for one in held)][: MANY - len(held)]
            held += fresh
            if fresh and self._seen is not None:
                self._seen.clear()
        elif isinstance(target, (ast.Tuple, ast.List)):
            for each in target.elts:
                self._give(each, [part for value in values for part in (value, *_gone_through(value))])

    def _name(self, tree: ast.Name) -> list[object]:
        value = self._look(tree.id)
        return [*self._local.get(tree.id, ()), *([] if value is MISSING else [value])]

    # ---- expressions ----

    def _attribute(self, tree: ast.Attribute) -> list[object]:
        return [part for each in self.of(tree.value) for part in _attributes(each, tree.attr)]

    def _subscript(self, tree: ast.Subscript) -> list[object]:
        key = tree.slice.value if isinstance(tree.slice, ast.Constant) else MISSING
        return [part for each in self.of(tree.value) for part in _items(each, key)]

    def _call(self, tree: ast.Call) -> list[object]:
        found: list[object] = []
        for each in self.of(tree.func):
            if is_a(each, FunctionType):
                found += _given_by(each)
            elif any(each is getter for getter in _GETTERS) and is_a(each, type):
                names = [arg.value for arg in tree.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                found += [each(*names)] if names else []
            elif is_a(each, type) and each.__module__ != "builtins":
                found += self.of(tree.args[0]) if each is functools.partial and tree.args else [Made(each)]
            else:
                found += _any_of(each)
        found += self._modules(tree)
        if isinstance(tree.func, ast.Attribute):
            found += [part for each in self.of(tree.func.value) for part in _any_of(each)]
        if isinstance(tree.func, ast.Attribute) and tree.func.attr in _GIVING:
            values = self._entries(tree.func.value)
            found += [Several(values)] if tree.func.attr in ("values", "items") else values
        elif isinstance(tree.func, ast.Name) and tree.func.id in _HANDING_ON:
            values = [part for arg in tree.args for each in self.of(arg) for part in _gone_through(each)]
            found += values if tree.func.id in _ONE_OF else [Several(values)]
        elif isinstance(tree.func, ast.Name) and tree.func.id == "getattr" and len(tree.args) > 1:
            found += self._asked_for(tree.args[0], tree.args[1])
        elif isinstance(tree.func, ast.Name) and tree.func.id in OF_NAMES and not tree.args:
            found += [dict(self._names)] if self._names is not None else []
        elif isinstance(tree.func, ast.Name) and tree.func.id == "vars":
            found += [held for each in self.of(tree.args[0]) if (held := parts_of(each)) is not None]
        return found

    def _modules(self, call: ast.Call) -> list[object]:
        """The modules that a call may give which imports by a name that it is given."""
        callees = [each for each in self.of(call.func) if is_a(each, FunctionType)]
        importing = _last_name(call.func) in BY_NAME or any(
            not _IMPORTING.isdisjoint(each.__code__.co_names) for each in callees
        )
        if not importing:
            return []
        given = [*call.args, *(each.value for each in call.keywords)]
        modules = [sys.modules.get(text) for each in given for text in self.of(each) if isinstance(text, str)]
        return [each for each in modules if each is not None]

    def _asked_for(self, owner: ast.expr, name: ast.expr) -> list[object]:
        """What `getattr` may give; by a name that is not told, any function that the object's class has."""
        owners = self.of(owner)
        if isinstance(name, ast.Constant):
            text = str(name.value)
            return [part for each in owners for part in _attributes(each, text)]
        classes = [base for cls in _classes(owners) for base in locate.mro(cls)]
        members = [each for cls in classes for each in list(locate.class_dict(cls).values())[:MANY]]
        return [each for each in members if is_a(each, FunctionType, staticmethod, classmethod)]

    def _constant(self, tree: ast.Constant) -> list[object]:
        return [tree.value] if isinstance(tree.value, str) else []

    def _namedexpr(self, tree: ast.NamedExpr) -> list[object]:
        return self.of(tree.value)

    def _starred(self, tree: ast.Starred) -> list[object]:
        return [part for each in self.of(tree.value) for part in _gone_through(each)]

    def _ifexp(self, tree: ast.IfExp) -> list[object]:
        return [*self.of(tree.body), *self.of(tree.orelse)]

    def _boolop(self, tree: ast.BoolOp) -> list[object]:
        return [part for each in tree.values for part in self.of(each)]

    def _list(self, tree: ast.List | ast.Tuple | ast.Set) -> list[object]:
        return [Several([part for each in tree.elts for part in self.of(each)])]

    _tuple = _set = _list

    def _dict(self, tree: ast.Dict) -> list[object]:
        pairs = zip(tree.keys, tree.values, strict=True)
        return [Several([part for key, each in pairs for part in (self.of(each) if key else self._entries(each))])]

    def _entries(self, tree: ast.expr) -> list[object]:
        """The values of dicts that an expression may stand for, living ones and those that it makes."""
        dicts = [each for each in self.of(tree) if is_a(each, Several) or entries_of(each) is not None]
        return [part for each in dicts for part in _items(each, MISSING)]

    def _templatestr(self, tree: Any) -> list[object]:
        return [Several([part for each in tree.values for part in self.of(getattr(each, "value", each))])]

    def _listcomp(self, tree: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> list[object]:
        return [Several(self.of(tree.elt))]

    _setcomp = _generatorexp = _listcomp

    def _dictcomp(self, tree: ast.DictComp) -> list[object]:
        merged = cast("ast.expr | None", tree.value) is None  # `{**each for each in them}`, from CPython 3.15 on
        return [Several(self._entries(tree.key) if merged else self.of(tree.value))]


def _last_name(tree: ast.expr) -> str:
    """What is called, as its text ends; empty for what is neither a name nor an attribute."""
    return tree.attr if isinstance(tree, ast.Attribute) else tree.id if isinstance(tree, ast.Name) else ""


#: What tells what an expression may stand for, by its kind; not of those that stand for nothing known.
_SEEING: Mapping[type[ast.expr], Callable[[Sight, Any], list[object]]] = {
    kind: see for kind in ast.expr.__subclasses__() if (see := getattr(Sight, f"_{kind.__name__.lower()}", None))
}


def _classes(values: Iterable[object]) -> Iterator[type]:
    for each in values:
        if is_a(each, Made):
            yield each.cls
        elif not is_a(each, Several, ModuleType, CodeType):
            yield each if is_a(each, type) else type(each)


def _asked(values: Iterable[object]) -> Iterator[Use]:
    """The special methods that an operator or a built-in function calls: of a class, those that its metaclass has, and
    not those of its instances. `Shelf[int]` does not ask for an item."""
    for each in values:
        if is_a(each, type):
            yield type(each), SPECIAL
            yield from ((each, name) for name in ("__class_getitem__", "__subclasshook__"))
        else:
            yield from ((owner, SPECIAL) for owner in _classes([each]))
            yield from _asks_itself(each)


def _of_items(values: list[object], names: Iterable[str]) -> Iterator[Use]:
    """The methods of these names that the items of some values have."""
    for value in values:
        items = [each for each in _gone_through(value) if not is_a(each, type)]
        yield from ((owner, name) for owner in _classes(items) for name in names)


def _called_by_default(function: FunctionType) -> Iterator[Use]:
    """What a function may call that it has as a default: `def run(name, handlers=HANDLERS)`."""
    for value in given_by_default(function):
        for each in (value, *within(value)):
            if is_a(each, FunctionType):
                yield each, ""


def _asks_itself(value: object) -> Iterator[Use]:
    """What an object of the interpreter's own calls as it is used: `map(f, rows)`, `defaultdict(make)`."""
    for each in called_by_itself(value):
        if is_a(each, type):
            yield each, "__init__"
        else:
            yield from ((found.function, "") for found in locate.unwrap(each))


def _attributes(value: object, name: str) -> list[object]:
    if name == "__dict__" and not is_a(value, type, Made, Several, CodeType):
        return [value.__dict__ if is_a(value, ModuleType) else dict(parts_of(value) or {})]
    if is_a(value, ModuleType):
        found = value.__dict__.get(name, MISSING)
        return [] if found is MISSING else [found]
    if is_a(value, Several, CodeType):
        # Of a template string, it may be.
        return [value] if is_a(value, Several) and name in ("values", "interpolations") else []
    own = None if is_a(value, Made, type) else parts_of(value)
    if own is not None and name in own:
        return [own[name]]
    cls = value.cls if is_a(value, Made) else value if is_a(value, type) else type(value)
    member = static_attribute(cls, name)
    if is_a(member, staticmethod, classmethod):
        return [member.__func__]
    if type(member) is MemberDescriptorType and not is_a(value, Made, type):
        try:
            return [member.__get__(value)]
        except AttributeError:
            return []
    if is_a(value, tuple) and type(member).__name__ == "_tuplegetter":
        return rows_of(value) or []
    if template_parts(value) is not None:
        return [getattr(value, name, None)]
    return [] if member is NOTHING or is_a(member, property) else [member]


def _items(value: object, key: object) -> list[object]:
    if is_a(value, Several):
        return list(value.values)
    entries = entries_of(value)
    if entries is not None:
        exact = dict.get(entries, key, MISSING) if isinstance(key, (str, int)) else MISSING
        return list(dict.values(entries))[:MANY] if exact is MISSING else [exact]
    if is_a(value, list, tuple) and isinstance(key, int):
        kind: Any = list if is_a(value, list) else tuple
        if -kind.__len__(value) <= key < kind.__len__(value):
            return [kind.__getitem__(value, key)]
    rows = rows_of(value)
    return _any_of(value) if rows is None else rows


def _given_by(function: FunctionType, left: int = 3) -> list[object]:
    """What a function may give: one that it makes, what its closure holds, what is held by what it reads."""
    code, known = function.__code__, function.__globals__
    found: list[object] = [each for each in code.co_consts if is_a(each, CodeType)]
    found += within(function) if function.__closure__ is not None else []
    for name in code.co_names:
        value = known.get(name)
        if is_a(value, FunctionType):
            found += [value, *(_given_by(value, left - 1) if left and value is not function else ())]
        else:
            found += _any_of(value)
    return found


def _any_of(value: object) -> list[object]:
    """What asking an object for something may give, where it is not told what: whatever it holds."""
    if is_a(value, type, Made, Several, FunctionType, MethodType):
        return []
    found = within(value)
    return [*found, Several(found)] if found else []


def _got(getters: list[object], values: list[object]) -> Iterator[Use]:
    """The attributes that getters ask of values."""
    for getter in getters:
        if is_a(getter, *_GETTERS):
            names = [each.partition(".")[0] for each in getter.__reduce__()[1] if isinstance(each, str)]
            yield from ((owner, each) for owner in _classes(values) for each in names)


def _gone_through(value: object) -> list[object]:
    entries = entries_of(value)
    if entries is not None:
        return [each for each in list(dict.keys(entries))[:MANY] if type(each) is not str]
    return _items(value, MISSING)
