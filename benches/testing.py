"""From a save to the first test's result: `reloadr test` beside pytest-watcher, and beside `pytest` started anew.

    python -m pip install pytest pytest-watcher pandas
    python benches/testing.py [--turns 10] [--python PYTHON]

A project that imports pandas, of forty modules and as many test files; the body of one function is saved. With
watchdog 7 pytest-watcher's own pattern of files fits none, so it is given one.
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
        self.results: list[float] = []
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
                self.results.append(time.perf_counter())

    def next(self, since: float, patience: float = 60.0) -> float:
        """The moment of the next result."""
        while not self.results or self.results[-1] < since:
            if time.perf_counter() > since + patience:
                raise TimeoutError
            time.sleep(0.0005)
        return next(each for each in self.results if each >= since)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def measure(python: str, turns: int) -> dict[str, list[float]]:
    commands = {
        "reloadr test": [python, "-m", "reloadr", "test", "tests"],
        "pytest-watcher": [
            python,
            "-m",
            "pytest_watcher",
            ".",
            "--now",
            "--delay",
            "0",
            "--patterns",
            "**/*.py",
            "tests",
        ],
        # What a shell loop around pytest would do, told of the save at once, and of the right file.
        "pytest anew": [],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for name, command in commands.items():
        with tempfile.TemporaryDirectory() as where:
            folder = Path(where)
            write(folder)
            runner = Runner(command, folder) if command else None
            if runner is not None:
                runner.next(time.perf_counter())
                time.sleep(5)
            for turn in range(turns):
                path = folder / "shop" / "part_0.py"
                text = MODULE.format(n=0).replace("+ 0", f"+ 0 * {turn + 1}")
                began = time.perf_counter()
                path.write_text(text)
                one = runner or Runner([python, "-m", "pytest", "tests/test_part_0.py"], folder)
                times[name].append(one.next(began) - began)
                if runner is None:
                    one.close()
                time.sleep(2)
            if runner is not None:
                runner.close()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    print("| | median | quickest | slowest |\n| --- | --- | --- | --- |")
    for name, times in measure(given.python, given.turns).items():
        row = (statistics.median(times), min(times), max(times))
        print(f"| {name} | {' | '.join(f'{each * 1000:.0f} ms' for each in row)} |", flush=True)


if __name__ == "__main__":
    main()
