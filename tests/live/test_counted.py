"""Counters that constructors keep on a class: a line that runs again counts once more, which is said and taken back."""

import pytest
import reloadr
from harness import Project

COUNTERS = {
    "of the class": "class C:\n    made = 0\n    def __init__(self, n): C.made += 1\n",
    "of its type": "class C:\n    made = 0\n    def __init__(self, n): type(self).made += n\n",
    "by a class method": (
        "class C:\n    made = 0\n    def __init__(self, n): self.count()\n"
        "    @classmethod\n    def count(cls): cls.made += 1\n"
    ),
    "of another": "class K: made = 0\nclass C(K):\n    def __init__(self, n): K.made += 1\n",
}


@pytest.mark.parametrize("how", COUNTERS)
def test_undo_takes_a_count_back(project: Project, how: str) -> None:
    module = project.start("m", COUNTERS[how] + "x = C(1)\n")
    watcher = project.watch()
    made, was = module.C.made, module.x
    project.write("m", COUNTERS[how] + "x = C(2)\n")
    report = watcher.poll()
    assert module.C.made > made
    assert ("made did when it ran cannot be undone" in str(report)) == ("+= n" in COUNTERS[how])
    reloadr.undo()
    assert (module.C.made, module.x) == (made, was)


def test_what_the_program_counted_since_stays(project: Project) -> None:
    text = COUNTERS["of the class"]
    module = project.start("m", text + "x = C(1)\n")
    watcher = project.watch()
    project.write("m", text + "x = C(2)\n")
    watcher.poll()
    module.C(3)
    reloadr.undo()
    assert module.C.made == 3


def test_a_line_that_raises_leaves_no_count(project: Project) -> None:
    text = "class C:\n    made = 0\n    def __init__(self, n):\n        C.made += 1\n        1 / n\n"
    module = project.start("m", text + "x = C(1)\n")
    watcher = project.watch()
    project.write("m", text + "x = C(0)\n")
    assert watcher.poll().verdict == "rejected" and module.C.made == 1


def test_a_new_line_only_counts(project: Project) -> None:
    text = COUNTERS["of the class"] + "x = C(1)\n"
    module = project.start("m", text)
    watcher = project.watch()
    project.write("m", text + "y = C(2)\n")
    assert watcher.poll().verdict == "live" and module.C.made == 2
