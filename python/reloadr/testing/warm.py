"""The process behind `reloadr test`: it has imported what the tests import, is patched on each save, and runs no test.

It is pytest's own process, which stops where the tests would be collected: plug-ins and the first conftest files are
loaded, once. A fork goes on from there.

save ─▶ patched ─▶ live: a fork collects and runs the tests that the edit can touch
                   not so: started anew, then the same
                   wrong: said, and nothing runs
"""

from __future__ import annotations

import atexit
import importlib
import json
import logging
import os
import signal
import sys
import time
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn

import pytest

from reloadr._core import FileWatch, WatchScope, end_with_parent
from reloadr.live.origin import rewrites
from reloadr.report import log
from reloadr.report.report import Report
from reloadr.session.rules import Rule
from reloadr.session.session import session as session_of_ours
from reloadr.testing.child import Outcome, find_sources, loaded, rewritten
from reloadr.testing.keys import Keys
from reloadr.testing.reach import ALL, Project, Touched, is_test
from reloadr.testing.waiting import wait
from reloadr.watching import auto
from reloadr.watching.watcher import Watcher

__all__ = ["Warm"]

#: What a process that is started anew is handed.
HANDED = "RELOADR_TESTING"

_KEYS = "a: all tests, f: files with failures, q: quit"


@dataclass(frozen=True, slots=True)
class _Sources(Rule):
    """The user's own code, as far as it is what its file says: not what pytest rewrites."""

    everything: bool = True

    def wants(self, module: ModuleType, path: str) -> bool:
        """Whether a module is watched."""
        return Rule.wants(self, module, path) and not rewrites(module.__dict__.get("__loader__"))


