"""Whether two values are the same, all the way down, without running anything of the user's.

What a statement gives when it is executed again is compared with what is live: only where they are the same
nothing has happened to the living value since, and only where they differ anything follows. Plain `==` would
not do: it is the user's to define, takes 1 for True and 0.0 for -0.0, and may raise.
"""

from __future__ import annotations
import __future__

import collections
import enum
import functools
import gc
import operator
import sys
import types
from collections.abc import Iterable
from typing import Any

from reloadr.judge.library import SCALARS, VIEWS, library, template_parts
from reloadr.judge.operable import has_plain_attributes, is_data_class, is_operable, is_plainly_hashed, keys_are_plain
from reloadr.judge.static import captured, field_values, instance_namespace, static_attribute
from reloadr.live.kinds import is_a
from reloadr.stage.steps import MISSING

#: Values that many unrelated names share: holding the same one says nothing.
COMMON = (str, bytes, int, float, complex, bool, type(None), tuple, frozenset, type(...), type(NotImplemented))


def same_value(a: object, b: object) -> bool:
    """Whether `a` and `b` are equal and of the same type, all the way down; never raises.

    Functions that are not the same object are the same value if they have the same code (positions
    aside), defaults and captured values. Only an `__eq__` of the standard library is ever called.
    """
    try:
        return _same(a, b, {})
    except Exception:
        return False


def same_instance(a: object, b: object) -> bool:
    """Whether two instances of a plain class of the user's hold the same; they need not be equal to the class."""
    return type(a) is type(b) and _holds_the_same(a, b, 8)


def _holds_the_same(a: object, b: object, depth: int) -> bool:
    if same_value(a, b):
        return True
    left, right = instance_namespace(a), instance_namespace(b)
    if type(a) is not type(b) or left is None or right is None or not depth or left.keys() != right.keys():
        return False
    return has_plain_attributes(type(a)) and all(_holds_the_same(left[name], right[name], depth - 1) for name in left)


def made_alike(a: object, b: object, depth: int = 8) -> bool:
    """Whether two values, instances of the user's classes within them included, hold the same in the same order: one
    may stand for the other, as far as nobody asks which of them it is."""
    if indistinguishable(a, b):
        return True
    if type(a) is not type(b) or not depth:
        return False
    if type(a) is dict and type(b) is dict:
        return len(a) == len(b) and _same_keys(a, b) and _each_made_alike(a.values(), b.values(), depth)
    if (type(a) is list and type(b) is list) or (type(a) is tuple and type(b) is tuple):
        return _each_made_alike(a, b, depth)
    if not has_plain_attributes(type(a)) or not _has_attributes_alone(type(a)):
        return False
    left, right = instance_namespace(a), instance_namespace(b)
    if left is None or right is None or [*left] != [*right]:
        return False
    return _each_made_alike(left.values(), right.values(), depth)


class _Plain:
    """A class whose instances have attributes, and nothing else."""


def _has_attributes_alone(cls: type) -> bool:
    """Whether all that an instance has is in its attributes: a function, a lock or a dict has more."""
    return cls.__basicsize__ == _Plain.__basicsize__ and cls.__itemsize__ == _Plain.__itemsize__


def _each_made_alike(some: Iterable[object], others: Iterable[object], depth: int) -> bool:
    left, right = list(some), list(others)
    return len(left) == len(right) and all(map(made_alike, left, right, [depth - 1] * len(left)))


def indistinguishable(old: object, new: object) -> bool:
    """Whether nothing computed from one value could differ from the same computed from the other.

    Equal type expressions may be written differently (`Union[int, str]`, `int | str`), equal dicts have another order,
    equal functions are two: that shows. No `__repr__` of the user's is called to find out.
    """
    return old is new or (same_value(old, new) and _shown_alike(old, new, 20))


