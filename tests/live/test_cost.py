"""What an edit must not cost: work by the heap, and garbage that waits for the collector."""

from __future__ import annotations

import gc

import pytest
from harness import Project
from reloadr import _locate

TEXT = '''\
"""A module."""
import functools

def plain(x):
    return x + {n}

def another():
    return [y for y in range({n})], lambda: {n}

@functools.lru_cache
def cached(x):
    return x, {n}

class C:
    def method(self):
        return {n}, super().__repr__()

    @property
    def prop(self):
        return {n}

    @staticmethod
    def static():
        return {n}
'''


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many code objects each pass over the heap looked for."""
    counts: list[int] = []
    search = _locate.holders

    def counted(codes: list[object]) -> object:
        counts.append(len(codes))
        return search(codes)  # type: ignore[arg-type]

    monkeypatch.setattr(_locate, "holders", counted)
    return counts


def test_changed_bodies_need_no_pass_over_the_heap(project: Project, passes: list[int]) -> None:
    """From the first edit on, and without a collection in between: references that are known are counted."""
    module = project.start("costs", TEXT.replace("{n}", "0"))
    watcher = project.watch("costs")
    gc.collect()
    gc.disable()
    try:
        for number in range(1, 6):
            project.write("costs", "# moved\n" * number + TEXT.replace("{n}", str(number)))
            assert watcher.poll().verdict == "live"
            assert module.plain(1) == 1 + number
            assert module.C().prop == number
            assert module.another()[1]() == number
    finally:
        gc.enable()
    assert passes == []


def test_a_copy_of_a_function_is_found(project: Project, passes: list[int]) -> None:
    """A holder that is not known is looked for, and what it holds is patched."""
    module = project.start("copied", "def f():\n    return 1\n")
    watcher = project.watch("copied")
    copy = type(module.f)(module.f.__code__, module.__dict__)
    project.write("copied", "def f():\n    return 2\n")
    watcher.poll()
    assert passes == [1]
    assert copy() == module.f() == 2


def test_a_reload_leaves_no_cycles_that_hold_outlines(project: Project) -> None:
    """The text of a long file must not wait for the collector."""
    project.start("cycles", TEXT.replace("{n}", "0"))
    watcher = project.watch("cycles")
    for number in range(1, 4):
        project.write("cycles", TEXT.replace("{n}", str(number)))
        watcher.poll()
    gc.collect()
    gc.disable()
    try:
        for number in range(4, 8):
            project.write("cycles", TEXT.replace("{n}", str(number)))
            watcher.poll()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        kinds = {type(each).__name__ for each in gc.garbage}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert kinds.isdisjoint({"Batch", "Work", "Outline", "Node", "Snapshot", "code"})
