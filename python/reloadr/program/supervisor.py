"""The parent of a program under `reloadr run`: it starts the program again when an edit cannot be carried into the
living process, and is otherwise as good as not there.

The program runs in a process group of its own. Signals to the supervisor are passed on, its exit code is the
program's, and standard streams are inherited. On a terminal the supervisor stays in the foreground and reads the
keys r and q, until the program itself wants the terminal (the system stops it for that): then the program gets
it, and keeps it. So a program that reads its terminal has it for itself, and any other one has the keys beside it.

One thread, one loop: what happens comes as a byte on a pipe (signals, the program's messages, the keyboard).
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reloadr._core import FileWatch, WatchEventKind, WatchScope, WatchWake, adopt_orphans, read
from reloadr.program.config import Config
from reloadr.program.program import Program, split_options
from reloadr.report import log

try:
    import termios
except ImportError:
    termios = None  # type: ignore[assignment]

__all__ = ["Supervisor", "child_command"]

#: A program that falls over this soon after a restart is waited for, whatever its error, seconds.
YOUNG = 10.0
#: How long what a program left behind is given to end, seconds.
LEFTOVER_GRACE = 0.5

_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGALRM")
_TO_GROUP = (signal.SIGINT, signal.SIGQUIT, getattr(signal, "SIGWINCH", signal.SIGINT))


def child_command(
    program: Program, config: Config, *, generation: int, line: int | None = None, sign: int | None = None
) -> list[str]:
    """The command that runs a program hot, with the interpreter's options as they are or as they were named."""
    options = program.options
    typed = split_options(sys.orig_argv[1:])[0] if options is None else options
    job = {
        "program": program.to_dict(),
        "config": asdict(config),
        "line": line,
        "sign": sign,
        "generation": generation,
        "typed": typed,
    }
    if options is None:
        options = tuple(subprocess._args_from_interpreter_flags())  # type: ignore[attr-defined]
    script = str(Path(__file__).with_name("child.py"))
    return [sys.executable, *options, script, json.dumps(job)]


