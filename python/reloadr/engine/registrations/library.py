"""Registries of the standard library: the tables that its functions write to, and what takes an entry out again.

copyreg.pickle(Money, reduce)      # writes to `copyreg.dispatch_table`
atexit.register(close)             # to nothing that can be seen; `atexit.unregister` takes it out
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType

from reloadr.engine.registrations.named import dotted
from reloadr.judge.static import NOTHING, stored
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.statements import written

#: By function: what it writes to, in a module.
_TABLES = {
    "copyreg.pickle": ("copyreg", "dispatch_table"),
    "mimetypes.add_type": ("mimetypes", "_db"),
    "_sqlite3.register_adapter": ("sqlite3", "adapters"),
    "_sqlite3.register_converter": ("sqlite3", "converters"),
    "logging.addLevelName": ("logging", "_levelToName _nameToLevel"),
}
#: By class: the attributes of its instances that others are put into.
_PARTS = {"logging.Logger": ("handlers", "filters"), "logging.Handler": ("filters",)}
#: By function: what takes back a call of it, in a module.
_INVERSES = {"atexit.register": ("atexit", "unregister"), "_codecs.register": ("codecs", "unregister")}
#: Functions that set one thing, the earlier value being gone: by their last name, with how many arguments say which.
_SETTING = {
    "chdir": 0,
    "pickle": 1,
    "register_adapter": 1,
    "register_converter": 1,
    "register_error": 1,
    "seed": 0,
    "set": 0,
    "setFormatter": 0,
    "setLevel": 0,
    "setLogRecordFactory": 0,
    "setLoggerClass": 0,
    "set_threshold": 0,
    "setcontext": 0,
    "setdefaulttimeout": 0,
    "setlocale": 1,
    "setrecursionlimit": 0,
    "setswitchinterval": 0,
    "signal": 1,
    "umask": 0,
}


def sets_anew(old: ast.Call, new: ast.Call) -> bool:
    """Whether a call sets what another one of its text had set, if both are the library's."""
    name = written(old.func).rpartition(".")[2]
    if name not in _SETTING or ast.dump(old.func) != ast.dump(new.func) or old.keywords or new.keywords:
        return False
    which = [[ast.dump(each) for each in call.args[: _SETTING[name]]] for call in (old, new)]
    return which[0] == which[1] and len(old.args) == len(new.args)


def _named(function: object) -> str:
    if is_a(function, BuiltinFunctionType):
        return f"{function.__module__}.{function.__qualname__}"
    return dotted(function)


def tables_of(function: object) -> Iterator[tuple[str, object]]:
    """The tables that a function of the library writes to, with their names."""
    module, names = _TABLES.get(_named(function), ("", ""))
    space = vars(sys.modules[module]) if module in sys.modules else {}
    yield from ((f"{module}.{name}", space[name]) for name in names.split() if name in space)


def parts_of(value: object) -> Iterator[tuple[str, object]]:
    """The containers of an object of the library that others are put into, with the attributes that they are."""
    for cls in locate.mro(type(value)):
        for name in _PARTS.get(f"{cls.__module__}.{cls.__qualname__}", ()):
            part = stored(value, name)
            if part is not NOTHING:
                yield name, part


def inverse_of(function: object) -> Callable[[object], object] | None:
    """What takes back a call of a function of the library; None for any other function."""
    module, name = _INVERSES.get(_named(function), ("", ""))
    return vars(sys.modules[module]).get(name) if module in sys.modules else None


__all__ = ["inverse_of", "parts_of", "sets_anew", "tables_of"]
