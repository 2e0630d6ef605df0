"""A name that an `import *` brings as well is what that brings, when the line goes that bound it by itself."""

import pytest
from harness import Project
from probing import WAYS, probed

BASE = {"base.py": "import os\nLIMIT = 1\ndef f(): return 'base'\nclass C: pass\n"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("line", "look"),
    [
        ("import os\n", "m.os.sep"),
        ("LIMIT = 2\n", "m.LIMIT, m.X()"),
        ("def f(): return 'own'\n", "m.f()"),
        ("class C: x = 1\n", "vars(m.C).get('x')"),
        ("import os as LIMIT\n", "m.LIMIT"),
        ("LIMIT = 2\nY = LIMIT\n", "m.LIMIT"),
    ],
)
def test_the_star_shows_again(project: Project, way: str, line: str, look: str) -> None:
    head = "from base import *\ndef X(): return LIMIT\n"
    done = probed(project, {**BASE, "m.py": head + line}, {**BASE, "m.py": head}, look, way=way)
    assert done.right, done


def test_a_reader_below_follows(project: Project) -> None:
    head = "from base import *\n"
    before = {**BASE, "m.py": f"{head}LIMIT = 2\nX = [LIMIT]\n"}
    done = probed(project, before, {**BASE, "m.py": f"{head}X = [LIMIT]\n"}, "m.X")
    assert done.right or done.named, done