class Supervisor:
    """Runs a program until it ends by itself or is told to."""

    def __init__(self, program: Program, config: Config) -> None:
        self.program = program
        self.config = config
        self._selector = selectors.DefaultSelector()
        self._child: subprocess.Popen[bytes] | None = None
        self._generation = 0
        self._started = 0.0
        self._line = -1
        #: A pipe in which the program finds a byte when it is us who end it.
        self._sign = -1
        self._buffer = b""
        self._failed: dict[str, Any] | None = None
        #: The way to end that is under way: None, "restart" or "quit".
        self._ending: str | None = None
        self._kill_at: float | None = None
        self._signals: list[int] = []
        self._terminal = _Terminal()
        self._has_keys = False
        self._watch: FileWatch | None = None
        self._changed = threading.Event()
        self._exit: int | None = None
        #: What ended the wait for an edit: a signal's number.
        self._last_code = 0

    # ---- the loop --------------------------------------------------------------------------------

    def run(self) -> int:
        """Supervises; the exit code, negative for a signal as in `subprocess`."""
        adopt_orphans()
        wake, self._wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(self._wake, False)
        self._selector.register(wake, selectors.EVENT_READ, lambda: _drain(wake))
        with self._handlers(), self._terminal.kept():
            signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
            self._start()
            try:
                while self._exit is None:
                    self._turn()
            finally:
                signal.set_wakeup_fd(-1)
                self._stop_watching()
        return self._exit

    def _turn(self) -> None:
        timeout = None if self._kill_at is None else max(0.0, self._kill_at - time.monotonic())
        for key, _ in self._selector.select(timeout):
            key.data()
        self._hear()
        self._reap()
        if self._kill_at is not None and time.monotonic() >= self._kill_at and self._child is not None:
            self._kill_at = None
            log.say(logging.WARNING, f"it did not end within {self.config.grace:g} s and is killed")
            _kill_group(self._child.pid, signal.SIGKILL)
        if self._changed.is_set() and self._child is None and self._exit is None:
            self._changed.clear()
            self._stop_watching()
            self._start()

    @contextlib.contextmanager
    def _handlers(self) -> Iterator[None]:
        """Notes signals in a list; those that were ignored stay so."""
        old: dict[int, Any] = {}
        for name in (*_PASSED_ON, "SIGCHLD", "SIGTSTP", "SIGCONT"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                old[number] = signal.signal(number, self._note)
        try:
            yield
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)

    def _note(self, number: int, frame: object) -> None:
        self._signals.append(number)

    def _hear(self) -> None:
        while self._signals:
            number = self._signals.pop(0)
            if number == signal.SIGTSTP:
                self._suspend()
            elif number in (signal.SIGCHLD, signal.SIGCONT):
                continue
            elif self._child is None:
                if number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                    self._exit = self._last_code if number == signal.SIGINT else -number
            elif number in _TO_GROUP:
                _kill_group(self._child.pid, number)
            else:
                _kill(self._child.pid, number)

    # ---- the program -----------------------------------------------------------------------------

    def _start(self) -> None:
        self._generation += 1
        self._failed, self._ending, self._kill_at, self._buffer = None, None, None, b""
        self._line, theirs = os.pipe()
        os.set_blocking(self._line, False)
        sign, self._sign = os.pipe()
        command = child_command(self.program, self.config, generation=self._generation, line=theirs, sign=sign)
        self._started = time.monotonic()
        self._child = subprocess.Popen(command, pass_fds=(theirs, sign), process_group=0)
        os.close(theirs)
        os.close(sign)
        self._selector.register(self._line, selectors.EVENT_READ, self._read_line)
        if self._terminal.is_ours:
            self._take_keys()

    def _take_keys(self) -> None:
        self._terminal.listen()
        if not self._has_keys:
            self._has_keys = True
            self._selector.register(self._terminal.descriptor, selectors.EVENT_READ, self._key)

    def _drop_keys(self) -> None:
        if self._has_keys:
            self._has_keys = False
            self._selector.unregister(self._terminal.descriptor)

    def _read_line(self) -> None:
        try:
            data = os.read(self._line, 65536)
        except BlockingIOError:
            return
        if not data:
            self._close_line()
            return
        self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            self._message(json.loads(line))

    def _close_line(self) -> None:
        if self._line >= 0:
            self._selector.unregister(self._line)
            os.close(self._line)
            self._line = -1

    def _message(self, message: dict[str, Any]) -> None:
        if message["kind"] == "failed":
            self._failed = message
        elif message["kind"] == "restart" and self._ending is None:
            if self.config.restart == "auto":
                self._end("restart")
            elif self._terminal.is_ours:
                log.say(logging.WARNING, "press r to restart, q to quit; the old code runs on")
            else:
                log.say(logging.WARNING, "a restart is needed; the old code runs on")

    def _end(self, way: str) -> None:
        """Asks the program to end; it has a bounded time for that."""
        if self._child is None:
            return
        self._ending = way
        if way == "restart":
            log.say(logging.INFO, "restarting")
        self._kill_at = time.monotonic() + self.config.grace
        with contextlib.suppress(OSError):
            os.write(self._sign, b"\0")
        # A program that handles no SIGTERM would end without its `finally` and `atexit`.
        _kill(self._child.pid, signal.SIGTERM if _handles(self._child.pid, signal.SIGTERM) else signal.SIGINT)

    def _reap(self) -> None:
        child = self._child
        while child is not None:
            try:
                pid, status = os.waitpid(child.pid, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                pid, status = child.pid, 0
            if pid == 0:
                _reap_orphans(beside=child.pid)
                break
            if os.WIFSTOPPED(status):
                self._stopped(child.pid, os.WSTOPSIG(status))
                continue
            child.returncode = os.waitstatus_to_exitcode(status)
            self._ended(child)
            return

    def _ended(self, child: subprocess.Popen[bytes]) -> None:
        if self._line >= 0:
            self._read_line()
        self._close_line()
        os.close(self._sign)
        self._child, self._kill_at = None, None
        self._terminal.take_back()
        self._drop_keys()
        code = child.returncode
        if self._ending is not None:
            self._end_leftovers(child.pid)
        if self._ending == "restart":
            self._start()
            return
        failed = self._failed
        is_young = self._generation > 1 and time.monotonic() - self._started < YOUNG
        if self._ending is None and failed is not None and (failed["early"] or is_young):
            self._last_code = code
            self._wait_for_edit(failed)
            return
        self._exit = code

    def _end_leftovers(self, group: int) -> None:
        """Ends what the program had started and left: its group, and orphans that came to us."""
        _kill_group(group, signal.SIGTERM)
        end = time.monotonic() + LEFTOVER_GRACE
        number = signal.SIGTERM
        while True:
            _reap_orphans()
            left = _descendants()
            if not left or (number == signal.SIGKILL and time.monotonic() > end + LEFTOVER_GRACE):
                # Some may have ended while the others were looked for.
                _reap_orphans()
                return
            if time.monotonic() > end:
                number = signal.SIGKILL
            for pid in left:
                _kill(pid, number)
            time.sleep(0.01)

    # ---- waiting for an edit ---------------------------------------------------------------------

    def _wait_for_edit(self, failed: dict[str, Any]) -> None:
        watch = self._watch = FileWatch()
        known: dict[str, int] = dict(failed["files"])
        for path in known:
            watch.add(path)
        watch.add(self.config.root, scope=WatchScope.TREE)
        for path in failed["absent"]:
            watch.add(path)
        # Whoever reads that a save is waited for may save at once.
        keys = ", or press r; q to quit" if self._terminal.is_ours else ""
        log.say(logging.WARNING, f"{failed['error']} at the start: save a file to start again{keys}")
        if self._terminal.is_ours:
            self._take_keys()
        changed = any(_hash(path) != seen for path, seen in known.items())
        if changed or any(os.path.exists(path) for path in failed["absent"]):
            self._changed.set()
        threading.Thread(target=self._await, args=(watch, known), daemon=True).start()
        if self._changed.is_set():
            os.write(self._wake, b"\0")

    def _await(self, watch: FileWatch, known: dict[str, int]) -> None:
        while True:
            batch = watch.wait()
            if batch.wake in (WatchWake.STOPPED, WatchWake.FORKED):
                return
            for problem in batch.problems:
                log.say(logging.WARNING, str(problem))
            for event in batch.events:
                path = event.path
                if event.kind == WatchEventKind.RESCAN or path is None or _hash(path) != known.get(path, 0):
                    self._changed.set()
                    with contextlib.suppress(OSError):
                        os.write(self._wake, b"\0")
                    return

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    # ---- the terminal ----------------------------------------------------------------------------

    def _key(self) -> None:
        for key in self._terminal.typed():
            if key == "r":
                if self._child is None:
                    self._changed.set()
                elif self._ending is None:
                    self._end("restart")
            elif key == "q":
                if self._child is None:
                    self._exit = self._last_code
                elif self._ending is None:
                    self._end("quit")

    def _stopped(self, pid: int, number: int) -> None:
        """The program was stopped: it wants the terminal, or somebody wants it to rest."""
        if number in (signal.SIGTTIN, signal.SIGTTOU) and self._terminal.is_ours:
            self._drop_keys()
            self._terminal.hand_over(pid)
            _kill_group(pid, signal.SIGCONT)
        elif number != signal.SIGSTOP:
            self._suspend()

    def _suspend(self) -> None:
        """As job control wants it: the program and we rest together, and go on together."""
        child = self._child
        held = self._terminal.rest()
        if child is not None:
            _kill_group(child.pid, signal.SIGTSTP)
        old = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, old)
        if child is not None:
            if held:
                self._terminal.hand_over(child.pid)
            else:
                self._terminal.listen()
            _kill_group(child.pid, signal.SIGCONT)


