"""A worker that never stops, with a real database connection, through a hundred edits of its source."""

import subprocess
import sys
import textwrap
from pathlib import Path

import postgresql
from program import PYTHON, replace

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "live_worker.py"


def run(*arguments):
    command = [sys.executable, "-W", "error", str(EXAMPLE), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "100 edits: every job was done, all of them over one connection\n" and done.stderr == ""


def test_postgresql_keeps_its_backend():
    """The server's process for the connection is the same after a hundred edits, and did every job."""
    with postgresql.server() as (user, socket):
        run(user, socket)


def test_sqlite_keeps_its_connection():
    """So is the temporary table that would end with the connection."""
    run()


WORKER = """
import time, pg8000.native
connection = pg8000.native.Connection({user!r}, unix_sock={socket!r}, database='postgres')
def job():
    return '{value}'
if __name__ == '__main__':
    seen = None
    while True:
        result = connection.run('SELECT pg_backend_pid()')[0][0], job()
        if result != seen:
            seen = result
            print('job', *result, flush=True)
        time.sleep(0.002)
"""


def test_postgresql_under_reloadr_run(start, tmp_path):
    """A script that holds the connection is edited itself, and was never changed for it."""
    with postgresql.server() as (user, socket):

        def text(value):
            return textwrap.dedent(WORKER).format(user=user, socket=socket, value=value)

        (tmp_path / "worker.py").write_text(text("old"))
        program = start("worker.py", command=(PYTHON, "-m", "reloadr", "run"))
        program.prints(" old")
        pid = next(line for line in program.lines if line.startswith("job")).split()[1]
        for number in range(5):
            replace(tmp_path / "worker.py", "# moved\n" * number + text(f"new{number}"))
            program.prints(f"job {pid} new{number}")
        program.close()
