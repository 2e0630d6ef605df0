"""Starts a fresh process like this one, waits for what it finds, and leaves nothing of it behind."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from reloadr.proof.describe import Graph

__all__ = ["Failed", "Fresh", "Job", "run"]

_START = (
    "import json, sys; job = json.load(open(sys.argv[1], encoding='utf-8')); sys.path[:] = job['path']; "
    "from reloadr.proof.helper import main; main(job)"
)
#: How much is shown of what a process that failed printed.
SHOWN = 2_000


class Failed(Exception):
    """The fresh process found nothing out: why not, and the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a fresh process is to import."""

    #: Modules in the order of their imports, and the file of the main one.
    names: Sequence[str]
    main: str | None
    #: By file: the text to import in its place; None for what is saved.
    texts: Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a fresh process found."""

    graph: Graph
    #: Modules that it could not import, and the error.
    failed: dict[str, str]
    printed: str


def run(job: Job, end: float) -> Fresh:
    """Runs a fresh process until `end`, a moment of `time.monotonic`. Raises Failed."""
    with tempfile.TemporaryDirectory(prefix="reloadr-verify-", ignore_cleanup_errors=True) as folder:
        answer, given, printed = (Path(folder, name) for name in ("answer.json", "job.json", "printed"))
        given.write_text(json.dumps(_data(job, answer)), "utf-8")
        with printed.open("wb") as stream:
            process = _start(given, stream.fileno())
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise Failed(f"a fresh process did not end in time{_quoted(printed)}") from None
            finally:
                _kill(process)
        if not answer.exists():
            raise Failed(f"a fresh process ended with status {process.returncode}{_quoted(printed)}")
        found = json.loads(answer.read_text("utf-8", "surrogatepass"))
        return Fresh(Graph.of_data(found["graph"]), found["failed"], _quoted(printed))


def _data(job: Job, answer: Path) -> dict[str, object]:
    texts = {path: None if text is None else base64.b64encode(text).decode() for path, text in job.texts.items()}
    path = [each or os.getcwd() for each in sys.path]
    argv = list(getattr(sys, "argv", []))
    return {
        "names": list(job.names),
        "main": job.main,
        "texts": texts,
        "path": path,
        "argv": argv,
        "answer": str(answer),
    }


def _start(given: Path, stream: int) -> subprocess.Popen[bytes]:
    options = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    return subprocess.Popen(
        [sys.executable, *options, "-c", _START, str(given)],
        env={**os.environ, "RELOADR_VERIFYING": "1"},
        stdin=subprocess.DEVNULL,
        stdout=stream,
        stderr=stream,
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends it and what it started and left in its process group."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _quoted(printed: Path) -> str:
    text = printed.read_text("utf-8", "replace").strip()
    return f"; it printed:\n{text[-SHOWN:]}" if text else ""
