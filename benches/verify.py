"""Measures `reloadr.verify()` on a project: time, pauses of the living process, false alarms.

    python benches/verify.py [--project package|django|fastapi|notebook] [--edits 50]

The projects are those of `projects.py`. They register functions and views, keep counters and caches, and work between
the verifications: Django's and FastAPI's answer requests. Each edit is applied by `poll()` and then verified: what is
named although the edit is live is a false alarm; exit status 1 if there is one. A thread that wants to run every
millisecond tells how long it was kept waiting, at rest and during verifications. Other programs of the machine keep it
waiting as well, so the processor time that the verifying thread took between two rests is shown beside it, passes of
the garbage collector apart.
"""

from __future__ import annotations

import argparse
import gc
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
from projects import PROJECTS, Project
from reloadr.proof import fresh, pace


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


def import_time(root: Path, project: Project) -> float:
    code = f"import sys; sys.path.insert(0, {str(root)!r}); import importlib\n{project.before}\n"
    code += f"for name in {project.modules!r}: importlib.import_module(name)\n"
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure reloadr.verify().")
    parser.add_argument("--project", choices=PROJECTS, default="package")
    parser.add_argument("--edits", type=int, default=50)
    parser.add_argument("--rest", type=float, default=3.0, help="seconds at rest before")
    options = parser.parse_args()
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    root = Path(tempfile.mkdtemp(prefix="reloadr-verify-bench-")).resolve()
    try:
        return run(root, PROJECTS[options.project](), options.edits, options.rest)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def run(root: Path, project: Project, edits: int, rest: float) -> int:
    """The number of false alarms."""
    project.write(root)
    alone = statistics.median(import_time(root, project) for _ in range(3))
    sys.path.insert(0, str(root))
    watcher = reloadr.watch(str(root), on="look")
    work = project.begin()
    work()
    # What was imported is taken in, as the first save would do.
    watcher.poll()
    still = Ticks()
    time.sleep(rest)
    still.stop()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    clock = pace.time = fresh.time = Clock()  # type: ignore[assignment]
    verify = reloadr.verify
    waits, times, alarms, named, hot = [], [], [], 0, 0
    draw = random.Random(9)
    clock.begin()
    first = verify()
    for _ in range(edits):
        what = project.edit(root, draw)
        report = watcher.poll()
        work()
        busy = Ticks()
        clock.begin()
        proof = verify()
        busy.stop()
        waits += busy.waits
        times.append(proof.elapsed)
        hot += report.verdict in ("live", "caveat")
        wrong = [*proof.stale, *proof.conflicts, *proof.unknown]
        told = {each.code for each in report.reasons}
        named += bool(wrong and told)
        alarms += [f"{what}: {each}" for each in wrong if not told]
    busy.waits = waits
    slices = sorted(clock.slices)
    later, most = statistics.median(times), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(project.modules)} modules, {first.definitions} definitions; imported by a fresh process in {alone:.2f} s"
    )
    print(f"first verification {first.elapsed:.2f} s, later ones {later:.2f} s, at most {max(times):.2f} s")
    print(f"memory: {memory:.0f} MB before, at most {most:.0f} MB")
    print(f"a thread's waits at rest: {still}")
    print(f"a thread's waits meanwhile: {busy}")
    print(f"between two rests: 99.9 % {_ms(slices[len(slices) * 999 // 1000])}, longest {_ms(slices[-1])}")
    print(f"besides, {len(clock.passes) - 1} full passes of the garbage collector of at most {_ms(max(clock.passes))}")
    print(f"{edits} edits, {hot} live: {len(alarms)} false alarms; {named} where the report names something, too")
    print("\n".join(alarms))
    return len(alarms)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
