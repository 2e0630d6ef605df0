"""Members of enumerations that are ints or strings, and get another value: who holds one, holds the new one."""

import pytest
import reloadr
from harness import Project, fresh

LEVELS = (
    "from enum import IntEnum, StrEnum, IntFlag, auto\nclass Level(IntEnum):\n    LOW = auto()\n    HIGH = auto()\n"
)
TOP = ("    LOW = auto()\n", "    NONE = auto()\n    LOW = auto()\n")
#: Text, what of it is replaced by what, what a program did since, and where it holds the member.
HELD = {
    "name": (LEVELS, TOP, "held = Level.LOW", "held"),
    "attribute": (LEVELS, TOP, "class O: pass\no = O(); o.level = Level.LOW", "o.level"),
    "list": (LEVELS, TOP, "held = [0, Level.LOW]", "held[1]"),
    "value of a dict": (LEVELS, TOP, "held = {0: Level.LOW}", "held[0]"),
    "closure": (LEVELS, TOP, "def make(x): return lambda: x\nheld = make(Level.LOW)", "held()"),
    "default": (LEVELS, TOP, "def held(x=Level.LOW): return x", "held()"),
    "literal": (LEVELS.replace("auto()", "0", 1), ("= 0", "= 7"), "held = Level.LOW", "held"),
    "string": (LEVELS.replace("IntEnum)", "StrEnum)"), ("LOW = auto()", "LOW = 'least'"), "held = Level.LOW", "held"),
    "flag": (LEVELS.replace("IntEnum)", "IntFlag)"), TOP, "held = Level.LOW", "held"),
    "who reads it by its source": (f"{LEVELS}T = {{Level.LOW: 1}}\nU = (Level.LOW, 2)\n", TOP, "", "[*T][0]"),
}


@pytest.mark.parametrize("where", HELD)
def test_it_is_handed_over(project: Project, where: str) -> None:
    """After the edit, after it was taken back in the file, after the edit again, after `undo()`; nobody is told."""
    before, (old, new), since, held = HELD[where]
    module = project.start("levels", before)
    exec(since, vars(module))
    watcher, after = project.watch(module), before.replace(old, new, 1)
    for text in (after, before, after):
        project.write("levels", text)
        report = watcher.poll()
        assert report.verdict == "live", report
        assert eval(held, vars(module)) is module.Level.LOW
        assert repr(list(module.Level)) == fresh(module, text, "list(Level)")
    assert reloadr.undo().verdict == "live"
    assert eval(held, vars(module)) is module.Level.LOW
    assert repr(list(module.Level)) == fresh(module, before, "list(Level)")


@pytest.mark.parametrize("since", ["held = (0, Level.LOW)", "held = {Level.LOW: 0}", "held = {Level.LOW}"])
def test_who_cannot_get_it_is_named(project: Project, since: str) -> None:
    module = project.start("levels", LEVELS)
    exec(since, vars(module))
    watcher = project.watch(module)
    project.write("levels", LEVELS.replace(*TOP))
    report = watcher.poll()
    assert [(reason.code, reason.qualname) for reason in report.reasons] == [("RL206", "Level.LOW")], report
