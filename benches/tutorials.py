"""The tutorials of Django, Flask and FastAPI, followed under `reloadr run`: what each save does, beside a fresh server.

    python benches/tutorials.py [--framework flask|django|fastapi] [--verbose]

Each file of a step is saved by itself, in the order of the tutorial; what the tutorial types in a second terminal is
run. After each save the server is asked for all pages so far, and so is a process that starts fresh on the same files.
Where no fresh server starts, as between a name's use and its definition, nothing is compared. The words are those of
`web_edits.py`.
"""

from __future__ import annotations

import argparse
import collections
import functools
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from web_edits import HERE, WORDS, Answer, Fresh, Server, until

#: What is waited at most for the answers, without a restart and with one, and for a save's word in the log; in seconds.
GRACE, PATIENCE, WORD = 10.0, 20.0, 15.0
_RANDOM = re.compile(r'(csrfmiddlewaretoken" value=")[^"]*')

Told = tuple[str, str, str]


class Site(Server):
    """The server of a tutorial, which has no page that tells of its process."""

    def pid(self) -> str | None:
        return "0" if self.ask("/")[0] else None


class Follower:
    """One who follows a tutorial."""

    def __init__(self, project: ModuleType) -> None:
        self.project = project
        self.folder = Path(tempfile.mkdtemp(prefix="reloadr-tutorial-"))
        self.fresh = Fresh(project)
        self.asked: list[str] = []
        for name, text in project.FILES.items():
            self._write(name, text)
        self.run(project.PREPARES)
        self.server = Site(self.folder, project)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(path.name + ".tmp").write_text(text)
        os.replace(path.with_name(path.name + ".tmp"), path)

    def run(self, commands: list[list[str]]) -> None:
        """In the second terminal."""
        env = {**os.environ, **self.project.ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": "1"}
        for each in commands:
            subprocess.run([sys.executable, *each], cwd=self.folder, env=env, check=True, capture_output=True)

    def _wanted(self) -> list[Answer] | None:
        """What a fresh server answers; None where none starts."""
        self.fresh.known.clear()
        try:
            return plain(self.fresh.ask(self.folder, self.asked))
        except AssertionError:
            return None

    def save(self, name: str, change: str | list[tuple[str, str]]) -> tuple[str, str]:
        """One save; the word for it, and what was said."""
        since = len(self.server.lines)
        if isinstance(change, str):
            text = change
        else:
            text = (self.folder / name).read_text()
            for old, new in change:
                assert text.count(old) == 1, (name, old, text)
                text = text.replace(old, new)
        self._write(name, text)
        until(lambda: not name.endswith(".py") or self.server.said(since), WORD)
        wanted = self._wanted()
        if wanted is None:
            return "none starts", " | ".join(self.server.said(since))
        return self._judged(wanted, since)

    def _judged(self, wanted: list[Answer], since: int) -> tuple[str, str]:
        got: list[Answer] = []

        def met() -> bool:
            got[:] = plain([self.server.ask(each) for each in self.asked])
            return got == wanted

        def restarts() -> bool:
            return any("restarting" in line or "to start again" in line for line in self.server.said(since))

        is_right = until(met, GRACE) or (restarts() and until(met, PATIENCE))
        said = " | ".join(self.server.said(since))
        if is_right:
            return "restarted" if restarts() else "hot", said
        for asked, ours, theirs in zip(self.asked, got, wanted, strict=True):
            said += f"\n      {asked}: {ours} for {theirs}" if ours != theirs else ""
        if "rejected" in said or "RL4" in said:
            return "rejected", said
        return ("named" if re.search(r"RL\d", said) else "SILENT"), said

    def close(self) -> None:
        """Done."""
        self.server.close()
        self.fresh.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def plain(answers: list[Answer]) -> list[Answer]:
    """Without what differs each time."""
    return [[_RANDOM.sub(r"\1", part) if isinstance(part, str) else part for part in each] for each in answers]


def follow(project: ModuleType, verbose: bool) -> list[Told]:
    """From its first page to its last; the step, the word and what was said of each save."""
    follower = Follower(project)
    told: list[Told] = []
    try:
        for title, changes, asked, commands in project.STEPS:
            follower.asked = list(dict.fromkeys([*follower.asked, *asked]))
            for name, change in changes:
                word, said = follower.save(name, change)
                told.append((title, word, said))
                print(f"{word:11} {title}: {name}", flush=True)
                if verbose or word not in ("hot", "restarted", "none starts"):
                    print("      " + said.replace(" | ", "\n      "), flush=True)
            follower.run(commands)
            time.sleep(0.3)
    finally:
        follower.close()
    return told


def main() -> None:
    """Follows the tutorials, and prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--framework", help="one of them")
    parser.add_argument("--verbose", action="store_true", help="what the log said of each save")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE))
    rows = []
    for name in [options.framework] if options.framework else ["flask", "django", "fastapi"]:
        told = follow(importlib.import_module(f"web.{name}_tutorial"), options.verbose)
        for title in dict.fromkeys(step for step, _, _ in told):
            counts = collections.Counter(word for step, word, _ in told if step == title)
            rows.append((name, title, counts))
    words = [*WORDS, "none starts"]
    print("\n| | step | saves |", " | ".join(words), "|\n|", " | ".join(["---"] * (len(words) + 3)), "|")
    for name, title, counts in rows:
        print(f"| {name} | {title} | {counts.total()} |", " | ".join(str(counts[word] or "") for word in words), "|")
    total: Any = functools.reduce(lambda one, other: one + other, (counts for *_, counts in rows))
    print(f"| all | | {total.total()} |", " | ".join(str(total[word]) for word in words), "|")


if __name__ == "__main__":
    main()
