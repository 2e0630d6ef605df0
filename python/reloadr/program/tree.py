"""The supervisor's part in the tree: whoever gives account is let in and heard, and the account is told the time."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import site
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from reloadr.program.processes import descendants, held_up
from reloadr.program.saves import Saves
from reloadr.report import log
from reloadr.report.reasons import RESTART, Verdict
from reloadr.tree.account import Account, Member, Stranger
from reloadr.tree.door import Connection, Door
from reloadr.tree.survey import Survey
from reloadr.watching.others import fits

__all__ = ["Tree"]

#: The file by which a process that the program starts comes to be hot.
LINE = "reloadr_tree.pth"
#: How many saved files are remembered that are no modules.
MOST_RECENT = 1000
#: How far the time of a file may be behind the clock, seconds.
TICK = 0.05


class Tree:
    """The processes of the program, as its supervisor sees them."""

    def __init__(
        self,
        selector: selectors.BaseSelector,
        restart: Callable[[list[str]], object],
        restarts_for: Collection[Verdict] = RESTART,
        say: Callable[[int, str], object] = log.say,
    ) -> None:
        self._selector = selector
        self.account = Account(say, restart, self._strangers, _on_disk, held_up, restarts_for)
        self._is_cure_told = False
        #: A process of ours that is none of the program's.
        self.beside: Callable[[], int] = lambda: 0
        self._connections: dict[Connection, Member] = {}
        self._door: Door | None = None
        #: The files that somebody runs, seen with our own eyes: all who run one may be deaf. All but the first process
        #: know of a save from here.
        self._saves = Saves(selector, self._saved)
        #: Those of them that were saved so far.
        self._were_saved: set[str] = set()
        self._survey = Survey(say, self._strangers)
        self._saves.stray = lambda: self._survey.saved(time.monotonic())
        #: Files that are no modules, and who wants to hear of those in which folders.
        self._others = Saves(selector, self._others_saved, [""])
        self._wanting: dict[Connection, set[str]] = {}
        #: Those that were saved last, and when.
        self._recent: deque[tuple[float, str]] = deque(maxlen=MOST_RECENT)
        with contextlib.suppress(OSError):
            self._door = Door()
            selector.register(self._door, selectors.EVENT_READ, self._admit)

    @property
    def path(self) -> str | None:
        """Where account is given; None where the system has no such thing."""
        return self._door.path if self._door is not None else None

    def timeout(self, *others: float | None) -> float | None:
        """How long may be waited: until one of `others`, moments of `time.monotonic`, or until the account wants it."""
        times = [at for at in (*others, self.account.deadline(), self._survey.until) if at is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def turn(self) -> None:
        """Lets the account look at the clock."""
        now = time.monotonic()
        self.account.turn(now)
        self._survey.turn((member.pid for member in self.account.members), now)

    def forget(self) -> None:
        """The program is started again: those of before are not heard any more."""
        for connection in list(self._connections):
            self._drop(connection)
        self.account.forget()

    def close(self) -> None:
        """Nobody is let in any more."""
        self.forget()
        self._saves.close()
        self._others.close()
        if self._door is not None:
            self._selector.unregister(self._door)
            self._door.close()
            self._door = None

    def abandon(self) -> None:
        """This is a fork of who lets them in: the other one goes on with it."""
        for connection in self._connections:
            connection.close()
        if self._door is not None:
            self._door.abandon()
            self._door = None

    def _strangers(self, known: Iterable[int]) -> list[Stranger]:
        found = strangers(known, self.beside())
        if found and not self._is_cure_told and not _is_installed():
            self._is_cure_told = True
            text = f"{LINE} is not in site-packages: what the program starts is not hot. Cure: install reloadr with pip"
            log.say(logging.WARNING, text)
        return found

    def _admit(self) -> None:
        if self._door is None:
            return
        admitted, refused = self._door.admit()
        for pid in refused:
            log.say(logging.WARNING, f"process {pid} is none of the program's: what it has to say is refused")
        if admitted:
            self._survey.happened(time.monotonic())
        for connection in admitted:
            member = self.account.came(connection.pid)
            self._connections[connection] = member
            self._selector.register(
                connection, selectors.EVENT_READ, lambda each=connection, who=member: self._hear(each, who)
            )

    def _hear(self, connection: Connection, member: Member) -> None:
        if connection not in self._connections:
            return
        messages = connection.read()
        now = time.monotonic()
        self._survey.happened(now)
        if messages is None:
            self._drop(connection)
            self.account.went(member, now)
            return
        for message in messages:
            if message["kind"] == "watch":
                self._watch(connection, message)
            else:
                self.account.heard(member, message, now)
        for path in member.take():
            if self._saves.watch(path):
                connection.tell([path])

    def _watch(self, connection: Connection, message: Mapping[str, Any]) -> None:
        """A process wants to know of saves. It may have read before we began to watch, or before it was let in and told
        of saves: then it is to look once more."""
        path, below = message.get("path"), message.get("below")
        if not isinstance(path, str):
            return
        if isinstance(since := message.get("since"), float):
            self._wanting.setdefault(connection, set()).add(path)
            # What was saved before we came to this is told of as well.
            is_new = self._others.watch(path, below=True)
            saved = saved_since(path, since) if is_new else [each for at, each in self._recent if at >= since]
            if saved:
                connection.tell((), others=[each for each in saved if fits(each, path)])
        elif (self._saves.watch(path, below=bool(below)) or path in self._were_saved) and not below:
            connection.tell([path])

    def _saved(self, saved: list[str] | None, gone: list[str]) -> None:
        paths = self._saves.files() if saved is None else saved
        now = time.monotonic()
        self._were_saved.update(paths, gone)
        for path in (*paths, *gone):
            self.account.saved(path, now)
        for connection, member in self._connections.items():
            # The first process has a file watch of its own.
            if not member.is_main:
                connection.tell(paths, gone)

    def _others_saved(self, saved: list[str] | None, gone: list[str]) -> None:
        self._recent += [(time.time(), path) for path in (*(saved or ()), *gone)]
        for connection, folders in self._wanting.items():
            paths = [path for path in (*(saved or ()), *gone) if any(fits(path, folder) for folder in folders)]
            if paths:
                connection.tell((), others=paths)

    def _drop(self, connection: Connection) -> None:
        if connection in self._connections:
            del self._connections[connection]
            self._wanting.pop(connection, None)
            self._selector.unregister(connection)
            connection.close()


def saved_since(folder: str, since: float) -> list[str]:
    """The files below a folder that were written after a moment."""
    found = []
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            with contextlib.suppress(OSError):
                if os.stat(path).st_mtime >= since - TICK:
                    found.append(path)
    return found


def strangers(known: Iterable[int], beside: int) -> list[Stranger]:
    """The Python processes of the program that give no account; none where there is no /proc. `beside` is ours."""
    found: list[Stranger] = []
    ours = set(known)
    for pid in descendants(beside=beside):
        if pid in ours:
            continue
        folder = Path(f"/proc/{pid}")
        # What ends meanwhile, or is another user's, is left out.
        with contextlib.suppress(OSError, ValueError, IndexError):
            if not os.path.basename(os.readlink(folder / "exe")).startswith("python"):
                continue
            if b"RELOADR_VERIFYING" in (folder / "environ").read_bytes():
                continue
            ticks = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[19])
            up = float(Path("/proc/uptime").read_text().split()[0])
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            found.append(Stranger(pid, _name(words), up - ticks / os.sysconf("SC_CLK_TCK") - held_up(pid)))
    return found


def _is_installed() -> bool:
    """Whether Python finds the line that makes other processes hot."""
    folders = [*site.getsitepackages(), site.getusersitepackages()]
    return any(os.path.exists(os.path.join(folder, LINE)) for folder in folders)


def _name(words: list[str]) -> str:
    """What a command line is to people: its script or module."""
    rest = [word for word in words[1:] if word]
    for at, word in enumerate(rest):
        if word in ("-m", "-c"):
            return " ".join([word, *rest[at + 1 : at + 2]])[:40]
        if not word.startswith("-"):
            return os.path.basename(word)
    return os.path.basename(words[0])


def _on_disk(path: str) -> str:
    """The hash of what a file holds; "" if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return sha256(file.read()).hexdigest()
    except OSError:
        return ""
