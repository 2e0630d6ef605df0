"""Runs cases in forks of a process that has imported what they all need, which takes longer than most of them.

    python tests/case_server.py [MODULE ...] < REQUESTS

A request is a line of JSON, the arguments of `run_case.py`; the answer is one as well: the exit status and what was
printed.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import run_case

TIMEOUT = 60


class Server:
    """The process, seen from the one that asks."""

    def __init__(self, *modules: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, *modules], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """What `run_case.py` with these arguments ends with and prints."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(arguments), file=self._process.stdin, flush=True)
        status, text = json.loads(self._process.stdout.readline())
        return status, text

    def close(self) -> None:
        """Ends it."""
        self._process.communicate()


def _answer(arguments: Sequence[str]) -> tuple[int, str]:
    with tempfile.TemporaryFile() as printed:
        pid = os.fork()
        if not pid:
            with open(os.devnull) as nothing:
                os.dup2(nothing.fileno(), 0)
            os.dup2(printed.fileno(), 1)
            os.dup2(printed.fileno(), 2)
            signal.alarm(TIMEOUT)
            sys.argv = [str(Path(run_case.__file__)), *arguments]
            run_case.end(run_case.main())
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        printed.seek(0)
        return status, printed.read().decode(errors="backslashreplace")


def _serve() -> None:
    for name in sys.argv[1:]:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    _serve()
