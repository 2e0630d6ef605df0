"""Edits under a pool of spawned workers at full work: whether one is lost, whether two are mixed, what memory does.

    python benches/pool.py [--edits 200] [--workers 8]

The interpreter needs the installed package: the workers are hot by the line that it brings into site-packages. Ends
with 1 where an edit was lost, a task saw two texts at once, the account counted otherwise, or memory grew.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

MAIN = """\
import multiprocessing, os, resource, sys, time
import shop


def ask(number):
    seen = shop.price()
    end = time.perf_counter() + 0.003
    while time.perf_counter() < end:
        shop.work(10)
    shop.STATE.append(number)
    return os.getpid(), seen, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, len(shop.STATE)


def main():
    with multiprocessing.get_context('spawn').Pool(int(sys.argv[1])) as pool:
        while True:
            answers = pool.map(ask, range(32), chunksize=1)
            for answer in answers:
                if len(set(answer[1])) != 1:
                    print('mixed', answer[1], flush=True)
            texts = {answer[1][0] for answer in answers}
            print('round', min(texts), max(texts), len({answer[0] for answer in answers}),
                  max(answer[2] for answer in answers), min(answer[3] for answer in answers), flush=True)


if __name__ == '__main__':
    main()
"""
SHOP = """\
STATE = []


def one():
    return {n}


def two():
    return {n}


def price():
    return one(), two(), {n}


def work(n):
    return sum(range(n)) + {n}
"""
PATIENCE = 120.0
#: How much larger a worker may have become since a tenth of the edits was made.
GROWTH = 1.2


class Pool:
    """The program, and what it has printed."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        self.save(0)
        (folder / "pyproject.toml").write_text("")
        (folder / "main.py").write_text(MAIN)
        command = [sys.executable, "-m", "reloadr", "run", "main.py", str(workers)]
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def save(self, number: int) -> None:
        """As most editors do."""
        beside = self.folder / "shop.tmp"
        beside.write_text(SHOP.format(n=number))
        os.replace(beside, self.folder / "shop.py")

    def latest(self) -> tuple[int, ...]:
        """Of the last round: the oldest and the newest text, workers, the largest memory, the least state."""
        rounds = [line for line in self.lines[-20:] if line.startswith("round ")]
        return tuple(map(int, rounds[-1].split()[1:])) if rounds else (-1, -1, 0, 0, 0)

    def account(self, words: str) -> int:
        return sum(bool(re.search(rf"\] {words}", line)) for line in list(self.lines))

    def until(self, met: Callable[[], bool]) -> bool:
        end = time.monotonic() + PATIENCE
        while not met() and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        return met()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--edits", type=int, default=200)
    options.add_argument("--workers", type=int, default=8)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pool = Pool(Path(folder), chosen.workers)
        try:
            return play(pool, chosen.edits, chosen.workers)
        finally:
            pool.process.terminate()
            pool.process.wait()


def _counted(pool: Pool, words: str, number: int) -> bool:
    return pool.account(words) >= number


def _runs(pool: Pool, number: int) -> bool:
    return pool.latest()[:2] == (number, number)


def play(pool: Pool, edits: int, workers: int) -> int:
    if not pool.until(lambda: pool.latest()[2] == workers):
        print("the pool did not start:", *pool.lines[-20:], sep="\n")
        return 1
    time.sleep(2)
    wrong: list[str] = []
    memory = 0
    began = time.monotonic()
    for number in range(1, edits + 1):
        pool.save(number)
        everywhere = rf"live in {workers + 1} processes"
        if not pool.until(partial(_counted, pool, everywhere, number)):
            wrong.append(f"edit {number} was not counted as live in all")
            break
        if not pool.until(partial(_runs, pool, number)):
            wrong.append(f"edit {number} was lost")
            break
        if number == max(1, edits // 10):
            memory = pool.latest()[3]
    took = time.monotonic() - began
    wrong += [line for line in pool.lines if line.startswith("mixed") or "RL239" in line or "please report" in line]
    if (last := pool.latest()[3]) > GROWTH * memory:
        wrong.append(f"memory grew from {memory} to {last} kB")
    said = Counter(re.sub(r"/\S+:\d+", "FILE", line) for line in pool.lines if "] live" in line or " RL" in line)
    print(f"{number} edits in {took:.0f} s, {workers} workers; memory {memory} kB, then {last} kB")
    for line, count in said.most_common():
        print(f"{count:5} {line}")
    print("\n".join(wrong) or "nothing lost, nothing mixed")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
