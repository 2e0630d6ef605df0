"""A worker that never stops: its source is edited a hundred times, and its database connection stays the same.

    python examples/live_worker.py
    python examples/live_worker.py USER SOCKET

The script writes a module `jobs.py` into a folder of its own, watches it and does jobs in a thread. With a user and a
socket of a PostgreSQL server (and the package `pg8000`) the connection is one to that server, which gives each of
them a process of its own; without, it is one to SQLite, known by a temporary table that ends with it. Nobody calls
anything for an edit to become live: it is saved, and the next job runs it.
"""

import importlib
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import reloadr

SQLITE = '''\
import sqlite3

connection = sqlite3.connect("jobs.db", check_same_thread=False)
connection.execute("CREATE TEMP TABLE session AS SELECT abs(random()) AS id")


def run(sql):
    """One statement in its own transaction."""
    rows = connection.execute(sql).fetchall()
    connection.commit()
    return rows


def session():
    """Which connection this is."""
    return run("SELECT id FROM session")[0][0]
'''

POSTGRESQL = '''\
import pg8000.native

connection = pg8000.native.Connection("USER", unix_sock="SOCKET", database="postgres")


def run(sql):
    """One statement in its own transaction."""
    return connection.run(sql)


def session():
    """The server's process for this connection."""
    return run("SELECT pg_backend_pid()")[0][0]
'''

JOBS = '''

run("CREATE TABLE jobs (number INTEGER, result TEXT, session TEXT)")
done = 0
RATE = 0


class Clerk:
    """Does the jobs."""

    def __init__(self, name):
        self.name = name
        self.last = ""

    def work(self):
        global done
        result = self.result()
        run(f"INSERT INTO jobs VALUES ({done + 1}, '{result}', '{session()}')")
        done += 1
        self.last = result

    def result(self):
        return f"edit 0 at {rate()}"


def rate():
    return RATE


clerk = Clerk("Ada")
'''

EDITS = 100


def edited(number: int) -> str:
    """The source after an edit: another body each time, and something else."""
    text = JOBS.replace("edit 0 at", f"edit {number} at")
    if number % 4 == 1:
        text = text.replace("RATE = 0", f"RATE = {number}")
    if number % 4 == 2:
        text = text.replace("def result", f"def extra{number}(self):\n        return self.name\n\n    def result")
    if number % 4 == 3:
        text = text.replace("return RATE", f"doubled = RATE * 2\n    return doubled + {number}")
    return "# Edited.\n" * (number % 3) + text


def main() -> None:
    head = SQLITE
    if len(sys.argv) > 2:
        head = POSTGRESQL.replace("USER", sys.argv[1]).replace("SOCKET", sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        live(Path(folder), head.replace("jobs.db", f"{folder}/jobs.db"))


def live(folder: Path, head: str) -> None:
    """All of it in one process."""
    source = folder / "jobs.py"
    source.write_text(head + edited(0))
    sys.path.insert(0, str(folder))
    jobs = importlib.import_module("jobs")
    connection, clerk, session = jobs.connection, jobs.clerk, jobs.session()
    rejected: list[reloadr.Report] = []
    ended = threading.Event()
    worker = threading.Thread(target=keep_working, args=(jobs, ended))

    def heard(report: reloadr.Report) -> None:
        if report.rejected:
            rejected.append(report)

    with reloadr.watch(jobs, on_report=heard):
        worker.start()
        try:
            for number in range(1, EDITS + 1):
                source.write_text(head + edited(number))
                wait_for(jobs.clerk, f"edit {number} at ")
                assert jobs.rate() == (number if number % 4 in (1, 3) else 0)
                assert number % 4 != 2 or getattr(clerk, f"extra{number}")() == "Ada"
        finally:
            ended.set()
            worker.join()
    assert jobs.connection is connection and jobs.clerk is clerk and jobs.session() == session and not rejected
    ((rows, sessions, results),) = jobs.run(
        "SELECT count(*), count(DISTINCT session), count(DISTINCT result) FROM jobs"
    )
    assert rows == jobs.done and sessions == 1 and results >= EDITS
    print(f"{EDITS} edits: every job was done, all of them over one connection")
    jobs.connection.close()


def keep_working(jobs: Any, ended: threading.Event) -> None:
    """The worker."""
    while not ended.is_set():
        jobs.clerk.work()
        time.sleep(0.001)


def wait_for(clerk: Any, start: str) -> None:
    """Until the worker has done a job by what was saved."""
    end = time.monotonic() + 30
    while not clerk.last.startswith(start):
        assert time.monotonic() < end, f"{start!r} is not live; {reloadr.status()}"
        time.sleep(0.0005)


if __name__ == "__main__":
    main()
