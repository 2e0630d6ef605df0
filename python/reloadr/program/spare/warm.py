"""The process that stands by: it imports libraries, looks at what that did, waits for its order, and is the program."""

from __future__ import annotations

import contextlib
import importlib.machinery
import itertools
import json
import logging
import os
import random
import signal
import socket
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NoReturn

from reloadr._core import end_with_parent, read
from reloadr.live import capture
from reloadr.program.spare.orders import Order, receive
from reloadr.program.spare.shelf import Files, Shelf, Taken
from reloadr.program.spare.state import Lists, State, differing, marks
from reloadr.report import log
from reloadr.tree import lines

__all__ = ["wait"]

_SUFFIXES = importlib.machinery.all_suffixes()
#: What an import may add to, among the marks of the process: that is taken back and added again.
_LISTS = ("finders", "warnings")


def wait(line: int, told: int) -> tuple[dict[str, Any], Files]:
    """Comes back with the order to be the program, in a process that is as it was but for what it has on its shelf."""
    end_with_parent(signal.SIGKILL)
    orders = socket.socket(fileno=line)
    orders.set_inheritable(False)
    with os.fdopen(told, encoding="utf-8") as file:
        words = json.load(file)
    warm = _Warm(words)
    try:
        warm.take()
    except Exception as error:
        # Whatever it is: the next start is as it ever was.
        warm.left_out[f"what is imported ahead ({error!r})"] = "fails"
    with contextlib.suppress(OSError):
        said = {"left out": warm.left_out, "made": warm.made, "modules": len(warm.shelf.names), "ends": warm.ends}
        orders.sendall(lines.line(said))
    order = receive(orders)
    orders.close()
    if order is None:
        os._exit(0)
    log.show_on(log.stderr())
    if why := warm.is_unfit():
        anew(order, warm.first, why)
    warm.become(order)
    return order.job, warm.files


def anew(order: Order, first: State, why: str) -> NoReturn:
    """Begins this process once more, with nothing imported."""
    if why:
        log.say(logging.INFO, f"{why}: the program starts with nothing imported")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    first.make()
    os.execve(sys.executable, order.command(), dict(first.environ))


class _Warm:
    """What is imported, and what came of it."""

    def __init__(self, words: dict[str, Any]) -> None:
        self.first = State.now()
        self.files = Files()
        self.shelf = Shelf(self.files, self._anew)
        #: Imports that cannot be made here, with what they do.
        self.left_out: dict[str, str] = {}
        #: Those that were made.
        self.made: list[str] = []
        #: The first import that is not made ahead, nor any that comes after it, and why.
        self.ends: tuple[str, str] | None = None
        self._order: Order | None = None
        self._process = os.getpid()
        self._imports: list[dict[str, Any]] = words["imports"]
        self._states = [State(**each) for each in words["states"]]
        self._marks: list[dict[str, Any]] = words["marks"]
        self._without: set[str] = set(words["without"])
        self._until: set[str] = set(words["until"])
        self._read: list[tuple[str, int]] = [tuple(each) for each in words["files"]]
        self._stats: dict[str, tuple[int, int] | None] = {}

    # ---- the libraries ---------------------------------------------------------------------------

    def take(self) -> None:
        """Imports all up to the first whose outcome the user's own code may have a hand in."""
        self._look_at_files()
        capture.listeners.append(_refuse)
        try:
            with _apart() as output:
                for each in self._imports:
                    if each["name"] in sys.modules:
                        continue
                    if why := self._ends_at(each):
                        self.ends = each["name"], why
                        break
                    if each["name"] not in self._without and not each["own"]:
                        self._take(each, output)
        finally:
            capture.listeners.remove(_refuse)
            self.files.begun.clear()
        self._note_files()

    def _ends_at(self, each: dict[str, Any]) -> str:
        """Why the user's own code may have a hand in what comes of an import; "" if it has not."""
        if each["name"] in self._until:
            return "it was imported in another way time and again"
        if path := self.files.changed_others(each["begun"], [tuple(line) for line in each["lines"]]):
            return f"{path} does something before that may concern it"
        changed = differing(self._marks[each["marks"]], marks())
        return f"the process is another one before it ({', '.join(changed)})" if changed else ""

    def _look_at_files(self) -> None:
        # What was saved meanwhile is what will run. It is judged again when it has.
        for path, number in self._read:
            try:
                self.files.saw(read(path))
            except OSError:
                self.files.begun.append((path, number))

    def _take(self, each: dict[str, Any], output: int) -> None:
        name: str = each["name"]
        taken = Taken(name, self._states[each["state"]], self._marks[each["marks"]])
        taken.state.make()
        before, lists, look = set(sys.modules), Lists(), _Look(output)
        try:
            importlib.import_module(name)
            why = look.differs()
        except BaseException as error:
            why = f"raises {type(error).__name__}"
        new = [one for one in sys.modules if one not in before]
        taken.modules = {one: sys.modules[one] for one in new}
        if not why and any(_is_own(one) for one in taken.modules.values()):
            why = "imports code of yours"
        if why:
            self.left_out[name] = why
        self.made.append(name)
        after = State.now()
        taken.environ = _changes(taken.state.environ, after.environ)
        taken.path, taken.added = after.path, lists.added()
        self.shelf.put(taken)

    # ---- to be the program -----------------------------------------------------------------------

    def is_unfit(self) -> str:
        """Why this process cannot be the program; nothing is said where it was never to be."""
        if self.left_out:
            return f"importing {next(iter(self.left_out))} {next(iter(self.left_out.values()))}"
        if any(_stat(path) != seen for path, seen in self._stats.items()):
            return "an installed library has changed"
        if shadows := self._shadows():
            return f"{shadows} stands before an installed library"
        return ""

    def become(self, order: Order) -> None:
        """From now on."""
        self._order = order
        self.shelf.hide(self.first)
        # What a log record counts from.
        _begin_logging_now()

    def _anew(self, name: str, why: str) -> None:
        """A library is imported in another way than it was here."""
        assert self._order is not None
        why = f"{name} was imported ahead for this restart, but {why}"
        if os.getpid() != self._process:
            log.say(logging.WARNING, f"process {os.getpid()}: {why}; a restart by r has it right")
            return
        line = self._order.job["line"] if self._order.is_there(self._order.job["line"]) else None
        _say(line, kind="surprised", name=name)
        if self.files.have_started:
            log.say(logging.WARNING, f"a restart is needed: {why}")
            _say(line, kind="restart", reasons=[why])
        else:
            anew(self._order, self.first, why)

    def _note_files(self) -> None:
        """What installed files look like; and the folders of packages, where others may come."""
        for name in self.shelf.names:
            if path := _path(name):
                self._stats[path] = _stat(path)
        for state in self._states:
            for folder in state.path:
                if capture.holds_packages(f"{folder}{os.sep}"):
                    self._stats[folder] = _stat(folder)

    def _shadows(self) -> str:
        """A file of the user's that has the name of a library that is imported."""
        paths = {name: _path(name) for name in self.shelf.names if "." not in name}
        # The user's own come first, or not at all, but for what was put behind the libraries.
        for folder in {each for state in self._states for each in itertools.takewhile(_is_own_folder, state.path)}:
            with contextlib.suppress(OSError):
                for entry in os.scandir(folder or "."):
                    stem, dot, rest = entry.name.partition(".")
                    is_package = not dot and os.path.exists(os.path.join(entry.path, "__init__.py"))
                    if paths.get(stem) and (is_package or dot + rest in _SUFFIXES):
                        return entry.path
        return ""


