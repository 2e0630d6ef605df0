"""The processes of a program: signals to them, what they left behind, and who is whose child."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

__all__ = [
    "descendants",
    "end_leftovers",
    "held_up",
    "kill",
    "kill_group",
    "reap_orphans",
    "signal_to_end",
    "wants_terminal",
]

#: How long what a program left behind is given to end, seconds.
LEFTOVER_GRACE = 0.5


def kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def kill_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def handles(pid: int, number: int) -> bool:
    """Whether a process handles a signal itself; where that cannot be known, it does."""
    return _handles(pid, number) is not False


def _handles(pid: int, number: int) -> bool | None:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    except (OSError, ValueError):
        pass
    return None


def signal_to_end(pid: int) -> int:
    """What a process is asked to end by.

    One that handles no SIGTERM would end without its `finally` and `atexit`; one that a shell has started in the
    background may ignore SIGINT.
    """
    if not handles(pid, signal.SIGTERM) and handles(pid, signal.SIGINT):
        return signal.SIGINT
    return signal.SIGTERM


def wants_terminal(pid: int, number: int) -> bool:
    """Whether a process that a signal has stopped has asked for the terminal: the system stops who does so in the
    background; and who handles that signal (as Textual does) stops itself.
    """
    asked = (signal.SIGTTIN, signal.SIGTTOU)
    return number in asked or (number == signal.SIGSTOP and any(_handles(pid, each) for each in asked))


def held_up(pid: int) -> float:
    """For how long the thread of a process that did so most has waited for a processor, seconds; 0 where the system
    does not tell.
    """
    waited = [0]
    with contextlib.suppress(OSError, ValueError, IndexError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                waited.append(int(file.read().split()[1]))
    return max(waited) / 1e9


def descendants(*, beside: int = 0) -> list[int]:
    """All living processes below this one, but for `beside` and those below it; none where there is no /proc."""
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
            if fields[0] != "Z" and int(entry) != beside:
                parents[int(entry)] = int(fields[1])
    found: list[int] = []
    front = {os.getpid()}
    while front:
        front = {pid for pid, parent in parents.items() if parent in front}
        found += front
    return found


def reap_orphans(*, beside: int | None = None) -> None:
    """Takes note of the end of processes that came to us when their parents ended; `beside` is one that is left."""
    # Where there is no waitid, no orphans come to us.
    if not hasattr(os, "waitid"):
        return
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid == beside:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)


def end_leftovers(group: int, *, beside: int = 0) -> None:
    """Ends what the program had started and left: its group, and orphans that came to us, but `beside`."""
    kill_group(group, signal.SIGTERM)
    end = time.monotonic() + LEFTOVER_GRACE
    number = signal.SIGTERM
    while True:
        reap_orphans()
        left = descendants(beside=beside)
        if not left or (number == signal.SIGKILL and time.monotonic() > end + LEFTOVER_GRACE):
            # Some may have ended while the others were looked for.
            reap_orphans()
            return
        if time.monotonic() > end:
            number = signal.SIGKILL
        for pid in left:
            kill(pid, number)
        time.sleep(0.01)