class _Terminal:
    """The terminal that we were started on, if any, and who has it."""

    def __init__(self) -> None:
        self.descriptor = -1
        self.is_ours = False
        self._handed = False
        self._saved: Any = None
        if termios is None:
            return
        try:
            descriptor = sys.stdin.fileno()
            if os.isatty(descriptor) and os.tcgetpgrp(descriptor) == os.getpgrp():
                self.descriptor, self.is_ours = descriptor, True
                self._saved = termios.tcgetattr(descriptor)
        except (OSError, ValueError, AttributeError):
            pass

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Leaves the terminal as it was."""
        try:
            yield
        finally:
            self.take_back()
            self._set(self._saved)

    def listen(self) -> None:
        """Keys come one by one, unseen."""
        if self.is_ours:
            modes = list(self._saved)
            modes[3] = modes[3] & ~(termios.ICANON | termios.ECHO)
            self._set(modes)

    def typed(self) -> str:
        """What was typed."""
        try:
            return os.read(self.descriptor, 1024).decode("ascii", "ignore").lower()
        except OSError:
            return ""

    def hand_over(self, group: int) -> None:
        """The program has the terminal now, as it was found."""
        self._set(self._saved)
        self._foreground(group)
        self.is_ours, self._handed = False, True

    def take_back(self) -> None:
        """The program is gone: whatever it did to the terminal is undone (a debugger may have left no echo)."""
        if self._handed:
            self._foreground(os.getpgrp())
            self.is_ours, self._handed = True, False
        if self.is_ours:
            self._set(self._saved)

    def rest(self) -> bool:
        """Before we are stopped; whether the program had the terminal."""
        held = self._handed
        self.take_back()
        return held

    def _set(self, modes: Any) -> None:
        if modes is not None:
            with _quietly():
                termios.tcsetattr(self.descriptor, termios.TCSADRAIN, modes)

    def _foreground(self, group: int) -> None:
        with _quietly():
            os.tcsetpgrp(self.descriptor, group)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Lets a background process change its terminal; a terminal that is gone is none of our troubles."""
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    except (OSError, termios.error):
        pass
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


def _drain(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while os.read(descriptor, 4096):
            pass


def _hash(path: str) -> int:
    """What is in a file now; 0 for none."""
    try:
        return read(path).hash
    except OSError:
        return 0


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _kill_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _handles(pid: int, number: int) -> bool:
    """Whether a process handles a signal itself; where that cannot be known, it does."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    except (OSError, ValueError):
        pass
    return True


def _descendants() -> list[int]:
    """All living processes below this one; none where there is no /proc."""
    parents: dict[int, int] = {}
    try:
        entries = os.listdir("/proc")
    except OSError:
        return []
    for entry in entries:
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except (OSError, IndexError):
                continue
            if fields[0] != "Z":
                parents[int(entry)] = int(fields[1])
    found: list[int] = []
    front = {os.getpid()}
    while front:
        front = {pid for pid, parent in parents.items() if parent in front}
        found += front
    return found


def _reap_orphans(*, beside: int | None = None) -> None:
    """Takes note of the end of processes that came to us when their parents ended; `beside` is one that is left."""
    # Where there is no waitid, no orphans come to us.
    if not hasattr(os, "waitid"):
        return
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid == beside:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)


def supervise(program: Program, config: Config) -> int:
    """Runs a program under a supervisor; the exit code."""
    return Supervisor(program, config).run()