class _Look:
    """How the process looks before an import."""

    def __init__(self, output: int) -> None:
        self._output = output
        self._size = _size(output)
        self._threads = set(threading.enumerate())
        self._has_children = _has_children()
        self._open = _descriptors()
        self._marks = marks()
        self._random = random.getstate()

    def differs(self) -> str:
        """What an import did that a process that only stands by must not do; "" for nothing."""
        if set(threading.enumerate()) - self._threads:
            return "starts a thread"
        if _has_children() and not self._has_children:
            return "starts a process"
        for number, what in _descriptors().items():
            if self._open.get(number) != what and not _is_harmless(number, what):
                return f"opens {what.partition(':')[0]}"
        if _size(self._output) != self._size:
            return "writes something"
        now = marks()
        changed = [name for name, value in self._marks.items() if name not in _LISTS and now.get(name) != value]
        if changed:
            return f"changes the process ({', '.join(changed)})"
        return "draws random numbers" if random.getstate() != self._random else ""


def _refuse(module: ModuleType, path: str) -> None:
    raise ImportError(f"{path} is the user's own")


def _path(name: str) -> str:
    return str(getattr(sys.modules.get(name), "__dict__", {}).get("__file__") or "")


def _is_own_folder(folder: str) -> bool:
    return capture.is_user_code(os.path.join(folder, ""))


def _is_own(module: object) -> bool:
    path = getattr(module, "__dict__", {}).get("__file__")
    return isinstance(path, str) and capture.is_user_code(path)


def _changes(before: dict[str, str], after: dict[str, str]) -> dict[str, str | None]:
    names = before.keys() | after.keys()
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}


def _stat(path: str) -> tuple[int, int] | None:
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size


def _descriptors() -> dict[int, str]:
    """What is open, where the system tells."""
    found = {}
    with contextlib.suppress(OSError):
        for each in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                found[int(each)] = os.readlink(f"/proc/self/fd/{each}")
    return found


def _is_harmless(number: int, what: str) -> bool:
    """A file that is only read, or what gives random numbers."""
    try:
        mode = os.fstat(number).st_mode
        with open(f"/proc/self/fdinfo/{number}", encoding="ascii") as file:
            flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
    except (OSError, StopIteration):
        return True
    is_read = flags & os.O_ACCMODE == os.O_RDONLY
    return is_read and (
        stat.S_ISREG(mode) or stat.S_ISDIR(mode) or what in ("/dev/urandom", "/dev/random", "/dev/null")
    )


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _size(descriptor: int) -> int:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    return os.fstat(descriptor).st_size


@contextlib.contextmanager
def _apart() -> Iterator[int]:
    """With nothing to read, and with a file to write to."""
    kept = [os.dup(each) for each in (0, 1, 2)]
    with tempfile.TemporaryFile() as file, open(os.devnull, "rb") as nothing:
        for number, each in enumerate((nothing, file, file)):
            os.dup2(each.fileno(), number)
        try:
            yield file.fileno()
        finally:
            _size(1)
            for number, old in enumerate(kept):
                os.dup2(old, number)
                os.close(old)


def _say(line: int | None, **words: object) -> None:
    """A message to the supervisor."""
    if line is not None:
        with contextlib.suppress(OSError):
            os.write(line, lines.line(words))


def _begin_logging_now() -> None:
    begun = getattr(logging, "_startTime", None)
    if isinstance(begun, int):
        logging._startTime = time.time_ns()  # type: ignore[attr-defined]
    elif isinstance(begun, float):
        logging._startTime = time.time()  # type: ignore[attr-defined]
