"""What of the standard library (and a type beside it) only computes from data: the allow-lists, by name and as objects.

Everything not on a list counts as able to do anything, so a gap costs a stale-value caveat and nothing
worse. The lists are names, and only what is loaded is looked up: no module is imported for them.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reloadr.live.kinds import is_a


def word_set(text: str) -> frozenset[str]:
    """The names in a table's line."""
    return frozenset(text.split())


SCALARS: frozenset[type] = frozenset({int, bool, str, bytes, float, complex, type(None), range, bytearray})
PLAIN_TYPES: frozenset[type] = SCALARS - {bytearray} | {list, tuple, dict, set, frozenset}
VIEWS: frozenset[type] = frozenset({type({}.keys()), type({}.values()), type({}.items())})
_SINGLETONS: frozenset[type] = frozenset({type(Ellipsis), type(NotImplemented), slice, bytearray})
# Compared, hashed and printed without running anything, but calling them may run anything.
INERT: frozenset[type] = frozenset(
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
    "collections": "deque OrderedDict Counter defaultdict ChainMap",
    "ipaddress": "IPv4Address IPv6Address IPv4Network IPv6Network IPv4Interface IPv6Interface",
    "urllib.parse": "ParseResult SplitResult ParseResultBytes SplitResultBytes",
    "types": "MappingProxyType SimpleNamespace",
    "inspect": "Signature",
    # No part of the standard library, but what projects parse their own version with.
    "packaging.version": "Version",
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
    name: words
    for name, words in _DATA_NAMES.items()
    if name not in ("collections", "types", "urllib.parse", "re", "inspect")
} | {
    "builtins": "int float complex str bytes bytearray bool range slice",
}

_LAZY_NAMES = {
    "builtins": "enumerate iter reversed zip",
    "itertools": "accumulate batched chain combinations combinations_with_replacement compress count cycle "
    "islice pairwise permutations product repeat zip_longest",
}

# Context managers that leave nothing behind when their suite is through, if they are given data or exceptions.
_CONTEXT_NAMES = {
    "contextlib": "nullcontext suppress",
    "decimal": "localcontext",
    "warnings": "catch_warnings",
    "numpy": "errstate printoptions",
}

# Functions that change what such a context manager puts back.
_GUARDED_NAMES = {"warnings": "filterwarnings resetwarnings simplefilter"}

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
    "ChainMap": "get items keys values",
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
METHODS = {name: word_set(text) for name, text in _METHOD_NAMES.items()}

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
MUTATORS = {name: word_set(text) for name, text in _MUTATOR_NAMES.items()}

PATH_TYPES = ("PurePath", "PurePosixPath", "PureWindowsPath", "Path", "PosixPath", "WindowsPath")
_PATH_ATTRIBUTES = "anchor drive name parts root stem suffix suffixes"
_ATTRIBUTE_NAMES: dict[str, str] = {
    "int": "denominator imag numerator real",
    "bool": "denominator imag numerator real",
    "float": "imag real",
    "complex": "imag real",
    "range": "start step stop",
    "slice": "start step stop",
    "Fraction": "denominator numerator",
    "Version": "epoch release pre post dev local public base_version is_prerelease is_postrelease is_devrelease major "
    "minor micro",
    "UUID": "bytes fields hex int urn version",
    "date": "day month year",
    "datetime": "day fold hour microsecond minute month second tzinfo year",
    "time": "fold hour microsecond minute second tzinfo",
    "timedelta": "days microseconds seconds",
    "ZoneInfo": "key",
    "Pattern": "flags groupindex groups pattern",
    "Match": "endpos lastgroup lastindex pos string",
    "Struct": "format size",
    "Signature": "parameters",
    "Template": "template",
    "ParseResult": "fragment hostname netloc params password path port query scheme username",
    "SplitResult": "fragment hostname netloc password path port query scheme username",
    "IPv4Network": "broadcast_address netmask network_address num_addresses prefixlen",
    "IPv6Network": "broadcast_address netmask network_address num_addresses prefixlen",
} | dict.fromkeys(PATH_TYPES, _PATH_ATTRIBUTES)
# What a template string is made of, under names of our own: `Template` is another type's (CPython 3.14 and later).
TEMPLATE, INTERPOLATION = "template string", "interpolation"
_ATTRIBUTE_NAMES |= {TEMPLATE: "strings", INTERPOLATION: "conversion expression format_spec"}
ATTRIBUTES = {name: word_set(text) for name, text in _ATTRIBUTE_NAMES.items()}

