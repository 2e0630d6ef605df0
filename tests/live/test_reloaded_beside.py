"""`importlib.reload` of a watched module, by habit, beside us."""

import importlib

import reloadr
from harness import Project

SOURCE = "def f(): return {n}\nclass C:\n    def m(self): return {n}\nX = {n}\n"


def shown(module) -> tuple[object, ...]:  # type: ignore[no-untyped-def]
    return module.f(), module.C().m(), module.X


def test_saves_reach_what_it_made(project: Project) -> None:
    """The functions and classes that the reload made are those that later saves edit."""
    module = project.start("beside", SOURCE.format(n=1))
    watcher = project.watch(module)
    importlib.reload(module)
    assert watcher.poll().verdict == "nothing"
    for n in (2, 3):
        project.write("beside", SOURCE.format(n=n))
        assert watcher.poll().verdict == "live"
        assert shown(module) == (n, n, n)


def test_a_save_that_it_brought_itself(project: Project) -> None:
    """What a reload has read is no edit any more, and the next one is told from it."""
    module = project.start("brought", SOURCE.format(n=1))
    watcher = project.watch(module)
    project.write("brought", SOURCE.format(n=2))
    importlib.reload(module)
    assert watcher.poll().verdict == "nothing" and shown(module) == (2, 2, 2)
    project.write("brought", SOURCE.format(n=4))
    assert watcher.poll().verdict == "live" and shown(module) == (4, 4, 4)
    assert reloadr.status().in_step
