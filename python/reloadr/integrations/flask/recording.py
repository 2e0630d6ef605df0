"""What applications and blueprints are told while a project sets them up, written down call by call.

The tables of Flask are what these calls put there: a call that is no more in the source can be left out, and one that
moved can take its place. Written down under `reloadr run`, from the import of Flask on.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

from reloadr.integrations.gate import Gate
from reloadr.integrations.placed import Call, is_framework
from reloadr.integrations.remade import Remade

#: Methods that write into tables, by the class that has them.
SCAFFOLD = (
    "before_request",
    "after_request",
    "teardown_request",
    "context_processor",
    "url_value_preprocessor",
    "url_defaults",
    "register_error_handler",
)
APP = (
    "add_url_rule",
    "register_blueprint",
    "add_template_filter",
    "add_template_test",
    "add_template_global",
    "teardown_appcontext",
    "shell_context_processor",
)
BLUEPRINT = ("add_url_rule", "register_blueprint", "record")

_LOG = "_reloadr_log"
#: The applications and blueprints that are told of.
holders: weakref.WeakSet[Any] = weakref.WeakSet()
#: Functions of the project that set up an application, by module and qualified name.
makers: set[tuple[str, str]] = set()


@dataclasses.dataclass
class Entry(Call):
    """One call, and what makes it again."""

    method: Callable[..., object] = print

    def play(self, holder: Any) -> None:
        """Makes the call once more."""
        self.method(holder, *self.arguments, **self.options)


class _Depth(threading.local):
    value = 0


_depth = _Depth()


def is_app(holder: Any) -> bool:
    """Whether it is an application, rather than a blueprint."""
    return "url_map" in vars(holder)


def log_of(holder: Any) -> list[Entry] | None:
    """The calls that set up an application or blueprint, if they were written down."""
    found: list[Entry] | None = vars(holder).get(_LOG)
    return found


def record(cls: type, names: tuple[str, ...]) -> None:
    """Has calls of methods of a class written down from now on."""
    for name in names:
        setattr(cls, name, _recorded(vars(cls)[name]))


def _recorded(plain: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(plain)
    def method(self: Any, *arguments: Any, **options: Any) -> object:
        _depth.value += 1
        try:
            done = plain(self, *arguments, **options)
        finally:
            _depth.value -= 1
        if _depth.value == 0 and _LOG in vars(self):
            entry = Entry(plain.__name__, arguments, options, method=plain)
            entry.locate(sys._getframe(1))
            note_makers(sys._getframe(1))
            vars(self)[_LOG].append(entry)
        return done

    return method


def begin(cls: type) -> None:
    """Instances of a class have a log from their first moment on."""
    plain: Callable[..., None] = vars(cls)["__init__"]

    @functools.wraps(plain)
    def __init__(self: Any, *arguments: Any, **options: Any) -> None:
        vars(self).setdefault(_LOG, [])
        holders.add(self)
        plain(self, *arguments, **options)
        note_makers(sys._getframe(1))

    cls.__init__ = __init__  # type: ignore[misc]


class Silently:
    """Calls within are not written down."""

    def __enter__(self) -> None:
        _depth.value += 1

    def __exit__(self, *_: object) -> None:
        _depth.value -= 1


# ---- functions that set up an application -----------------------------------------------------------


def note_makers(frame: FrameType | None) -> None:
    """The functions that are at work are such as set up an application."""
    while frame is not None:
        code = frame.f_code
        is_library = f"{os.sep}site-packages{os.sep}" in code.co_filename or code.co_filename.startswith("<")
        if not is_library and code.co_name != "<module>" and not is_framework(frame):
            makers.add((str(frame.f_globals.get("__name__", "")), code.co_qualname))
        frame = frame.f_back


# ---- under `reloadr run` ----------------------------------------------------------------------------


def scaffold(module: ModuleType) -> None:
    record(module.Scaffold, SCAFFOLD)
    begin(module.Scaffold)


def app(module: ModuleType) -> None:
    record(module.App, APP)


#: What of a blueprint its constructor's arguments are; and what it is told, counts or computes of them when asked.
remade = Remade(
    follows=frozenset(
        {
            *("name", "import_name", "url_prefix", "subdomain", "url_values_defaults", "cli_group"),
            *("template_folder", "root_path", "_static_folder", "_static_url_path"),
        }
    ),
    tables=frozenset(
        {
            *(_LOG, "cli", "deferred_functions", "_blueprints", "_got_registered_once", "jinja_loader"),
            *("view_functions", "error_handler_spec", "before_request_funcs", "after_request_funcs"),
            *("teardown_request_funcs", "template_context_processors", "url_value_preprocessors"),
            *("url_default_functions", "_check_setup_finished"),
        }
    ),
)


#: Closed while tables are made anew.
gate = Gate()


def gated(module: ModuleType) -> None:
    plain: Callable[..., object] = module.Flask.__call__

    @functools.wraps(plain)
    def __call__(self: Any, *arguments: Any) -> object:
        gate.wait()
        return plain(self, *arguments)

    module.Flask.__call__ = __call__


def remade_blueprints(module: ModuleType) -> None:
    remade.install(module.Blueprint)


def blueprints(module: ModuleType) -> None:
    record(module.Blueprint, BLUEPRINT)
