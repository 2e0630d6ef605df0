"""A PostgreSQL server of our own, from the system's package, for the time of a test."""

from __future__ import annotations

import getpass
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

#: Where Debian's package puts what is not on PATH, the newest version last.
DEBIAN = "/usr/lib/postgresql/*/bin"


def tool(name: str) -> str:
    """A program of the server; skips the test where there is none."""
    places = sorted(glob.glob(DEBIAN), key=lambda place: int(place.split(os.sep)[-2]))
    for place in reversed(places):
        if os.path.exists(found := os.path.join(place, name)):
            return found
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"PostgreSQL is not installed: there is no {name} (on Debian: apt install postgresql)")
    return found


@contextmanager
def server() -> Iterator[tuple[str, str]]:
    """Runs one that listens on a socket in a folder of its own; its user's name and the socket's path."""
    initdb, postgres = tool("initdb"), tool("postgres")
    # It refuses to be run by root.
    owner = pwd.getpwnam("postgres" if "postgres" in {each.pw_name for each in pwd.getpwall()} else "nobody")
    user = owner.pw_name if os.geteuid() == 0 else getpass.getuser()
    as_user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    # A socket's path must be short, and pytest's folders are closed to other users.
    folder = tempfile.mkdtemp(prefix="reloadr-pg-", dir="/tmp")
    log = os.path.join(folder, "log")
    process = None
    try:
        if as_user:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = os.path.join(folder, "data")
        words = [initdb, "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, **as_user)
        assert done.returncode == 0, done.stderr
        words = [postgres, "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
        with open(log, "w") as file:
            process = subprocess.Popen(words, cwd=folder, stdout=file, stderr=file, **as_user)
        _wait_until_ready(process, log)
        yield user, os.path.join(folder, ".s.PGSQL.5432")
    finally:
        if process is not None:
            process.terminate()
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(process: subprocess.Popen[bytes], log: str) -> None:
    from program import until

    def said() -> str:
        with open(log) as file:
            return file.read()

    until(lambda: "ready to accept connections" in said() or process.poll() is not None, said)
    assert process.poll() is None, said()
