"""Whether an expression may be evaluated again unseen, and whether two values are the same.

An unchanged statement that was computed from a changed name is evaluated again only if nobody can
notice the evaluation. This module answers that by abstract interpretation: the expression is walked,
and each step is allowed only if the types of its operands are known and what Python would call for
them is on a list. Everything not on a list is refused, so a gap costs a stale-value caveat and never
a second connection or a second write.

How values are described
    A `_Value` is a set of possible types, the live object if there is just one, and the `_Cell`s that
    hold the join of a container's items. Cells of objects made during the evaluation are *fresh*:
    `out.append(x)` is then invisible from outside. Aliases share a cell. Cells only grow, and the
    whole walk is repeated until none does, so every check has held against the final state; that
    makes loops, recursion, closures and lazy iterators sound without ordering arguments.

Why not evaluate in a sandbox instead: both branches of a condition must be harmless, since the new
values may take the other one, and nothing of the user's may run before it is known to be pure.
"""

from __future__ import annotations

import abc
import ast
import builtins
import collections.abc
import contextlib
import enum
import functools
import gc
import inspect
import itertools
import operator
import sys
import types
import typing
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field
from typing import Any, TypeGuard, TypeVar

__all__ = ["is_pure", "same_value", "values_differ"]

SourceOf = Callable[[types.FunctionType], "ast.FunctionDef | ast.Lambda | None"]

_STEPS = 40_000
_DEPTH = 24
_PASSES = 24
_LIVE_ITEMS = 4_000


def is_pure(expression: ast.expr, namespace: Mapping[str, object], source_of: SourceOf) -> bool:
    """Whether evaluating `expression` has no effect and gives a value that can be compared.

    `namespace` is the live module namespace, or a `ChainMap` of a class namespace over it. It must
    hold the values the evaluation would see: ask again after a name in it changed. Functions read
    their own globals. Nothing of the user's is called by asking.
    """
    try:
        return _Analysis(namespace, source_of).accepts(expression)
    except (_Impure, RecursionError):
        return False
    except Exception:  # an object that lies about itself: unsure, hence not pure
        return False


