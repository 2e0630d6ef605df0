"""A soak: loops of threads, generators and coroutines that are edited all the time, and move each time.

    python -X dev tests/soak_running.py --moves 100000

Each iteration of each loop counts up by one and says which text it ran; what it counted is compared with how often it
came round. Ends with a line of numbers: moves, edits, seconds, and memory before and after; with an error where a
count is off, a text came back, or memory grew.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import reloadr
from reloadr.running import news
from reloadr.running.interpreter import BY_CALL

TEXT = """\
import contextlib
entered = left = 0
@contextlib.contextmanager
def held():
    global entered, left
    entered += 1
    try:
        yield
    finally:
        left += 1

def tight(box):
    n = 0
    while not box.end:
{more}        n += 1
        box.count += 1
        box.text = {text}
    return n

def nested(box):
    n = 0
    with held():
        for a in iter(int, 1):
            try:
                for b in range(3):
{deep}                    n += 1
                    box.count += 1
                    box.text = {text}
                    if box.end:
                        return n
            finally:
                box.rounds += 1

def generate(box):
    n = 0
    while True:
{more}        n += 1
        box.count += 1
        box.text = {text}
        yield n

async def work(box, tick):
    n = 0
    async with contextlib.AsyncExitStack():
        while not box.end:
{deeper}            n += 1
            box.count += 1
            box.text = {text}
            await tick(0)
    return n
"""

if BY_CALL:
    # Only those move there.
    for plain, explicit in (
        ("import contextlib", "import contextlib, reloadr"),
        ("while not box.end:", "for _ in reloadr.loop(box.until_end()):"),
        ("in iter(int, 1):", "in reloadr.loop(iter(int, 1)):"),
        ("while True:", "for _ in reloadr.loop(iter(int, 1)):"),
        ("in range(3):", "in reloadr.loop(range(3)):"),
    ):
        TEXT = TEXT.replace(plain, explicit)


class Box:
    """What one loop does."""

    def __init__(self) -> None:
        self.end = False
        self.count = self.text = self.rounds = 0
        self.result: object = None

    def until_end(self) -> Iterator[None]:
        while not self.end:
            yield


def text_of(number: int) -> str:
    lines = [f"v{each} = [n, {number}]" for each in range(number % 9)]
    pads = {"more": 8, "deep": 20, "deeper": 12}
    more = {name: "".join(f"{' ' * pad}{line}\n" for line in lines) for name, pad in pads.items()}
    return TEXT.format(text=number, **more)


def memory() -> int:
    """What the process holds, in KiB."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


class Soak:
    """The loops, and who edits them."""

    def __init__(self, folder: Path, threads: int, generators: int, tasks: int) -> None:
        self.path = folder / "soaked.py"
        self.path.write_text(text_of(0))
        sys.path.insert(0, str(folder))
        self.module: Any = importlib.import_module("soaked")
        self.watcher = reloadr.watch(str(folder), on="look")
        self.moved = 0
        self.boxes: list[Box] = []
        self.threads = [self._thread(at) for at in range(threads)]
        self.threads.append(threading.Thread(target=self._tasks, args=(tasks,), daemon=True))
        made = [Box() for _ in range(generators)]
        self.boxes += made
        self.generators = [(self.module.generate(box), box) for box in made]
        for thread in self.threads:
            thread.start()

    def _thread(self, at: int) -> threading.Thread:
        box = Box()
        self.boxes.append(box)
        function = "nested" if at % 2 else "tight"

        def run() -> None:
            box.result = getattr(self.module, function)(box)

        return threading.Thread(target=run, daemon=True)

    def _tasks(self, count: int) -> None:
        boxes = [Box() for _ in range(count)]
        self.boxes += boxes

        async def main() -> None:
            for box, result in zip(
                boxes, await asyncio.gather(*(self.module.work(box, asyncio.sleep) for box in boxes)), strict=True
            ):
                box.result = result

        asyncio.run(main(), debug=False)

    def edit(self, number: int) -> None:
        """One save, and all loops on it."""
        self.path.write_text(text_of(number))
        stamp = 1_000_000_000 + number
        os.utime(self.path, (stamp, stamp))
        report = self.watcher.poll()
        if report.verdict != "live":
            raise SystemExit(f"edit {number}:\n{report}")
        end = time.monotonic() + 60
        while any(box.text != number for box in self.boxes):
            for generator, box in self.generators:
                if box.text != number:
                    next(generator)
            time.sleep(0)
            if time.monotonic() > end:
                raise SystemExit(f"edit {number}: some loops are not on it:\n{report}")
        self.moved += len(news.news)
        news.news.clear()

    def end(self) -> None:
        """All loops end; what they counted is what came round."""
        for box in self.boxes:
            box.end = True
        for thread in self.threads:
            thread.join(60)
        for generator, box in self.generators:
            box.result = next(generator)
        wrong = [(box.result, box.count) for box in self.boxes if box.result != box.count]
        if wrong or self.module.entered != self.module.left:
            raise SystemExit(f"counted and came round: {wrong}; entered {self.module.entered}, left {self.module.left}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--generators", type=int, default=150)
    parser.add_argument("--tasks", type=int, default=50)
    options = parser.parse_args()
    sys.dont_write_bytecode = True
    sys.setswitchinterval(0.0005)
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), options.threads, options.generators, options.tasks)
        started, number, before = time.monotonic(), 0, 0
        while soak.moved < options.moves:
            number += 1
            soak.edit(number)
            if number == 30:
                before = memory()
        after = memory()
        soak.end()
        took = time.monotonic() - started
        print(f"{soak.moved} moves, {number} edits, {took:.0f} s, {before} KiB after 30 edits, {after} KiB at the end")
        if before and after > before * 1.15 + 4096:
            raise SystemExit("memory grew")


if __name__ == "__main__":
    main()
