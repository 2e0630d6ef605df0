"""Memory stays flat over thousands of reloads.

`RELOADR_RELOADS=10000` makes as many of them; by default there are fewer, of each kind still so many that
one object left behind by each is noticed.
"""

from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from collections import Counter, deque
from collections.abc import Callable
from itertools import pairwise
from types import CodeType, FunctionType
from typing import Any

import pytest
import reloadr
from harness import Project
from reloadr.session.session import session

RELOADS = int(os.environ.get("RELOADR_RELOADS", "0"))
#: Reports that the history keeps in these tests.
HISTORY = 20


def resident() -> int:
    """The memory of this process, bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def census() -> Counter[str]:
    """How many objects of each type the collector knows, and how many code objects functions hold."""
    gc.collect()
    found: Counter[str] = Counter()
    codes: set[int] = set()
    for each in gc.get_objects():
        found[type(each).__name__] += 1
        # By their types: lazy objects of frameworks that other tests loaded make themselves when they are asked.
        if type(each) is FunctionType:
            codes.add(id(each.__code__))
    found["code of functions"] = len(codes)
    return found


def blocks() -> int:
    """Memory blocks that Python has allocated: code objects and strings are among them."""
    gc.collect()
    return sys.getallocatedblocks()


TEXT = """\
import functools
LIMIT = {n}
NAMES = ["a", {n}]
DERIVED = LIMIT + 1
def body(x): return x + {n}
def default(x={n}): return x
def documented():
    "Version {n}."
@functools.lru_cache
def cached(x): return x, {n}
def closure(x):
    def inner(y): return x, y, {n}
    return inner
def generator():
    yield {n}
async def coroutine(): return {n}
class C:
    attribute = {n}
    def method(self): return {n}, super().__repr__()
    @property
    def prop(self): return {n}
    @staticmethod
    def static(): return {n}
    def {name}(self): return {n}
    key = lambda self: {n}
class D(C):
    def method(self): return super().method(), {n}
"""
#: What each save edits: `{n}` only there.
EDITS = {
    "bodies": "def body(x): return x + {n}\n",
    "lines": "{lines}" + TEXT.replace("{n}", "1").replace("{name}", "extra"),
    "everything": TEXT,
    # CPython 3.12 never frees a name that was once in code: the same ones come again.
    "definitions come and go": "def f{turn}():\n    return {n}\nclass C{turn}:\n    def m(self): return {n}\n",
    "decorators": "import functools\n@functools.lru_cache(maxsize={n})\ndef f(x): return x\n",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = {n}\n"
    "    def m(self): return self.x\n",
    "enum": "import enum\nclass E(enum.Enum):\n    A = {n}\n    def m(self): return {n}\n",
    "bases": "class A: pass\nclass B: pass\nclass C({base}):\n    def m(self): return {n}\n",
    "annotations": "def f(x: 'list[{n}]') -> {n}: return x\nX: {n} = {n}\n",
    "rejected": "def f(): return {n}\nX = {n}\n1 / 0\n",
    "syntax errors": "def f(: {n}\n",
}  # fmt: skip
#: How often by default; what is dear takes part less often: what is rejected is judged by a fresh process each time.
SHARE = {"bodies": 300, "rejected": 80, "syntax errors": 300, "everything": 40, "dataclass": 60, "enum": 60}


def share(name: str) -> int:
    return RELOADS // len(EDITS) if RELOADS else SHARE.get(name, 80)


@pytest.fixture(autouse=True)
def short_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history that is full soon: until then it grows, rightly."""
    monkeypatch.setattr(session.history, "reports", deque(maxlen=HISTORY))


def reloads(project: Project, watcher: reloadr.Watcher, name: str, text: str) -> Callable[[int, int], None]:
    """A function that saves and polls, from one number to another."""

    def run(first: int, last: int) -> None:
        for number in range(first, last):
            made = text.replace("{n}", str(1000 + number)).replace("{name}", f"extra{number % 3}")
            made = made.replace("{lines}", "\n" * (1 + number % 5)).replace("{turn}", str(number % 10))
            project.write(name, made.replace("{base}", ("A", "B", "A, B")[number % 3]))
            report = watcher.poll()
            assert report.verdict != "nothing"

    return run


