"""Programs are started in a folder of their own and ended with their test."""

import contextlib
import random
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from program import PYTHON, Program
from typed import Typed

Start = Callable[..., Program]

# A shell that starts the tests in the background has them, and so all that they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `python ARGUMENTS...` in the test's folder."""
    running: list[Program] = []

    def run(*arguments: str, command: tuple[str, ...] = (PYTHON,), **options: object) -> Program:
        program = Program([*command, *arguments], tmp_path, **options)  # type: ignore[arg-type]
        running.append(program)
        return program

    yield run
    for program in running:
        program.close()


@pytest.fixture
def terminal(tmp_path):
    """Starts a command on a terminal of its own, in the test's folder."""
    running = []

    def run(command, **env):
        running.append(Typed(command, tmp_path, env))
        return running[-1]

    yield run
    for typed in running:
        typed.close()


@pytest.fixture
def port(worker_id):
    """A free one that nobody is given meanwhile: not by the system, which gives higher ones, nor by a test beside."""
    first = 20_000 + 1_000 * (int(worker_id.removeprefix("gw") or 0) if worker_id != "master" else 9)
    for number in random.sample(range(first, first + 1_000), 1_000):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", number))
            return number
    raise AssertionError("no port is free")
