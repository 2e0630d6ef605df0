"""RL210 names the instances of a replaced class that something keeps, not those that were made anew with it."""

import pytest
from harness import Project
from probing import WAYS, probed

OLD = "from typing import NamedTuple\nclass P(NamedTuple):\n    a: int\n"
NEW = OLD + "    b: int = 2\n"
KEEP = "held = []\ndef keep(v):\n    held.append(v)\n    return v\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "line", ["x = P(1)\n", "x = [P(1)]\n", "x = {'a': [P(1)]}\n", "x = (P(1), P(2))\n", "def x(p=P(1)): return p\n"]
)
def test_what_is_made_anew_is_not_named(project: Project, line: str, way: str) -> None:
    look = "m.x() if callable(m.x) else m.x"
    done = probed(project, OLD + line, NEW + line, look, way=way)
    assert done.right and (way != "edit" or not done.said), done


@pytest.mark.parametrize("line", ["x = keep(P(1))\n", "keep(P(1))\n"])
def test_what_is_kept_is_named(project: Project, line: str) -> None:
    done = probed(project, OLD + KEEP + line, NEW + KEEP + line, "1")
    assert "RL210" in done.said and "held[0]" in str(done.report), done


def test_a_list_that_others_have_keeps_them(project: Project) -> None:
    module = project.start("m", OLD + "x = [P(1)]\n")
    held = module.x
    watcher = project.watch()
    project.write("m", NEW + "x = [P(1)]\n")
    assert "RL210" in str(watcher.poll()) and held[0] == (1,)