def _shown_alike(a: object, b: object, depth: int) -> bool:
    """Of two values that are the same."""
    if a is b or is_a(a, *SCALARS):
        return True
    if not depth or is_a(a, types.FunctionType, types.MethodType, functools.partial):
        return False
    if is_a(a, dict) and is_a(b, dict):
        return _same_keys(a, b) and _all_alike(
            (*dict.keys(a), *dict.values(a)), (*dict.keys(b), *dict.values(b)), depth
        )
    if is_a(a, list, tuple, collections.deque) and is_a(b, list, tuple, collections.deque):
        return _all_alike(a, b, depth)
    if is_a(a, set, frozenset):
        return all(is_a(each, *SCALARS) for each in a)
    parts = template_parts(a)
    if parts is not None:
        return _all_alike(parts, template_parts(b) or (), depth)
    if type(a).__module__.partition(".")[0] in sys.stdlib_module_names:
        return repr(a) == repr(b)
    left, right = instance_namespace(a), instance_namespace(b)
    return left is not None and right is not None and _all_alike(left.values(), right.values(), depth)


def _all_alike(some: Iterable[object], others: Iterable[object], depth: int) -> bool:
    left, right = list(some), list(others)
    return len(left) == len(right) and all(map(_shown_alike, left, right, [depth - 1] * len(left)))


# The pairs compared already. They are kept alive: an id that is used again would be taken for equal.
_Seen = dict[tuple[int, int], tuple[object, object]]


def _same(a: object, b: object, seen: _Seen) -> bool:
    if a is b:
        return True
    kind = type(a)
    if kind is not type(b) or not is_plainly_hashed(kind):
        return False
    if kind in SCALARS:
        return _same_scalar(a, b)
    pair = (id(a), id(b))
    if pair in seen:  # equal so far: inside a cycle, or the same pair reached on two ways
        return True
    seen[pair] = (a, b)
    return _same_compound(a, b, seen)


def _same_scalar(a: object, b: object) -> bool:
    if isinstance(a, (float, complex)):
        # repr tells 0.0 from -0.0 and takes nan for itself, which == does not
        return repr(a) == repr(b)
    if is_a(a, range) and is_a(b, range):
        return (a.start, a.stop, a.step) == (b.start, b.stop, b.step)
    return a == b


def _same_items(a: Iterable[object], b: Iterable[object], seen: _Seen) -> bool:
    left, right = list(a), list(b)
    if len(left) != len(right):
        return False
    for x, y in zip(left, right, strict=True):  # noqa: SIM110 - `all` would put each level on the C stack
        if not _same(x, y, seen):
            return False
    return True


def _same_dict(a: dict[object, object], b: dict[object, object], seen: _Seen) -> bool:
    if dict.__len__(a) != dict.__len__(b):
        return False
    if not keys_are_plain(dict.keys(a)) or not keys_are_plain(dict.keys(b)):
        # Looking a key up would call the user's `__hash__` and `__eq__`; order is a fair substitute.
        return _same_items(dict.items(a), dict.items(b), seen)
    partner = {key: key for key in dict.keys(b)}
    for key, value in dict.items(a):
        if key not in partner or not _same(key, partner[key], seen):
            return False
        if not _same(value, dict.__getitem__(b, key), seen):
            return False
    return True


def _same_set(a: Iterable[object], b: Iterable[object], seen: _Seen) -> bool:
    if keys_are_plain(a) and keys_are_plain(b):
        return _same_dict(dict.fromkeys(a), dict.fromkeys(b), seen)
    return _same_items(a, b, seen)


_GETTERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)


def _same_compound(a: Any, b: Any, seen: _Seen) -> bool:
    """Two objects of one type that are neither the same object nor scalars."""
    kind = type(a)
    if issubclass(kind, type | types.ModuleType | enum.Enum):
        # Members of a flag that have no name are made anew; all others are unique.
        return issubclass(kind, enum.Flag) and _same(a._value_, b._value_, seen)
    if kind is types.FunctionType:
        return _same_function(a, b, seen)
    if kind is types.MethodType:
        return a.__self__ is b.__self__ and _same(a.__func__, b.__func__, seen)
    if kind is types.BuiltinFunctionType:
        return bool(a == b)
    if kind is functools.partial or kind is slice or kind in _GETTERS:
        return _same(a.__reduce__(), b.__reduce__(), seen)
    if kind is types.MappingProxyType:
        return _same_items(gc.get_referents(a), gc.get_referents(b), seen)
    if kind is types.SimpleNamespace:
        return _same_dict(vars(a), vars(b), seen)
    if kind is staticmethod or kind is classmethod:
        return _same(a.__func__, b.__func__, seen)
    if is_data_class(kind):
        return _same_items(field_values(a), field_values(b), seen)
    if not is_operable(kind):
        return False
    if issubclass(kind, tuple):
        return _same_items(tuple.__iter__(a), tuple.__iter__(b), seen)
    return _same_by_library(a, b, seen)


