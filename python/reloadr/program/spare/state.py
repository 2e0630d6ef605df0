"""The state of a process that an import may depend on, or change: for the same outcome it must be the same."""

from __future__ import annotations

import locale
import logging
import os
import signal
import sys
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reloadr.tree.wire import CHANNEL, TREE

__all__ = ["Lists", "State", "differing", "is_same", "marks"]

#: What is ours in the environment.
_OURS = (TREE, CHANNEL)
#: Functions that are patched where a program is made another one (gevent, eventlet, import hooks), by module.
_PATCHED = (
    ("builtins", "__import__ open print input"),
    ("socket", "socket getaddrinfo create_connection"),
    ("threading", "Thread Lock RLock Event local get_ident"),
    ("time", "sleep"),
    ("select", "select poll"),
    ("ssl", "SSLContext SSLSocket"),
    ("subprocess", "Popen"),
    ("queue", "Queue SimpleQueue"),
    ("os", "fork read write"),
)
#: What an import must not change, but does not look at.
_CHANGED_ONLY = ("signals", "hooks", "limits")
_SIGNALS = [
    f"SIG{name}"
    for name in ["INT", "TERM", "HUP", "CHLD", "USR1", "USR2", "PIPE", "ALRM", "QUIT", "TSTP", "TTOU", "TTIN"]
    if hasattr(signal, f"SIG{name}")
]


@dataclass(frozen=True, slots=True)
class State:
    """What can be told to another process, and made so there."""

    environ: dict[str, str]
    path: list[str]
    argv: list[str]
    folder: str

    @classmethod
    def now(cls) -> State:
        """As it is."""
        environ = {name: value for name, value in os.environ.items() if name not in _OURS}
        try:
            folder = os.getcwd()
        except OSError:
            folder = ""
        return cls(environ, [str(each) for each in sys.path], list(sys.argv), folder)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)

    def make(self) -> None:
        """From now on. Raises OSError where the folder is gone."""
        _change_environ(self.environ)
        sys.path[:] = self.path
        sys.argv[:] = self.argv
        if self.folder and State.now().folder != self.folder:
            os.chdir(self.folder)


def _change_environ(wanted: dict[str, str]) -> None:
    """Makes it so, but for what is ours."""
    for name in [each for each in os.environ if each not in wanted and each not in _OURS]:
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def marks() -> dict[str, Any]:
    """The rest, in words that are the same in every process in which it is the same."""
    found: dict[str, Any] = {
        f"{module}.{name}": _word(getattr(sys.modules[module], name, None))
        for module, names in _PATCHED
        if module in sys.modules
        for name in names.split()
    }
    found["signals"] = [_word(signal.getsignal(getattr(signal, each))) for each in _SIGNALS]
    found["hooks"] = [_word(each) for each in (sys.excepthook, sys.displayhook, sys.unraisablehook, sys.breakpointhook)]
    found["finders"] = [_word(each) for each in (*sys.meta_path, *sys.path_hooks) if not _is_ours(each)]
    found["warnings"] = [_filter(each) for each in warnings.filters]
    found["logging"] = [logging.root.level, len(logging.root.handlers), logging.root.manager.disable]
    found["locale"] = locale.setlocale(locale.LC_ALL)
    found["limits"] = [sys.getrecursionlimit(), sys.getswitchinterval()]
    return found


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two processes agree in what an import may depend on, as far as both know of it."""
    return not differing(one, other)


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """In what they do not."""
    return [name for name, value in one.items() if name not in _CHANGED_ONLY and other.get(name, value) != value]


def _filter(words: Any) -> list[Any]:
    """One of `warnings.filters`."""
    return [getattr(each, "pattern", None) or (each if isinstance(each, (str, int)) else _word(each)) for each in words]


def _word(thing: object) -> str:
    if thing is None or isinstance(thing, (str, int)):
        return str(thing)
    named = thing if hasattr(thing, "__qualname__") else type(thing)
    return f"{getattr(named, '__module__', '')}.{getattr(named, '__qualname__', '')}"


def _is_ours(thing: object) -> bool:
    return type(thing).__module__.startswith("reloadr.")


class Lists:
    """Lists of the process that an import may add to: taken back with it, and added to again."""

    def __init__(self) -> None:
        self._all: list[list[Any]] = [sys.meta_path, sys.path_hooks, warnings.filters]  # type: ignore[list-item]
        self._before = [list(each) for each in self._all]

    def added(self) -> list[tuple[list[Any], list[Any]]]:
        """What stands in front of what was there, and behind it, a pair a list."""
        found = []
        for each, before in zip(self._all, self._before, strict=True):
            known = {id(one) for one in before}
            at = next((at for at, one in enumerate(each) if id(one) in known), 0)
            new = [one for one in each[at:] if id(one) not in known]
            found.append((each[:at], new))
        return found

    def restore(self) -> None:
        """As it was."""
        for each, before in zip(self._all, self._before, strict=True):
            each[:] = before
        _filters_changed()

    def add(self, added: list[tuple[list[Any], list[Any]]]) -> None:
        """What an import had added."""
        for each, (front, back) in zip(self._all, added, strict=True):
            each[:] = [*front, *each, *back]
        _filters_changed()


def _filters_changed() -> None:
    """What warns looks again."""
    with warnings.catch_warnings():
        pass
