"""The throw-away process of `python -m reloadr.verify`: runs the program, saves the edit, and says what it finds.

Started as a script, so that nothing of the current folder can stand in for what is imported here.
"""

import sys

if __name__ == "__main__" and not getattr(sys.flags, "safe_path", False):
    del sys.path[0]

import importlib
import json
import logging
import os
import shutil
import signal
import threading
import traceback
from pathlib import Path
from typing import Any

from reloadr._core import end_with_parent
from reloadr.program.program import NoProgram, Program, own_frames_off, prepare
from reloadr.proof.verification import Verification, named_by, verify
from reloadr.report.report import Report
from reloadr.watching import auto


def main() -> None:
    """Reads the job from the first argument and carries it out."""
    end_with_parent(signal.SIGTERM)
    # What a reload says is in its report.
    logging.getLogger("reloadr").addHandler(logging.NullHandler())
    job = json.loads(sys.argv[1])
    ended = threading.Event()
    player = threading.Thread(target=_play, args=(job, ended), daemon=True)
    words = job["program"]
    prepared = None
    try:
        if words is None:
            player.start()
            sys.path.insert(0, os.getcwd())
            importlib.import_module(job["module"])
        else:
            words["arguments"] = tuple(words["arguments"])
            prepared = prepare(Program(**words), lambda snapshot: None)
            player.start()
            prepared.run()
    except SystemExit as error:
        if error.code not in (None, 0):
            _fail(job, f"the program ended with {error.code!r}")
    except NoProgram as error:
        _fail(job, str(error))
    except BaseException as error:
        traceback.print_exception(type(error), error, own_frames_off(error.__traceback__, prepared))
        _fail(job, f"the program raised {type(error).__name__}")
    ended.set()
    player.join()


def _play(job: dict[str, Any], ended: threading.Event) -> None:
    """In a thread of its own: the program has the main one."""
    try:
        watcher = auto.start([os.getcwd()], on="look")
        ended.wait(job["after"])
        # What it has imported is taken in as it runs now.
        watcher.poll()
        _save(Path(job["new"]), job["file"])
        report = watcher.poll()
        proof = verify(timeout=job["timeout"])
    except BaseException as error:
        traceback.print_exc()
        _fail(job, f"{type(error).__name__}: {error}")
    _answer(job, _found(report, proof))


def _save(new: Path, file: str | None) -> None:
    """Makes the current folder what `new` is."""
    if file is not None:
        _replace(new, Path(file))
        return
    there = {path.relative_to(new) for path in new.rglob("*") if path.is_file() and not _is_ignored(path)}
    for path in there:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != (new / path).read_bytes():
            _replace(new / path, path)
    here = Path()
    for path in [path for path in here.rglob("*") if path.is_file() and path not in there and path.suffix == ".py"]:
        path.unlink()


def _is_ignored(path: Path) -> bool:
    return not {"__pycache__", ".git", ".hg"}.isdisjoint(path.parts)


def _replace(source: Path, target: Path) -> None:
    """As editors save: the file is another one."""
    beside = target.with_name(f"{target.name}~")
    shutil.copyfile(source, beside)
    beside.replace(target)


def _found(report: Report, proof: Verification) -> dict[str, Any]:
    found = proof.to_dict()
    for each in (*found["stale"], *found["conflicts"]):
        each["named"] = ", ".join(named_by(each["path"], [report]))
    return {
        "report": {**report.to_dict(), "text": str(report)},
        "proof": {**found, "is_fresh": proof.is_fresh, "text": str(proof)},
    }


def _fail(job: dict[str, Any], why: str) -> None:
    _answer(job, {"failed": why})


def _answer(job: dict[str, Any], found: dict[str, Any]) -> None:
    """Leaves what was found, and ends the process whatever else the program began."""
    sys.stdout.flush()
    sys.stderr.flush()
    path = Path(job["answer"])
    beside = path.with_name(f"{path.name}~")
    beside.write_text(json.dumps(found), "utf-8", "surrogatepass")
    beside.replace(path)
    os._exit(0)


if __name__ == "__main__":
    main()