def _same_by_library(a: Any, b: Any, seen: _Seen) -> bool:
    kind = type(a)
    name = library().data.get(kind, "")
    if kind is list:
        return _same_items(a, b, seen)
    if name == "OrderedDict":
        return _same_items(a, b, seen) and _same_dict(a, b, seen)
    if name == "defaultdict":
        return _same(a.default_factory, b.default_factory, seen) and _same_dict(a, b, seen)
    if issubclass(kind, dict):
        return _same_dict(a, b, seen)
    if kind in (set, frozenset):
        return _same_set(a, b, seen)
    if name == "ChainMap":
        return _same_items(a.maps, b.maps, seen)
    if name == "deque":
        return bool(a.maxlen == b.maxlen) and _same_items(a, b, seen)
    if name == "Decimal":
        return str(a) == str(b)  # 1.0 and 1.00 print differently; nan is itself
    if name in ("datetime", "time"):
        # Without the zone, which may be the user's: `==` would ask it. Zones are compared apart.
        return (
            _same(a.tzinfo, b.tzinfo, seen)
            and a.fold == b.fold
            and bool(a.replace(tzinfo=None) == b.replace(tzinfo=None))
        )
    if name == "Template":
        return bool(a.template == b.template)
    parts = template_parts(a)
    if parts is not None:
        return _same_items(parts, template_parts(b) or (), seen)
    if name == "Struct":
        return bool(a.format == b.format)
    if kind.__name__ == "_AnnotatedAlias":
        return _same((a.__origin__, a.__metadata__), (b.__origin__, b.__metadata__), seen)
    return kind not in VIEWS and static_attribute(kind, "__eq__") is not object.__eq__ and bool(a == b)


def _same_function(a: types.FunctionType, b: types.FunctionType, seen: _Seen) -> bool:
    return (
        _same_code(a.__code__, b.__code__, seen)
        and _same(a.__defaults__, b.__defaults__, seen)
        and _same(a.__kwdefaults__, b.__kwdefaults__, seen)
        and _same(a.__dict__, b.__dict__, seen)
        and _same_items(captured(a), captured(b), seen)
    )


def _same_code(a: types.CodeType, b: types.CodeType, seen: _Seen) -> bool:
    if a.co_filename != b.co_filename or len(a.co_consts) != len(b.co_consts):
        return False
    for x, y in zip(a.co_consts, b.co_consts, strict=True):
        if isinstance(x, types.CodeType) and isinstance(y, types.CodeType):
            if not _same_code(x, y, seen):
                return False
        elif not _same(x, y, seen):
            return False
    return _without_positions(a) == _without_positions(b)


def _without_positions(code: types.CodeType) -> types.CodeType:
    """`code` with its own positions and constants taken out; the constants are compared apart."""
    # How the file spells annotations is no part of what the code does.
    flags = code.co_flags & ~__future__.annotations.compiler_flag
    return code.replace(co_flags=flags, co_firstlineno=1, co_linetable=b"", co_consts=(None,) * len(code.co_consts))


def unchanged_value(old: object, new: object) -> bool:
    """Whether replacing one value by another makes no difference that a holder of the old one could see."""
    if old is new or old is MISSING or new is MISSING:
        return old is new
    return same_value(old, new) and _in_one_order(old, new, 20)


def _in_one_order(a: object, b: object, depth: int) -> bool:
    """Of two values that are the same: whether who goes through their dicts meets the keys in one order."""
    if a is b or not depth:
        return True
    if is_a(a, dict) and is_a(b, dict):
        values = map(_in_one_order, dict.values(a), dict.values(b), [depth - 1] * dict.__len__(a))
        return _same_keys(a, b) and all(values)
    if is_a(a, list, tuple, collections.deque) and is_a(b, list, tuple, collections.deque):
        return all(map(_in_one_order, a, b, [depth - 1] * len(a)))
    parts = template_parts(a)
    if parts is not None:
        return all(map(_in_one_order, parts, template_parts(b) or (), [depth - 1] * len(parts)))
    return True


def _same_keys(a: dict[Any, object], b: dict[Any, object]) -> bool:
    """Whether two dicts that are the same have their keys in one order."""
    return all(map(same_value, dict.keys(a), dict.keys(b)))
