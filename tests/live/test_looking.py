"""Who looks at the disk by himself sees what was saved before, though not each file is looked at each time."""

import os
import sys
import time

import pytest

TEXT = "def word():\n    return {}\n"


def settle(watcher):
    """Until a look finds nothing new, and the times of the files are those of saves long ago."""
    for _ in range(4):
        time.sleep(0.02)
        assert watcher.poll().verdict == "nothing"


@pytest.mark.skipif(sys.platform == "win32", reason="folders of modules in use cannot be moved")
def test_each_save_is_seen_by_the_next_look(project):
    module = project.start("m", TEXT.format(0))
    project.start("pack.other", TEXT.format(0))
    watcher = project.watch()
    settle(watcher)
    for number in range(1, 6):
        if number % 2:
            project.path("m").write_text(TEXT.format(number))
        else:
            project.write("m", TEXT.format(number))
        watcher.poll()
        assert module.word() == number
        settle(watcher)
    os.remove(project.path("m"))
    assert [each.code for each in watcher.poll().reasons] == ["RL213"]
    settle(watcher)
    project.write("m", TEXT.format(6))
    watcher.poll()
    assert module.word() == 6


@pytest.mark.skipif(sys.platform == "win32", reason="folders of modules in use cannot be moved")
def test_folders_that_are_moved_or_linked_are_looked_at(project):
    project.write("pack/a.py", TEXT.format(0))
    project.write("new/a.py", TEXT.format(1))
    project.write("linked_1/b.py", TEXT.format(0))
    project.write("linked_2/b.py", TEXT.format(1))
    os.symlink(project.root / "linked_1", project.root / "linked")
    moved, linked = project.load("pack.a"), project.load("linked.b")
    watcher = project.watch()
    settle(watcher)
    os.replace(project.root / "pack", project.root / "old")
    os.replace(project.root / "new", project.root / "pack")
    watcher.poll()
    assert moved.word() == 1
    settle(watcher)
    os.symlink(project.root / "linked_2", project.root / "link")
    os.replace(project.root / "link", project.root / "linked")
    watcher.poll()
    assert linked.word() == 1


# Tests before it may have left threads, which rest.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_looks_for_itself_and_takes_nothing_away(project):
    module = project.start("m", TEXT.format(0))
    watcher = project.watch()
    settle(watcher)
    for number in (1, 2):
        project.write("m", TEXT.format(number))
        child = os.fork()
        if not child:
            watcher.poll()
            os._exit(module.word())
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == number
        watcher.poll()
        assert module.word() == number
        settle(watcher)
