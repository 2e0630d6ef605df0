"""An edit, played in a throw-away process: the old state runs, the new one is saved, and the process is verified.

```
copy of OLD ─▶ throw-away process ─▶ NEW is saved ─▶ poll() ─▶ verify() ─▶ what it found
               runs PROGRAM          in the copy
```
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reloadr.program.program import Program
from reloadr.proof.fresh import end_group

__all__ = ["CannotPlay", "Play", "main", "play"]

#: Exit codes.
FRESH, SILENT, FAILED, NAMED, UNKNOWN = 0, 1, 2, 3, 4

DESCRIPTION = """\
Plays an edit in a throw-away process and verifies it. A copy of OLD is run by PROGRAM; when that has ended, or runs on
after some seconds, NEW is saved in the copy and becomes live. Then the process is compared with fresh ones.
PROGRAM is `script.py [arguments]` or `-m module [arguments]`, in that copy. OLD and NEW are folders, or two files:
these are saved as PROGRAM's file, or without a PROGRAM under the name of OLD, and imported.
"""
CODES = """\
exit codes:
  0  the process is as a fresh one would be
  1  something is stale or in conflict, and the report does not name it
  2  the edit could not be played
  3  something is stale or in conflict, and the report names all of it
  4  nothing is, but not everything could be compared
"""
#: What is no part of a project's state.
_IGNORED = shutil.ignore_patterns("__pycache__", ".git", ".hg")


class CannotPlay(Exception):
    """The edit could not be played; the message says why."""


@dataclass(frozen=True, slots=True)
class Play:
    """An edit and how it is played."""

    old: Path
    new: Path
    #: None: the file is imported.
    program: Program | None
    #: How long a program may run before the edit, and how long all that comes after it may take, seconds.
    after: float = 2.0
    timeout: float = 60.0

    @property
    def file(self) -> str | None:
        """The name of the only file; None for folders."""
        if self.old.is_dir():
            return None
        if self.program is None:
            return self.old.name
        if self.program.kind == "script":
            return self.program.target
        return self.program.target.replace(".", "/") + ".py"


def play(wanted: Play) -> dict[str, Any]:
    """Plays it; what the process found, as plain data. Raises CannotPlay."""
    with tempfile.TemporaryDirectory(prefix="reloadr-play-", ignore_cleanup_errors=True) as folder:
        root = Path(folder).resolve()
        work, answer, printed = root / "work", root / "answer.json", root / "printed"
        _copy(wanted.old, work, wanted.file)
        job = {
            "program": None if wanted.program is None else wanted.program.to_dict(),
            "module": None if wanted.file is None else Path(wanted.file).stem,
            "new": str(wanted.new.resolve()),
            "file": wanted.file,
            "after": wanted.after,
            "timeout": wanted.timeout,
            "answer": str(answer),
        }
        script = str(Path(__file__).with_name("played.py"))
        options = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
        with printed.open("wb") as stream:
            code = _run([sys.executable, *options, script, json.dumps(job)], work, stream.fileno(), wanted)
        if not answer.exists():
            said = printed.read_text("utf-8", "replace").strip()
            why = "did not end in time" if code is None else f"ended with status {code}"
            raise CannotPlay(f"the program {why} before the edit was verified" + (f":\n{said}" if said else ""))
        found: dict[str, Any] = json.loads(answer.read_text("utf-8", "surrogatepass").replace(f"{work}{os.sep}", ""))
        if found.get("failed"):
            raise CannotPlay(f"{found['failed']}\n{printed.read_text('utf-8', 'replace').strip()}".strip())
        return found


def _copy(old: Path, work: Path, file: str | None) -> None:
    if file is None:
        shutil.copytree(old, work, ignore=_IGNORED)
    else:
        target = work / file
        if work.resolve() not in target.resolve().parents:
            raise CannotPlay(f"{file} is not below the folder that the program runs in")
        target.parent.mkdir(parents=True)
        shutil.copyfile(old, target)


def _run(command: Sequence[str], work: Path, stream: int, wanted: Play) -> int | None:
    """Runs the throw-away process; its status, or None where it had to be ended."""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "RELOADR_DISABLE": ""}
    process = subprocess.Popen(
        command, cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True
    )
    try:
        return process.wait(wanted.after + 2 * wanted.timeout)
    except subprocess.TimeoutExpired:
        return None
    finally:
        end_group(process)


# ---- the command line --------------------------------------------------------------------------------


def main(words: Sequence[str]) -> int:
    """`python -m reloadr.verify`; the exit code."""
    at = words.index("--") if "--" in words else len(words)
    options = _parser().parse_args(words[:at])
    try:
        found = play(_wanted(options, list(words[at + 1 :])))
    except CannotPlay as error:
        if options.json:
            print(json.dumps({"failed": str(error)}, indent=2))
        else:
            print(f"reloadr.verify: {error}", file=sys.stderr)
        return FAILED
    print(json.dumps(found, indent=2) if options.json else "\n".join(_lines(found)))
    return _code(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m reloadr.verify",
        usage="%(prog)s [options] OLD NEW [-- PROGRAM]",
        description=DESCRIPTION,
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("old", metavar="OLD", type=Path, help="a folder or a file: what is loaded")
    parser.add_argument("new", metavar="NEW", type=Path, help="the same after the edit")
    parser.add_argument("--after", metavar="SECONDS", type=float, default=2.0, help="if PROGRAM runs on till then (2)")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=60.0, help="for the verification (60)")
    parser.add_argument("--json", action="store_true", help="as JSON (off)")
    return parser


def _wanted(options: argparse.Namespace, words: list[str]) -> Play:
    old, new = options.old, options.new
    for path in (old, new):
        if not path.exists():
            raise CannotPlay(f"there is no {path}")
    if old.is_dir() != new.is_dir():
        raise CannotPlay("OLD and NEW must be two folders or two files")
    if old.is_dir() and not words:
        raise CannotPlay("which program? PROGRAM must follow two folders: OLD NEW -- script.py")
    return Play(old, new, _program(words), options.after, options.timeout)


def _program(words: list[str]) -> Program | None:
    if not words:
        return None
    if words[0] == "-m":
        if len(words) == 1:
            raise CannotPlay("-m wants a module")
        return Program("module", words[1], tuple(words[2:]))
    if words[0].startswith("-"):
        raise CannotPlay(f"PROGRAM is script.py or -m module, not {words[0]}")
    return Program("script", words[0], tuple(words[1:]))


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield found["report"]["text"]
    yield ""
    yield found["proof"]["text"]
    for each in _wrong(found):
        yield f"{each['path']}: {'named by ' + each['named'] if each['named'] else 'not named by the report'}"


def _wrong(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [*found["proof"]["stale"], *found["proof"]["conflicts"]]


def _code(found: dict[str, Any]) -> int:
    wrong = _wrong(found)
    if any(not each["named"] for each in wrong):
        return SILENT
    return NAMED if wrong else UNKNOWN if found["proof"]["unknown"] else FRESH