CONTAINERS = word_set(
    "list tuple dict set frozenset range OrderedDict Counter defaultdict deque mappingproxy "
    "ParseResult SplitResult ParseResultBytes SplitResultBytes ChainMap"
)
MUTABLE = frozenset(MUTATORS) | {"bytearray"}

# Ways to make a class from data of a known type, called on the class.
CLASS_METHODS = word_set(
    "combine from_bytes from_decimal from_float fromhex fromisocalendar fromisoformat fromkeys fromordinal "
    "maketrans strptime"
)


def resolve(table: Mapping[str, str]) -> Iterator[tuple[str, str, Callable[..., object]]]:
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
    if not is_a(function, types.FunctionType):
        return is_a(function, type) or type(function) in INERT
    home = function.__globals__.get("__name__")
    return isinstance(home, str) and home.partition(".")[0] in sys.stdlib_module_names


@dataclass(frozen=True, slots=True)
class Library:
    """The allow-lists as objects, by identity."""

    data: dict[type, str]
    hashes: frozenset[type]
    functions: dict[int, tuple[str, object]]


def _template_types() -> dict[type, str]:
    """Of a literal: the module that names them need not be loaded."""
    if sys.version_info < (3, 14):
        return {}
    made = eval("t'{0}'", {})
    return {type(made): TEMPLATE, type(made.interpolations[0]): INTERPOLATION}


_TEMPLATE_TYPES = _template_types()


def template_parts(value: Any) -> tuple[object, ...] | None:
    """What a template string or a place in one holds, if it is one."""
    # By identity: a metaclass may say what its classes are equal to, or that they have no hash.
    name = next((name for kind, name in _TEMPLATE_TYPES.items() if type(value) is kind), "")
    if name == TEMPLATE:
        return *value.strings, *value.interpolations
    if name == INTERPOLATION:
        return value.value, value.expression, value.conversion, value.format_spec
    return None


@functools.lru_cache(maxsize=4)
def _library_of(_loaded: frozenset[str]) -> Library:
    data: dict[type, str] = {t: t.__name__ for t in PLAIN_TYPES | VIEWS | _SINGLETONS}
    for _, name, found in resolve(_DATA_NAMES):
        if is_a(found, type):
            data[found] = "mappingproxy" if found is types.MappingProxyType else name
    data |= _TEMPLATE_TYPES
    functions: dict[int, tuple[str, object]] = {}
    for kind, table in (
        ("compute", _FUNCTION_NAMES),
        ("hash", _HASHES),
        ("construct", _CONSTRUCTOR_NAMES),
        ("lazy", _LAZY_NAMES),
        ("context", _CONTEXT_NAMES),
        ("guarded", _GUARDED_NAMES),
    ):
        for _, _, found in resolve(table):
            functions[id(found)] = (kind, found)
    hashes = set()
    for _, _, make in resolve(_HASHES):
        with contextlib.suppress(ValueError):  # a build that forbids old algorithms
            hashes.add(type(make()))
    return Library(data, frozenset(hashes), functions)


_TABLES = (_DATA_NAMES, _FUNCTION_NAMES, _HASHES, _CONSTRUCTOR_NAMES, _LAZY_NAMES, _CONTEXT_NAMES)
_TABLE_MODULES = frozenset(name for table in _TABLES for name in table)


def library() -> Library:
    """The allow-lists over what is loaded now."""
    return _library_of(frozenset(filter(sys.modules.__contains__, _TABLE_MODULES)))
