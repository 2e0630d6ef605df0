"""From a save to the first test's result: `reloadr test` beside pytest-watcher, pytest-hot-reloading and `pytest` anew.

    python -m pip install pytest pytest-watcher pytest-hot-reloading pandas
    python benches/testing.py [--turns 10] [--python PYTHON]

A project that imports pandas, of forty modules and as many test files; the body of one function is saved, so that its
test fails and passes in turns: each time it is noted whether the result is of what was saved. With watchdog 7
pytest-watcher's own pattern of files fits none, so it is given one. pytest-hot-reloading has a process that stays, and
`pytest` is started after each save to ask it.
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
from dataclasses import dataclass
from pathlib import Path

MODULE = """\
import pandas

def total_{n}(values):
    return int(pandas.Series(values).sum()) + 0
"""
TEST = """\
from shop.part_{n} import total_{n}

def test_total():
    assert total_{n}([1, 2]) == 3

def test_again():
    assert total_{n}([]) == 0
"""
COUNT = 40


def write(folder: Path) -> None:
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = -v -p no:cacheprovider\n")
    for name, text in (("shop/part_{}.py", MODULE), ("tests/test_part_{}.py", TEST)):
        for n in range(COUNT):
            path = folder / name.format(n)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.format(n=n))
    (folder / "shop" / "__init__.py").write_text("")


class Runner:
    """A command that runs the tests by itself after each save."""

    def __init__(self, command: list[str], folder: Path) -> None:
        #: When there was one, and whether it passed.
        self.results: list[tuple[float, bool]] = []
        # pytest-watcher looks there for pytest.
        path = os.pathsep.join([os.path.dirname(command[0]), os.environ.get("PATH", "")])
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "test_part_0.py::test_total" in line and ("PASSED" in line or "FAILED" in line):
                self.results.append((time.perf_counter(), "PASSED" in line))

    def next(self, since: float, patience: float = 60.0) -> tuple[float, bool]:
        """The moment of the next result, and whether it passed."""
        while not self.results or self.results[-1][0] < since:
            if time.perf_counter() > since + patience:
                raise TimeoutError
            time.sleep(0.0005)
        return next(each for each in self.results if each[0] >= since)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


#: Between two saves, seconds.
PAUSE = 8
#: The port of pytest-hot-reloading's process.
PORT = "4859"


@dataclass
class Way:
    """A way to have tests run after saves."""

    #: What runs all the while.
    stays: list[str]
    #: What is started after each save.
    anew: list[str]
    #: Whether what stays runs the tests by itself.
    runs: bool = False


def ways(python: str) -> dict[str, Way]:
    watcher = [python, "-m", "pytest_watcher", ".", "--now", "--delay", "0", "--patterns", "**/*.py", "tests"]
    client = [python, "-m", "pytest", "-p", "pytest_hot_reloading.plugin", "--daemon-port", PORT]
    globs = ["--daemon-watch-globs", "./shop/*.py:./tests/*.py"]
    return {
        "reloadr test": Way([python, "-m", "reloadr", "test", "tests"], [], runs=True),
        "pytest-watcher": Way(watcher, [], runs=True),
        "pytest-hot-reloading": Way([*client, "--daemon", *globs], [*client, "tests/test_part_0.py"]),
        # What a shell loop around pytest would do, told of the save at once, and of the right file.
        "pytest anew": Way([], [python, "-m", "pytest", "tests/test_part_0.py"]),
    }


def measure(way: Way, turns: int) -> list[tuple[float, bool]]:
    """How long each turn took, and whether the result was of what was saved."""
    found: list[tuple[float, bool]] = []
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        write(folder)
        stays = Runner(way.stays, folder) if way.stays else None
        if stays is not None:
            if way.runs:
                stays.next(time.perf_counter())
            else:
                time.sleep(10)
                # It imports what it is asked for.
                _ask(way, folder, time.perf_counter())
            time.sleep(5)
        for turn in range(turns):
            passes = turn % 2 == 1
            text = MODULE.format(n=0).replace("+ 0", f"+ {0 if passes else turn + 1}")
            began = time.perf_counter()
            (folder / "shop" / "part_0.py").write_text(text)
            at, passed = stays.next(began) if stays is not None and way.runs else _ask(way, folder, began)
            found.append((at - began, passed == passes))
            # pytest-watcher does not see what is saved while it runs.
            time.sleep(PAUSE)
        if stays is not None:
            stays.close()
    return found


def _ask(way: Way, folder: Path, began: float) -> tuple[float, bool]:
    runner = Runner(way.anew, folder)
    try:
        return runner.next(began)
    finally:
        runner.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    print("| | median | quickest | slowest | of what was saved |\n| --- | --- | --- | --- | --- |")
    for name, way in ways(given.python).items():
        found = measure(way, given.turns)
        times = [took for took, _ in found]
        row = " | ".join(f"{each * 1000:.0f} ms" for each in (statistics.median(times), min(times), max(times)))
        print(f"| {name} | {row} | {sum(true for _, true in found)} of {len(found)} |", flush=True)


if __name__ == "__main__":
    main()
