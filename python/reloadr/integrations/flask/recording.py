"""What applications and blueprints are told while a project sets them up, written down call by call.

The tables of Flask are what these calls put there: a call that is no more in the source can be left out, and one that
moved can take its place. Written down under `reloadr run`, from the import of Flask on.
"""

from __future__ import annotations

import dataclasses
import functools
import linecache
import os
import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

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
_FRAMEWORK = ("flask", "werkzeug", "functools", "reloadr", "click", "asgiref")
#: The applications and blueprints that are told of.
holders: weakref.WeakSet[Any] = weakref.WeakSet()
#: Functions of the project that set up an application, by module and qualified name.
makers: set[tuple[str, str]] = set()


@dataclasses.dataclass
class Entry:
    """One call."""

    method: Callable[..., object]
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    #: Where the line of the project stands that made it: its file, its line then, and the text of that.
    path: str = ""
    line: int = 0
    text: str = ""
    #: Whether it was made while a module was loaded, rather than by a function.
    is_at_load: bool = False

    @property
    def name(self) -> str:
        return self.method.__name__

    @property
    def is_decorator(self) -> bool:
        return self.text.startswith("@")

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
            vars(self)[_LOG].append(_placed(Entry(plain, arguments, options), sys._getframe(1)))
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


# ---- places in the source ---------------------------------------------------------------------------


def _placed(entry: Entry, frame: FrameType | None) -> Entry:
    note_makers(frame)
    while frame is not None and _is_framework(frame):
        if str(frame.f_globals.get("__name__")).startswith("reloadr.engine"):
            # A function was handed to its decorators once more.
            entry.text, entry.is_at_load = "@", True
            return entry
        frame = frame.f_back
    if frame is not None:
        entry.path, entry.line = frame.f_code.co_filename, frame.f_lineno
        entry.is_at_load = frame.f_code.co_name == "<module>"
        linecache.checkcache(entry.path)
        entry.text = linecache.getline(entry.path, entry.line).strip()
    return entry


def _is_framework(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] in _FRAMEWORK


def note_makers(frame: FrameType | None) -> None:
    """The functions that are at work are such as set up an application."""
    while frame is not None:
        code = frame.f_code
        is_library = f"{os.sep}site-packages{os.sep}" in code.co_filename or code.co_filename.startswith("<")
        if not is_library and code.co_name != "<module>" and not _is_framework(frame):
            makers.add((str(frame.f_globals.get("__name__", "")), code.co_qualname))
        frame = frame.f_back


# ---- under `reloadr run` ----------------------------------------------------------------------------


def scaffold(module: ModuleType) -> None:
    record(module.Scaffold, SCAFFOLD)
    begin(module.Scaffold)


def app(module: ModuleType) -> None:
    record(module.App, APP)


def blueprints(module: ModuleType) -> None:
    record(module.Blueprint, BLUEPRINT)
