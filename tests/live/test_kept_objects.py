"""A name means another object that is as the earlier one was: who kept the earlier one keeps the new one."""

import pytest
from harness import Project
from probing import WAYS, probed

MADE = {
    "a list": ("[3, 9]", "list((3, 9))"),
    "a dict": ("{'a': 1}", "dict(a=1)"),
    "a set": ("{3, 9}", "set((3, 9))"),
}
KEPT = {
    "another name": ("K = L\n", "m.K"),
    "a name of that": ("J = L\nK = J\n", "m.K"),
    "a tuple": ("K = (1, L)\n", "m.K[1]"),
    "a table": ("K = {'a': L}\n", "m.K['a']"),
    "a default": ("def f(x=L): return x\n", "m.f()"),
    "a default of a method": ("class C:\n    def f(self, x=L): return x\n", "m.C().f()"),
    "an attribute of a class": ("class C:\n    k = L\n", "m.C.k"),
    "an instance": ("class C:\n    def __init__(self, k): self.k = k\nc = C(L)\n", "m.c.k"),
}
FROM = {
    "the line says it otherwise": ("L = {0}\n", "L = {1}\n"),
    "it is another module's": ("L = {0}\n", "from base import L\n"),
    "it moves to another module": ("L = {0}\nL.copy()\n", "from base import L\nL.copy()\n"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("how", FROM)
@pytest.mark.parametrize("made", MADE)
def test_they_keep_one_object(project: Project, made: str, how: str, kept: str, way: str) -> None:
    text, look = KEPT[kept]
    first, second = (each.format(*MADE[made]) for each in FROM[how])
    base = f"L = {MADE[made][0]}\n"
    befores = {"base.py": "X = 1\n" if "moves" in how else base, "m.py": f"{first}{text}"}
    done = probed(project, befores, {"base.py": base, "m.py": f"{second}{text}"}, f"{look} is m.L, m.L", way=way)
    assert done.right and not done.named, done


def test_who_keeps_nothing_of_it_is_left_alone(project: Project) -> None:
    """Neither computed again nor named."""
    text = "L = [1]\nN = len(L)\nprint(L)\nT = open(__file__), len(L)\nT[0].close()\n"
    project.start("m", text)
    watcher = project.watch()
    project.write("m", text.replace("[1]", "list((1,))"))
    report = watcher.poll()
    assert report.verdict == "live" and len(report.changes) == 1, report