def is_pure_body(statements: list[ast.stmt], namespace: Mapping[str, object], source_of: SourceOf) -> bool:
    """Whether statements, run one after the other, have no effect but on what they bind and make themselves.

    As `is_pure`, for statements of a module: the names that they bind are taken for variables of their own.
    """
    function = ast.parse("def body(): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = statements
    try:
        return _Analysis(namespace, source_of).accepts_body(function)
    except (_Impure, RecursionError):
        return False
    except Exception:  # as above
        return False


# ---------------------------------------------------------------------------------------- same value


def values_differ(old: object, new: object) -> bool:
    """Whether an assignment that was executed again changed what its name stands for."""
    return not (old is new or same_value(old, new))


def same_value(a: object, b: object) -> bool:
    """Whether `a` and `b` are equal and of the same type, all the way down; never raises.

    Functions that are not the same object are the same value if they have the same code (positions
    aside), defaults and captured values. Only an `__eq__` of the standard library is ever called.
    """
    try:
        return _same(a, b, {})
    except Exception:
        return False


# The pairs compared already. They are kept alive: an id that is used again would be taken for equal.
_Seen = dict[tuple[int, int], tuple[object, object]]
_T = TypeVar("_T")


def _is(obj: object, *kinds: type[_T]) -> TypeGuard[_T]:
    """`isinstance` by the true type: it asks nobody for `__class__`, which a proxy answers by loading."""
    return issubclass(type(obj), kinds)


def _same(a: object, b: object, seen: _Seen) -> bool:
    if a is b:
        return True
    kind = type(a)
    if kind is not type(b):
        return False
    if kind in _SCALARS:
        return _same_scalar(a, b)
    pair = (id(a), id(b))
    if pair in seen:  # equal so far: inside a cycle, or the same pair reached on two ways
        return True
    seen[pair] = (a, b)
    return _same_compound(a, b, seen)


_SCALARS: frozenset[type] = frozenset({int, bool, str, bytes, float, complex, type(None), range, bytearray})


def _same_scalar(a: object, b: object) -> bool:
    if isinstance(a, (float, complex)):
        # repr tells 0.0 from -0.0 and takes nan for itself, which == does not
        return repr(a) == repr(b)
    if isinstance(a, range) and isinstance(b, range):
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
    if not _keys_are_plain(dict.keys(a)) or not _keys_are_plain(dict.keys(b)):
        # Looking a key up would call the user's `__hash__` and `__eq__`; order is a fair substitute.
        return _same_items(dict.items(a), dict.items(b), seen)
    partner = {key: key for key in dict.keys(b)}
    for key, value in dict.items(a):
        if key not in partner or not _same(key, partner[key], seen):
            return False
        if not _same(value, dict.__getitem__(b, key), seen):
            return False
    return True


def _keys_are_plain(keys: Iterable[object]) -> bool:
    return all(
        type(key) in _SCALARS
        or (_is(key, tuple, frozenset) and type(key) in (tuple, frozenset) and _keys_are_plain(key))
        or (type(key) not in (tuple, frozenset) and _is_library_type(type(key)))
        or (issubclass(type(key), enum.Enum) and _is_operable(type(key)))
        for key in keys
    )


def _same_set(a: Iterable[object], b: Iterable[object], seen: _Seen) -> bool:
    if _keys_are_plain(a) and _keys_are_plain(b):
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
    if _is_data_class(kind):
        return _same_items(_field_values(a), _field_values(b), seen)
    if not _is_operable(kind):
        return False
    if issubclass(kind, tuple):
        return _same_items(tuple.__iter__(a), tuple.__iter__(b), seen)
    return _same_by_library(a, b, seen)


def _same_by_library(a: Any, b: Any, seen: _Seen) -> bool:
    kind = type(a)
    name = _library().data.get(kind, "")
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
    if name == "Struct":
        return bool(a.format == b.format)
    if kind.__name__ == "_AnnotatedAlias":
        return _same((a.__origin__, a.__metadata__), (b.__origin__, b.__metadata__), seen)
    return kind not in _VIEWS and _static(kind, "__eq__") is not object.__eq__ and bool(a == b)


def _same_function(a: types.FunctionType, b: types.FunctionType, seen: _Seen) -> bool:
    return (
        _same_code(a.__code__, b.__code__, seen)
        and _same(a.__defaults__, b.__defaults__, seen)
        and _same(a.__kwdefaults__, b.__kwdefaults__, seen)
        and _same(a.__dict__, b.__dict__, seen)
        and _same_items(_captured(a), _captured(b), seen)
    )


def _captured(function: types.FunctionType) -> list[object]:
    found: list[object] = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not assigned yet
            found.append(_NOTHING)
    return found


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
    return code.replace(co_firstlineno=1, co_linetable=b"", co_consts=(None,) * len(code.co_consts))


# ------------------------------------------------------------------------------- what types can do


class _Nothing:
    """Marks the absence of a value where None is one."""


_NOTHING = _Nothing()


class _Lazy:
    """The type given to iterators made during the evaluation; no live object has it."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN_TYPES: frozenset[type] = _SCALARS - {bytearray} | {list, tuple, dict, set, frozenset}

# Types whose operators and dunder methods run only library code, and change nothing.
_DATA_NAMES = {
    "decimal": "Decimal",
    "fractions": "Fraction",
    "uuid": "UUID",
    "datetime": "date datetime time timedelta timezone",
    "zoneinfo": "ZoneInfo",
    "pathlib": "PurePath PurePosixPath PureWindowsPath Path PosixPath WindowsPath",
    "re": "Pattern Match",
    "struct": "Struct",
    "string": "Template",
    "collections": "deque OrderedDict Counter defaultdict",
    "ipaddress": "IPv4Address IPv6Address IPv4Network IPv6Network IPv4Interface IPv6Interface",
    "urllib.parse": "ParseResult SplitResult ParseResultBytes SplitResultBytes",
    "types": "MappingProxyType SimpleNamespace",
}

# Functions that only compute from data. They are refused callables and objects of the user's.
_FUNCTION_NAMES = {
    "builtins": "abs all any ascii bin callable chr divmod format hash hex len oct ord pow repr round sum",
    "math": "*",
    "cmath": "*",
    "operator": "abs add and_ concat contains countOf eq floordiv ge getitem gt index indexOf inv invert is_ "
    "is_not le lshift lt mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor",
    "os.path": "abspath basename commonpath commonprefix dirname exists expanduser expandvars isabs isdir "
    "isfile islink join lexists normcase normpath realpath relpath split splitdrive splitext",
    "os": "fspath fsencode fsdecode",
    "re": "compile escape findall fullmatch match search split sub",
    "json": "dumps loads",
    "base64": "b16decode b16encode b32decode b32encode b64decode b64encode b85decode b85encode "
    "standard_b64decode standard_b64encode urlsafe_b64decode urlsafe_b64encode",
    "binascii": "crc32 hexlify unhexlify",
    "zlib": "adler32 compress crc32 decompress",
    "textwrap": "dedent fill indent shorten wrap",
    "string": "capwords",
    "html": "escape unescape",
    "urllib.parse": "parse_qs parse_qsl quote quote_plus unquote unquote_plus urlencode urljoin urlparse "
    "urlsplit urlunparse urlunsplit",
    "struct": "calcsize pack unpack",
    "fnmatch": "fnmatch fnmatchcase translate",
    "shlex": "join quote split",
    "keyword": "iskeyword",
    "unicodedata": "normalize",
    "bisect": "bisect bisect_left bisect_right",
    "ast": "literal_eval",
    "inspect": "cleandoc",
    "ipaddress": "ip_address ip_interface ip_network",
    "uuid": "uuid3 uuid5",
}

_HASHES = {"hashlib": "blake2b blake2s md5 sha1 sha224 sha256 sha384 sha3_256 sha3_512 sha512"}

# Constructors given data that give one value of their own type.
_CONSTRUCTOR_NAMES = {
    name: words for name, words in _DATA_NAMES.items() if name not in ("collections", "types", "urllib.parse", "re")
} | {
    "builtins": "int float complex str bytes bytearray bool range slice",
}

_LAZY_NAMES = {
    "builtins": "enumerate iter reversed zip",
    "itertools": "accumulate batched chain combinations combinations_with_replacement compress count cycle "
    "islice pairwise permutations product repeat zip_longest",
}

_FILE_SYSTEM_READS = "exists is_dir is_file is_symlink resolve absolute expanduser"

_TEXT = (
    "capitalize casefold center count decode encode endswith expandtabs find format format_map hex index "
    "isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle "
    "isupper join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex "
    "rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill"
)
_NUMBER = "as_integer_ratio bit_count bit_length conjugate from_bytes fromhex hex is_integer to_bytes"
_SETS = "copy difference intersection isdisjoint issubset issuperset symmetric_difference union __contains__ __len__"
_DICTS = "copy get items keys values __contains__ __len__"
_PATHS = (
    "as_posix as_uri is_absolute is_relative_to joinpath match relative_to samefile with_name with_segments "
    "with_stem with_suffix"
)

_METHOD_NAMES: dict[str, str] = {
    "str": _TEXT,
    "bytes": _TEXT,
    "bytearray": "decode hex",
    "int": _NUMBER,
    "bool": _NUMBER,
    "float": _NUMBER,
    "complex": "conjugate",
    "list": "copy count index __contains__ __len__",
    "tuple": "count index __contains__ __len__",
    "range": "count index",
    "dict": _DICTS,
    "OrderedDict": _DICTS,
    "defaultdict": "get items keys values",
    "Counter": _DICTS + " elements most_common total",
    "deque": "copy count index",
    "mappingproxy": _DICTS,
    "set": _SETS,
    "frozenset": _SETS,
    "Decimal": "as_tuple normalize quantize sqrt to_integral_value is_nan is_finite copy_abs copy_sign",
    "Fraction": "as_integer_ratio limit_denominator from_decimal from_float",
    "date": "ctime isocalendar isoformat isoweekday replace strftime timetuple toordinal weekday "
    "fromisoformat fromordinal fromisocalendar",
    "datetime": "combine ctime date isocalendar isoformat isoweekday replace strftime strptime time "
    "timestamp timetuple toordinal tzname utcoffset weekday fromisoformat fromordinal fromisocalendar",
    "time": "isoformat replace strftime fromisoformat",
    "timedelta": "total_seconds",
    "timezone": "tzname utcoffset",
    "Pattern": "findall finditer fullmatch match search split sub",
    "Match": "end expand group groupdict groups span start",
    "Struct": "pack unpack iter_unpack",
    "Template": "safe_substitute substitute",
    "PurePath": _PATHS,
    "Path": _PATHS + " " + _FILE_SYSTEM_READS,
    "HASH": "copy digest hexdigest",
    "ParseResult": "geturl _replace",
    "SplitResult": "geturl _replace",
    "IPv4Network": "hosts subnets supernet overlaps",
    "IPv6Network": "hosts subnets supernet overlaps",
}
_METHOD_NAMES["PurePosixPath"] = _METHOD_NAMES["PureWindowsPath"] = _METHOD_NAMES["PurePath"]
_METHOD_NAMES["PosixPath"] = _METHOD_NAMES["WindowsPath"] = _METHOD_NAMES["Path"]
_METHODS = {name: _words(text) for name, text in _METHOD_NAMES.items()}

_MUTATOR_NAMES: dict[str, str] = {
    "list": "append clear extend insert pop remove reverse sort",
    "dict": "clear pop popitem setdefault update",
    "OrderedDict": "clear move_to_end pop popitem setdefault update",
    "defaultdict": "clear pop popitem setdefault update",
    "Counter": "clear pop popitem setdefault subtract update",
    "set": "add clear difference_update discard intersection_update pop remove symmetric_difference_update update",
    "deque": "append appendleft clear extend extendleft insert pop popleft remove reverse rotate",
    "HASH": "update",
}
_MUTATORS = {name: _words(text) for name, text in _MUTATOR_NAMES.items()}

_PATH_ATTRIBUTES = "anchor drive name parts root stem suffix suffixes"
_ATTRIBUTE_NAMES: dict[str, str] = {
    "int": "denominator imag numerator real",
    "bool": "denominator imag numerator real",
    "float": "imag real",
    "complex": "imag real",
    "range": "start step stop",
    "slice": "start step stop",
    "Fraction": "denominator numerator",
    "UUID": "bytes fields hex int urn version",
    "date": "day month year",
    "datetime": "day fold hour microsecond minute month second tzinfo year",
    "time": "fold hour microsecond minute second tzinfo",
    "timedelta": "days microseconds seconds",
    "ZoneInfo": "key",
    "Pattern": "flags groupindex groups pattern",
    "Match": "endpos lastgroup lastindex pos string",
    "Struct": "format size",
    "Template": "template",
    "ParseResult": "fragment hostname netloc params password path port query scheme username",
    "SplitResult": "fragment hostname netloc password path port query scheme username",
    "IPv4Network": "broadcast_address netmask network_address num_addresses prefixlen",
    "IPv6Network": "broadcast_address netmask network_address num_addresses prefixlen",
} | dict.fromkeys(
    ("PurePath", "PurePosixPath", "PureWindowsPath", "Path", "PosixPath", "WindowsPath"), _PATH_ATTRIBUTES
)
_ATTRIBUTES = {name: _words(text) for name, text in _ATTRIBUTE_NAMES.items()}

_CONTAINERS = _words(
    "list tuple dict set frozenset range OrderedDict Counter defaultdict deque mappingproxy "
    "ParseResult SplitResult ParseResultBytes SplitResultBytes"
)
_MUTABLE_NAMES = frozenset(_MUTATORS) | {"bytearray"}

# Ways to make a class from data of a known type, called on the class.
_CLASS_METHODS = _words(
    "combine from_bytes from_decimal from_float fromhex fromisocalendar fromisoformat fromkeys fromordinal "
    "maketrans strptime"
)

_PROTOCOL = type(typing.Protocol)
_LIBRARY_METACLASSES: frozenset[type] = frozenset({type, abc.ABCMeta, enum.EnumType, _PROTOCOL})
_VIEWS: frozenset[type] = frozenset({type({}.keys()), type({}.values()), type({}.items())})
_SINGLETONS: frozenset[type] = frozenset({type(Ellipsis), type(NotImplemented), slice, bytearray})
# Compared, hashed and printed without running anything, but calling them may run anything.
_INERT: frozenset[type] = frozenset(
    {
        type,
        types.FunctionType,
        types.BuiltinFunctionType,
        types.MethodDescriptorType,
        types.WrapperDescriptorType,
        types.ModuleType,
        types.GenericAlias,
        types.UnionType,
        functools.partial,
    }
)


def _resolve(table: Mapping[str, str]) -> Iterator[tuple[str, str, Callable[..., object]]]:
    """The objects a table names, from modules that are loaded; none is imported for this."""
    for module_name, words in table.items():
        module = sys.modules.get(module_name)
        if module is None:
            continue
        names = [n for n in vars(module) if not n.startswith("_")] if words == "*" else words.split()
        for name in names:
            found = vars(module).get(name)
            if callable(found) and _is_original(found):
                yield module_name, name, found


def _is_original(function: object) -> bool:
    """Whether a function found in a library module is the library's, and not put there by someone."""
    if not _is(function, types.FunctionType):
        return _is(function, type) or type(function) in _INERT
    home = function.__globals__.get("__name__")
    return isinstance(home, str) and home.partition(".")[0] in sys.stdlib_module_names


@dataclass(frozen=True, slots=True)
class _Library:
    """The allow-lists as objects, by identity."""

    data: dict[type, str]
    hashes: frozenset[type]
    functions: dict[int, tuple[str, object]]


@functools.lru_cache(maxsize=4)
def _library_of(_loaded: frozenset[str]) -> _Library:
    data: dict[type, str] = {t: t.__name__ for t in _PLAIN_TYPES | _VIEWS | _SINGLETONS}
    for _, name, found in _resolve(_DATA_NAMES):
        if isinstance(found, type):
            data[found] = "mappingproxy" if found is types.MappingProxyType else name
    functions: dict[int, tuple[str, object]] = {}
    for kind, table in (
        ("compute", _FUNCTION_NAMES),
        ("hash", _HASHES),
        ("construct", _CONSTRUCTOR_NAMES),
        ("lazy", _LAZY_NAMES),
    ):
        for _, _, found in _resolve(table):
            functions[id(found)] = (kind, found)
    hashes = set()
    for _, _, make in _resolve(_HASHES):
        with contextlib.suppress(ValueError):  # a build that forbids old algorithms
            hashes.add(type(make()))
    return _Library(data, frozenset(hashes), functions)


_TABLES = (_DATA_NAMES, _FUNCTION_NAMES, _HASHES, _CONSTRUCTOR_NAMES, _LAZY_NAMES)
_TABLE_MODULES = frozenset(name for table in _TABLES for name in table)


def _library() -> _Library:
    return _library_of(frozenset(name for name in _TABLE_MODULES if name in sys.modules))


def _mro(cls: type) -> tuple[type, ...]:
    found: tuple[type, ...] = type.__dict__["__mro__"].__get__(cls)
    return found


def _namespace(cls: type) -> Mapping[str, object]:
    found: Mapping[str, object] = type.__dict__["__dict__"].__get__(cls)
    return found


def _static(cls: type, name: str) -> object:
    """The attribute as the class holds it, with no descriptor asked; `_NOTHING` if there is none."""
    for base in _mro(cls):
        space = _namespace(base)
        if name in space:
            return space[name]
    return _NOTHING


def _is_library_type(kind: type) -> bool:
    return kind in _library().data


def _is_library_function(function: object) -> bool:
    """Whether a method found in a class came from the standard library or was generated by it."""
    if isinstance(function, classmethod | staticmethod):
        function = function.__func__
    if not _is(function, types.FunctionType):
        return type(function) in _BUILTIN_KINDS
    home = function.__globals__.get("__name__", "")
    return isinstance(home, str) and (home in _LIBRARY_HOMES or home.startswith("namedtuple_"))


# What a class namespace may hold under a special name, other than functions.
_BUILTIN_KINDS: frozenset[type] = _PLAIN_TYPES | {
    types.WrapperDescriptorType,
    types.MethodDescriptorType,
    types.ClassMethodDescriptorType,
    types.BuiltinFunctionType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.MappingProxyType,
    types.GenericAlias,
    type,
}
_LIBRARY_HOMES = ("enum", "collections", "typing", "abc", "re", "annotationlib")


def _is_operable(kind: type) -> bool:
    """Whether operators, hashing and printing of a `kind` run library code only."""
    if kind in _library().data or kind in _INERT or kind is _Lazy:
        return True
    if not _has_library_metaclass(kind):
        return False
    if kind.__module__ == "typing" and kind is vars(typing).get(kind.__name__):
        return True
    if not (issubclass(kind, enum.Enum) or _is_named_tuple(kind)):
        return kind in _LIBRARY_METACLASSES
    return all(
        _is_library_function(value)
        for base in _mro(kind)
        if base not in _library().data and base is not object
        for name, value in _namespace(base).items()
        if name.startswith("__") and name.endswith("__") and name not in _RUN_ONCE
    )


# Special names that say nothing about operators.
_RUN_ONCE = _words(
    "__new__ __new_member__ __init__ __init_subclass__ __module__ __doc__ __dict__ __weakref__ "
    "__annotations__ __annotate__ __annotate_func__ __annotations_cache__ "
    "__orig_bases__ __parameters__ __class_getitem__ "
    "__dataclass_fields__ __static_attributes__ __firstlineno__ __classdictcell__ __type_params__"
)


def _has_library_metaclass(cls: type) -> bool:
    return type(cls) in _LIBRARY_METACLASSES


def _is_named_tuple(kind: type) -> bool:
    if not issubclass(kind, tuple) or not isinstance(_static(kind, "_fields"), tuple):
        return False
    made_by = _static(kind, "__new__")
    made_by = made_by.__func__ if isinstance(made_by, staticmethod) else made_by
    return _is_library_function(made_by) and isinstance(made_by, types.FunctionType)


def _is_data_class(kind: type) -> bool:
    """Whether `kind` is a data class whose `__eq__` was generated from its fields."""
    parameters = _namespace(kind).get("__dataclass_params__")
    if parameters is None or not isinstance(_namespace(kind).get("__dataclass_fields__"), dict):
        return False
    return bool(getattr(parameters, "eq", False)) and _is_generated(_namespace(kind).get("__eq__"))


def _is_generated(function: object) -> bool:
    return isinstance(function, types.FunctionType) and function.__code__.co_filename == "<string>"


def _field_values(instance: object) -> list[object]:
    fields = _static(type(instance), "__dataclass_fields__")
    return [_stored(instance, name) for name in fields] if _is(fields, dict) else []


def _stored(instance: object, name: str) -> object:
    """An attribute from where the instance keeps it; no property or `__getattr__` is run."""
    held = _static(type(instance), name)
    if _is(held, types.MemberDescriptorType):
        try:
            return held.__get__(instance)
        except AttributeError:
            return _NOTHING
    space = _instance_namespace(instance)
    return space.get(name, held) if space is not None else held


def _instance_namespace(instance: object) -> Mapping[str, object] | None:
    access = _static(type(instance), "__dict__")
    if not _is(access, types.GetSetDescriptorType):
        return None
    found = access.__get__(instance)
    return found if type(found) is dict else None


def _has_plain_attributes(kind: type) -> bool:
    """Whether reading an attribute of an instance consults the instance and its classes only."""
    return (
        _is(_static(kind, "__getattribute__"), types.WrapperDescriptorType)
        and _static(kind, "__getattr__") is _NOTHING
        and _static(kind, "__class__") is object.__dict__["__class__"]
        and _has_library_metaclass(kind)
    )


# ------------------------------------------------------------------------------------ abstract values


class _Impure(Exception):
    """The walk met something that is not known to be free of effects."""


class _Cell:
    """The join of what a container, variable or return may hold; it only ever grows."""

    __slots__ = ("fresh", "inner")

    def __init__(self, fresh: bool) -> None:
        self.fresh = fresh
        self.inner = _NEVER


@dataclass(frozen=True, slots=True, eq=False)
class _Value:
    """What is known of a value: its possible types (None: any), its cells, itself if it is just one."""

    types: frozenset[type] | None
    cells: frozenset[_Cell] = frozenset()
    known: object = _NOTHING


_NEVER = _Value(frozenset())
_ANY = _Value(None)


def _of(*kinds: type) -> _Value:
    return _Value(frozenset(kinds))


_STR, _BYTES, _INT, _BOOL, _NONE = _of(str), _of(bytes), _of(int), _of(bool), _of(type(None))


def _join(*values: _Value) -> _Value:
    result = _NEVER
    for value in values:
        if result.types == frozenset():
            result = value
        elif value is not result and value.types != frozenset():
            kinds = None if result.types is None or value.types is None else result.types | value.types
            known = result.known if result.known is value.known else _NOTHING
            result = _Value(kinds, result.cells | value.cells, known)
    return result


@dataclass(slots=True)
class _Arguments:
    positional: list[_Value]
    keywords: dict[str, _Value] = field(default_factory=dict)
    rest: _Value | None = None  # what `*` and `**` may bring, at any place

    def all(self) -> list[_Value]:
        return [*self.positional, *self.keywords.values(), *([] if self.rest is None else [self.rest])]


@dataclass(frozen=True, slots=True, eq=False)
class _Local:
    """A function made during the evaluation."""

    node: ast.FunctionDef | ast.Lambda
    scope: _Scope
    defaults: tuple[_Value, ...]
    keyword_defaults: Mapping[str, _Value]


@dataclass(frozen=True, slots=True, eq=False)
class _Bound:
    """A method together with what it is bound to."""

    function: _Value
    owner: _Value


@dataclass(frozen=True, slots=True, eq=False)
class _Method:
    """A method of a library type, not called yet."""

    owner: _Value
    name: str


@dataclass(slots=True, eq=False)
class _Scope:
    """The variables of one function, joined over all calls and all assignments."""

    parent: _Scope | None
    globals: Mapping[str, object]
    locals: frozenset[str] = frozenset()
    free: Mapping[str, object] = field(default_factory=dict)
    names: dict[str, _Cell] = field(default_factory=dict)
    result: _Cell = field(default_factory=lambda: _Cell(True))
    yielded: _Cell = field(default_factory=lambda: _Cell(True))
    generator: bool = False
    running: bool = False
    comprehension: bool = False


_Env = dict[str, _Value]
_FUNCTION_NODES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's own scope; nested functions are given but not entered."""
    body = node.body if isinstance(node, ast.FunctionDef) else [node.body] if isinstance(node, ast.Lambda) else []
    waiting: list[ast.AST] = list(body)
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, ast.comprehension):  # its target is a name of the comprehension alone
            waiting += [found.iter, *found.ifs]
        elif not isinstance(found, (*_FUNCTION_NODES, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(found))


def _parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (a for a in (arguments.vararg, arguments.kwarg) if a is not None)


def _bound_names(node: ast.AST) -> frozenset[str]:
    names = {a.arg for a in _parameters(node.args)} if isinstance(node, ast.FunctionDef | ast.Lambda) else set()
    for found in _own_nodes(node):
        if isinstance(found, ast.Name) and not isinstance(found.ctx, ast.Load):
            names.add(found.id)
        elif isinstance(found, ast.FunctionDef):
            names.add(found.name)
        elif isinstance(found, ast.alias):
            names.add(found.asname or found.name.partition(".")[0])
        elif (isinstance(found, ast.ExceptHandler) and found.name) or (
            isinstance(found, ast.MatchAs | ast.MatchStar) and found.name
        ):
            names.add(found.name)
    return frozenset(names)


def _private_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr.startswith("__") and not node.attr.endswith("__")


# ------------------------------------------------------------------------------------------ the walk


class _Analysis:
    """One question: the walk over one expression, repeated until nothing new is learnt."""

    def __init__(self, namespace: Mapping[str, object], source_of: SourceOf) -> None:
        self.source_of = source_of
        self.library = _library()
        self.version = 0
        self.steps = 0
        self.depth = 0
        self.cells: dict[tuple[int, str], _Cell] = {}
        self.live: dict[int, tuple[object, _Value]] = {}
        self.live_items = 0
        self.sources: dict[int, tuple[object, ast.FunctionDef | ast.Lambda]] = {}
        self.scopes: dict[tuple[int, int], tuple[object, _Scope]] = {}
        self.top = _Scope(None, namespace)
        self.scope = self.top
        self.env: _Env = {}
        self.nested = 0
        # One object per receiver and name, so that joining the same method twice keeps it.
        self.methods: dict[tuple[object, ...], _Method] = {}
        self.plain = self._make_plain()
        self.anything = self._make_anything()

    def _make_plain(self) -> _Value:
        """Data as JSON has it, and a little more: items of plain data are plain data."""
        cell = _Cell(False)
        cell.inner = _Value(_PLAIN_TYPES, frozenset({cell}))
        return cell.inner

    def accepts(self, expression: ast.expr) -> bool:
        for _ in range(_PASSES):
            before = self.version
            self.env = {}
            result = self.eval(expression)
            if self.version == before:
                return result.types is None or not any(
                    kind is _Lazy or kind in self.library.hashes for kind in result.types
                )
        return False

    def accepts_body(self, function: ast.FunctionDef) -> bool:
        for _ in range(_PASSES):
            before = self.version
            self.env = {}
            self.call(self.make_function(function), _Arguments([]), function)
            if self.version == before:
                return True
        return False

    # -- cells

    def grow(self, cell: _Cell, value: _Value) -> None:
        joined = _join(cell.inner, value)
        old = cell.inner
        if joined.types != old.types or joined.cells != old.cells or joined.known is not old.known:
            cell.inner = joined
            self.version += 1

    def fresh(self, node: ast.AST, kinds: Iterable[type], *items: _Value, slot: str = "") -> _Value:
        """A new container. One cell per place in the source, so that the walk comes to an end."""
        cell = self.cells.setdefault((id(node), slot), _Cell(True))
        self.grow(cell, _join(*items))
        return _Value(frozenset(kinds), frozenset({cell}))

    def items(self, value: _Value) -> _Value:
        """What iterating `value` gives; refused unless iterating it runs library code only."""
        if type(value.known) is enum.EnumType:
            return self.members(value.known)
        found = [cell.inner for cell in value.cells]
        for kind in self.kinds(value):
            name = self.library.data.get(kind, "")
            if kind is str:
                found.append(_STR)
            elif kind in (bytes, bytearray, range):
                found.append(_INT)
            elif name.endswith("Network"):
                found.append(self.plain_any())
            elif name == "SimpleNamespace" or not (name or kind is _Lazy or _is_named_tuple(kind)):
                raise _Impure
            elif name.startswith(("Parse", "Split")):
                found.append(self.plain)
            elif kind is not _Lazy and _is_named_tuple(kind) and _static(kind, "__iter__") is not tuple.__iter__:
                raise _Impure
        return _join(*found)

    def plain_any(self) -> _Value:
        """Some library value: it may be passed on, compared and printed, and no method of it called."""
        return self.anything

    def _make_anything(self) -> _Value:
        cell = _Cell(False)
        cell.inner = _Value(frozenset(self.library.data), frozenset({cell}))
        return cell.inner

    def kinds(self, value: _Value) -> frozenset[type]:
        if value.types is None:
            raise _Impure
        return value.types

    # -- what may be done with operands

    def require(self, *values: _Value, data: bool = False) -> None:
        """Refuse unless comparing, hashing and printing run library code only, all the way down.

        With `data`, also refuse what a library function could call.
        """
        seen: set[_Cell] = set()
        waiting = list(values)
        while waiting:
            value = waiting.pop()
            for kind in self.kinds(value):
                if not _is_operable(kind) or (data and not self.is_data(kind)):
                    raise _Impure
            for cell in value.cells - seen:
                seen.add(cell)
                waiting.append(cell.inner)

    def is_data(self, kind: type) -> bool:
        return kind in self.library.data or kind is _Lazy or issubclass(kind, enum.Enum | tuple)

    def truth(self, value: _Value) -> None:
        for kind in self.kinds(value):
            if _is_operable(kind):
                continue
            if not _has_library_metaclass(kind) or any(
                _static(kind, name) is not _NOTHING for name in ("__bool__", "__len__")
            ):
                raise _Impure

    # -- live objects

    def live_value(self, obj: object) -> _Value:
        known = self.live.get(id(obj))
        if known is not None:
            return known[1]
        children = self.live_children(obj)
        if children is None:
            value = _Value(frozenset({type(obj)}), frozenset(), obj)
            self.live[id(obj)] = (obj, value)
            return value
        cell = _Cell(False)
        value = _Value(frozenset({type(obj)}), frozenset({cell}), obj)
        self.live[id(obj)] = (obj, value)  # before the items: they may lead back here
        for child in children:
            self.live_items += 1
            if self.live_items > _LIVE_ITEMS:
                cell.inner = _ANY
                break
            cell.inner = _join(cell.inner, self.live_value(child))
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
        if kind is types.MappingProxyType:
            inner = gc.get_referents(obj)
            if len(inner) != 1 or type(inner[0]) is not dict:
                raise _Impure
            return [x for pair in dict.items(inner[0]) for x in pair]
        if name == "SimpleNamespace":
            return list(vars(obj).values())
        if kind is bytearray or kind in self.library.hashes:
            return []  # nothing inside, but a cell that says: not ours to change
        if name in ("datetime", "time"):
            return [obj.tzinfo]  # the user's own zone is asked by most methods
        if issubclass(kind, enum.Enum):
            return [_stored(obj, "_value_")]
        if kind in (operator.itemgetter, operator.attrgetter):
            return list(obj.__reduce__()[1])
        if kind is functools.partial:  # printed with what it holds
            return [obj.func, *obj.args, *obj.keywords.values()]
        if kind is slice:
            return [obj.start, obj.stop, obj.step]
        if kind in _VIEWS:
            return [_NOTHING]  # of a type that nothing is allowed on
        return None

    # -- names

    def load(self, name: str) -> _Value:
        if name.startswith("__") and not name.endswith("__"):
            raise _Impure  # inside a class another name is meant
        if name in self.env:
            return self.env[name]
        scope: _Scope | None = self.scope
        while scope is not None:
            if name in scope.names:
                return scope.names[name].inner
            if name in scope.locals:
                return _NEVER  # not assigned yet: reading it raises
            if name in scope.free:
                return self.live_value(scope.free[name])
            if scope.parent is None:
                return self.load_global(name, scope)
            scope = scope.parent
        raise _Impure

    def load_global(self, name: str, scope: _Scope) -> _Value:
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
                raise _Impure
            found = [vars(builtins)[name]]
        return _join(*(self.live_value(x) for x in found))

    def store(self, name: str, value: _Value) -> None:
        self.env[name] = value
        self.grow(self.scope.names.setdefault(name, _Cell(True)), value)

    # -- expressions

    def eval(self, node: ast.expr) -> _Value:
        self.steps += 1
        if self.steps > _STEPS:
            raise _Impure
        method = getattr(self, "eval_" + type(node).__name__, None)
        if method is None:  # await, yield at a wrong place, template strings, what later versions add
            raise _Impure
        result: _Value = method(node)
        return result

    def eval_Constant(self, node: ast.Constant) -> _Value:
        return _Value(frozenset({type(node.value)}), frozenset(), node.value)

    def eval_Name(self, node: ast.Name) -> _Value:
        return self.load(node.id)

    def elements(self, nodes: Iterable[ast.expr]) -> list[_Value]:
        return [self.items(self.eval(n.value)) if isinstance(n, ast.Starred) else self.eval(n) for n in nodes]

    def eval_List(self, node: ast.List) -> _Value:
        return self.fresh(node, [list], *self.elements(node.elts))

    def eval_Tuple(self, node: ast.Tuple) -> _Value:
        return self.fresh(node, [tuple], *self.elements(node.elts))

    def eval_Set(self, node: ast.Set) -> _Value:
        elements = self.elements(node.elts)
        self.require(*elements)
        return self.fresh(node, [set], *elements)

    def eval_Dict(self, node: ast.Dict) -> _Value:
        elements: list[_Value] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                merged = self.eval(value)
                if not self.kinds(merged) <= {dict}:
                    raise _Impure
                elements.append(self.items(merged))
            else:
                found = self.eval(key)
                self.require(found)
                elements += [found, self.eval(value)]
        return self.fresh(node, [dict], *elements)

    def eval_JoinedStr(self, node: ast.JoinedStr) -> _Value:
        for part in node.values:
            self.eval(part)
        return _STR

    def eval_FormattedValue(self, node: ast.FormattedValue) -> _Value:
        self.require(self.eval(node.value))
        if node.format_spec is not None:
            self.eval(node.format_spec)
        return _STR

    def eval_BoolOp(self, node: ast.BoolOp) -> _Value:
        values = [self.eval(n) for n in node.values]
        for value in values[:-1]:
            self.truth(value)
        return _join(*values)

    def eval_IfExp(self, node: ast.IfExp) -> _Value:
        self.truth(self.eval(node.test))
        return _join(self.eval(node.body), self.eval(node.orelse))

    def eval_NamedExpr(self, node: ast.NamedExpr) -> _Value:
        scope = self.scope
        while scope.comprehension and scope.parent is not None:
            scope = scope.parent
        if scope is self.top:  # it would bind a name of the module
            raise _Impure
        value = self.eval(node.value)
        self.env[node.target.id] = value
        self.grow(scope.names.setdefault(node.target.id, _Cell(True)), value)
        return value

    def eval_UnaryOp(self, node: ast.UnaryOp) -> _Value:
        value = self.eval(node.operand)
        if isinstance(node.op, ast.Not):
            self.truth(value)
            return _BOOL
        self.require(value)
        return _Value(self.kinds(value) | {int}, value.cells)

    def eval_Compare(self, node: ast.Compare) -> _Value:
        values = [self.eval(n) for n in (node.left, *node.comparators)]
        if not all(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
            self.require(*values)
        return _BOOL

    def eval_BinOp(self, node: ast.BinOp) -> _Value:
        return self.binary(self.eval(node.left), self.eval(node.right), node)

    def binary(self, left: _Value, right: _Value, node: ast.AST) -> _Value:
        kinds = self.kinds(left) | self.kinds(right)
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Add | ast.Mult):
            if not all(_is_operable(kind) for kind in kinds):  # the items are passed on, not asked
                raise _Impure
        else:
            self.require(left, right)
        names = {self.library.data.get(kind, "") for kind in kinds}
        if any(kind not in self.library.data and not self.is_data(kind) for kind in kinds):
            return _of(types.UnionType)  # `int | None`
        if _Lazy in kinds or "defaultdict" in names:  # the latter would keep a factory not looked at
            raise _Impure
        more: set[type] = {int, float, complex}
        if names & {"date", "datetime", "timedelta"}:
            more |= {kind for kind, name in self.library.data.items() if name == "timedelta"}
        if kinds & _VIEWS:
            more.add(set)
        for kind in kinds - self.library.data.keys():  # an enumeration of strings gives strings
            more |= {base for base in _mro(kind) if base in self.library.data}
        found = kinds | more
        if not (left.cells or right.cells):
            return _Value(frozenset(found))
        return self.fresh(node, found, *(cell.inner for cell in left.cells | right.cells), slot="op")

    def eval_Slice(self, node: ast.Slice) -> _Value:
        parts = [self.eval(n) for n in (node.lower, node.upper, node.step) if n is not None]
        self.require(*parts)
        return _of(slice)

    def eval_Subscript(self, node: ast.Subscript) -> _Value:
        owner, index = self.eval(node.value), self.eval(node.slice)
        return self.subscript(owner, index, node)

    def subscript(self, owner: _Value, index: _Value, node: ast.AST) -> _Value:
        alias = self.generic(owner, index)
        if alias is not None:
            return alias
        precise = self.known_item(owner.known, index.known)
        if precise is not None:
            return precise
        self.require(index)
        results: list[_Value] = []
        for kind in self.kinds(owner):
            name = self.library.data.get(kind)
            if name == "defaultdict":
                if not all(cell.fresh for cell in owner.cells):  # a missing key would be put in
                    raise _Impure
            elif name == "Match":
                results.append(self.plain)
            elif name == "SimpleNamespace" or (name is None and not _is_named_tuple(kind)):
                raise _Impure
            if kind in (str, bytes):
                results.append(_of(kind, int))
        if self.kinds(index) - {str, bool, int}:
            results.append(self.fresh(node, self.kinds(owner) | {tuple}, self.items(owner), slot="slice"))
        return _join(self.items(_Value(self.kinds(owner) - self.unsized(), owner.cells)), *results)

    def unsized(self) -> frozenset[type]:
        return frozenset(kind for kind, name in self.library.data.items() if name == "SimpleNamespace")

    def generic(self, owner: _Value, index: _Value) -> _Value | None:
        """`Enum["name"]`, `list[int]`, `Optional[X]`, `Base[T]`: a subscript of a class or special form."""
        if owner.known is _NOTHING:
            if owner.types is None or any(issubclass(kind, type) for kind in owner.types):
                raise _Impure
            return None
        target = owner.known
        kind = type(target)
        if _is(target, type):
            self.require(index)
            if not _has_library_metaclass(target):
                raise _Impure
            if kind is enum.EnumType:
                return self.members(target)
            if not self.makes_alias(_static(target, "__class_getitem__")):
                raise _Impure
            return _of(types.GenericAlias)
        if kind in (types.GenericAlias, types.UnionType) or (
            _is_operable(kind) and kind not in self.library.data and kind.__module__ == "typing"
        ):
            self.require(index)
            return _of(types.GenericAlias)
        return None

    def makes_alias(self, maker: object) -> bool:
        if isinstance(maker, classmethod):
            maker = maker.__func__
        if _is(maker, types.FunctionType):
            return maker.__globals__.get("__name__") == "typing"
        if isinstance(maker, type) and issubclass(maker, types.GenericAlias):
            # `collections.abc.Callable` has an alias class of its own.
            return maker.__module__ in ("types", "collections.abc", "_collections_abc")
        return maker is types.GenericAlias or type(maker) in (
            types.ClassMethodDescriptorType,
            types.MethodDescriptorType,
            types.BuiltinFunctionType,
        )

    def members(self, cls: Any) -> _Value:
        """Any member of an enumeration."""
        if not _is_operable(cls) or not _is_library_function(_static(cls, "_missing_")):
            raise _Impure
        return _join(_Value(frozenset({cls})), *(self.live_value(m) for m in cls._member_map_.values()))

    def known_item(self, owner: object, index: object) -> _Value | None:
        if type(index) not in (str, int):
            return None
        if type(owner) is dict:
            if not _keys_are_plain(owner):
                return None
            return self.live_value(owner[index]) if index in owner else _NEVER
        if type(owner) in (list, tuple) and isinstance(index, int):
            assert isinstance(owner, list | tuple)
            return self.live_value(owner[index]) if -len(owner) <= index < len(owner) else _NEVER
        return None

    def eval_Lambda(self, node: ast.Lambda) -> _Value:
        return self.make_function(node)

    def make_function(self, node: ast.FunctionDef | ast.Lambda) -> _Value:
        defaults = tuple(self.eval(n) for n in node.args.defaults)
        keyword_defaults = {
            a.arg: self.eval(n) for a, n in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if n
        }
        key = (id(node), id(self.scope))
        # One object per place: a value that changed each time would never settle.
        made = self.cells.setdefault((id(node), "function"), _Cell(True))
        before = made.inner.known
        if (
            isinstance(before, _Local)
            and before.scope.parent is self.scope
            and all(_covers(x, y) for x, y in zip(before.defaults, defaults, strict=True))
            and all(_covers(before.keyword_defaults[name], y) for name, y in keyword_defaults.items())
        ):
            return made.inner
        if isinstance(before, _Local):
            defaults = tuple(_join(x, y) for x, y in zip(before.defaults, defaults, strict=True))
            keyword_defaults = {n: _join(before.keyword_defaults[n], y) for n, y in keyword_defaults.items()}
        scope = self.scope_for(key, node, self.scope, self.scope.globals, {})
        local = _Local(node, scope, defaults, keyword_defaults)
        made.inner = _Value(frozenset({types.FunctionType}), frozenset(), local)
        self.version += 1
        return made.inner

    def scope_for(
        self,
        key: tuple[int, int],
        node: ast.FunctionDef | ast.Lambda,
        parent: _Scope | None,
        space: Mapping[str, object],
        free: Mapping[str, object],
    ) -> _Scope:
        known = self.scopes.get(key)
        if known is None:
            generator = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in _own_nodes(node))
            known = (node, _Scope(parent, space, _bound_names(node), free, generator=generator))
            self.scopes[key] = known
        return known[1]

    # -- comprehensions

    def eval_ListComp(self, node: ast.ListComp) -> _Value:
        return self.fresh(node, [list], *self.comprehend(node.generators, [node.elt]))

    def eval_SetComp(self, node: ast.SetComp) -> _Value:
        found = self.comprehend(node.generators, [node.elt])
        self.require(*found)
        return self.fresh(node, [set], *found)

    def eval_DictComp(self, node: ast.DictComp) -> _Value:
        found = self.comprehend(node.generators, [node.key, node.value])
        self.require(found[0])
        return self.fresh(node, [dict], *found)

    def eval_GeneratorExp(self, node: ast.GeneratorExp) -> _Value:
        return self.fresh(node, [_Lazy], *self.comprehend(node.generators, [node.elt]))

    def comprehend(self, generators: list[ast.comprehension], wanted: list[ast.expr]) -> list[_Value]:
        outside, outer = self.env, self.scope
        source = self.eval(generators[0].iter)
        targets = frozenset(n.id for g in generators for n in ast.walk(g.target) if isinstance(n, ast.Name))
        key = (id(generators[0]), id(outer))
        made = _Scope(outer, outer.globals, targets, comprehension=True)
        _, self.scope = self.scopes.setdefault(key, (generators, made))
        self.env = {name: value for name, value in outside.items() if name not in targets}
        self.nested += 1
        try:
            for index, generator in enumerate(generators):
                if generator.is_async:
                    raise _Impure
                if index:
                    source = self.eval(generator.iter)
                self.assign(generator.target, self.items(source))
                for test in generator.ifs:
                    self.truth(self.eval(test))
            return [self.eval(n) for n in wanted]
        finally:
            self.nested -= 1
            self.scope, self.env = outer, outside
            for part in (*generators, *wanted):
                for walrus in ast.walk(part):
                    if isinstance(walrus, ast.NamedExpr):  # it may have run or not: any of its values
                        self.env.pop(walrus.target.id, None)

    # -- attributes

    def eval_Attribute(self, node: ast.Attribute) -> _Value:
        if _private_name(node):  # mangled inside a class: which name is meant is not known here
            raise _Impure
        return self.attribute(self.eval(node.value), node.attr)

    def attribute(self, owner: _Value, name: str) -> _Value:
        known = owner.known
        if _is(known, types.ModuleType):
            return self.module_attribute(known, name)
        if _is(known, type):
            return self.class_attribute(known, name)
        if type(known) in (types.FunctionType, types.BuiltinFunctionType) and name in _NAMING:
            return _of(str, type(None))
        return _join(*(self.instance_attribute(owner, kind, name) for kind in self.kinds(owner)))

    def module_attribute(self, module: types.ModuleType, name: str) -> _Value:
        if type(module) is not types.ModuleType:
            raise _Impure
        space = types.ModuleType.__getattribute__(module, "__dict__")
        if name not in space:  # a module's `__getattr__` would run
            raise _Impure
        return self.live_value(space[name])

    def class_attribute(self, cls: type, name: str) -> _Value:
        if not _has_library_metaclass(cls):
            raise _Impure
        if name in ("__name__", "__qualname__"):
            return _STR
        if type(cls) is enum.EnumType and name in cls._member_map_:
            return self.live_value(cls._member_map_[name])
        held = _static(cls, name)
        if held is _NOTHING or (_static(type(cls), name) is not _NOTHING and name not in ("mro",)):
            raise _Impure
        if cls is itertools.chain and name == "from_iterable":
            return _Value(frozenset({_Method}), frozenset(), _FROM_ITERABLE)
        if cls in self.library.data and _static(type(held), "__get__") is not _NOTHING:
            return _Value(frozenset({_Method}), frozenset(), self.method_of(self.live_value(cls), name))
        return self.from_class(held, self.live_value(cls))

    def from_class(self, held: object, cls: _Value) -> _Value:
        """What reading `held` out of a class's namespace gives on the class itself."""
        if type(held) is staticmethod:
            return self.live_value(held.__func__)
        if type(held) is classmethod:
            return self.bind(held.__func__, cls)
        if type(held) is not types.FunctionType and _static(type(held), "__get__") is not _NOTHING:
            raise _Impure
        return self.live_value(held)

    def bind(self, function: object, owner: _Value) -> _Value:
        if type(function) is not types.FunctionType:
            raise _Impure
        return _Value(frozenset({types.MethodType}), frozenset(), _Bound(self.live_value(function), owner))

    def instance_attribute(self, owner: _Value, kind: type, name: str) -> _Value:
        library_name = self.library_name(kind)
        if library_name is not None:
            return self.library_attribute(owner, kind, library_name, name)
        if not _has_plain_attributes(kind) or name.startswith("__"):
            raise _Impure
        if issubclass(kind, enum.Enum) and name in ("value", "name", "_value_", "_name_"):
            return self.enum_attribute(owner, kind, name)
        held = _static(kind, name)
        if _is_named_tuple(kind) and type(held).__name__ == "_tuplegetter":
            return _join(*(cell.inner for cell in owner.cells))
        if owner.known is not _NOTHING and type(owner.known) is kind:
            return self.live_attribute(owner, kind, held, name)
        fields = _static(kind, "__dataclass_fields__")
        if owner.cells and isinstance(fields, dict) and name in fields:
            return _join(*(cell.inner for cell in owner.cells))
        if type(held) is types.FunctionType:
            return self.bind(held, _Value(frozenset({kind}), owner.cells))
        raise _Impure

    def library_name(self, kind: type) -> str | None:
        return self.library.data.get(kind) or ("HASH" if kind in self.library.hashes else None)

    def enum_attribute(self, owner: _Value, kind: type, name: str) -> _Value:
        for base in _mro(kind):
            if name in _namespace(base) and base.__module__ != "enum":
                raise _Impure
        if owner.known is not _NOTHING:
            return _STR if "name" in name else self.live_value(_stored(owner.known, "_value_"))
        return _STR if "name" in name else _join(*(cell.inner for cell in self.members(kind).cells))

    def live_attribute(self, owner: _Value, kind: type, held: object, name: str) -> _Value:
        if type(held) is types.MemberDescriptorType:
            found = _stored(owner.known, name)
            return _NEVER if found is _NOTHING else self.live_value(found)
        getter = _static(type(held), "__get__")
        data = _static(type(held), "__set__") is not _NOTHING or _static(type(held), "__delete__") is not _NOTHING
        if getter is not _NOTHING and data:  # a property or another descriptor that takes precedence
            raise _Impure
        space = _instance_namespace(owner.known)
        if space is not None and name in space:
            return self.live_value(space[name])
        if held is _NOTHING:
            raise _Impure
        if type(held) is types.FunctionType:
            return self.bind(held, owner)
        return self.from_class(held, self.live_value(kind))

    def library_attribute(self, owner: _Value, kind: type, library_name: str, name: str) -> _Value:
        if library_name == "SimpleNamespace":
            known = owner.known
            if _is(known, types.SimpleNamespace):
                return self.live_value(vars(known)[name]) if name in vars(known) else _NEVER
            return _join(*(cell.inner for cell in owner.cells))
        if name in _ATTRIBUTES.get(library_name, ()):
            return self.plain_any() if name.endswith(("address", "netmask", "tzinfo")) else self.plain
        if library_name.endswith(("Path", "PurePosixPath", "PureWindowsPath")):
            if name == "parent":
                return _of(kind)
            if name == "parents":
                return _Value(frozenset({tuple}), self.fresh(_PARENTS, [tuple], _of(kind), slot=kind.__name__).cells)
        if name in _METHODS.get(library_name, ()) or name in _MUTATORS.get(library_name, ()):
            # All types of the receiver are looked at again when it is called.
            return _Value(frozenset({_Method}), frozenset(), self.method_of(owner, name))
        if _static(kind, name) is not _NOTHING or name.startswith("__"):
            raise _Impure
        return _NEVER  # no such attribute: reading it raises

    def method_of(self, owner: _Value, name: str) -> _Method:
        key = (owner.types, owner.cells, id(owner.known), name)
        known = self.methods.get(key)
        if known is None:
            known = self.methods[key] = _Method(owner, name)
        return known

    # -- calls

    def eval_Call(self, node: ast.Call) -> _Value:
        if isinstance(node.func, ast.Attribute) and not _private_name(node.func):
            owner = self.eval(node.func.value)
            if self.is_library_instance(owner):
                return self.call_method(owner, node.func.attr, self.arguments(node), node)
            callee = self.attribute(owner, node.func.attr)
        else:
            callee = self.eval(node.func)
        return self.call(callee, self.arguments(node), node)

    def is_library_instance(self, owner: _Value) -> bool:
        return (
            owner.types is not None
            and all(kind is _Lazy or self.library_name(kind) is not None for kind in owner.types)
            and "SimpleNamespace" not in {self.library.data.get(kind) for kind in owner.types}
        )

    def arguments(self, node: ast.Call) -> _Arguments:
        found = _Arguments([])
        rest: list[_Value] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                rest.append(self.items(self.eval(argument.value)))
            elif rest:
                rest.append(self.eval(argument))
            else:
                found.positional.append(self.eval(argument))
        for keyword in node.keywords:
            value = self.eval(keyword.value)
            if keyword.arg is None:
                if not self.kinds(value) <= {dict}:
                    raise _Impure
                rest.append(self.items(value))
            else:
                found.keywords[keyword.arg] = value
        if rest:
            found.rest = _join(*rest)
        return found

    def call(self, callee: _Value, arguments: _Arguments, node: ast.AST) -> _Value:
        if callee.types == frozenset():
            return _NEVER
        if callee.types in (frozenset({operator.itemgetter}), frozenset({operator.attrgetter})):
            return self.call_getter(callee, arguments, node)
        target = callee.known
        if target is _NOTHING:
            raise _Impure
        if isinstance(target, _Local):
            local = target
            return self.call_node(local.node, local.scope, local.defaults, local.keyword_defaults, arguments, node)
        if isinstance(target, _Bound):
            bound = _Arguments([target.owner, *arguments.positional], arguments.keywords, arguments.rest)
            return self.call(target.function, bound, node)
        if isinstance(target, _Method):
            return self.call_stored_method(target, arguments, node)
        return self.call_live(target, arguments, node)

    def call_live(self, target: Any, arguments: _Arguments, node: ast.AST) -> _Value:
        kind = type(target)
        if kind is types.MethodDescriptorType:
            return self.call_unbound(target.__name__, arguments, node)
        if kind is types.MethodType:
            owner = self.live_value(target.__self__)
            return self.call(self.bind(target.__func__, owner), arguments, node)
        if kind is functools.partial:
            return self.call_partial(target, arguments, node)
        special = self.special(target, arguments, node)
        if special is not None:
            return special
        if kind is types.BuiltinFunctionType and type(target.__self__) in self.library.data:
            return self.call_method(self.live_value(target.__self__), target.__name__, arguments, node)
        if kind is types.FunctionType:
            return self.call_function(target, arguments, node)
        if _is(target, type):
            return self.construct(target, arguments, node)
        raise _Impure

    def call_getter(self, callee: _Value, arguments: _Arguments, node: ast.AST) -> _Value:
        """A call of `itemgetter(...)` or `attrgetter(...)`: the cell holds what it was made with."""
        if len(arguments.all()) != 1:
            raise _Impure
        wanted = _join(*(cell.inner for cell in callee.cells))
        (source,) = arguments.positional
        if callee.types == frozenset({operator.itemgetter}):
            found = self.subscript(source, wanted, node)
        elif type(wanted.known) is str and wanted.known.isidentifier() and not wanted.known.startswith("__"):
            found = self.attribute(source, wanted.known)
        else:
            raise _Impure
        return _join(found, self.fresh(node, [tuple], found, slot="getter"))

    def call_stored_method(self, target: _Method, arguments: _Arguments, node: ast.AST) -> _Value:
        owner = target.owner
        if not _is(owner.known, type):
            return self.call_method(owner, target.name, arguments, node)
        cls = owner.known
        held = _static(cls, target.name)
        if type(held) in (types.MethodDescriptorType, types.FunctionType):
            if not all(issubclass(kind, cls) for kind in self.kinds(_join(*arguments.positional[:1]))):
                raise _Impure
            return self.call_unbound(target.name, arguments, node)
        if target.name not in _CLASS_METHODS:
            raise _Impure
        given = arguments.all()
        self.require(*given, data=True)
        return self.fresh(node, [cls, str, bytes, dict], *given, *map(self.soft_items, given), slot="made")

    def call_unbound(self, name: str, arguments: _Arguments, node: ast.AST) -> _Value:
        if not arguments.positional or not self.is_library_instance(arguments.positional[0]):
            raise _Impure
        rest = _Arguments(arguments.positional[1:], arguments.keywords, arguments.rest)
        return self.call_method(arguments.positional[0], name, rest, node)

    def call_partial(self, target: functools.partial[object], arguments: _Arguments, node: ast.AST) -> _Value:
        positional = [self.live_value(x) for x in target.args] + arguments.positional
        keywords = {name: self.live_value(x) for name, x in target.keywords.items()} | arguments.keywords
        return self.call(self.live_value(target.func), _Arguments(positional, keywords, arguments.rest), node)

    def soft_items(self, value: _Value) -> _Value:
        """The items, or nothing where there are none to be had."""
        try:
            return self.items(value)
        except _Impure:
            return _NEVER

    # -- methods of library types

    def call_method(self, owner: _Value, name: str, arguments: _Arguments, node: ast.AST) -> _Value:
        results = []
        for kind in sorted(self.kinds(owner), key=lambda kind: kind.__name__):
            library_name = self.library_name(kind) or ""
            if name in _MUTATORS.get(library_name, ()):
                results.append(self.mutate(owner, kind, name, arguments, node))
            elif name in _METHODS.get(library_name, ()):
                results.append(self.pure_method(owner, kind, library_name, name, arguments, node))
            elif kind is _Lazy or _static(kind, name) is not _NOTHING:
                raise _Impure
        return _join(*results)

    def mutate(self, owner: _Value, kind: type, name: str, arguments: _Arguments, node: ast.AST) -> _Value:
        if not owner.cells or not all(cell.fresh for cell in owner.cells):
            raise _Impure
        given = arguments.all()
        if name == "sort":
            self.order(owner, arguments, node)
            return _NONE
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
            self.grow(cell, _join(*given))
        items = _join(*(cell.inner for cell in owner.cells))
        if name == "popitem":
            return self.fresh(node, [tuple], items, slot="item")
        return _join(items, _NONE, *given) if name in ("pop", "popleft", "setdefault") else _NONE

    def order(self, owner: _Value, arguments: _Arguments, node: ast.AST) -> None:
        """Comparing the items, or what `key` makes of them, has to be harmless."""
        items = self.items(owner)
        key = arguments.keywords.get("key")
        if arguments.rest is not None:
            raise _Impure
        self.truth(arguments.keywords.get("reverse", _BOOL))
        if key is not None and key.types != frozenset({type(None)}):
            items = self.call(key, _Arguments([items]), node)
        self.require(items)

    def pure_method(
        self, owner: _Value, kind: type, library_name: str, name: str, arguments: _Arguments, node: ast.AST
    ) -> _Value:
        given = arguments.all()
        slot = f"{name}:{library_name}"
        if library_name in _CONTAINERS:
            return self.container_method(owner, kind, name, arguments, node)
        if library_name in ("datetime", "time"):
            self.require(owner)
        for value in given:
            self.require(value, data=True)
            if name in ("format", "format_map") and not self.kinds(value) <= self.library.data.keys():
                raise _Impure  # "{0.name}" may reach a property
        if any(_Lazy in self.kinds(value) for value in given) and name != "join":
            raise _Impure
        if name in _words(
            "joinpath with_name with_segments with_stem with_suffix relative_to resolve absolute expanduser"
        ):
            return _of(kind)
        if library_name in (
            "PurePath",
            "PurePosixPath",
            "PureWindowsPath",
            "Path",
            "PosixPath",
            "WindowsPath",
        ):
            return _of(str, bool)
        if library_name == "Pattern" and name in ("match", "search", "fullmatch", "finditer"):
            matches = _of(*(k for k, n in self.library.data.items() if n == "Match"), type(None))
            return self.fresh(node, [_Lazy], matches, slot=slot) if name == "finditer" else matches
        if library_name == "HASH":
            return _of(str, bytes) if name != "copy" else owner
        if name in ("isoformat", "strftime", "ctime", "tzname"):
            return _of(str, type(None))
        if kind in (str, bytes, int, bool, float, bytearray) or library_name in (
            "Match",
            "Pattern",
            "Struct",
        ):
            return self.fresh(node, [str, bytes, int, bool, float, list, tuple, dict], self.plain, slot=slot)
        return self.plain_any()

    def container_method(self, owner: _Value, kind: type, name: str, arguments: _Arguments, node: ast.AST) -> _Value:
        given = arguments.all()
        items = _join(*(cell.inner for cell in owner.cells))
        if name == "get":
            self.require(*arguments.positional[:1])
            precise = self.known_item(owner.known, given[0].known) if given and type(owner.known) is dict else None
            return _join(precise or items, _NONE, *given[1:])
        if name != "copy":
            self.require(*given)
        if name in ("keys", "values", "elements"):
            view = {"keys": type({}.keys()), "values": type({}.values())}.get(name, _Lazy)
            return self.fresh(node, [view], items, slot=name)
        if name in ("items", "most_common"):
            pair = self.fresh(node, [tuple], items, slot="pair")
            return self.fresh(node, [list if name == "most_common" else type({}.items())], pair, slot=name)
        if name == "copy":
            return self.fresh(node, [kind], items, slot=name)
        if name in ("geturl", "_replace"):
            return _Value(frozenset({kind, str, bytes}), owner.cells | self.plain.cells)
        self.require(owner, *given)
        if name in ("union", "difference", "intersection", "symmetric_difference"):
            return self.fresh(node, [kind], items, *(self.items(value) for value in given), slot=name)
        return _of(int, bool)

    # -- functions of the library

    def special(self, target: object, arguments: _Arguments, node: ast.AST) -> _Value | None:
        """A call of something on a list; None if `target` is on none."""
        handler = self.handlers.get(id(target))
        if handler is not None:
            return handler(arguments, node)
        kind, found = self.library.functions.get(id(target), ("", None))
        if found is not target or not kind:
            return None
        given = arguments.all()
        if kind == "lazy":
            return self.lazy(target, arguments, node)
        for value in given:
            self.require(value, data=True)
        if kind == "construct":
            assert isinstance(target, type)
            return _of(*(self.constructed(target)))
        if kind == "hash":
            return self.fresh(node, self.library.hashes, slot="hash")
        return self.computed(target, given, node)

    def constructed(self, target: type) -> list[type]:
        if self.library.data[target] in ("Path", "PurePath"):  # gives the flavour of the platform
            return [k for k, n in self.library.data.items() if n.endswith("Path") and issubclass(k, target)]
        return [target]

    def computed(self, target: object, given: list[_Value], node: ast.AST) -> _Value:
        home = getattr(target, "__module__", "")
        if home in ("builtins", "operator", "_operator"):
            return self.operated(target, home, given)
        if home == "re" and getattr(target, "__name__", "") == "compile":
            return _of(*(k for k, n in self.library.data.items() if n == "Pattern"))
        if home == "re" and getattr(target, "__name__", "") in ("match", "search", "fullmatch"):
            return _of(type(None), *(k for k, n in self.library.data.items() if n == "Match"))
        if home in ("urllib.parse", "ipaddress", "uuid"):
            own = frozenset(k for k, n in self.library.data.items() if k.__module__ == home)
            return _Value(own | _PLAIN_TYPES, self.plain.cells)
        return self.fresh(node, _PLAIN_TYPES, self.plain, slot="fn")

    def operated(self, target: object, home: str, given: list[_Value]) -> _Value:
        """`sum(x)`, `operator.getitem(x, y)`: the result may be an item of an argument, so not fresh."""
        cells = frozenset(cell for value in given for cell in value.cells)
        parts = [*given, *(cell.inner for cell in cells)]
        kinds = frozenset(kind for value in parts for kind in self.kinds(value)) - {_Lazy}
        if "defaultdict" in {self.library.data.get(kind) for kind in kinds}:
            raise _Impure  # `operator.getitem` would put a missing key in
        if home == "builtins" and getattr(target, "__name__", "") not in _ARITHMETIC:
            return _of(str, int, bool)
        if not cells and not any(isinstance(kind, type) and kind in (tuple, list) for kind in kinds):
            return _Value(kinds | {int, float, complex, bool})
        return _Value(kinds | _PLAIN_TYPES, cells | self.plain.cells | self.inner_cells(cells))

    def inner_cells(self, cells: frozenset[_Cell]) -> frozenset[_Cell]:
        return frozenset(inner for cell in cells for inner in cell.inner.cells)

    def lazy(self, target: object, arguments: _Arguments, node: ast.AST) -> _Value:
        if arguments.rest is not None:
            raise _Impure
        name = getattr(target, "__name__", "")
        if name == "enumerate":
            self.require(*arguments.positional[1:], *arguments.keywords.values())
        if name in ("count", "repeat"):
            self.require(*(arguments.all()[name == "repeat" :]))
            return self.fresh(node, [_Lazy], *arguments.all(), slot="lazy")
        if name == "iter" and len(arguments.positional) != 1:
            raise _Impure
        if name == "accumulate" and len(arguments.all()) != 1:
            raise _Impure
        if name == "reversed" and not self.kinds(arguments.positional[0]) <= self.library.data.keys():
            raise _Impure
        given = [self.items(value) for value in arguments.positional if not self.kinds(value) <= {int, type(None)}]
        for value in arguments.keywords.values():
            if name in ("zip_longest", "enumerate"):
                given.append(value)
            else:
                self.require(value, data=True)
        if name in ("accumulate", "compress"):
            self.require(*given)
        if name in ("reversed", "iter", "chain", "islice", "cycle", "compress", "accumulate"):
            return self.fresh(node, [_Lazy], *given, slot="lazy")
        row = self.fresh(node, [tuple], _INT, _NONE, *given, slot="row")
        return self.fresh(node, [_Lazy], row, slot="lazy")

    @functools.cached_property
    def handlers(self) -> dict[int, Callable[[_Arguments, ast.AST], _Value]]:
        """Functions of the library that take callables or objects of the user's, each with its rule."""
        found: dict[int, Callable[[_Arguments, ast.AST], _Value]] = {
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
            id(callable): lambda arguments, node: _BOOL,
            id(any): self.call_any,
            id(all): self.call_any,
            id(functools.reduce): self.call_reduce,
            id(functools.partial): self.call_make_partial,
            id(types.SimpleNamespace): self.call_namespace,
            id(types.MappingProxyType): self.call_proxy,
            id(operator.itemgetter): functools.partial(self.call_make_getter, operator.itemgetter),
            id(operator.attrgetter): functools.partial(self.call_make_getter, operator.attrgetter),
            id(_FROM_ITERABLE): self.call_from_iterable,
        }
        for kind, name in self.library.data.items():
            if name in ("list", "tuple", "set", "frozenset", "dict", "deque", "OrderedDict", "Counter"):
                found[id(kind)] = functools.partial(self.call_container, kind)
            elif name == "defaultdict":
                found[id(kind)] = functools.partial(self.call_defaultdict, kind)
        for module, names in (("typing", "cast"), ("copy", "copy deepcopy")):
            for _, name, function in _resolve({module: names}):
                found[id(function)] = self.call_cast if name == "cast" else self.call_copy
        return found

    def one_or_more(self, arguments: _Arguments, least: int) -> list[_Value]:
        if arguments.rest is not None or len(arguments.positional) < least:
            raise _Impure
        return arguments.positional

    def call_make_partial(self, arguments: _Arguments, node: ast.AST) -> _Value:
        return self.fresh(node, [functools.partial], *arguments.all(), slot="partial")

    def call_make_getter(self, kind: type, arguments: _Arguments, node: ast.AST) -> _Value:
        self.require(*arguments.all(), data=True)
        return self.fresh(node, [kind], *arguments.all(), slot="getter made")

    def call_from_iterable(self, arguments: _Arguments, node: ast.AST) -> _Value:
        (source,) = self.one_or_more(arguments, 1)
        return self.fresh(node, [_Lazy], self.items(self.items(source)), slot="flat")

    def call_map(self, arguments: _Arguments, node: ast.AST) -> _Value:
        function, *sources = self.one_or_more(arguments, 2)
        result = self.call(function, _Arguments([self.items(s) for s in sources]), node)
        return self.fresh(node, [_Lazy], result, slot="map")

    def call_filter(self, arguments: _Arguments, node: ast.AST) -> _Value:
        function, source = self.one_or_more(arguments, 2)
        items = self.items(source)
        same = function.types == frozenset({type(None)})
        self.truth(items if same else self.call(function, _Arguments([items]), node))
        return self.fresh(node, [_Lazy], items, slot="filter")

    def call_sorted(self, arguments: _Arguments, node: ast.AST) -> _Value:
        (source,) = self.one_or_more(arguments, 1)
        self.order(source, arguments, node)
        return self.fresh(node, [list], self.items(source), slot="sorted")

    def call_extreme(self, arguments: _Arguments, node: ast.AST) -> _Value:
        given = self.one_or_more(arguments, 1)
        items = self.items(given[0]) if len(given) == 1 else _join(*given)
        self.order(self.fresh(node, [list], items, slot="extreme"), arguments, node)
        return _join(items, arguments.keywords.get("default", _NEVER))

    def call_any(self, arguments: _Arguments, node: ast.AST) -> _Value:
        (source,) = self.one_or_more(arguments, 1)
        self.truth(self.items(source))
        return _BOOL

    def call_len(self, arguments: _Arguments, node: ast.AST) -> _Value:
        (source,) = self.one_or_more(arguments, 1)
        if type(source.known) is not enum.EnumType:
            self.truth(_Value(self.kinds(source)))
            if not all(_is_operable(kind) for kind in self.kinds(source)):
                raise _Impure
        return _INT

    def call_instance_check(self, arguments: _Arguments, node: ast.AST) -> _Value:
        subject, classes = self.one_or_more(arguments, 2)
        for kind in self.kinds(subject):
            if not (_is_operable(kind) or _has_plain_attributes(kind)):
                raise _Impure
        self.require_classes(classes)
        return _BOOL

    def require_classes(self, classes: _Value) -> None:
        """Refuse what may have an `__instancecheck__` or a `__subclasshook__` of the user's."""
        if _is(classes.known, abc.ABCMeta) and classes.known in vars(collections.abc).values():
            return
        for kind in self.kinds(classes):
            if kind is types.UnionType and _is(classes.known, types.UnionType):
                for part in classes.known.__args__:
                    self.require_classes(self.live_value(part))
            elif kind is tuple:
                for cell in classes.cells:
                    if cell.inner.types is None or not cell.inner.types <= {type, enum.EnumType}:
                        raise _Impure
            elif kind not in (type, enum.EnumType):
                raise _Impure

    def call_type(self, arguments: _Arguments, node: ast.AST) -> _Value:
        given = self.one_or_more(arguments, 1)
        if len(given) != 1 or arguments.keywords:
            raise _Impure
        if given[0].known is not _NOTHING and type(given[0].known) in self.kinds(given[0]):
            return self.live_value(type(given[0].known))
        return _Value(frozenset(type(kind) for kind in self.kinds(given[0])))

    def call_getattr(self, arguments: _Arguments, node: ast.AST) -> _Value:
        owner, name, *default = self.one_or_more(arguments, 2)
        if type(name.known) is not str or name.known.startswith("__"):
            raise _Impure
        return _join(self.attribute(owner, name.known), *default)

    def call_next(self, arguments: _Arguments, node: ast.AST) -> _Value:
        source, *default = self.one_or_more(arguments, 1)
        if not self.kinds(source) <= {_Lazy}:  # a living iterator would be moved on
            raise _Impure
        return _join(self.items(source), *default)

    def call_reduce(self, arguments: _Arguments, node: ast.AST) -> _Value:
        function, source, *start = self.one_or_more(arguments, 2)
        total = self.cells.setdefault((id(node), "reduce"), _Cell(True))
        items = self.items(source)
        self.grow(total, _join(items, *start))
        self.grow(total, self.call(function, _Arguments([total.inner, items]), node))
        return total.inner

    def call_namespace(self, arguments: _Arguments, node: ast.AST) -> _Value:
        if arguments.positional:
            raise _Impure
        return self.fresh(node, [types.SimpleNamespace], *arguments.all(), slot="namespace")

    def call_proxy(self, arguments: _Arguments, node: ast.AST) -> _Value:
        (source,) = self.one_or_more(arguments, 1)
        if not self.kinds(source) <= {dict}:
            raise _Impure
        return _Value(frozenset({types.MappingProxyType}), source.cells)

    def call_cast(self, arguments: _Arguments, node: ast.AST) -> _Value:
        return self.one_or_more(arguments, 2)[1]

    def call_copy(self, arguments: _Arguments, node: ast.AST) -> _Value:
        (source,) = self.one_or_more(arguments, 1)
        self.require(source, data=True)
        if any(kind is _Lazy or self.library.data.get(kind) == "defaultdict" for kind in self.kinds(source)):
            raise _Impure
        return self.fresh(node, self.kinds(source), *(cell.inner for cell in source.cells), slot="copy")

    def call_container(self, kind: type, arguments: _Arguments, node: ast.AST) -> _Value:
        items: list[_Value] = []
        for source in arguments.positional:
            if self.kinds(source) <= {int, type(None)}:  # `deque(x, 10)`
                continue
            found = self.items(source)
            items.append(found)
            if issubclass(kind, dict) and found.cells:
                items += [self.soft_items(_Value(self.pairs(found), found.cells))]
        items += arguments.keywords.values()
        if arguments.rest is not None:
            items.append(arguments.rest)
        if kind in (set, frozenset) or issubclass(kind, dict):
            hashed = items if kind in (set, frozenset) or self.library.data[kind] == "Counter" else self.keys_of(items)
            self.require(*hashed)
        return self.fresh(node, [kind], *items, slot="container")

    def keys_of(self, items: list[_Value]) -> list[_Value]:
        """What may become a key. Values that are never hashed cannot be told apart, so they count too."""
        return [
            _Value(None if v.types is None else frozenset(t for t in v.types if not _hashed_by_type(t))) for v in items
        ]

    def pairs(self, value: _Value) -> frozenset[type]:
        return frozenset(kind for kind in self.kinds(value) if kind in self.library.data)

    def call_defaultdict(self, kind: type, arguments: _Arguments, node: ast.AST) -> _Value:
        factory, *sources = self.one_or_more(arguments, 1)
        made = _NEVER
        if factory.types != frozenset({type(None)}):
            made = self.call(factory, _Arguments([]), node)
        filled = self.call_container(kind, _Arguments(sources, arguments.keywords), node)
        for cell in filled.cells:
            self.grow(cell, made)
        return filled

    # -- classes of the user

    def construct(self, cls: type, arguments: _Arguments, node: ast.AST) -> _Value:
        if not _has_library_metaclass(cls):
            raise _Impure
        given = arguments.all()
        if type(cls) is enum.EnumType:
            members = self.members(cls)
            self.require(members, *given)
            if len(given) != 1:
                raise _Impure
            return members
        if issubclass(cls, BaseException):
            return self.construct_exception(cls, given)
        if _is_named_tuple(cls) and _static(cls, "__init__") is object.__init__:
            defaults = getattr(_static(cls, "__new__"), "__defaults__", None) or ()
            return self.fresh(node, [cls], *given, *(self.live_value(x) for x in defaults), slot="tuple")
        if self.is_frozen_data_class(cls):
            return self.construct_data_class(cls, given, node)
        raise _Impure

    def construct_exception(self, cls: type, given: list[_Value]) -> _Value:
        for base in _mro(cls):
            if base.__module__ == "builtins":
                break
            if _namespace(base).keys() & {"__init__", "__new__"}:
                raise _Impure
        return _of(cls)

    def is_frozen_data_class(self, cls: type) -> bool:
        parameters = _namespace(cls).get("__dataclass_params__")
        return (
            parameters is not None
            and getattr(parameters, "frozen", False) is True
            and _is_generated(_namespace(cls).get("__init__"))
            and _static(cls, "__post_init__") is _NOTHING
            and _static(cls, "__new__") is object.__new__
            and _static(cls, "__getattribute__") is object.__getattribute__
        )

    def construct_data_class(self, cls: type, given: list[_Value], node: ast.AST) -> _Value:
        values = list(given)
        fields: Any = _static(cls, "__dataclass_fields__")
        for name, each in fields.items():
            held = _static(cls, name)
            if type(held) is not types.MemberDescriptorType and _static(type(held), "__set__") is not _NOTHING:
                raise _Impure
            if each.default_factory is not MISSING:
                values.append(self.call(self.live_value(each.default_factory), _Arguments([]), node))
            elif held is not _NOTHING:
                values.append(self.live_value(held))
            if each.default is not MISSING:
                values.append(self.live_value(each.default))
        made = self.fresh(node, [cls], *values, slot="data")
        for cell in made.cells:
            cell.fresh = False  # no attribute of it may be stored to
        return made

    # -- functions of the user

    def call_function(self, function: types.FunctionType, arguments: _Arguments, node: ast.AST) -> _Value:
        if function.__code__.co_flags & inspect.CO_ITERABLE_COROUTINE:
            raise _Impure
        known = self.sources.get(id(function))
        if known is None:
            source = self.source_of(function)
            if not isinstance(source, ast.FunctionDef | ast.Lambda):
                raise _Impure
            if function.__code__.co_argcount != len(source.args.posonlyargs) + len(source.args.args):
                raise _Impure  # not the source of this function
            known = self.sources[id(function)] = (function, source)
        definition = known[1]
        free = {
            name: value
            for name, value in zip(function.__code__.co_freevars, _captured(function), strict=True)
            if value is not _NOTHING
        }
        scope = self.scope_for((id(definition), id(function)), definition, None, function.__globals__, free)
        defaults = tuple(self.live_value(x) for x in function.__defaults__ or ())
        keyword_defaults = {name: self.live_value(x) for name, x in (function.__kwdefaults__ or {}).items()}
        return self.call_node(definition, scope, defaults, keyword_defaults, arguments, node)

    def call_node(
        self,
        definition: ast.FunctionDef | ast.Lambda,
        scope: _Scope,
        defaults: tuple[_Value, ...],
        keyword_defaults: Mapping[str, _Value],
        arguments: _Arguments,
        node: ast.AST,
    ) -> _Value:
        for name, value in self.bound(definition, defaults, keyword_defaults, arguments).items():
            self.grow(scope.names.setdefault(name, _Cell(True)), value)
        if not scope.running:
            self.run(definition, scope)
        if scope.generator:
            return _Value(frozenset({_Lazy}), frozenset({scope.yielded}))
        return scope.result.inner

    def run(self, definition: ast.FunctionDef | ast.Lambda, scope: _Scope) -> None:
        if self.depth >= _DEPTH:
            raise _Impure
        outside = (self.scope, self.env, self.nested)
        self.depth += 1
        scope.running = True
        self.scope, self.nested = scope, self.nested + 1
        # What other calls passed counts too: the scope is shared by all of them.
        self.env = {a.arg: scope.names[a.arg].inner for a in _parameters(definition.args) if a.arg in scope.names}
        try:
            if isinstance(definition, ast.Lambda):
                self.grow(scope.result, self.eval(definition.body))
            elif self.block(definition.body):
                self.grow(scope.result, _NONE)
        finally:
            scope.running = False
            self.depth -= 1
            self.scope, self.env, self.nested = outside

    def bound(
        self,
        definition: ast.FunctionDef | ast.Lambda,
        defaults: tuple[_Value, ...],
        keyword_defaults: Mapping[str, _Value],
        arguments: _Arguments,
    ) -> dict[str, _Value]:
        spec = definition.args
        places = [a.arg for a in (*spec.posonlyargs, *spec.args)]
        found = dict(zip(places, arguments.positional, strict=False))
        extra = arguments.positional[len(places) :]
        known_names = {a.arg for a in (*spec.args, *spec.kwonlyargs)}
        by_name = {n: v for n, v in arguments.keywords.items() if n in known_names}
        other = [v for n, v in arguments.keywords.items() if n not in known_names]
        default_of = dict(zip(places[len(places) - len(defaults) :], defaults, strict=True)) | dict(keyword_defaults)
        if (extra and spec.vararg is None) or (other and spec.kwarg is None):
            raise _Impure  # it would raise; why it is written is not for us to guess
        for a in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
            candidates = [v for v in (found.get(a.arg), by_name.get(a.arg)) if v is not None]
            if not candidates or arguments.rest is not None:
                candidates += [v for v in (arguments.rest, default_of.get(a.arg)) if v is not None]
            if not candidates:
                raise _Impure
            found[a.arg] = _join(*candidates)
        rest = [] if arguments.rest is None else [arguments.rest]
        if spec.vararg is not None:
            found[spec.vararg.arg] = self.fresh(spec.vararg, [tuple], *extra, *rest)
        if spec.kwarg is not None:
            found[spec.kwarg.arg] = self.fresh(spec.kwarg, [dict], _STR, *other, *rest)
        return found

    # -- statements

    def block(self, body: list[ast.stmt]) -> bool:
        """Walk statements in order; whether the end is reached."""
        for statement in body:
            self.steps += 1
            method = getattr(self, "exec_" + type(statement).__name__, None)
            if method is None:
                raise _Impure
            if method(statement) is False:
                return False
        return True

    def branches(self, *bodies: list[ast.stmt]) -> bool:
        """Walk each body from here; the state after is the join of those that reach their end."""
        start = self.env
        ends: list[_Env] = []
        for body in bodies:
            self.env = dict(start)
            if self.block(body):
                ends.append(self.env)
        if not ends:
            self.env = start
            return False
        names = set().union(*ends)
        # A name that one way does not assign is unbound there, and reading it raises.
        self.env = {name: _join(*(end[name] for end in ends if name in end)) for name in names}
        return True

    def forget(self, *nodes: ast.AST) -> None:
        """Around code that may stop or repeat anywhere: the names it assigns hold any of their values."""
        for node in nodes:
            for found in ast.walk(node):
                name = getattr(found, "asname", None) or getattr(found, "id", getattr(found, "name", None))
                if isinstance(name, str) and name in self.env and name in self.scope.names:
                    self.env[name] = self.scope.names[name].inner
                elif isinstance(name, str) and name in self.scope.names:
                    self.env.pop(name, None)

    def exec_Pass(self, node: ast.stmt) -> None:
        return None

    def exec_Break(self, node: ast.stmt) -> bool:
        return False

    exec_Continue = exec_Break

    def exec_Expr(self, node: ast.Expr) -> None:
        self.eval(node.value)

    def exec_Return(self, node: ast.Return) -> bool:
        self.grow(self.scope.result, _NONE if node.value is None else self.eval(node.value))
        return False

    def exec_Raise(self, node: ast.Raise) -> bool:
        for part in (node.exc, node.cause):
            value = None if part is None else self.eval(part)
            if value is not None and _is(value.known, type):
                self.construct(value.known, _Arguments([]), node)
        return False

    def exec_Assert(self, node: ast.Assert) -> None:
        self.truth(self.eval(node.test))
        if node.msg is not None:
            self.eval(node.msg)

    def exec_Assign(self, node: ast.Assign) -> None:
        value = self.eval(node.value)
        for target in node.targets:
            self.assign(target, value)

    def exec_AnnAssign(self, node: ast.AnnAssign) -> None:
        # Annotations of local variables are not evaluated.
        if node.value is not None:
            self.assign(node.target, self.eval(node.value))

    def assign(self, target: ast.expr, value: _Value) -> None:
        if isinstance(target, ast.Name):
            self.store(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            items = self.items(value)
            for part in target.elts:
                if isinstance(part, ast.Starred):
                    self.assign(part.value, self.fresh(part, [list], items))
                else:
                    self.assign(part, items)
        elif isinstance(target, ast.Subscript):
            self.assign_item(target, value)
        else:
            raise _Impure

    def assign_item(self, target: ast.Subscript, value: _Value) -> None:
        owner, index = self.eval(target.value), self.eval(target.slice)
        self.require(index)
        for kind in self.kinds(owner):
            if kind not in self.library.data:  # those that cannot store raise
                raise _Impure
        if not all(cell.fresh for cell in owner.cells) or (not owner.cells and owner.types):
            raise _Impure
        stored = [value, index]
        if slice in self.kinds(index):
            stored.append(self.items(value))
        for cell in owner.cells:
            self.grow(cell, _join(*stored))

    def exec_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Attribute):
            raise _Impure
        read = ast.Name(node.target.id, ast.Load()) if isinstance(node.target, ast.Name) else node.target
        old = self.eval(read)
        value = self.eval(node.value)
        names = {self.library.data.get(kind) for kind in self.kinds(old)}
        changed = [cell for cell in old.cells if names & _MUTABLE_NAMES]
        if not all(cell.fresh for cell in changed):
            raise _Impure
        result = self.binary(old, value, node)
        for cell in changed:  # `x += y` changes a list where it is
            self.grow(cell, _join(self.soft_items(value), *(c.inner for c in value.cells)))
        self.assign(node.target, _join(old, result) if changed else result)

    def exec_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.env.pop(target.id, None)
            elif isinstance(target, ast.Subscript):
                self.assign_item(target, _NEVER)
            else:
                raise _Impure

    def exec_If(self, node: ast.If) -> bool:
        self.truth(self.eval(node.test))
        return self.branches(node.body, node.orelse)

    def exec_While(self, node: ast.While) -> bool:
        self.forget(node)
        self.truth(self.eval(node.test))
        self.branches(node.body, node.orelse, [])
        self.forget(node)
        return True

    def exec_For(self, node: ast.For) -> bool:
        items = self.items(self.eval(node.iter))
        self.forget(node)
        start = self.env
        self.env = dict(start)
        self.assign(node.target, items)
        self.block(node.body)
        self.env = start
        self.branches(node.orelse, [])
        self.forget(node)
        return True

    def exec_Try(self, node: ast.Try) -> bool:
        start = dict(self.env)
        reached = self.block([*node.body, *node.orelse])
        ends = [self.env] if reached else []
        for handler in node.handlers:
            self.env = dict(start)
            self.forget(*node.body)
            if handler.type is not None:
                self.exception_types(handler.type)
            if handler.name:
                self.store(handler.name, _ANY)
            if self.block(handler.body):
                ends.append(self.env)
        self.env = dict(start)
        for end in ends:
            for name, value in end.items():
                self.env[name] = _join(self.env.get(name, _NEVER), value)
        self.forget(*node.body, *node.orelse, *node.handlers)
        return self.block(node.finalbody) and bool(ends)

    def exception_types(self, node: ast.expr) -> None:
        for part in node.elts if isinstance(node, ast.Tuple) else [node]:
            known = self.eval(part).known
            classes = known if _is(known, tuple) else (known,)
            if not all(_is(cls, type) for cls in classes):
                raise _Impure

    def exec_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.decorator_list or getattr(node, "type_params", None):
            raise _Impure
        value = self.make_function(node)
        postponed = sys.version_info >= (3, 14)
        for part in [node.returns, *(a.annotation for a in _parameters(node.args))]:
            if part is not None and not postponed:
                self.eval(part)
        self.store(node.name, value)

    def exec_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            module = self.loaded(alias.name)
            if alias.asname is None:
                module = self.loaded(alias.name.partition(".")[0])
            self.store(alias.asname or alias.name.partition(".")[0], self.live_value(module))

    def exec_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            package = self.scope.globals.get("__package__")
            if not isinstance(package, str) or not package:
                raise _Impure
            parts = package.split(".")[: len(package.split(".")) - node.level + 1]
            name = ".".join([*parts, node.module] if node.module else parts)
        else:
            name = node.module or ""
        module = self.live_value(self.loaded(name))
        for alias in node.names:
            self.store(alias.asname or alias.name, self.attribute(module, alias.name))

    def loaded(self, name: str) -> types.ModuleType:
        """A module whose import does nothing since it, and all it is in, is there already."""
        parts = name.split(".")
        if any(".".join(parts[:n]) not in sys.modules for n in range(1, len(parts))):
            raise _Impure
        module = sys.modules.get(name)
        if type(module) is not types.ModuleType:
            raise _Impure
        return module

    # -- generators

    def eval_Yield(self, node: ast.Yield) -> _Value:
        if not self.scope.generator:
            raise _Impure
        self.grow(self.scope.yielded, _NONE if node.value is None else self.eval(node.value))
        return _NONE  # nobody can send: `send` is on no list

    def eval_YieldFrom(self, node: ast.YieldFrom) -> _Value:
        if not self.scope.generator:
            raise _Impure
        self.grow(self.scope.yielded, self.items(self.eval(node.value)))
        return _ANY


_ARITHMETIC = ("sum", "pow", "abs", "divmod", "round")
_PARENTS = ast.Pass()
_NAMING = ("__name__", "__qualname__", "__module__", "__doc__")
_FROM_ITERABLE = object()  # stands for `itertools.chain.from_iterable`, which is made anew on each look-up


def _covers(wide: _Value, narrow: _Value) -> bool:
    joined = _join(wide, narrow)
    return joined.types == wide.types and joined.cells == wide.cells and joined.known is wide.known


def _hashed_by_type(kind: type) -> bool:
    return _static(kind, "__hash__") is object.__hash__ and _static(kind, "__eq__") is object.__eq__
