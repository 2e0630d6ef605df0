"""Names that come and go by `import *`: who asked whether they are there is right, or named."""

import pytest
from harness import Project
from probing import WAYS, probed

WITH, WITHOUT = "def f(): pass\ndef g(): pass\n", "def f(): pass\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("before", "after"), [(WITH, WITHOUT), (WITHOUT, WITH)])
@pytest.mark.parametrize(
    "ask",
    [
        'HAS = "g" in globals()\n',
        'HAS = "g" in dir()\n',
        'HAS = "g" in vars()\n',
        'HAS = "g" in locals()\n',
        'import sys\nHAS = hasattr(sys.modules[__name__], "g")\n',
        'HAS = globals().get("g") is not None\n',
        "HAS = sorted(n for n in dir() if n[0] != '_')\n",
        'if "g" in globals(): HAS = 1\nelse: HAS = 2\n',
        "try:\n    g\n    HAS = 1\nexcept NameError:\n    HAS = 2\n",
        "try: HAS = g.__name__\nexcept NameError: HAS = 2\n",
    ],
)
def test_by_a_star(project: Project, ask: str, before: str, after: str, way: str) -> None:
    text = "from base import *\n" + ask
    done = probed(project, {"base.py": before, "m.py": text}, {"base.py": after, "m.py": text}, "m.HAS", way=way)
    assert done.right or done.named, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ask", ["try:\n    g\n    HAS = 1\nexcept NameError:\n    HAS = 2\n", 'HAS = "g" in vars()\n'])
def test_of_its_own(project: Project, ask: str, way: str) -> None:
    done = probed(project, WITH + ask, WITHOUT + ask, "m.HAS", way=way)
    assert done.right or done.named, done


@pytest.mark.parametrize("ask", ["vars(C)", "C.__dict__", "names(C)"])
def test_members_that_change_places(project: Project, ask: str) -> None:
    head = "def names(c): return list(vars(c))\n"
    one, other = "    def a(self): pass\n", "    def b(self): pass\n"
    line = f"L = [n for n in {ask} if n[0] != '_']\n"
    before, after = (f"{head}class C:\n{first}{second}{line}" for first, second in ((one, other), (other, one)))
    done = probed(project, before, after, "m.L, [n for n in vars(m.C) if n[0] != '_']")
    assert done.right or "L was computed from" in str(done.report), done
