"""Lines that go on from what an import gives, as settings do: `from base import *`, then `APPS = APPS + ["own"]`."""

import pytest
from harness import Project
from probing import WAYS, probed

BASE = "APPS = ['a']\nOPTIONS = {'x': 1}\nNAME = 'n'\nN = 1\ndef rows(): return ['q']\nROWS = rows()\n"
OWN = (
    "APPS = APPS + ['b']\nOPTIONS = {**OPTIONS, 'y': 2}\nNAME = NAME.upper()\nN = N + 1\nROWS = [*ROWS, 'r']\n"
    "SIZE = len(APPS) + N\n"
)
IMPORTS = {
    "all names": "from base import *\n",
    "names": "from base import APPS, OPTIONS, NAME, N, ROWS\n",
    "some names": "from base import *\nfrom base import NAME, ROWS\n",
}
LOOK = "(m.APPS, m.OPTIONS, m.NAME, m.N, m.ROWS, m.SIZE)"
EDITS = {
    "what is imported": (
        "base.py",
        [("['a']", "['a', 'z']"), ("'x': 1", "'x': 3"), ("'n'", "'nn'"), ("N = 1", "N = 5")],
    ),
    "what it is computed by": ("base.py", [("['q']", "['qq', 'q']")]),
    "the lines": ("m.py", [("['b']", "['c']"), ("'y'", "'w'"), ("upper", "title"), ("N + 1", "N + 2"), ("'r'", "'s'")]),
    "one line": ("m.py", [("['b']", "['b', 'c']")]),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("imports", IMPORTS)
def test_what_is_imported_is_what_they_go_on_from(project: Project, imports: str, edit: str, way: str) -> None:
    before = {"base.py": BASE, "m.py": IMPORTS[imports] + OWN}
    name, words = EDITS[edit]
    text = before[name]
    for old, new in words:
        assert old in text
        text = text.replace(old, new, 1)
    done = probed(project, before, {**before, name: text}, LOOK, way=way)
    assert done.right, done
    assert edit in ("the lines", "one line") or not done.said, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "edit", [("base.py", "N = 1", "N = 5"), ("m.py", "N + 1", "N + 2"), ("m.py", "N * 10", "N * 20")]
)
@pytest.mark.parametrize("imports", IMPORTS)
def test_two_lines_that_go_on_from_each_other(
    project: Project, imports: str, edit: tuple[str, str, str], way: str
) -> None:
    before = {"base.py": BASE, "m.py": f"{IMPORTS[imports]}N = N + 1\nN = N * 10\n"}
    name, old, new = edit
    done = probed(project, before, {**before, name: before[name].replace(old, new)}, "m.N", way=way)
    assert done.right or done.named, done


def test_what_it_adds_to_in_place_is_named(project: Project) -> None:
    before = {"base.py": BASE, "m.py": "from base import *\nN += 1\n"}
    done = probed(project, before, {**before, "base.py": BASE.replace("N = 1", "N = 5")}, "m.N")
    assert done.right or done.named, done
