"""A run of pytest in a fork of the warm process: it collects and runs as ever, but that much is imported already."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import sys
import threading
from collections.abc import Collection, Iterable, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reloadr.live import capture
from reloadr.live.origin import rewrites

__all__ = ["Outcome", "find_sources", "loaded", "rewritten"]


def rewritten(modules: Iterable[object]) -> set[str]:
    """The files of those modules that pytest has loaded with rewritten assertions."""
    loaded = [getattr(each, "__dict__", {}) for each in modules]
    return {os.path.realpath(str(each.get("__file__"))) for each in loaded if _is_rewritten(each.get("__loader__"))}


def _is_rewritten(loader: object) -> bool:
    return type(loader).__module__.startswith("_pytest.") and rewrites(loader)


def _is_imported(name: str) -> bool:
    module = sys.modules[name]
    if isinstance(module, ModuleType) and getattr(module, "__spec__", None) is not None:
        return True
    # Libraries put things there that nobody else has.
    return name not in sys.builtin_module_names and PathFinder.find_spec(name) is None


def loaded(modules: Collection[str]) -> dict[str, str]:
    """The user's own modules among some: names by path."""
    found = {}
    for name in modules:
        path = getattr(sys.modules.get(name), "__dict__", {}).get("__file__")
        if isinstance(path, str) and path.endswith(".py") and capture.is_user_code(path):
            found[os.path.realpath(path)] = name
    return found


def find_sources() -> None:
    """A traceback asks `inspect` for the module of its file, which looks at the files of all modules: once, and not in
    each fork."""
    with contextlib.suppress(Exception):
        known: Any = inspect._filesbymodname  # type: ignore[attr-defined]
        for name, module in list(sys.modules.items()):
            # Not by asking for the attribute: there are modules that import themselves then.
            path = module.__dict__.get("__file__") if type(module) is ModuleType else None
            if isinstance(path, str) and known.get(name) != path:
                found = inspect.getabsfile(module)
                known[name] = path
                inspect.modulesbyfile[found] = inspect.modulesbyfile[os.path.realpath(found)] = module.__name__


class Outcome:
    """What a run comes to, as a plug-in of pytest hears it."""

    def __init__(self, chosen: Sequence[str] | None, failed: Collection[str]) -> None:
        #: The arguments in the place of those of the command line; those of before that failed run first.
        self._chosen = chosen
        self._first = set(failed)
        #: Those files and the folders in which they are; nothing, where all is looked at.
        self._around: set[str] = set()
        if chosen is not None:
            files = [Path(each.partition("::")[0]) for each in chosen]
            self._around = {os.fspath(each) for file in files for each in (file, *file.parents)}
        self._before = set(sys.modules)
        self.failed: set[str] = set()
        self.ran: set[str] = set()
        self.tests: set[str] = set()
        #: Files that were looked through, and those of tests that were collected, by the tests.
        self._seen: set[str] = set()
        self._items: dict[str, str] = {}
        #: Those that an import has started.
        self._threads: list[str] = []
        #: The user's own modules that are not in the warm process, but those that pytest has rewritten.
        self._plain: list[str] = []
        self._own: dict[str, str] = {}
        self._environ: dict[str, str] = {}
        self._path: list[str] = []

    def begin(self, session: pytest.Session) -> None:
        """Makes a run of its own of what the warm process has begun."""
        config = session.config
        if self._chosen is not None:
            config.args = list(self._chosen)
        # What these are called is pytest's own affair.
        with contextlib.suppress(Exception):
            # The run has just begun.
            reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
            reporter._session_start = type(reporter._session_start)()
        with contextlib.suppress(Exception):
            # The last run has written another list.
            cache: Any = config.cache
            last: Any = config.pluginmanager.get_plugin("lfplugin")
            last.lastfailed = cache.get("cache/lastfailed", {})

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """What lies beside the files that are to run need not be looked at."""
        return True if self._around and os.fspath(collection_path) not in self._around else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """All are collected."""
        self.tests |= {os.path.realpath(each.path) for each in items}
        items.sort(key=lambda item: item.nodeid not in self._first)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file was looked through."""
        self._seen.add(report.nodeid)
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What was imported so far was imported by modules; tests may have a world of their own around theirs."""
        self._threads = [each.name for each in threading.enumerate() if each is not threading.current_thread()]
        self._items = {each.nodeid: os.path.realpath(each.path) for each in session.items}
        new = [each for each in list(sys.modules) if each not in self._before]
        self._own = loaded(new)
        modules: list[object] = [sys.modules.get(each) for each in new]
        for plugin in session.config.pluginmanager.get_plugins():
            path = getattr(plugin, "__file__", None)
            if isinstance(path, str) and os.path.basename(path) == "conftest.py":
                # Many are called `conftest`.
                self._own[os.path.realpath(path)] = path
                modules.append(plugin)
        tests = rewritten(modules)
        self._plain = [name for path, name in self._own.items() if path not in tests]
        self._environ, self._path = dict(os.environ), list(sys.path)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test was set up, called or torn down."""
        self.ran.add(report.nodeid)
        if report.failed:
            self.failed.add(report.nodeid)

    def tell(self, descriptor: int) -> None:
        """Tells the warm process."""
        new = [each for each in list(sys.modules) if each not in self._before]
        # What a test imports as it runs belongs to it, but an edit of it is to be known.
        own = {**loaded(new), **self._own}
        plain, users = set(self._plain), {*loaded(new).values(), *own.values()}
        words: dict[str, Any] = {
            "failed": sorted(self.failed),
            "ran": sorted(self.ran),
            "tests": sorted(self.tests),
            "seen": sorted(self._seen),
            # A mistake in another file, -x or Ctrl-C came before.
            "unrun": sorted({path for test, path in self._items.items() if test not in self.ran}),
            "own": own,
            # What is none of the import system's was put there by tests.
            "stand_ins": [name for name in new if "." not in name and not _is_imported(name)],
            "threads": self._threads,
            "imports": [each for each in new if each in plain or each not in users],
            "environ": self._environ,
            "path": self._path,
        }
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(words, file)
