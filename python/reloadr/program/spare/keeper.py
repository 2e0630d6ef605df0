"""The supervisor's part: it keeps one process that stands by, and has it be the next start of the program."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from reloadr.program.config import Spare
from reloadr.program.spare.orders import send
from reloadr.report import log
from reloadr.tree.lines import Lines
from reloadr.tree.wire import CHANNEL, TREE

__all__ = ["Keeper", "start"]

#: How often a process is made anew because an import does what it must not do there.
TRIES = 4
#: How much memory must be free for it, in sizes of the program.
ROOM = 3


class Keeper:
    """Keeps a process that stands by."""

    def __init__(
        self, selector: selectors.BaseSelector, command: Callable[[int, int], list[str]], spare: Spare
    ) -> None:
        """`command` gives that of such a process, for two descriptors that it inherits."""
        self._selector = selector
        self._command = command
        self._wanted, self._tells = spare != "none" and os.name == "posix", spare == "tell"
        self._words: dict[str, Any] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._said = Lines()
        #: Imports that are left to the program, with the reason; and those that were named.
        self._without: dict[str, str] = {}
        self._tries = 0
        #: Imports that were made in another way by a restart, and how often that was so.
        self._until: list[str] = []
        self._surprises = 0

    @property
    def pid(self) -> int:
        """Whose it is; 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    def learn(self, words: Mapping[str, Any], program: int) -> None:
        """The program has told what it imports."""
        known = {name: words[name] for name in ("imports", "marks", "states", "files")}
        if self._wanted and (self._process is None or known != self._words) and _has_room(program):
            self._words, self._tries = known, 0
            self.begin()

    def started(self, program: int) -> None:
        """The program has imported nothing for a moment. If it was started again, that is what it did before, in all
        likelihood; if not, it will tell.
        """
        if self._process is None and self._tries < TRIES and _has_room(program):
            self.begin()

    def surprised(self, name: str) -> None:
        """A library was imported in another way than ahead. Once that is an edit, more often the program's way."""
        # What it imports is to be told anew.
        self._words = None
        self._surprises += 1
        if self._surprises > 1:
            self._until.append(name)

    def begin(self) -> None:
        """Starts one, if it is known what the program imports."""
        self.end()
        if self._words is None or not self._wanted:
            return
        line, theirs = socket.socketpair()
        try:
            self._process = self._started(self._words, theirs)
        except OSError:
            # Where the system has nothing left for it, the next start is a cold one.
            line.close()
        else:
            self._line, self._said = line, Lines()
            self._selector.register(line, selectors.EVENT_READ, self._hear)

    def _started(self, words: Mapping[str, Any], theirs: socket.socket) -> subprocess.Popen[bytes]:
        with theirs, tempfile.TemporaryFile("w+", encoding="utf-8") as file:
            file.write(json.dumps({**words, "without": list(self._without), "until": self._until}))
            file.flush()
            file.seek(0)
            passed = (theirs.fileno(), file.fileno())
            return start(self._command(*passed), passed)

    def become(self, command: list[str]) -> subprocess.Popen[bytes] | None:
        """Has it do what a command would; None where there is none that could."""
        process, line = self._process, self._line
        if process is None or line is None:
            return None
        self._let_go()
        with line:
            try:
                send(line, command)
            except OSError:
                _kill(process)
                return None
        return process

    def end(self) -> None:
        """There is to be none."""
        process, line = self._process, self._line
        self._let_go()
        if line is not None:
            line.close()
        if process is not None:
            _kill(process)

    def _let_go(self) -> None:
        if self._line is not None:
            self._selector.unregister(self._line)
        self._process = self._line = None

    def _hear(self) -> None:
        assert self._line is not None
        try:
            data = self._line.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self.end()
        for said in self._said.take(data):
            if said["left out"]:
                self._make_without(said["left out"])
            elif self._tells:
                log.say(logging.INFO, self._words_of(said))

    def _make_without(self, left: dict[str, str]) -> None:
        news = {name: why for name, why in left.items() if name not in self._without}
        self._without |= news
        self._tries += 1
        if acting := [f"{name} (it {why})" for name, why in news.items() if why.startswith(("starts", "opens"))]:
            log.say(logging.INFO, f"not imported ahead of a restart: {', '.join(acting)}")
        if news and self._tries < TRIES:
            self.begin()
        else:
            self.end()

    def _words_of(self, said: Mapping[str, Any]) -> str:
        roots = dict.fromkeys(each.partition(".")[0] for each in said["made"])
        names = [each for each in roots if each not in sys.stdlib_module_names]
        left = [f"{name} (it {why})" for name, why in self._without.items()]
        if said["ends"] is not None:
            left.append("{} and what comes after it ({})".format(*said["ends"]))
        head = f"ready for a restart: {', '.join(names)} ({said['modules']} modules)"
        return f"{head}; not {', '.join(left)}" if left else head


def start(command: list[str], passed: Collection[int]) -> subprocess.Popen[bytes]:
    """Starts a process of the program."""
    # Those of a tree that we are in ourselves are not the program's.
    env = {name: value for name, value in os.environ.items() if name not in (TREE, CHANNEL)}
    return subprocess.Popen(command, pass_fds=passed, process_group=0, env=env)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


def _has_room(program: int) -> bool:
    """Whether the memory that is free would take it; where the system does not tell, it would."""
    try:
        size = int(Path(f"/proc/{program}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) * 1024
    except (OSError, ValueError, IndexError, StopIteration):
        return True
    return free > ROOM * size
