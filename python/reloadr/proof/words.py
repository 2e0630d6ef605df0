"""Names, values and code in a word each, the same in every process of one source.

Without addresses, ids and the order of hashes. Nothing of the user's is called.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import hashlib
import sys
import types
import uuid
from typing import Any

from reloadr.judge.static import NOTHING, instance_namespace
from reloadr.live.kinds import is_a
from reloadr.live.locate import class_dict
from reloadr.live.proxy import target_of

__all__ = [
    "MAIN",
    "PLAIN",
    "PLAIN_LIBRARY",
    "digest",
    "found_by_name",
    "isinstance_of",
    "label_of",
    "module_of",
    "name_of",
    "namespace",
    "plain",
    "qualname_of",
    "short",
]

#: Text that is longer is told by its beginning and a digest.
LONG = 100
#: Types whose `repr` says all and runs no code of the user's.
PLAIN = (int, float, complex, str, bytes, bool, type(None), type(...), type(NotImplemented), range, bytearray)
PLAIN_LIBRARY = (decimal.Decimal, fractions.Fraction, uuid.UUID, datetime.date, datetime.timedelta, datetime.timezone)
#: The module that stands for the main one in a process whose main module is another.
MAIN = {"__mp_main__": "__main__"}


def isinstance_of(obj: object, *kinds: type) -> bool:
    """`is_a`, for those to whom it is no matter which."""
    return issubclass(type(obj), kinds)


def plain(obj: object) -> str | None:
    """A value that says all there is to know of an object; None if there is more to it."""
    kind = type(obj)
    if kind in (str, bytes, bytearray):
        held: Any = obj
        if len(held) > LONG:
            return _long(held)
        return repr(held)
    if kind is int and abs(obj) >> 4_000:  # type: ignore[arg-type]
        return short(hex(obj))  # type: ignore[arg-type]
    if kind in PLAIN or kind in PLAIN_LIBRARY:
        return short(repr(obj))
    if kind is datetime.datetime:
        moment: Any = obj
        return repr(obj) if moment.tzinfo is None or type(moment.tzinfo) is datetime.timezone else None
    return None


def _long(held: str | bytes) -> str:
    data = held.encode("utf-8", "surrogatepass") if isinstance(held, str) else bytes(held)
    return f"{held[: LONG // 2]!r}... ({len(held)}, {digest(data)})"


def short(text: str) -> str:
    return text if len(text) <= LONG else f"{text[: LONG // 2]}... ({digest(text.encode())})"


def digest(data: bytes) -> str:
    """Few letters that tell long data from others."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def label_of(key: object) -> str:
    """A key or an element in a word."""
    text = plain(key)
    if text is not None:
        return text
    if type(key) is tuple:
        return f"({', '.join(map(label_of, key))})"
    if isinstance_of(key, types.FunctionType, type):
        return name_of(key)
    named = (instance_namespace(key) or {}).get("_name_")
    return f"<{name_of(type(key))}{f'.{named}' if type(named) is str else ''}>"


def namespace(module: types.ModuleType) -> dict[str, object]:
    kind: Any = types.ModuleType
    access = kind.__dict__["__dict__"]
    found = access.__get__(module)
    return found if type(found) is dict else {}


def module_of(obj: Any) -> str:
    """The module that a function or class says that it is from."""
    if is_a(obj, type):
        space = class_dict(obj)
        # A builtin type tells it by its name alone.
        name = space.get("__module__") if "__module__" in space else _builtin_module(obj)
    else:
        name = obj.__module__
    return MAIN.get(name, name) if type(name) is str else ""


def _builtin_module(cls: type) -> object:
    access: Any = type.__dict__["__module__"]
    return access.__get__(cls)


def qualname_of(obj: Any) -> str:
    access: Any = type.__dict__["__qualname__"]
    return str(access.__get__(obj) if is_a(obj, type) else obj.__qualname__)


def name_of(obj: object) -> str:
    module, qualname = module_of(obj), qualname_of(obj)
    return qualname if module == "builtins" else f"{module}.{qualname}"


def found_by_name(obj: object) -> bool:
    """Whether its module has it under its name."""
    module: object = sys.modules.get(module_of(obj))
    if not is_a(module, types.ModuleType):
        return False
    found: object = module
    for part in qualname_of(obj).split("."):
        space = namespace(found) if is_a(found, types.ModuleType) else class_dict(found) if is_a(found, type) else {}
        found = space.get(part, NOTHING)
        if is_a(found, staticmethod, classmethod):
            wrapper: Any = found
            found = wrapper.__func__
    return target_of(found) is obj
