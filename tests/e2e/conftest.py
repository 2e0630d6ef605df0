"""Programs are started in a folder of their own and ended with their test."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from program import PYTHON, Program

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