class Warm:
    """One warm process; to pytest, a plug-in."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = list(arguments)
        self._environ = dict(os.environ)
        self._environ.pop(HANDED, None)
        self._folder = os.getcwd()
        self._handed: dict[str, Any] = json.loads(os.environ.pop(HANDED, "{}"))
        self._keys = Keys()
        self._project = Project()
        self._tests: set[str] = set(self._handed.get("tests", ()))
        self._failed: set[str] = set(self._handed.get("failed", ()))
        self._root = self._folder
        #: The file with pytest's settings, and what the command line or they name.
        self._config = ""
        self._stamp: tuple[int, int] | None = None
        self._scope: set[str] = set()
        self._code = 0
        self._files = FileWatch()
        self._watcher: Watcher | None = None
        #: Saved before it was imported here, and maybe after it was by the tests that ran.
        self._early: set[str] = set()
        self._is_told = False
        #: Saved, and not run yet, for something was wrong.
        self._waiting: set[str] = set()
        #: Files of tests that were to run, in a run that was broken off before.
        self._due: set[str] = set(self._handed.get("due", ()))
        #: In a fork: what becomes of it, and where that is told.
        self._outcome: Outcome | None = None
        self._told = -1

    def run(self) -> int:
        """Runs the tests, and again after each save, until somebody ends it; the exit code of the last run."""
        log.show_on(log.stderr())
        code = int(pytest.main(list(self._arguments), plugins=[self]))
        if self._outcome is not None:
            self._outcome.tell(self._told)
        elif self._handed:
            self._begin_again()
        # A fork ends like this as well: as the interpreter would, but for what is ours.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Everything is ready but the tests: here forks begin, and here alone they come out."""
        config = session.config
        if getattr(config.option, "numprocesses", None):
            raise pytest.UsageError("reloadr test has no use for -n: xdist's workers import everything themselves")
        self._root = str(config.rootpath)
        self._config = os.path.realpath(config.inipath) if config.inipath else ""
        self._stamp = _stamp(self._config)
        self._scope = {self._path_of_word(each) for each in config.args}
        # From now on no save is missed.
        self._files.add(self._root, scope=WatchScope.TREE)
        if not self._begin(session):
            try:
                while not self._turn(session):
                    pass
            except KeyboardInterrupt:
                self._end()

    def _begin(self, session: pytest.Session) -> bool:
        """The first run; whether this is a fork."""
        chosen: set[str] | None = None
        self._project.learn(self._handed.get("own", {}))
        if self._handed:
            changed = dict.fromkeys(self._handed["changed"], ALL)
            chosen = self._project.reached(changed, self._tests) | set(self._handed["saved"]) | self._due or None
        return self._run(session, chosen)

    def _turn(self, session: pytest.Session) -> bool:
        """Waits for a save or a key; whether this is a fork."""
        found = self._early or self._keys.wait(lambda: self._saved(0.05))
        if isinstance(found, set):
            return self._take(session, found)
        if found == "a":
            return self._run(session, None)
        if found == "f":
            return self._run(session, {path for path in self._tests if self._has_failed(path)})
        if found == "q":
            self._end()
        return False

    def _end(self) -> NoReturn:
        self._keys.rest()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        os._exit(self._code)

    # ---- saves -----------------------------------------------------------------------------------

    def _watch(self) -> None:
        self._watcher = auto.start_with([_Sources()], on="look", judges=False)
        for folder in {os.path.dirname(path) for path in self._project.paths()}:
            if not f"{folder}/".startswith(f"{self._root}/"):
                self._files.add(folder, scope=WatchScope.TREE)

    def _saved(self, patience: float) -> set[str]:
        """The files that were saved."""
        found = self._events(patience)
        # An editor's Save All writes one file after the other.
        while found and (more := self._events(0.01) - found):
            found |= more
        return found

    def _events(self, patience: float) -> set[str]:
        paths = (each.path for each in self._files.wait(patience).events)
        found = {os.path.realpath(path) for path in paths if path is not None and path.endswith(".py")}
        stamp, self._stamp = self._stamp, _stamp(self._config)
        return found if stamp == self._stamp else {*found, self._config}

    def _is_test(self, path: str) -> bool:
        """Whether a file is one of the tests, or a new one among them; or a conftest file."""
        if path in self._tests or os.path.basename(path) == "conftest.py":
            return True
        return is_test(path) and any(path == each or path.startswith(f"{each}{os.sep}") for each in self._scope)

    def _take(self, session: pytest.Session, saved: set[str]) -> bool:
        """Makes a save live, and runs what it can touch; whether this is a fork."""
        saved = saved | self._waiting
        report = self._poll(saved)
        if report.verdict == "rejected" or (errors := session_of_ours.status().errors):
            # All of it is run once it is mended.
            self._waiting, self._early = saved, set()
            if report.verdict != "rejected":
                log.say(logging.WARNING, f"nothing is run before that is mended: {errors[0]}")
            return False
        self._waiting = set()
        tests = {path for path in saved if self._is_test(path)}
        # Where there was no conftest file, none is looked for.
        new = {path for path in tests if os.path.basename(path) == "conftest.py" and not self._project.module_of(path)}
        if (
            report.verdict not in ("live", "nothing")
            or saved & rewritten(list(sys.modules.values()))
            or new
            or self._config in saved
        ):
            self._begin_anew(report, saved, tests)
        changed = dict(_changed(report))
        # Other tests may import from a test; and some modules are imported by the runs alone.
        named = {path: name for path in saved if (name := self._project.module_of(path)) is not None}
        apart = {path for path, name in named.items() if path in tests | self._early or name not in sys.modules}
        changed |= {named[path]: ALL for path in apart}
        self._early = set()
        self._tests |= {path for path in tests if os.path.basename(path) != "conftest.py"}
        self._tests = {path for path in self._tests if os.path.exists(path)}
        chosen = (self._project.reached(changed, self._tests) if changed else set()) | (tests & self._tests)
        chosen |= {path for path in self._due if os.path.exists(path)}
        if not chosen and (report or saved - tests - named.keys()):
            log.say(logging.INFO, f"no test is known to be touched by that ({_KEYS})")
        return bool(chosen) and self._run(session, chosen)

    def _poll(self, saved: Collection[str]) -> Report:
        assert self._watcher is not None
        report = self._watcher.poll()
        if not report and not all(map(self._is_test, saved)):
            # What looks unfinished is believed the second time.
            time.sleep(0.05)
            report = self._watcher.poll()
        return report

    def _has_failed(self, path: str) -> bool:
        return any(self._path_of(each) == path for each in self._failed)

    def _path_of(self, node: str) -> str:
        return os.path.realpath(os.path.join(self._root, node.partition("::")[0]))

    def _begin_anew(self, report: Report, saved: Collection[str], tests: Collection[str]) -> NoReturn:
        log.say(logging.INFO, "that is not to be had in this process: it starts anew")
        names = [self._project.module_of(path) for path in saved]
        handed = {
            "changed": [*_changed(report), *(each for each in names if each is not None)],
            "saved": [path for path in tests if os.path.basename(path) != "conftest.py"],
            "failed": sorted(self._failed),
            "tests": sorted(self._tests),
            "due": sorted(self._due),
            "own": self._project.paths(),
            "root": self._root,
            "config": self._config,
        }
        self._start(handed)

    def _begin_again(self) -> None:
        """After a mistake that lets pytest not even begin, as one in a conftest file: waits for its mending."""
        self._files.add(self._handed["root"], scope=WatchScope.TREE)
        if any(self._handed["since"] < _time_of(path) < time.time() for path in self._handed["own"]):
            # It was, while pytest began.
            self._start(self._handed)
        log.say(logging.WARNING, "nothing is run before that is mended (q: quit)")
        self._config = self._handed["config"]
        self._stamp = _stamp(self._config)
        with suppress(KeyboardInterrupt):
            while (found := self._keys.wait(lambda: self._saved(0.05))) != "q":
                if isinstance(found, set):
                    more = [path for path in found if self._is_test(path) and os.path.basename(path) != "conftest.py"]
                    self._start({**self._handed, "saved": sorted({*self._handed["saved"], *more})})
        self._keys.rest()

    def _start(self, handed: dict[str, Any]) -> NoReturn:
        """Starts anew, with what is known."""
        self._keys.hand_on()
        os.chdir(self._folder)
        sys.stdout.flush()
        command = [*sys.orig_argv[: len(sys.orig_argv) - len(self._arguments)], *self._arguments]
        words = json.dumps({**handed, "since": time.time()})
        os.execve(sys.executable, command, {**self._environ, HANDED: words})

    # ---- runs ------------------------------------------------------------------------------------

    def _run(self, session: pytest.Session, files: Collection[str] | None) -> bool:
        """Forks a run of some test files, or of all; whether this is the fork."""
        if files is not None and not files:
            return False
        arguments = None if files is None else [each for path in sorted(files) for each in self._words(session, path)]
        told, tell = os.pipe()
        self._keys.rest()
        sys.stdout.flush()
        with warnings.catch_warnings():
            # The threads that there are watch files, and hold nothing that the child needs.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            os.close(told)
            end_with_parent(signal.SIGTERM)
            self._outcome, self._told = Outcome(arguments, self._failed), tell
            session.config.pluginmanager.register(self._outcome, "reloadr-outcome")
            self._outcome.begin(session)
            return True
        os.close(tell)
        self._learn(pid, told, self._tests if files is None else files)
        if self._failed:
            log.say(logging.INFO, f"{len(self._failed)} failing ({_KEYS})")
        return False

    def _words(self, session: pytest.Session, path: str) -> list[str]:
        """A test file as the command line has it: the tests of it that were named."""
        named = [each for each in session.config.args if "::" in each and self._path_of_word(each) == path]
        return named or [path]

    def _path_of_word(self, word: str) -> str:
        return os.path.realpath(os.path.join(self._folder, word.partition("::")[0]))

    def _learn(self, pid: int, told: int, files: Collection[str]) -> None:
        """Waits for a run, and imports what it had to import."""
        ended = wait(pid, told)
        self._code = ended.code if ended.code >= 0 else 1
        outcome = ended.said
        if outcome is None:
            self._due |= set(files)
            log.say(logging.WARNING, f"that run told nothing of its tests: {ended.how()} ({_KEYS})")
        else:
            failed = (self._failed - set(outcome["ran"])) | set(outcome["failed"])
            self._failed = {each for each in failed if os.path.exists(self._path_of(each))}
            self._tests |= set(outcome["tests"]) | {self._path_of(each) for each in self._failed}
            seen = {self._path_of(each) for each in outcome["seen"]}
            self._due = ({*files, *self._due} - seen - set(outcome["tests"])) | set(outcome["unrun"])
            self._project.learn(outcome["own"])
            self._import(outcome)
            self._project.learn(loaded(sys.modules.keys()))
            find_sources()
        if self._watcher is None:
            self._watch()
            self._early = self._saved(0.0)
            log.say(logging.INFO, f"what the tests import is imported ({_KEYS})")

    def _import(self, outcome: dict[str, Any]) -> None:
        """Imports what a run has imported, in its order and with its environment."""
        names = list(outcome["imports"])
        preparing = self._project.preparing(path for path in outcome["own"] if is_test(path))
        if outcome["stand_ins"] or preparing or outcome["threads"]:
            # Yours are to meet what the tests prepare for them: each run imports them.
            names = [each for each in names if each not in outcome["own"].values()]
            if not self._is_told:
                self._is_told = True
                what = f"{', '.join(outcome['stand_ins'])} is stood in for by tests"
                if outcome["threads"]:
                    what = f"an import starts {', '.join(outcome['threads'])}, which a fork would not have"
                why = f"{preparing} changes others as it is imported" if preparing else what
                log.say(logging.INFO, f"{why}: your own modules are imported anew by each run, only libraries are not")
        if names:
            os.environ.clear()
            os.environ.update(outcome["environ"])
            sys.path[:] = outcome["path"]
        with _unheard():
            for name in names:
                # What only comes about among tests is left to them.
                with suppress(BaseException):
                    importlib.import_module(name)


@contextmanager
def _unheard() -> Iterator[None]:
    """What is written meanwhile was written before."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(each) for each in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for each in (1, 2):
            os.dup2(nowhere, each)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for at, each in enumerate(kept, 1):
            os.dup2(each, at)
            os.close(each)
        os.close(nowhere)


def _stamp(path: str) -> tuple[int, int] | None:
    """What tells whether a file was saved."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size


def _time_of(path: str) -> float:
    """When a file was saved last."""
    stamp = _stamp(path)
    return 0.0 if stamp is None else stamp[0] / 1e9


def _changed(report: Report) -> Touched:
    names: dict[str, frozenset[str]] = {}
    for each in report.changes:
        name = each.qualname.partition(".")[0]
        names[each.module] = names.get(each.module, frozenset()) | (frozenset({name}) if name else ALL)
    return names
