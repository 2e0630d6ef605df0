"""Imports that load when their name is used (CPython 3.15): an edit that brings one loads nothing, as a fresh start."""

import sys

import pytest
from harness import Project
from probing import WAYS, probed

pytestmark = pytest.mark.skipif(sys.version_info < (3, 15), reason="lazy imports came with 3.15")

STAYS = "type(vars(m).get('nothere')).__name__"
EDITS = {
    "of a module that is not there": ("X = 1\n", "lazy import nothere\nX = 2\n", f"m.X, {STAYS}"),
    "from a module that is not there": ("X = 1\n", "lazy from nope import nothere\nX = 2\n", f"m.X, {STAYS}"),
    "of what a loaded module lacks": ("X = 1\n", "lazy from math import nothere\nX = 2\n", f"m.X, {STAYS}"),
    "of a submodule": ("X = 1\n", "lazy import json.nothere as nothere\nX = 2\n", f"m.X, {STAYS}"),
    "that a function uses": (
        "def f(): return 1\n",
        "lazy import colorsys\ndef f(): return colorsys.__name__\n",
        "m.f(), m.colorsys.__name__",
    ),
    "from another": (
        "lazy from math import floor as g\ndef f(): return g(1.5)\nX = g(1.5)\n",
        "lazy from math import ceil as g\ndef f(): return g(1.5)\nX = g(1.5)\n",
        "m.f(), m.X",
    ),
    "that goes": ("lazy import sched\nX = 1\n", "X = 1\n", "hasattr(m, 'sched')"),
    "from, that goes": ("lazy from sched import scheduler\nX = 1\n", "X = 1\n", "hasattr(m, 'scheduler')"),
    "beside an edit": (
        "lazy import nothere\nA = 1\nX = A\nclass C: x = A\n",
        "lazy import nothere\nA = 2\nX = A\nclass C: x = A\n",
        f"m.X, m.C.x, {STAYS}",
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("edit", EDITS)
def test_a_lazy_import(project: Project, way: str, edit: str) -> None:
    before, after, look = EDITS[edit]
    done = probed(project, before, after, look, way=way)
    assert done.right and not done.named, done


def test_nothing_of_it_runs_until_the_name_is_used(project: Project) -> None:
    module = project.start("lazy_user", "def f(): return 1\n")
    project.write("lazy_table", "import sys\nsys.tables = getattr(sys, 'tables', 0) + 1\nROWS = [1]\n")
    watcher = project.watch(module)
    project.write("lazy_user", "lazy from lazy_table import ROWS\ndef f(): return ROWS\n")
    assert watcher.poll().verdict == "live" and "lazy_table" not in sys.modules
    assert module.f() == [1] and sys.tables == 1  # type: ignore[attr-defined]
    del sys.tables  # type: ignore[attr-defined]
