"""`reloadr diff`: the edits between two files or folders, or between a git revision and the work tree."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reloadr._core import read
from reloadr.source.plans import plan

__all__ = ["CannotCompare", "diff"]


class CannotCompare(Exception):
    """There are not two sides to compare; the message says why."""


def diff(sides: Sequence[str], *, as_json: bool) -> int:
    """Prints the edits between OLD and NEW, or a git revision and a path; 0 if there are none, 1 if there are, 2 where
    one of the files is not Python. Raises CannotCompare."""
    pairs = _pairs(*sides)
    failed = False
    plans: dict[str, dict[str, Any]] = {}
    for name, old, new in pairs:
        try:
            found = plan(old, new, filename=name)
        except SyntaxError as error:
            failed = True
            plans[name] = {"error": f"{error.filename or name}:{error.lineno}: {error.msg}"}
            if not as_json:
                print(f"{name}\nSyntaxError: {plans[name]['error']}\n")
            continue
        if found:
            plans[name] = found.to_dict()
            if not as_json:
                print(f"{found}" if len(pairs) == 1 else f"{name}\n{found}\n")
    if as_json:
        print(json.dumps(plans, indent=2))
    elif not plans:
        print("no edits")
    return 2 if failed else 1 if plans else 0


def _pairs(old: str, new: str | None = None) -> list[tuple[str, str, str]]:
    """Names with both texts; "" where a file is on one side only."""
    if new is not None and os.path.exists(old) and os.path.exists(new):
        if os.path.isdir(old) != os.path.isdir(new):
            raise CannotCompare("diff wants two files or two folders")
        if not os.path.isdir(old):
            return [(new, _text(Path(old)), _text(Path(new)))]
        return _folders(Path(old), Path(new))
    return _revision(old, new or ".")


def _folders(old: Path, new: Path) -> list[tuple[str, str, str]]:
    names = {str(path.relative_to(root)) for root in (old, new) for path in root.rglob("*.py")}
    return [(name, _text(old / name), _text(new / name)) for name in sorted(names)]


def _text(path: Path) -> str:
    if not path.exists():
        return ""
    return read(path).text()


def _revision(revision: str, path: str) -> list[tuple[str, str, str]]:
    """A git revision, or a range of two, against the work tree."""
    try:
        top = Path(_git("rev-parse", "--show-toplevel").strip())
        old, _, new = revision.partition("..")
        names = _git("diff", "--name-only", "--no-renames", "-z", revision, "--", path).split("\0")
    except (OSError, subprocess.CalledProcessError) as error:
        text = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise CannotCompare(f"{revision!r} is no file, folder or git revision: {text[0] if text else error}") from None
    found: list[tuple[str, str, str]] = []
    for name in names:
        if name.endswith(".py"):
            now = _shown(new, name) if new else _text(top / name)
            found.append((name, _shown(old, name), now))
    return found


def _shown(revision: str, name: str) -> str:
    try:
        return _git("show", f"{revision}:{name}")
    except subprocess.CalledProcessError:
        return ""


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout
