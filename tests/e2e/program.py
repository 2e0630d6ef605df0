"""Real programs in real processes: written into a folder, started, edited, and watched for what they print."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

#: Long enough for a busy machine; no test waits that long when all is well.
PATIENCE = 30.0


def until(met: Callable[[], object], what: Callable[[], str] = lambda: "", patience: float = PATIENCE) -> None:
    """Waits until `met()` is true; AssertionError with `what()` after `patience` seconds."""
    end = time.monotonic() + patience
    while not met():
        assert time.monotonic() < end, f"not met within {patience:.0f} s. {what()}"
        time.sleep(0.003)


def within(seconds: float, act: Callable[[int], None]) -> int:
    """Does something that must take less than so long to be what a test is about, and says which attempt was quick
    enough: a process that writes may be kept waiting by a busy machine in the midst of it.
    """
    for attempt in range(30):
        began = time.monotonic()
        act(attempt)
        if time.monotonic() - began < seconds:
            return attempt
    raise AssertionError(f"never done within {seconds} s")


def replace(path: Path, text: str) -> None:
    """Saves as most editors do: a temporary file renamed into place."""
    other = path.with_name(f".{path.name}.tmp")
    other.write_text(text)
    os.replace(other, path)


class Program:
    """A running process whose output is collected line by line."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        stdin: int = subprocess.DEVNULL,
        env: dict[str, str] | None = None,
    ) -> None:
        # Unbuffered, each `print` would be several writes: lines of two processes would run into each other.
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("RELOADR") and name != "PYTHONUNBUFFERED"
        }
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**kept, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})},
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        """All that was printed so far."""
        return "\n".join(self.lines)

    def prints(self, text: str, times: int = 1, patience: float = PATIENCE) -> None:
        """Waits until a text was printed in that many lines."""
        until(
            lambda: sum(text in line for line in list(self.lines)) >= times or self.process.poll() is not None,
            lambda: f"Waited for {text!r}; printed:\n{self.output}",
            patience,
        )
        if self.process.poll() is not None:
            self._reader.join(PATIENCE)
        count = sum(text in line for line in self.lines)
        assert count >= times, f"{text!r} {count} times; ended with {self.process.poll()}; printed:\n{self.output}"

    def ends(self, patience: float = PATIENCE) -> int:
        """Waits for its end; its exit code."""
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end; printed:\n{self.output}") from None
        self._reader.join(5)
        return code

    def send(self, number: signal.Signals) -> None:
        """A signal to the process that was started."""
        self.process.send_signal(number)

    def close(self) -> None:
        """Ends it and all that it started, whatever happened."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(number)
                try:
                    self.process.wait(3)
                except subprocess.TimeoutExpired:
                    continue
        for pid in descendants_in_session(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._reader.join(5)
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        if self.process.stdout is not None and not self._reader.is_alive():
            self.process.stdout.close()


def descendants_in_session(leader: int) -> list[int]:
    """The processes of the session that a program was started in."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


PYTHON = sys.executable
