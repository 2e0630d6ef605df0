"""The channel of a program's processes, and other users of the machine."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from reloadr.tree import door as doors
from reloadr.tree.wire import Wire

IS_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says who is at the other end")
IS_ROOT = pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="acts as another user")
NOBODY = 65534

LISTENER = """
import os, socket, sys
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[2]))
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
os.chmod(sys.argv[1], 0o777)
print("listens", flush=True)
peer, _ = listening.accept()
print(peer.recv(1000), flush=True)
"""


@pytest.fixture
def place():
    """A folder that everybody may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.fixture
def door():
    found = doors.Door()
    yield found
    found.close()


def test_nobody_else_may_open_its_folder(door):
    assert os.stat(os.path.dirname(door.path)).st_mode & 0o777 == 0o700


@IS_LINUX
@IS_ROOT
def test_somebody_else_who_listens_in_its_place_is_told_nothing(place):
    """Whoever owns the folder above could move ours away."""
    os.chown(place, NOBODY, NOBODY)
    words = [sys.executable, "-c", LISTENER, str(place / "account"), str(NOBODY)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "listens\n"
        wire = Wire(str(place / "account"))
        wire.send("report", secret="text")
        assert not wire.is_open and other.stdout.readline() == "b''\n"


@IS_ROOT
def test_a_folder_of_somebody_else_is_not_used(place, monkeypatch):
    """As after `su`, which leaves XDG_RUNTIME_DIR as it was."""
    os.chown(place, NOBODY, NOBODY)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    door = doors.Door()
    try:
        assert not door.path.startswith(str(place))
    finally:
        door.close()


def test_a_folder_of_ones_own_is_used(place, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    door = doors.Door()
    try:
        assert door.path.startswith(str(place))
    finally:
        door.close()
