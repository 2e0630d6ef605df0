"""Plays random edits of what programs do while they are loaded; each save is compared with a fresh process.

    python tests/play_load_time.py [--saves 10000] [--first 0] [--jobs 2] [--verbose]

A history is a random program (`tests/live/handed_on.py`) that is edited again and again, some edits taken back by undo.
A difference that no report has named is silent; exit status 1 if there is one.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import importlib
import os
import pickle
import random
import re
import shutil
import struct
import sys
import tempfile
import time
import traceback
import typing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "live"))

import portraits
from handed_programs import MODULES, Program, begin

ALL = ("conf", *MODULES)
#: What programs import, loaded beforehand: a fork has it at once.
for _name in ("ctypes", "dataclasses", "enum", "functools", "inspect", "itertools", "logging", "weakref"):
    importlib.import_module(_name)
SAVES = 8


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / f"{name}.py"
        beside = folder / f"{name}.py~"
        beside.write_text(text)
        beside.replace(path)


class Fresh:
    """Forks a process for each question, from one that has loaded nothing of the programs, nor the reloader."""

    def __init__(self, folder: Path) -> None:
        asks, self.asked = os.pipe()
        self.answers, answer = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self.asked)
            os.close(self.answers)
            try:
                self.serve(folder, asks, answer)
            finally:
                os._exit(0)
        os.close(asks)
        os.close(answer)

    def serve(self, folder: Path, asks: int, answer: int) -> None:
        folder.mkdir(exist_ok=True)
        while (texts := receive(asks)) is not None:
            pid = os.fork()
            if not pid:
                write(folder, texts)
                sys.path.insert(0, str(folder))
                send(answer, load_and_show())
                os._exit(0)
            os.waitpid(pid, 0)

    def ask(self, texts: dict[str, str]) -> tuple[dict[str, str] | None, str]:
        send(self.asked, texts)
        found: tuple[dict[str, str] | None, str] = receive(self.answers)
        return found


def load_and_show() -> tuple[dict[str, str] | None, str]:
    try:
        with contextlib.redirect_stdout(None):
            for name in ALL:
                importlib.import_module(name)
        return portraits.portrait(ALL), ""
    except Exception:
        return None, traceback.format_exc()


def send(where: int, value: object) -> None:
    data = pickle.dumps(value)
    data = struct.pack("I", len(data)) + data
    while data:
        data = data[os.write(where, data) :]


def receive(where: int) -> typing.Any:
    def read(size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = os.read(where, size - len(data))
            if not piece:
                return data
            data += piece
        return data

    head = read(4)
    return pickle.loads(read(struct.unpack("I", head)[0])) if head else None


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


class History:
    """One program, saved again and again."""

    def __init__(self, folder: Path, fresh: Fresh, seed: int, saves: int) -> None:
        self.folder, self.fresh, self.seed, self.count = folder, fresh, seed, saves
        self.rng = random.Random(seed)
        self.counts: collections.Counter[str] = collections.Counter()
        self.failures: list[str] = []
        self.notes: list[str] = []
        self.excused: set[str] = set()
        self.past: list[str] = []

    def start(self) -> bool:
        for _ in range(20):
            self.program = begin(self.rng, 14)
            wanted, error = self.fresh.ask(self.program.sources())
            if wanted is not None:
                break
        else:
            self.failures.append(f"no program starts: {error}")
            return False
        write(self.folder, self.program.sources())
        for name in ALL:
            importlib.import_module(name)
        now = portraits.portrait(ALL)
        assert now == wanted, difference(now, wanted, set(now))
        return True

    def play(self) -> None:
        import reloadr

        if not self.start():
            return
        watcher = reloadr.watch(str(self.folder), on="look")
        watcher.poll()
        for _ in range(self.count):
            program = self.program
            for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
                program = program.edit(self.rng)
            if program.sources() == self.program.sources():
                continue
            before, self.program = self.program, program
            write(self.folder, program.sources())
            excused = set(self.excused)
            if not self.judge(watcher.poll(), before, program, "save"):
                return
            if self.rng.random() < 0.15 and not self.rejected:
                report = reloadr.undo()
                write(self.folder, before.sources())
                watcher.poll()
                self.program, self.excused = before, excused
                if not self.judge(report, program, before, "undo"):
                    return

    def judge(self, report: typing.Any, before: Program, program: Program, how: str) -> bool:
        """Counts what differs; returns whether the history goes on."""
        self.counts["saves"] += 1
        wanted, error = self.fresh.ask(program.sources())
        self.rejected = bool(report.rejected)
        if self.rejected:
            if wanted is not None:
                self.fail(report, before, program, how, "rejected, and a fresh process starts")
                return False
            write(self.folder, before.sources())
            self.program = before
            self.counts["rejected"] += 1
            wanted, _ = self.fresh.ask(before.sources())
            assert wanted is not None
        elif wanted is None:
            if report.needs_restart:
                return False
            # A line that this process did not run again would fail in a fresh one: it must be named.
            if any(each.verdict == "caveat" for each in report.reasons):
                self.counts["named"] += 1
            else:
                self.fail(report, before, program, how, f"a fresh process fails:\n{error}")
            return False
        return self.compared(report, before, program, how, wanted)

    def compared(self, report: typing.Any, before: Program, program: Program, how: str, wanted: dict[str, str]) -> bool:
        now = portraits.portrait(ALL)
        different = {name for name in now.keys() | wanted.keys() if now.get(name) != wanted.get(name)}
        said = [each for each in report.reasons if each.verdict in ("caveat", "restart")]
        spoken = set().union(*(words(f"{each.qualname} {each.message}") for each in said)) if said else set()
        if report.needs_restart:
            self.counts["restart"] += 1
            self.notes.append(" ".join(sorted({each.code for each in report.reasons})))
            return False
        program = before if self.rejected else program
        self.excused = (self.excused & self.reached(program, {_plain(each) for each in different})) | spoken
        excused = self.reached(program, self.excused)
        silent = {
            name
            for name in different
            if _plain(name) not in excused and not words(now.get(name, "")) & self.odd(self.excused)
        }
        if different and not silent:
            self.counts["named"] += 1
        if said:
            self.counts["caveats"] += 1
            if not different:
                self.counts["false"] += 1
                self.notes.append("; ".join(sorted({f"{each.code} {each.message}" for each in said})))
                if os.environ.get("PLAY_FALSE"):
                    self.fail(report, before, program, how, "false alarm")
        if silent:
            self.fail(report, before, program, how, difference(now, wanted, silent))
            return False
        return True

    def odd(self, names: set[str]) -> set[str]:
        return {each for each in names if re.search(r"_\d+$", each)}

    def reached(self, program: Program, names: set[str]) -> set[str]:
        """These names, and those of items that have to do with them."""
        found = {each for each in names if each not in ("X", "a", "b", "c", "x", "conf", "base", "mid", "top")}
        texts = [words(program.text_of(item)) for item in program.items]
        while True:
            more = set().union(*(each for each in texts if self.odd(found) & each), set())
            more = {each for each in more if re.search(r"_\d+$", each) or each in found}
            if {"X", "Y", "Z"} & names:
                more |= set().union(*(each for each in texts if "conf" in each), set())
            if more <= found:
                return found
            found |= more

    def fail(self, report: typing.Any, before: Program, program: Program, how: str, what: str) -> None:
        self.counts["silent"] += 1
        olds, news = before.sources(), program.sources()
        texts = "".join(f"=== {name} old\n{olds[name]}" for name in ALL)
        texts += "".join(f"=== {name} new\n{news[name]}" for name in ALL if olds[name] != news[name])
        self.failures.append(f"##### seed {self.seed}, {how} {self.counts['saves']}\n{what}\n{report}\n{texts}")


def _plain(name: str) -> str:
    return name.partition(":")[2]


def difference(now: dict[str, str], wanted: dict[str, str], names: set[str]) -> str:
    lines = []
    for name in sorted(names):
        one, other = str(now.get(name)), str(wanted.get(name))
        same = next((at for at, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1), 0)
        at = max(0, same - 60)
        lines.append(f"{name}: at {at}\n  now   {one[at : at + 240]}\n  fresh {other[at : at + 240]}")
    return "\n".join(lines)


def history(folder: Path, fresh: Fresh, seed: int, saves: int) -> tuple[collections.Counter[str], list[str], list[str]]:
    """Plays one in a process of its own."""
    answers, answer = os.pipe()
    pid = os.fork()
    if not pid:
        sys.path.insert(0, str(folder))
        made = History(folder, fresh, seed, saves)
        try:
            made.play()
        except BaseException:
            made.failures.append(f"##### seed {seed}\n{traceback.format_exc()}")
            made.counts["silent"] += 1
        send(answer, (made.counts, made.failures, made.notes))
        os._exit(0)
    os.close(answer)
    found: tuple[collections.Counter[str], list[str], list[str]] | None = receive(answers)
    os.close(answers)
    os.waitpid(pid, 0)
    return found or (collections.Counter(silent=1), [f"##### seed {seed} died"], [])


def worker(seeds: range, saves: int, results: int) -> None:
    with tempfile.TemporaryDirectory() as root:
        fresh = Fresh(Path(root) / "fresh")
        import reloadr  # noqa: F401

        for seed in seeds:
            folder = Path(root) / f"h{seed}"
            folder.mkdir()
            send(results, history(folder, fresh, seed, saves))
            shutil.rmtree(folder, ignore_errors=True)
        os.close(fresh.asked)
        os.waitpid(fresh.pid, 0)


def main() -> int:
    parser = argparse.ArgumentParser(description="Play random edits of what programs do while they are loaded.")
    parser.add_argument("--saves", type=int, default=10_000, help="how many edits in all")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--each", type=int, default=SAVES, help="edits of one program")
    parser.add_argument("--verbose", action="store_true", help="the texts of what failed")
    parser.add_argument("--notes", action="store_true", help="the false alarms and restarts")
    options = parser.parse_args()
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    total: collections.Counter[str] = collections.Counter()
    readers = []
    for job in range(options.jobs):
        reads, writes = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(reads)
            with contextlib.suppress(BrokenPipeError):
                worker(range(options.first + job, sys.maxsize, options.jobs), options.each, writes)
            os._exit(0)
        os.close(writes)
        readers.append((pid, reads))
    began, at = time.monotonic(), 0
    while total["saves"] < options.saves:
        found = receive(readers[at % len(readers)][1])
        if found is None:
            break
        counts, failures, notes = found
        total += counts
        at += 1
        if at % 25 == 0:
            print(f"{total['saves']} edits so far, {total['silent']} silent, {total['false']} false alarms", flush=True)
        for each in failures:
            print(each if options.verbose else each.split("=== conf old")[0][:1500], flush=True)
        if options.notes:
            for note in notes:
                print(f"  note: {note}"[:400], flush=True)
    for _pid, reads in readers:
        os.close(reads)
    spent = time.monotonic() - began
    print(
        f"{total['saves']} edits of {at} programs, {spent:.0f} s: {total['silent']} silent; "
        f"{total['named']} differ and are named, {total['false']} named without a difference, "
        f"{total['restart']} restarts, {total['rejected']} rejected"
    )
    return 1 if total["silent"] else 0


if __name__ == "__main__":
    sys.exit(main())
