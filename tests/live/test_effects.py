"""What a statement wrote elsewhere as it ran: undo takes it back, and that it stays when the line goes is said."""

import pytest
import reloadr
from harness import Project
from probing import probed

FILL = "def fill(items): items.append(4)\n"

#: The program, the line that comes and goes, and what is looked at.
WRITING = {
    "class, by a method": ("class C:\n    L = []\n", "    L.append(1)\n", "m.C.L"),
    "class, by a function": (FILL + "class C:\n    L = []\n", "    fill(L)\n", "m.C.L"),
    "class, by keyword": (FILL + "class C:\n    L = []\n", "    fill(items=L)\n", "m.C.L"),
    "class, deeper": ("class C:\n    L = [[]]\n", "    L[0].append(1)\n", "m.C.L"),
    "class, outside of it": ("R = []\ndef f(): R.append(1)\nclass C:\n    x = 1\n", "    f()\n", "m.R"),
    "class, an object's": (
        "class S:\n    def __init__(self): self.n = []\n    def add(self): self.n.append(1)\nclass C:\n    s = S()\n",
        "    s.add()\n",
        "m.C.s.n",
    ),
    "assignment": ("R = []\ndef f():\n    R.append(1)\n    return 1\n", "x = f()\n", "m.R"),
    "assignment in a class": (FILL + "class C:\n    L = []\n", "    x = fill(L)\n", "m.C.L"),
    "assignment by a method": ("L = [1, 2]\n", "x = L.pop()\n", "m.L"),
    "try": ("R = []\ndef f(): R.append(1)\n", "try:\n    f()\nfinally:\n    pass\n", "m.R"),
    "loop": ("R = []\ndef f(x): R.append(x)\n", "for i in range(3):\n    f(i)\n", "m.R"),
    "subclass": (
        "R = []\nclass B:\n    def __init_subclass__(cls): R.append(cls.__name__)\n",
        "class C(B): pass\n",
        "m.R",
    ),
    "class body": ("R = []\n", "class C:\n    R.append(1)\n", "m.R"),
}


@pytest.mark.parametrize("case", WRITING)
def test_undo_takes_it_back(project: Project, case: str) -> None:
    text, line, look = WRITING[case]
    done = probed(project, text, text + line, look, way="undo")
    assert done.right, done


@pytest.mark.parametrize("case", WRITING)
def test_that_it_stays_is_said(project: Project, case: str) -> None:
    text, line, look = WRITING[case]
    done = probed(project, text + line, text, look)
    assert done.right or {"RL208", "RL218"} & {*done.said}, done


def test_what_only_computes_is_no_matter(project: Project) -> None:
    text = "T = {1: 2}\ndef f(key):\n    out = []\n    out.append(T[key])\n    return out\n"
    done = probed(project, text + "x = f(1)\n", text, "m.T")
    assert done.right and not done.said, done


def test_what_is_filled_twice_is_said(project: Project) -> None:
    text = "R = []\ndef f(x):\n    R.append(x)\n    return x\nx = f(1)\n"
    done = probed(project, text, text.replace("f(1)", "f(2)"), "m.R")
    assert done.right or done.said == ["RL208"], done


def test_what_raises_leaves_nothing(project: Project) -> None:
    module = project.start("m", "R = []\ndef f(): R.append(1)\n")
    watcher = project.watch()
    project.write("m", "R = []\ndef f(): R.append(1)\ntry:\n    f()\nfinally:\n    1 / 0\n")
    assert watcher.poll().rejected
    assert module.R == []


@pytest.mark.parametrize(
    "line",
    [
        "logging.getLogger('reloadr.left').setLevel(20)",
        "signal.signal(signal.SIGUSR2, signal.SIG_IGN)",
        "decimal.getcontext().prec = 28",
    ],
)
def test_undo_says_what_it_leaves(project: Project, line: str) -> None:
    head = "import logging, signal, decimal\nR = []\ndef fill(): R.append(1)\n"
    project.start("m", head)
    watcher = project.watch()
    project.write("m", f"{head}fill()\nx = 3\n{line}\n")
    watcher.poll()
    report = reloadr.undo()
    assert [(each.code, each.line) for each in report.reasons] == [("RL208", 6)], report
    assert report.verdict == "caveat"


def test_undo_empties_caches(project: Project) -> None:
    module = project.start("m", "import functools\n@functools.cache\ndef get(): return 1\n")
    watcher = project.watch()
    project.write("m", "import functools\n@functools.cache\ndef get(): return 2\n")
    watcher.poll()
    assert module.get() == 2
    assert reloadr.undo().verdict == "live"
    assert module.get() == 1
