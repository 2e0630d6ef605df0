"""Commits of real projects as edits: each is judged by a fresh process.

    python benches/history.py FOLDER [NAME ...] [--json FILE]

`history.toml` names ten projects of pure Python and ten commits of each, with the commit before. Their repositories are
cloned into FOLDER, if they are not there. For each pair a process imports all modules of the earlier commit and
watches them, its files become those of the later one, `poll()` patches it, and `reloadr.verify()` compares it with
fresh processes. What the projects need must be installed beside: `pip install` their newest releases.

The outcomes are those of `tests/judge_wheels.py`, which plays each pair. Exit status 1 if any is silent, rejected or
crashed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

import judge_wheels  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, help="where the repositories are, or go")
    parser.add_argument("names", nargs="*", metavar="NAME", help="these projects alone")
    parser.add_argument("--json", type=Path, help="a line of JSON for each commit")
    parser.add_argument("--timeout", type=float, default=400, help="seconds for one commit")
    options = parser.parse_args()
    projects = tomllib.loads((HERE / "history.toml").read_text("utf-8"))
    options.folder.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    for name in options.names or projects:
        project, repository = projects[name], cloned(options.folder / name, projects[name]["git"])

        def one(pair: list[str], name: str = name, project: Any = project, at: Path = repository) -> dict[str, Any]:
            return {"project": name, "old": pair[0], "new": pair[1]} | played(at, project, pair, options.timeout)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for step in pool.map(one, project["commits"]):
                counts[step["outcome"]] += 1
                print(judge_wheels.said(step), flush=True)
                if options.json:
                    with options.json.open("a") as file:
                        file.write(json.dumps(step) + "\n")
    print(f"{counts.total()} commits: " + ", ".join(f"{count} {each}" for each, count in counts.most_common()))
    return int(any(counts[each] for each in judge_wheels.DEFECTS))


def cloned(folder: Path, url: str) -> Path:
    if not folder.exists():
        subprocess.run(["git", "clone", "--quiet", "--bare", url, str(folder)], check=True)
    return folder


def played(repository: Path, project: dict[str, Any], pair: list[str], timeout: float) -> dict[str, Any]:
    """What comes of one commit, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="history-") as folder:
        roots = [checked_out(repository, commit, Path(folder) / commit, project["source"]) for commit in pair]
        command = [sys.executable, judge_wheels.__file__, "--play", *map(str, roots), project["package"]]
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=timeout, env=env, stdin=subprocess.DEVNULL
            )
            found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            return found
        except subprocess.TimeoutExpired:
            return {"outcome": "crashed", "details": ["it did not end in time"]}
        except (IndexError, ValueError):
            return {"outcome": "crashed", "details": done.stderr.splitlines()[-3:]}


def checked_out(repository: Path, commit: str, folder: Path, source: str) -> Path:
    """The files of a commit; where its modules lie."""
    folder.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(repository), "archive", commit, source or "."], capture_output=True, check=True
    )
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder / source


if __name__ == "__main__":
    sys.exit(main())