@pytest.mark.long
@pytest.mark.parametrize("edit", EDITS)
def test_memory_is_flat(project: Project, edit: str) -> None:
    """Thousands of saves of a small file leave no more behind than a few."""
    start = EDITS[edit] if edit not in ("rejected", "syntax errors") else "X = 1\n"
    start = (
        start.replace("{n}", "7")
        .replace("{name}", "extra")
        .replace("{base}", "A")
        .replace("{lines}", "")
        .replace("{turn}", "9")
    )
    module = project.start("flat", start)
    watcher = project.watch("flat")
    kept = [vars(module).get("C", int)(), *(module.closure(n) for n in range(3) if hasattr(module, "closure"))]
    run = reloads(project, watcher, "flat", EDITS[edit])
    # The history is full then, and the interpreter's own caches too.
    warm = HISTORY + 20
    run(0, warm)
    before, blocks_before, resident_before = census(), blocks(), resident()
    run(warm, warm + share(edit))
    grown = blocks() - blocks_before
    after = census() - before
    assert grown < share(edit) + 400, f"{grown} blocks more after {share(edit)} reloads; {after.most_common(8)}"
    assert after["code of functions"] < 20 and after["function"] < 20, after.most_common(8)
    assert sum(after.values()) < share(edit) // 2 + 100, after.most_common(8)
    assert resident() - resident_before < 24 << 20
    assert kept


@pytest.mark.long
def test_traced_memory_is_flat(project: Project) -> None:
    """As counted by tracemalloc, which sees what Rust and C allocate through Python as well."""
    project.start("traced", TEXT.replace("{n}", "1").replace("{name}", "extra"))
    run = reloads(project, project.watch("traced"), "traced", TEXT)
    run(0, HISTORY + 5)
    tracemalloc.start()
    try:
        # What is traced replaces, little by little, what was there before.
        run(1000, 1000 + HISTORY + 5)
        sizes = []
        for turn in range(2000, 2100, 25):
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
            run(turn, turn + 25)
    finally:
        tracemalloc.stop()
    # What leaks does so every time; a table of the interpreter's that got too small is made larger once.
    grown = min(after - before for before, after in pairwise(sizes))
    assert grown < 25_000, f"{grown} bytes more after 25 reloads; {sizes}"


def test_old_code_goes(project: Project) -> None:
    """A code object that nothing runs any more is freed with the next batch: the last one is kept for undo."""
    module = project.start("going", "def f(): return 'mark 0'\n")
    watcher = project.watch("going")

    def marks() -> int:
        gc.collect()
        found: set[int] = set()
        for each in gc.get_objects():
            for part in gc.get_referents(each) if issubclass(type(each), (FunctionType, tuple, list, dict)) else ():
                if type(part) is CodeType and part.co_name == "f" and part.co_filename == module.__file__:
                    found.add(id(part))
        return len(found)

    for number in range(1, 30):
        project.write("going", f"def f(): return 'mark {number}'\n")
        watcher.poll()
    assert marks() <= 3


def test_heap_is_not_searched(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits of functions and methods, one after the other, are made without a look at all living objects."""
    text = "def f(x={n}): return {n}\nclass C:\n    def m(self): return {n}\n"
    module = project.start("unsearched", text.format(n=1))
    thing, watcher = module.C(), project.watch("unsearched")
    monkeypatch.setattr(sys.modules["reloadr.live.locate"], "holders", None)
    for number in range(2, 8):
        project.write("unsearched", text.format(n=number))
        assert watcher.poll().verdict == "live"
        assert (module.f(), thing.m()) == (number, number)


def test_instances_are_not_kept(project: Project) -> None:
    """Reloads that look for living instances keep none of them alive."""
    import weakref

    module = project.start("instances", "class C:\n    def __init__(self): self.a = 1\n")
    watcher = project.watch("instances")
    things = [module.C() for _ in range(10)]
    seen = [weakref.ref(thing) for thing in things]
    project.write("instances", "class C:\n    def __init__(self): self.a = self.b = 1\n")
    report: Any = watcher.poll()
    assert [reason.code for reason in report.reasons] == ["RL209"]
    del things
    gc.collect()
    assert [each() for each in seen] == [None] * 10


def test_modules_are_not_kept(project: Project) -> None:
    """A module that was watched and patched, and went out of `sys.modules`, is freed when the watch ends."""
    import weakref

    module = project.start("leaving", "def f(): return 1\nclass C:\n    def m(self): return 1\n")
    watcher = project.watch("leaving")
    project.write("leaving", "def f(): return 2\nclass C:\n    def m(self): return 2\n")
    watcher.poll()
    seen = weakref.ref(module)
    del sys.modules["leaving"]
    del module
    watcher.stop()
    assert watcher.modules == ()
    # The last batch is kept for undo; another one takes its place.
    other = project.start("staying", "def f(): return 1\n")
    with project.watch("staying") as second:
        project.write("staying", "def f(): return 2\n")
        second.poll()
    assert other.f() == 2
    gc.collect()
    assert seen() is None
