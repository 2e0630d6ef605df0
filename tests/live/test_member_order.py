"""Members that come or change places stand in a class where its source has them."""

import threading

import reloadr
from harness import Project

STEPS = "class Steps:\n    limit = 1\n    def build(self): return 1\n    def ship(self): return 3\nONE = Steps()\n"
CHECK = "    def check(self): return 2\n"


def members(cls: type) -> list[str]:
    return [name for name in vars(cls) if not name.startswith("__")]


def test_a_new_method_stands_where_the_source_has_it(project: Project) -> None:
    """After the edit, after `undo`, after the edit again."""
    module = project.start("placed", STEPS)
    watcher = project.watch(module)
    new = STEPS.replace("    def ship", CHECK + "    def ship")
    project.write("placed", new)
    assert watcher.poll().verdict == "live"
    assert members(module.Steps) == ["limit", "build", "check", "ship"]
    assert (module.ONE.check(), module.ONE.ship()) == (2, 3)
    reloadr.undo()
    assert members(module.Steps) == ["limit", "build", "ship"]
    project.write("placed", new + "LAST = 1\n")
    assert watcher.poll().verdict == "live"
    assert members(module.Steps) == ["limit", "build", "check", "ship"]


def test_methods_that_change_places(project: Project) -> None:
    module = project.start("turned", STEPS)
    watcher, build = project.watch(module), module.Steps.build
    first, last = "    def build(self): return 1\n", "    def ship(self): return 3\n"
    project.write("turned", STEPS.replace(first + last, last + first))
    watcher.poll()
    assert members(module.Steps) == ["limit", "ship", "build"] and module.Steps.build is build
    assert reloadr.verify().is_fresh


def test_a_method_that_moves_and_changes(project: Project) -> None:
    module = project.start("moved", STEPS)
    watcher, build = project.watch(module), module.Steps.build
    first, last = "    def build(self): return 1\n", "    def ship(self): return 3\n"
    project.write("moved", STEPS.replace(first + last, last + first.replace("1", "4")))
    watcher.poll()
    assert members(module.Steps) == ["limit", "ship", "build"] and module.Steps.build is build
    assert module.ONE.build() == 4
    assert reloadr.verify().is_fresh


def test_others_find_all_members_meanwhile(project: Project) -> None:
    """Threads that call methods and read the class while its members are put in order."""
    module = project.start("busy", STEPS)
    watcher = project.watch(module)
    ended, wrong = threading.Event(), []

    def work() -> None:
        while not ended.is_set():
            if module.ONE.build() + module.ONE.ship() + module.Steps.limit != 5 or "ship" not in vars(module.Steps):
                wrong.append(members(module.Steps))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(40):
            put = CHECK.replace("check", f"check{number}")
            project.write("busy", STEPS.replace("    def build", put + "    def build"))
            watcher.poll()
    finally:
        ended.set()
        for thread in threads:
            thread.join(60)
    assert not wrong and members(module.Steps) == ["limit", "check39", "build", "ship"]
