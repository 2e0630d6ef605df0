"""What a restart costs: from a save that no living process can follow to the program's first output.

    python -m pip install pandas django sqlalchemy watchfiles
    python benches/restarts.py [--turns 10] [--python PYTHON]

The program imports pandas, Django's models and SQLAlchemy's, and ten modules of its own. All tools take turns, in one
run: `reloadr run`, once with its spare ready, once with a save two seconds after the last restart has shown something,
once as soon as it has; the same without a spare; watchfiles; and a cold start of the program by Python alone, which has
no old process to end. To end a process that has imported all that takes some time as well, and no tool can save it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

MAIN = """\
import os, sys
import pandas as pd
import django.db.models, django.http, django.template
import sqlalchemy, sqlalchemy.orm
import cold
from shop import {names}
print("out", os.getpid(), pd.Series([1, 2]).sum(), flush=True)
import time
while len(sys.argv) < 2:
    time.sleep(0.01)
"""
#: The class is not where its source put it: its edit is never live.
COLD = "class B:\n    x = {}\n\n\ndel B\n"
COUNT = 10


def write(folder: Path) -> None:
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").write_text("")
    for n in range(COUNT):
        (folder / "shop" / f"part_{n}.py").write_text(
            "\n\n".join(f"def f{at}(x):\n    return x + {at}" for at in range(40))
        )
    (folder / "cold.py").write_text(COLD.format(0))
    (folder / "main.py").write_text(MAIN.format(names=", ".join(f"part_{n}" for n in range(COUNT))))
    (folder / "pyproject.toml").write_text("")


class Tool:
    """A command that starts the program again after a save, in a folder of its own."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        folder.mkdir()
        write(folder)
        self._file = folder / "cold.py"
        self._saves = 0
        self.lines: list[tuple[float, str]] = []
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append((time.perf_counter(), line))

    def wait(self, text: str, since: float) -> float:
        """The moment at which a line with a text was there, after another moment."""
        end = time.perf_counter() + 120
        while time.perf_counter() < end:
            for at, line in list(self.lines):
                if at >= since and text in line:
                    return at
            time.sleep(0.001)
        raise RuntimeError(f"no {text!r}: {self.lines[-5:]}")

    def restart(self) -> tuple[float, float]:
        """Milliseconds from a save to the next output, and from the end of the old process to that."""
        self._saves += 1
        old = next(line.split()[1] for _, line in reversed(self.lines) if line.startswith("out"))
        since = time.perf_counter()
        self._file.write_text(COLD.format(self._saves))
        while is_running(old):
            time.sleep(0.001)
        ended = time.perf_counter()
        output = self.wait("out", since)
        return (output - since) * 1000, (output - ended) * 1000

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def cold_start(python: str, folder: Path) -> tuple[float, float]:
    began = time.perf_counter()
    with subprocess.Popen([python, "main.py", "once"], cwd=folder, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        took = (time.perf_counter() - began) * 1000
    return took, took


def measure(python: str, folder: Path, turns: int) -> dict[str, list[tuple[float, float]]]:
    run = [python, "-m", "reloadr", "run"]
    quick = Tool(folder / "spare", [*run, "--spare=tell", "main.py"])
    plain = Tool(folder / "none", [*run, "--spare=none", "main.py"])
    other = Tool(folder / "watchfiles", [python, "-m", "watchfiles", f"{python} main.py", "."])
    tools = [quick, plain, other]
    try:
        for tool in tools:
            tool.wait("out", 0.0)
        since = 0.0
        found: dict[str, list[tuple[float, float]]] = {}

        def note(name: str, what: Callable[[], tuple[float, float]]) -> None:
            found.setdefault(name, []).append(what())

        for turn in range(turns):
            quick.wait("ready for a restart: pandas, django, sqlalchemy", since)
            since = time.perf_counter()
            note("reloadr run", quick.restart)
            # The spare for this one is begun a moment after the last one.
            if turn % 3 == 1:
                time.sleep(2)
                since = time.perf_counter()
                note("reloadr run, two seconds after a restart", quick.restart)
            elif turn % 3 == 2:
                since = time.perf_counter()
                note("reloadr run, right after a restart", quick.restart)
            # The others are measured while none is being made.
            quick.wait("ready for a restart: pandas, django, sqlalchemy", since)
            note("reloadr run --spare=none", plain.restart)
            note("watchfiles", other.restart)
            note("a cold start: python main.py", lambda: cold_start(python, folder / "none"))
    finally:
        for tool in tools:
            tool.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(given.python, Path(folder), given.turns)
    print(
        "| ms to the first output | restarts | from the save, p50 | max | from the end of the old process, p50 | max |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for name, times in found.items():
        columns = [
            f"{measured(each):,.0f}" for each in zip(*times, strict=True) for measured in (statistics.median, max)
        ]
        print(f"| {name} | {len(times)} | {' | '.join(columns)} |")


if __name__ == "__main__":
    main()
