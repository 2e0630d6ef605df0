"""Edits of web projects in an order that nobody has seen: several at once, some taken back, some wrong in between.

    python benches/web_sequences.py --framework flask|fastapi|django|... [--seed N] [--saves 40] [--verbose]

The edits are those of `benches/web/`. Each save puts some of them in, takes some back, or does both; now and then a
file is saved that is wrong first. After each, the server is asked beside a fresh process, as `benches/web_edits.py`
does, whose words are used.
"""

from __future__ import annotations

import argparse
import collections
import importlib
import random
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from web_edits import HERE, WORDS, Judge

BROKEN = "\n\ndef broken(:\n"

Texts = dict[str, str | None]


class Sequence:
    """A project with some of its edits in it."""

    def __init__(self, project: ModuleType, seed: int, verbose: bool) -> None:
        self.random = random.Random(seed)
        self.project, self.verbose = project, verbose
        self.judge = Judge(project, verbose)
        self.files: Texts = {name: text.lstrip("\n") for name, text in project.FILES.items()}
        self.edits = [(title, _flat(steps), asked) for title, steps, asked in project.EDITS]
        self.applied: list[int] = []

    def texts(self, applied: list[int]) -> Texts | None:
        """The files with some edits in them; None where two do not go together."""
        texts = dict(self.files)
        for number in applied:
            for name, was, now in self.edits[number][1]:
                text = texts.get(name)
                if was is None:
                    texts[name] = now
                elif text is None or text.count(was) != 1:
                    return None
                else:
                    texts[name] = text.replace(was, now)
        return texts

    def next(self) -> tuple[list[int], Texts]:
        """Other edits than now: some more, some fewer."""
        for _ in range(200):
            kept = [each for each in self.applied if self.random.random() > 0.25]
            others = [each for each in range(len(self.edits)) if each not in self.applied]
            wanted = kept + self.random.sample(others, min(len(others), self.random.choice([0, 1, 1, 1, 2, 3])))
            texts = self.texts(wanted)
            if texts is not None and wanted != self.applied and self._starts(wanted, texts):
                return wanted, texts
        return [], dict(self.files)

    def _starts(self, wanted: list[int], texts: Texts) -> bool:
        """Whether a fresh process can be asked: edits that are right one by one may be wrong together."""
        folder = Path(tempfile.mkdtemp(prefix="reloadr-web-"))
        try:
            # With what else the project made there, as a database.
            shutil.copytree(self.judge.folder, folder, dirs_exist_ok=True)
            for name in {*self.files, *(self.texts(self.applied) or {})}:
                (folder / name).unlink(missing_ok=True)
            for name, text in texts.items():
                if text is not None:
                    (folder / name).parent.mkdir(parents=True, exist_ok=True)
                    (folder / name).write_text(text)
            self.judge.fresh.ask(folder, self.asked(wanted))
        except AssertionError:
            return False
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return True

    def asked(self, applied: list[int]) -> list[str]:
        """What is asked of the server then."""
        return list(
            dict.fromkeys([*self.project.ASKED, *(each for number in applied for each in self.edits[number][2])])
        )

    def step(self) -> tuple[str, str, str]:
        """One save: what it did, the word for it, what was said."""
        wanted, texts = self.next()
        now = self.texts(self.applied) or {}
        changed: Texts = {name: texts.get(name) for name in {*texts, *now} if texts.get(name) != now.get(name)}
        came = [self.edits[each][0] for each in wanted if each not in self.applied]
        went = [self.edits[each][0] for each in self.applied if each not in wanted]
        title = "; ".join([*(f"+ {each}" for each in came), *(f"- {each}" for each in went)])
        self.judge.asked = self.asked(wanted)
        sources = [name for name in changed if name.endswith(".py") and changed[name] is not None]
        if sources and self.random.random() < 0.2:
            self._break(self.random.choice(sources), now)
        self.applied = wanted
        word, text = self.judge.saved(changed)
        return title, word, text

    def _break(self, name: str, now: Texts) -> None:
        """The file is saved wrong first."""
        since = len(self.judge.server.lines)
        path = self.judge.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((now.get(name) or "") + BROKEN)
        end = time.monotonic() + 3
        while time.monotonic() < end and not any(" RL401 " in line for line in self.judge.server.said(since)):
            time.sleep(0.02)


def _flat(steps: list[Any]) -> list[tuple[str, str | None, str]]:
    return [change for each in steps for change in (each if isinstance(each, list) else [each])]


def run(project: ModuleType, seed: int, saves: int, verbose: bool) -> list[tuple[str, str, str]]:
    """Plays a sequence; what each save did, its word and what was said."""
    print(f"seed {seed}", flush=True)
    sequence = Sequence(project, seed, verbose)
    told = []
    try:
        for _ in range(saves):
            title, word, text = sequence.step()
            told.append((title, word, text))
            noise = " ".join(sorted(set(re.findall(r"RL\d+", text))))
            print(f"{word:10} {title}  {noise}", flush=True)
            if verbose or word not in ("hot", "restarted"):
                others = [sequence.edits[each][0] for each in sequence.applied]
                print("      " + text.replace(" | ", "\n      ") + f"\n      in it: {others}", flush=True)
    finally:
        sequence.judge.close()
    return told


def main() -> None:
    """Plays a sequence of a framework's edits, and sums up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--framework", required=True, help="a NAME of a file NAME_edits.py in benches/web")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--saves", type=int, default=40)
    parser.add_argument("--verbose", action="store_true", help="what the log said of each save")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE))
    project = importlib.import_module(f"web.{options.framework}_edits")
    told = run(project, options.seed, options.saves, options.verbose)
    counts = collections.Counter(word for _, word, _ in told)
    print(f"\n{options.framework}: {len(told)} saves, " + ", ".join(f"{counts[word]} {word}" for word in WORDS))


if __name__ == "__main__":
    main()
