"""The parent of a program under `reloadr run`: it starts the program again when an edit cannot be carried into the
living process, and is otherwise as good as not there.

The program runs in a process group of its own. Signals to the supervisor are passed on, its exit code is the
program's, and standard streams are inherited. On a terminal the supervisor stays in the foreground and reads the
keys r and q, and passes on c and p, which are for what the program holds; until the program itself wants the terminal
(the system stops it for that): then the program gets it, and keeps it. So a program that reads its terminal has it for
itself, and any other one has the keys beside it.

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
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reloadr._core import adopt_orphans
from reloadr.program.awaited import AwaitedEdit
from reloadr.program.config import Config
from reloadr.program.line import END, HELD_KEYS, Line
from reloadr.program.ports import Ports
from reloadr.program.processes import (
    end_leftovers,
    kill,
    kill_group,
    reap_orphans,
    signal_to_end,
    wants_terminal,
)
from reloadr.program.program import Program, split_options
from reloadr.program.screen import Screen
from reloadr.program.spare.keeper import Keeper, start
from reloadr.program.terminal import Terminal
from reloadr.program.tree import Tree
from reloadr.report import log

__all__ = ["Supervisor", "child_command"]

#: A program that falls over this soon after a restart is waited for, whatever its error, seconds.
YOUNG = 10.0

_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGALRM")
_TO_GROUP = tuple(getattr(signal, name) for name in ("SIGINT", "SIGQUIT", "SIGWINCH") if hasattr(signal, name))

_HANGUP = getattr(signal, "SIGHUP", 1)


def child_command(
    program: Program,
    config: Config,
    *,
    generation: int,
    line: int | None = None,
    sign: int | None = None,
    channel: str | None = None,
    ports: dict[str, Any] | None = None,
    spare: Sequence[int] | None = None,
) -> list[str]:
    """The command that runs a program hot, with the interpreter's options as they are or as they were named."""
    options = program.options
    typed = split_options(sys.orig_argv[1:])[0] if options is None else options
    job = {
        "program": program.to_dict(),
        "config": asdict(config),
        "line": line,
        "sign": sign,
        "channel": channel,
        "ports": ports,
        "spare": spare,
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
        self._tree = Tree(self._selector, lambda reasons: self._message({"kind": "restart"}), config.restarts_for)
        self._ports = Ports(self._selector, self._tell_to_end)
        self._spare = Keeper(self._selector, self._spare_command, config.spare)
        self._tree.beside = lambda: self._spare.pid
        self._child: subprocess.Popen[bytes] | None = None
        self._generation = 0
        self._started = 0.0
        self._line = Line(self._selector, self._message)
        self._failed: dict[str, Any] | None = None
        #: The way to end that is under way: None, "restart" or "quit".
        self._ending: str | None = None
        self._kill_at: float | None = None
        self._signals: list[int] = []
        #: Those that the program was given.
        self._passed_on: set[int] = set()
        self._terminal = Terminal()
        self.screen = Screen(sys.stderr, lambda: self._child.pid if self._child is not None else 0, config.log)
        self._has_keys = False
        self._awaited: AwaitedEdit | None = None
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
                self._tree.close()
                self._ports.drop()
                self._spare.end()
        return self._exit

    def _turn(self) -> None:
        for key, _ in self._selector.select(self._tree.timeout(self._kill_at, self._ports.until)):
            key.data()
        self._tree.turn()
        self._ports.turn()
        self._hear()
        self._reap()
        if self._kill_at is not None and time.monotonic() >= self._kill_at and self._child is not None:
            self._kill_at = None
            log.say(logging.WARNING, f"it did not end within {self.config.grace:g} s and is killed")
            kill_group(self._child.pid, signal.SIGKILL)
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
                kill_group(self._child.pid, number)
            else:
                kill(self._child.pid, number)
                self._passed_on.add(number)

    # ---- the program -----------------------------------------------------------------------------

    def _start(self) -> None:
        self._generation += 1
        self._failed, self._ending, self._kill_at = None, None, None
        self._passed_on.clear()
        theirs, sign = self._line.open()
        self._tree.forget()
        command = child_command(
            self.program,
            self.config,
            generation=self._generation,
            line=theirs,
            sign=sign,
            channel=self._tree.path,
            ports=self._ports.give(),
        )
        self._started = time.monotonic()
        passed = (theirs, sign, *self._ports.descriptors)
        self._child = self._spare.become(command) or start(command, passed)
        self._ports.given()
        os.close(theirs)
        os.close(sign)
        if self._terminal.is_ours:
            self._take_keys()

    def _spare_command(self, line: int, told: int) -> list[str]:
        return child_command(self.program, self.config, generation=0, spare=(line, told))

    def _take_keys(self) -> None:
        self._terminal.listen()
        if not self._has_keys:
            self._has_keys = True
            self._selector.register(self._terminal.descriptor, selectors.EVENT_READ, self._key)

    def _drop_keys(self) -> None:
        if self._has_keys:
            self._has_keys = False
            self._selector.unregister(self._terminal.descriptor)

    def _message(self, message: dict[str, Any]) -> None:
        if message["kind"] == "failed":
            self._failed = message
        elif message["kind"] == "libraries":
            self._spare.learn(message, self._child.pid if self._child is not None else 0)
        elif message["kind"] == "settled":
            self._spare.started(self._child.pid if self._child is not None else 0)
        elif message["kind"] == "surprised":
            self._spare.surprised(message["name"])
        elif message["kind"] == "said":
            # While the program had the screen.
            self.screen.keep(message["level"], message["text"])
        elif message["kind"] == "free":
            self.screen.release()
        elif message["kind"] == "typed":
            # It had asked for the terminal on behalf of a key that we passed on.
            self._terminal.take_back()
            if self._terminal.is_ours:
                self._take_keys()
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
        self._tree.account.end()
        if way == "restart":
            log.say(logging.INFO, "restarting")
        # What is being answered is answered first. The program's own end begins then, and has its time for itself:
        # what was accepted last may need all that is given to answers.
        if way == "quit" or not self._ports.ask(self.config.grace):
            self._tell_to_end()

    def _tell_to_end(self) -> None:
        if self._child is None:
            return
        self._kill_at = time.monotonic() + self.config.grace
        self._line.sign(END)
        kill(self._child.pid, signal_to_end(self._child.pid))

    def _reap(self) -> None:
        child = self._child
        while child is not None:
            try:
                pid, status = os.waitpid(child.pid, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                pid, status = child.pid, 0
            if pid == 0:
                reap_orphans(beside=child.pid)
                break
            if os.WIFSTOPPED(status):
                self._stopped(child.pid, os.WSTOPSIG(status))
                continue
            child.returncode = os.waitstatus_to_exitcode(status)
            self._ended(child)
            return

    def _ended(self, child: subprocess.Popen[bytes]) -> None:
        self._line.last()
        self._ports.ended()
        self._child, self._kill_at = None, None
        self._terminal.take_back()
        self._drop_keys()
        self.screen.release()
        code = child.returncode
        if self._ending is not None:
            end_leftovers(child.pid, beside=self._spare.pid)
        if signal.SIGTERM in self._passed_on or code == -_HANGUP:
            # Whoever told us and all of our group to end would have told the program's processes too, without us.
            kill_group(child.pid, -code if code == -_HANGUP else signal.SIGTERM)
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

    def _wait_for_edit(self, failed: dict[str, Any]) -> None:
        if not self._spare.pid:
            self._spare.begin()
        self._awaited = AwaitedEdit(failed["files"], failed["absent"], self.config.root, self._edited)
        # Whoever reads that a save is waited for may save at once.
        keys = ", or press r; q to quit" if self._terminal.is_ours else ""
        log.say(logging.WARNING, f"{failed['error']} at the start: save a file to start again{keys}")
        if self._terminal.is_ours:
            self._take_keys()
        self._awaited.begin()

    def _edited(self) -> None:
        self._changed.set()
        with contextlib.suppress(OSError):
            os.write(self._wake, b"\0")

    def _stop_watching(self) -> None:
        if self._awaited is not None:
            self._awaited.stop()
            self._awaited = None

    # ---- the terminal ----------------------------------------------------------------------------

    def _key(self) -> None:
        typed = self._terminal.typed()
        if typed is None:
            # Whoever hung up types nothing more, and would be heard to do so all the time.
            self._drop_keys()
        for key in typed or "":
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
            elif key in HELD_KEYS and self._child is not None:
                self._line.sign(key.encode())

    def _stopped(self, pid: int, number: int) -> None:
        """The program was stopped: it wants the terminal, or somebody wants it to rest."""
        if self._terminal.is_ours and wants_terminal(pid, number):
            self._drop_keys()
            self._terminal.hand_over(pid)
            kill_group(pid, signal.SIGCONT)
        elif number != signal.SIGSTOP:
            self._suspend()

    def _suspend(self) -> None:
        """As job control wants it: the program and we rest together, and go on together."""
        child = self._child
        held = self._terminal.rest()
        if child is not None:
            kill_group(child.pid, signal.SIGTSTP)
        old = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, old)
        if child is not None:
            if held:
                self._terminal.hand_over(child.pid)
            else:
                self._terminal.listen()
            kill_group(child.pid, signal.SIGCONT)


def _drain(descriptor: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while os.read(descriptor, 4096):
            pass


def supervise(program: Program, config: Config) -> int:
    """Runs a program under a supervisor; the exit code."""
    supervisor = Supervisor(program, config)
    log.show_on(supervisor.screen)
    return supervisor.run()
