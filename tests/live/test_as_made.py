"""What a line made is kept by others, and edited code makes the same of it: then there is nothing to say."""

import pytest
from harness import Project
from probing import probed

THEME = (
    "class Theme:\n    def __init__(self, x, ys=None):\n        self.x = x\n        self.ys = list(ys or [])\n"
    "        self.wide = x > LIMIT\n"
)
LIB = "LIMIT = 3\n" + THEME
EDITS = {
    "a constructor": ("list(ys or [])", "[*(ys or [])]"),
    "a name that it reads": ("LIMIT = 3", "LIMIT = 4"),
}
LINES = {
    "held in a dict": "T = Theme(1, [2])\nHELD = {'a': T}\n",
    "held by another instance": "T = Theme(1, [2])\nU = Theme(2, [T])\n",
    "of a class": "class C:\n    theme = Theme(1, [2])\nHELD = [C.theme]\n",
    "a dict of them": "T = {'a': Theme(1, [2]), 'b': Theme(3)}\nHELD = [T['a']]\n",
}


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("edit", EDITS)
def test_what_is_made_alike_is_not_named(project: Project, edit: str, line: str) -> None:
    files = {"lib.py": LIB, "m.py": "from lib import Theme\n" + LINES[line]}
    done = probed(project, files, {**files, "lib.py": LIB.replace(*EDITS[edit])}, "1")
    assert "RL206" not in done.said, done


@pytest.mark.parametrize("line", LINES)
def test_what_is_made_otherwise_is_named(project: Project, line: str) -> None:
    files = {"lib.py": LIB, "m.py": "from lib import Theme\n" + LINES[line]}
    done = probed(project, files, {**files, "lib.py": LIB.replace("LIMIT = 3", "LIMIT = 0")}, "1")
    assert "RL206" in done.said, done


def test_what_the_program_has_changed_is_named(project: Project) -> None:
    text = LIB + "T = Theme(1)\nHELD = [T]\nT.extra = 2\n"
    done = probed(project, text, text.replace("LIMIT = 3", "LIMIT = 4"), "1")
    assert "RL206" in done.said, done


def test_what_may_not_be_made_unseen_is_named(project: Project) -> None:
    text = "ALL = []\n" + LIB + "        ALL.append(x)\nT = Theme(1)\nHELD = [T]\n"
    done = probed(project, text, text.replace("LIMIT = 3", "LIMIT = 4"), "m.ALL")
    assert "RL206" in done.said and done.right, done


def test_a_closure_is_more_than_its_attributes(project: Project) -> None:
    text = (
        "def count():\n    n = 3\n    def step():\n        nonlocal n\n        n += 2\n        return n\n"
        "    return step\nstep = count()\nGIVEN = [step(), step()]\n"
    )
    done = probed(project, text, text.replace("n = 3", "n = 2"), "m.GIVEN")
    assert done.right or done.named, done


def test_what_lines_below_bind_was_not_there(project: Project) -> None:
    text = "class C: pass\nX = 'C' in globals()\ndef asked(): return [n for n in globals() if n == 'C']\nY = asked()\n"
    done = probed(project, text, text.replace("class C: pass\n", "") + "class C: pass\n", "m.X, m.Y")
    assert done.right or done.named, done


def test_a_name_that_means_something_else_below(project: Project) -> None:
    text = (
        "K = 1\nclass Theme:\n    def __init__(self, x): self.x = x + K\n"
        "T = Theme(1)\nHELD = [T]\nK = 0\nlimit = lambda: 0\n"
    )
    done = probed(project, text, text.replace("x + K", "x + K + 1"), "m.T.x")
    assert done.right or done.named, done
