"""Starts a fresh process like this one, waits for what it finds, and leaves nothing of it behind.

It is the leader of a session and group of its own, and all that it starts inherits a mark in the environment: by these
it is ended with its children, when it is done, at the time limit, and when this process ends.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reloadr.proof.graph import Graph
from reloadr.proof.pace import Pace

# For checkers only: what a watched program may never need is loaded by the first process that is started.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess

__all__ = ["Failed", "Fresh", "Job", "run"]

_START = (
    "import sys; getattr(sys.flags, 'safe_path', False) or sys.path.pop(0); import json; "
    "file = open(sys.argv[1], encoding='utf-8'); job = json.loads(file.readline()); sys.path[:] = job['path']; "
    "from reloadr.proof.helper import main; main(job, file)"
)
#: How much is shown of what a process that failed printed.
SHOWN = 2_000
#: How long we sleep between two looks at the process, seconds.
LOOK = 0.02
#: The environment variable that tells whose children they are.
MARK = "RELOADR_VERIFYING_MARK"


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
    #: What it calls before, as `module:function`: see `plugins.begins`.
    begins: Sequence[str] = ()
    #: What is left out: see `plugins.computed`.
    computed: Sequence[str] = ()
    #: Whether what it finds is described; else it is only asked what cannot be imported.
    describes: bool = True
    #: Whether it gives way to all else that the machine has to do.
    nice: bool = False
    #: What hashes begin with, where the program has not chosen that: the order of a set says nothing of the source.
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a fresh process found."""

    graph: Graph
    #: Modules that it could not import, and the error.
    failed: dict[str, str]
    printed: str


def run(job: Job, end: float, pace: Pace) -> Fresh:
    """Runs a fresh process until `end`, a moment of `time.monotonic`. Raises Failed, or Stopped by `pace`."""
    import json
    import tempfile

    with tempfile.TemporaryDirectory(prefix="reloadr-verify-", ignore_cleanup_errors=True) as folder:
        answer, given, printed = (os.path.join(folder, name) for name in ("answer.json", "job.json", "printed"))
        with open(given, "w", encoding="utf-8") as file:
            for line in _lines(job, answer):
                file.write(f"{line}\n")
                pace()
        with open(printed, "wb") as stream, _process(job, given, stream.fileno()) as process:
            while process.poll() is None:
                if time.monotonic() > end:
                    raise Failed(f"a fresh process did not end in time{_quoted(printed)}")
                pace.ask()
                time.sleep(LOOK)
        pace()
        if not os.path.exists(answer):
            raise Failed(f"a fresh process ended with status {process.returncode}{_quoted(printed)}")
        with open(answer, encoding="utf-8", errors="surrogatepass") as lines:
            failed: dict[str, str] = json.loads(next(lines))
            return Fresh(Graph.of_lines(lines, pace) if job.describes else Graph(), failed, _quoted(printed))


def _lines(job: Job, answer: str) -> Iterator[str]:
    """What the process is told: the job, then each text."""
    import binascii
    import json

    yield json.dumps(
        {
            "names": list(job.names),
            "begins": list(job.begins),
            "computed": list(job.computed),
            "main": job.main,
            "package": getattr(sys.modules.get("__main__"), "__package__", None),
            "path": [each or os.getcwd() for each in sys.path],
            "argv": list(getattr(sys, "argv", [])),
            "answer": answer,
            "describes": job.describes,
            "nice": job.nice,
        }
    )
    for path, text in job.texts.items():
        yield json.dumps([path, None if text is None else binascii.b2a_base64(text, newline=False).decode()])


@contextlib.contextmanager
def _process(job: Job, given: str, stream: int) -> Iterator[subprocess.Popen[bytes]]:
    """The process, which is at its end when the block is."""
    import subprocess

    options = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    mark, owner = os.urandom(16).hex(), os.getpid()
    env = {**os.environ, "RELOADR_VERIFYING": "1", MARK: mark}
    if job.seed is not None:
        env.setdefault("PYTHONHASHSEED", str(job.seed))
    process = subprocess.Popen(
        [sys.executable, *options, "-c", _START, given],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stream,
        stderr=stream,
        start_new_session=True,
    )
    kill: Callable[[], None] = lambda: _kill(process, mark) if os.getpid() == owner else None  # noqa: E731
    atexit.register(kill)
    try:
        yield process
    finally:
        kill()
        atexit.unregister(kill)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that leads a session of its own, with those that did not leave it."""
    import signal

    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _kill(process: subprocess.Popen[bytes], mark: str) -> None:
    """Ends it and what it started."""
    import signal

    end_group(process)
    # What has left the group; it may be starting others at this moment.
    for _ in range(10):
        left = list(_marked(mark))
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not left:
            return


def _marked(mark: str) -> Iterator[int]:
    """Living processes with a mark in their environment; none where there is no /proc."""
    try:
        entries = os.listdir("/proc")
    except OSError:
        return
    for entry in entries:
        # Those of others cannot be read.
        with contextlib.suppress(OSError):
            if entry.isdigit():
                with open(f"/proc/{entry}/environ", "rb") as file:
                    if mark.encode() in file.read():
                        yield int(entry)


def _quoted(printed: str) -> str:
    with open(printed, encoding="utf-8", errors="replace") as file:
        text = file.read().strip()
    return f"; it printed:\n{text[-SHOWN:]}" if text else ""
