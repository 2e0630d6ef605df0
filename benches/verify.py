"""Measures `reloadr.verify()` on a generated package: time, pauses of the living process, false alarms.

    python benches/verify.py [--modules 200] [--edits 50]

The package imports itself in layers, registers functions with decorators, keeps counters and caches, and works
between the verifications. Each edit is applied by `poll()` and then verified: what is named although the edit is live
is a false alarm. A thread that wants to run every millisecond tells how long it was kept waiting, at rest and during
verifications; since other programs of the machine keep it waiting as well, the processor time that the verifying
thread took between two rests is shown beside it, passes of the garbage collector apart.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import reloadr
from reloadr.proof import fresh, pace

MODULE = '''\
"""Module {n}."""
import dataclasses
import functools
from {package}.registry import register
{imports}
LIMIT = {n}
TABLE = {{"limit": LIMIT, "name": "m{n}"}}
CACHE = {{}}
calls = 0


@dataclasses.dataclass
class Item:
    """An item."""
    name: str
    price: int = LIMIT


class Base:
    kind = "base{n}"
    def __init__(self, value=LIMIT):
        self.value = value
    def total(self, rate=2):
        return self.value * rate + 0
    @property
    def double(self):
        return self.value * 2


class Sub(Base):
    def total(self, rate=3):
        return super().total(rate) + 1


@register("m{n}")
def handler(request=None):
    global calls
    calls += 1
    CACHE[calls] = [calls]
    return LIMIT, 0


@functools.cache
def cached(x):
    return x + 0


def helper(a, b=LIMIT):
    return a + b + 0


ITEM = Item("m{n}", 1)
SHARED = Sub(3)
'''
REGISTRY = "HANDLERS = {}\ndef register(name):\n    def decorate(f):\n        HANDLERS[name] = f\n        return f\n"
REGISTRY += "    return decorate\n"

#: Edits of ordinary work: what is replaced, and by what.
EDITS = [
    ("return self.value * rate + 0", "return self.value * rate + {r}"),
    ("return x + 0", "return x + {r}"),
    ("return a + b + 0", "return a + b + {r}"),
    ("return LIMIT, 0", "return LIMIT, {r}"),
    ("LIMIT = {n}\n", "LIMIT = {r}\n"),
    ('kind = "base{n}"', 'kind = "base{r}"'),
    ("def total(self, rate=3)", "def total(self, rate={r})"),
    ("def helper(a, b=LIMIT)", "def added{r}(): return {r}\n\n\ndef helper(a, b=LIMIT)"),
    ('"""An item."""', '"""An item, {r}."""'),
    ("        return self.value * 2\n", "        return self.value * 2\n    def more{r}(self): return {r}\n"),
]


def generate(root: Path, package: str, count: int) -> None:
    folder = root / package
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "registry.py").write_text(REGISTRY)
    for n in range(count):
        uses = sorted({n // 2, n // 3} - {n})
        imports = "".join(f"from {package} import m{each}\n" for each in uses)
        (folder / f"m{n}.py").write_text(MODULE.format(n=n, package=package, imports=imports))


class Ticks:
    """How long a thread that wants to run every millisecond was kept waiting."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._on = True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while self._on:
            began = time.perf_counter()
            time.sleep(0.001)
            self.waits.append(time.perf_counter() - began - 0.001)

    def stop(self) -> None:
        self._on = False
        self._thread.join()

    def __str__(self) -> str:
        waits = sorted(self.waits)
        nearly = waits[len(waits) * 999 // 1000]
        return f"median {_ms(waits[len(waits) // 2])}, 99.9 % {_ms(nearly)}, longest {_ms(waits[-1])}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms"


class Clock:
    """In place of `time`: takes down the processor time that the verifying thread takes between rests."""

    perf_counter, monotonic = staticmethod(time.perf_counter), staticmethod(time.monotonic)

    def __init__(self) -> None:
        self.slices: list[float] = []
        self.began = self.collecting = self.collected = 0.0
        #: How long each full pass of the garbage collector took.
        self.passes: list[float] = [0.0]
        gc.callbacks.append(self._collects)

    def begin(self) -> None:
        self.began, self.collected = time.thread_time(), 0.0

    def sleep(self, seconds: float) -> None:
        self.slices.append(time.thread_time() - self.began - self.collected)
        time.sleep(seconds)
        self.begin()

    def _collects(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self.collecting = time.thread_time()
            return
        took = time.thread_time() - self.collecting
        self.collected += took
        if info["generation"] == 2:
            self.passes.append(took)


def import_time(root: Path, names: list[str]) -> float:
    code = f"import sys; sys.path.insert(0, {str(root)!r}); import importlib\n"
    code += f"for name in {names!r}: importlib.import_module(name)\n"
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure reloadr.verify().")
    parser.add_argument("--modules", type=int, default=200)
    parser.add_argument("--edits", type=int, default=50)
    options = parser.parse_args()
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    root = Path(tempfile.mkdtemp(prefix="reloadr-verify-bench-")).resolve()
    try:
        run(root, options.modules, options.edits)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def run(root: Path, count: int, edits: int) -> None:
    generate(root, "big", count)
    names = ["big", "big.registry", *(f"big.m{n}" for n in range(count))]
    alone = statistics.median(import_time(root, names) for _ in range(3))
    sys.path.insert(0, str(root))
    watcher = reloadr.watch(str(root), on="look")
    modules = {name: importlib.import_module(name) for name in names}
    # What was imported is taken in, as the first save would do.
    watcher.poll()
    still = Ticks()
    time.sleep(3)
    still.stop()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    clock = pace.time = fresh.time = Clock()  # type: ignore[assignment]
    verify = reloadr.verify
    busy, waits, times, alarms, named = Ticks(), [], [], [], 0
    busy.stop()
    draw = random.Random(9)
    clock.begin()
    first = verify()
    for _ in range(edits):
        module, report = edit(root, watcher, modules, draw, count)
        busy = Ticks()
        clock.begin()
        proof = verify()
        busy.stop()
        waits += busy.waits
        times.append(proof.elapsed)
        wrong = [*proof.stale, *proof.conflicts, *proof.unknown]
        told = {each.code for each in report.reasons}
        named += bool(wrong and told)
        alarms += [f"{module}: {each}" for each in wrong if not told]
    busy.waits = waits
    slices = sorted(clock.slices)
    later, most = statistics.median(times), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} modules, {first.definitions} definitions; imported by a fresh process in {alone:.2f} s")
    print(f"first verification {first.elapsed:.2f} s, later ones {later:.2f} s, at most {max(times):.2f} s")
    print(f"memory: {memory:.0f} MB before, at most {most:.0f} MB")
    print(f"a thread's waits at rest: {still}")
    print(f"a thread's waits meanwhile: {busy}")
    print(f"between two rests: 99.9 % {_ms(slices[len(slices) * 999 // 1000])}, longest {_ms(slices[-1])}")
    print(f"besides, {len(clock.passes) - 1} full passes of the garbage collector of at most {_ms(max(clock.passes))}")
    print(f"{edits} edits: {len(alarms)} false alarms; {named} where the report names something, too")
    print("\n".join(alarms))


def edit(root, watcher, modules, draw, count):  # type: ignore[no-untyped-def]
    """One edit of one module, live; the program works on."""
    while True:
        n = draw.randrange(count)
        path = root / "big" / f"m{n}.py"
        text = path.read_text()
        old, new = draw.choice(EDITS)
        old, new = old.format(n=n, r="{r}"), new.format(n=n, r=draw.randrange(1000, 9999))
        if old in text:
            break
    beside = path.with_name("beside~")
    beside.write_text(text.replace(old, new, 1))
    beside.replace(path)
    report = watcher.poll()
    for name, module in modules.items():
        if name.startswith("big.m"):
            module.handler()
            module.cached(len(module.CACHE))
            module.SHARED.value += 0
    return f"big.m{n} {new!r}", report


if __name__ == "__main__":
    main()
