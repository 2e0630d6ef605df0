"""What runs old code is counted at every edit of its function, however old the code is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import reloadr
from harness import Project, wait_until
from reloadr.live import locate

TEXT = "def f(go):\n    go.wait()\n    return {n}\n\ndef g():\n    yield {n}\n    yield {n}\n"


@pytest.fixture
def go() -> Iterator[threading.Event]:
    """What the functions wait for; set at the end in any case."""
    event = threading.Event()
    yield event
    event.set()


def running(report: reloadr.Report) -> dict[str, str]:
    """What RL201 says, by function."""
    return {each.qualname: each.message.partition(" running")[0] for each in report.reasons if each.code == "RL201"}


def edit(project: Project, watcher: reloadr.Watcher, name: str, text: str) -> dict[str, str]:
    project.write(name, text)
    return running(watcher.poll())


@pytest.mark.parametrize(
    "text",
    ["x = 1\n", "def h():\n    return 1\n", "class f:\n    pass\n\ndef g(more):\n    yield from more\n"],
)
def test_definitions_that_go(project: Project, go: threading.Event, text: str) -> None:
    """What runs them is named; not where nothing does, nor the function that took their name and runs nothing."""
    module = project.start("gone", TEXT.format(n=1))
    watcher = project.watch("gone")
    suspended = module.g()
    next(suspended)
    thread = threading.Thread(target=module.f, args=(go,))
    thread.start()
    wait_until(lambda: bool(go._cond._waiters), "the thread waits")  # type: ignore[attr-defined]
    named = edit(project, watcher, "gone", text)
    assert named == {"f": "1 frame", "g": "1 generator"}
    go.set()
    thread.join(20)
    assert list(suspended) == [1]
    assert edit(project, watcher, "gone", "y = 2\n") == {}


def test_a_function_that_moves_to_another_file(project: Project, go: threading.Event) -> None:
    """It runs on, and has not gone."""
    project.start("there", "x = 1\n")
    module = project.start("here", TEXT.format(n=1))
    watcher = project.watch("here", "there")
    thread = threading.Thread(target=module.f, args=(go,))
    thread.start()
    wait_until(lambda: bool(go._cond._waiters), "the thread waits")  # type: ignore[attr-defined]
    first, _, rest = TEXT.format(n=1).partition("\ndef g")
    project.write("here", "from there import f\ndef g" + rest)
    project.write("there", "x = 1\n" + first)
    assert running(watcher.poll()) == {}
    go.set()
    thread.join(20)


def test_frames_on_code_before_the_last_edit(project: Project, go: threading.Event) -> None:
    """A frame on the first text is named at the second, third and fourth edit, with those that came later; not when
    its function says again what it runs; and no more once it has ended."""
    module = project.start("older", TEXT.format(n=1))
    watcher = project.watch("older")
    results: list[int] = []

    def start() -> threading.Thread:
        thread = threading.Thread(target=lambda: results.append(module.f(go)))
        before = len(go._cond._waiters)  # type: ignore[attr-defined]
        thread.start()
        wait_until(lambda: len(go._cond._waiters) > before, "the thread waits")  # type: ignore[attr-defined]
        return thread

    threads = [start()]
    assert edit(project, watcher, "older", TEXT.format(n=2)) == {"f": "1 frame"}
    assert edit(project, watcher, "older", TEXT.format(n=3)) == {"f": "1 frame"}
    threads.append(start())
    assert edit(project, watcher, "older", TEXT.format(n=4)) == {"f": "2 frames"}
    assert edit(project, watcher, "older", TEXT.format(n=1)) == {"f": "1 frame"}
    go.set()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == [1, 3]
    assert edit(project, watcher, "older", TEXT.format(n=5)) == {}


def test_generators_on_code_before_the_last_edit(project: Project) -> None:
    """A generator on the first text is named at each later edit of its function, and after an undone one."""
    module = project.start("old_generators", TEXT.format(n=1))
    watcher = project.watch("old_generators")
    generator = module.g()
    next(generator)
    for number in (2, 3, 4):
        assert edit(project, watcher, "old_generators", TEXT.format(n=number)) == {"g": "1 generator"}, number
    reloadr.undo()
    assert edit(project, watcher, "old_generators", TEXT.format(n=5)) == {"g": "1 generator"}
    assert next(generator) == 1
    del generator
    assert edit(project, watcher, "old_generators", TEXT.format(n=6)) == {}


def test_no_pass_over_the_heap_for_code_that_only_undo_holds(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Edit after edit of one function: what `undo` keeps of the edit before is not taken for something that runs."""
    module = project.start("no_pass", "def outer():\n    def inner():\n        return 1\n    return inner\n")
    watcher = project.watch("no_pass")
    searched: list[Any] = []
    search = locate.search

    def noting(codes: Any) -> Any:
        wanted = list(codes)
        searched.extend(wanted)
        return search(wanted)

    monkeypatch.setattr(locate, "search", noting)
    for number in range(2, 8):
        text = f"def outer():\n    def inner():\n        return {number}\n    return inner\n"
        assert edit(project, watcher, "no_pass", text) == {}
        assert module.outer()() == number
    assert searched == []


def test_a_renamed_function(project: Project) -> None:
    """What ran before a function got another name is counted under the new one."""
    module = project.start("renaming", TEXT.format(n=1))
    watcher = project.watch("renaming")
    generator = module.g()
    next(generator)
    renamed = TEXT.replace("def g()", "def h()")
    edit(project, watcher, "renaming", renamed.format(n=1))
    assert module.h() is not None
    assert edit(project, watcher, "renaming", renamed.format(n=2)) == {"h": "1 generator"}
    assert edit(project, watcher, "renaming", renamed.format(n=3)) == {"h": "1 generator"}
