"""Where the processes of a program give account: a socket in a folder of the user's own, and who may speak there.

Nobody else may open the folder. Whoever comes all the same, or is no process below the supervisor, is refused.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
import struct
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from reloadr.tree.lines import Lines, line

__all__ = ["Connection", "Door"]

#: A path of a socket may not be longer.
LONGEST = 100
#: A message that is longer is none of ours.
MOST = 64 * 1024 * 1024
BACKLOG = 1024
#: How much of the news a process may leave, which is stopped or busy.
MOST_LEFT = 1024 * 1024


class Door:
    """The listening end."""

    def __init__(self) -> None:
        """Raises OSError where there are no such sockets."""
        if not hasattr(socket, "AF_UNIX"):
            raise OSError("no sockets of this kind")
        self._folder = _folder()
        self.path = os.path.join(self._folder, "account")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(self.path)
            self._socket.listen(BACKLOG)
            self._socket.setblocking(False)
        except OSError:
            self.close()
            raise

    def fileno(self) -> int:
        """The descriptor, for a selector."""
        return self._socket.fileno()

    def abandon(self) -> None:
        """This is a fork, and the door is another process's."""
        self._socket.close()

    def close(self) -> None:
        """Nobody may come any more."""
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def admit(self) -> tuple[list[Connection], list[int]]:
        """Those who came, and the process ids of those who were refused."""
        admitted: list[Connection] = []
        refused: list[int] = []
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return admitted, refused
            peer.setblocking(False)
            pid, user = _peer(peer)
            is_ours = user == os.getuid() and (not pid or _is_below(pid))
            if is_ours:
                admitted.append(Connection(peer, pid))
                continue
            peer.close()
            # One that has ended meanwhile is nobody's any more.
            if is_ours is not None:
                refused.append(pid)


class Connection:
    """One process that gives account."""

    def __init__(self, peer: socket.socket, pid: int) -> None:
        #: As the system says, or 0 where it does not.
        self.pid = pid
        self._socket = peer
        self._lines = Lines()
        #: What it has not taken yet.
        self._left = b""
        self._is_told = True

    def fileno(self) -> int:
        """The descriptor, for a selector."""
        return self._socket.fileno()

    def close(self) -> None:
        """Closes the connection: it is not heard any more."""
        self._socket.close()

    def tell(self, saved: Iterable[str], gone: Iterable[str] = (), others: Iterable[str] = ()) -> None:
        """News of files. A process that takes none for too long is told so by the end of them."""
        if not self._is_told:
            return
        self._left += line({"saved": list(saved), "gone": list(gone), "others": list(others)})
        try:
            self._left = self._left[self._socket.send(self._left, getattr(socket, "MSG_NOSIGNAL", 0)) :]
        except BlockingIOError:
            pass
        except OSError:
            self._is_told = False
            return
        if len(self._left) > MOST_LEFT:
            self._is_told = False
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)

    def read(self) -> list[dict[str, Any]] | None:
        """The messages that came; None at the end, or for what is no message."""
        try:
            data = self._socket.recv(1 << 18)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not data:
            return None
        try:
            messages = self._lines.take(data)
        except ValueError:
            return None
        if len(self._lines) > MOST:
            return None
        return messages if all(isinstance(each, dict) and "kind" in each for each in messages) else None


def _folder() -> str:
    """A new one, which nobody else may open."""
    places = [os.environ.get("XDG_RUNTIME_DIR"), None, "/tmp"]
    for place in places:
        if place is None or _is_safe(place):
            with contextlib.suppress(OSError):
                folder = tempfile.mkdtemp(prefix="reloadr-", dir=place)
                if len(folder) < LONGEST:
                    return folder
                os.rmdir(folder)
    raise OSError("no folder for a socket")


def _is_safe(place: str) -> bool:
    """Whether nobody else can put another folder in the place of one that we make there. After `su`, the folder in
    XDG_RUNTIME_DIR may be another user's.
    """
    try:
        seen = os.stat(place)
    except OSError:
        return False
    return stat.S_ISDIR(seen.st_mode) and (seen.st_uid == os.getuid() or bool(seen.st_mode & stat.S_ISVTX))


def _peer(peer: socket.socket) -> tuple[int, int]:
    """The process and the user at the other end. Where the system does not say, the folder has kept others out."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return 0, os.getuid()
    pid, user, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    return pid, user


def _is_below(pid: int) -> bool | None:
    """Whether a process is a descendant of this one; None if it is gone."""
    own = os.getpid()
    while pid > 1 and pid != own:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            return None
        pid = int(fields[1])
    return pid == own
