"""`for x in reloadr.loop(xs)`: loops that move on every version, and are held. On CPython 3.11 no others do."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
import reloadr
from harness import Project
from reloadr.running.interpreter import BY_CALL
from reloadr.session.session import session


class Endless:
    """A thread in a loop that a test lets go on, iteration by iteration."""

    TEXT = """\
import reloadr
def f(step):
    n = 0
    for each in reloadr.loop(iter(int, 1)):
        if not step(0):
            break
        n += 1
    return n, 0
"""

    def __init__(self, project: Project, name: str) -> None:
        self.project, self.name = project, name
        module = project.start(name, self.TEXT)
        self.watcher = project.watch(name)
        self._go, self._came = threading.Semaphore(0), threading.Semaphore(0)
        self._goes_on = True
        self.seen: list[int] = []
        self.result: list[tuple[int, int]] = []
        self.thread = threading.Thread(target=lambda: self.result.append(module.f(self._step)), daemon=True)
        self.thread.start()
        assert self._came.acquire(timeout=20)

    def _step(self, text: int) -> bool:
        self.seen.append(text)
        self._came.release()
        assert self._go.acquire(timeout=20)
        return self._goes_on

    def once(self) -> int:
        self._go.release()
        assert self._came.acquire(timeout=20)
        return self.seen[-1]

    def edit(self, number: int) -> reloadr.Report:
        # Of another size each time: some frames are too small for it.
        more = "".join(f"        v{at} = max({at}, max(1, max(2, {at})))\n" for at in range(number % 5))
        text = self.TEXT.replace("step(0)", f"step({number})").replace("n, 0", f"n, {number}")
        self.project.write(self.name, text.replace("        n += 1\n", f"{more}        n += 1\n"))
        return self.watcher.poll()

    def end(self) -> tuple[int, int]:
        self._goes_on = False
        self._go.release()
        self.thread.join(20)
        return self.result[0]


def told(code: str) -> list[str]:
    session.tell_moved()
    return [each.message for past in reloadr.history() for each in past.reasons if each.code == code]


def test_many_edits(project: Project) -> None:
    loop = Endless(project, "endless")
    depths = set()
    for number in range(1, 30):
        report = loop.edit(number)
        assert report.verdict == "live", str(report)
        assert [each.detail for each in report.changes if each.action == "resume"] == [
            "1 frame moves at its next iteration"
        ]
        assert loop.once() == number
        frame = sys._current_frames()[loop.thread.ident or 0]
        depths.add(len(traceback.extract_stack(frame)))
        del frame
    assert loop.end() == (29, 29)
    assert max(depths) - min(depths) <= 1
    assert not told("RL233")


def test_undo_and_edits_that_were_not_taken(project: Project) -> None:
    loop = Endless(project, "undone")
    loop.edit(1)
    loop.edit(2)
    reloadr.undo()
    assert loop.once() == 1
    loop.edit(3)
    assert loop.once() == 3
    reloadr.undo()
    assert loop.once() == 1
    project.write("undone", "x = 1 / 0\n" + loop.TEXT)
    assert loop.watcher.poll().verdict == "rejected"
    assert loop.once() == 1
    loop.edit(4)
    assert loop.once() == 4
    assert loop.end() == (5, 4)


def test_a_loop_that_is_left_before_it_comes_round(project: Project) -> None:
    loop = Endless(project, "left")
    loop.edit(1)
    assert loop.end() == (0, 0)
    assert told("RL233") == ["the loop of f stays on its old text: it did not come round again before it ended"]


NESTED = """\
import reloadr
log = []
def f():
    for a in reloadr.loop("abc"):
        log.append(("old", a))
        for b in reloadr.loop([1, 2]):
            log.append(("old", a, b))
            edit(a, b)
    for c in reloadr.loop("x"):
        log.append(("old", c))
    return "old"
"""


def test_nested_loops(project: Project) -> None:
    """The frame moves at the inner one, and the next edit is taken by the outer one."""
    module = project.start("nested", NESTED)
    watcher = project.watch("nested")
    edits = {("a", 1): "new", ("b", 2): "newer"}

    def edit(*at: Any) -> None:
        if at in edits:
            project.write("nested", NESTED.replace("old", edits[at]))
            assert watcher.poll().verdict == "live"

    module.edit = edit
    assert module.f() == "newer"
    assert module.log == [
        ("old", "a"), ("old", "a", 1), ("new", "a", 2),
        ("new", "b"), ("new", "b", 1), ("new", "b", 2),
        ("newer", "c"), ("newer", "c", 1), ("newer", "c", 2), ("newer", "x"),
    ]  # fmt: skip
    assert not told("RL233")


def test_the_next_loop_of_the_function(project: Project) -> None:
    """Where that at work does not come round any more."""
    text = NESTED.replace("            edit(a, b)\n", "            edit(a, b)\n            return 0\n")
    text = text.replace("            return 0\n", "        break\n")
    module = project.start("follows", text)
    watcher = project.watch("follows")

    def edit(a: str, b: int) -> None:
        if b == 2:
            project.write("follows", text.replace("old", "new"))
            assert watcher.poll().verdict == "live"

    module.edit = edit
    assert module.f() == "new"
    assert module.log == [("old", "a"), ("old", "a", 1), ("old", "a", 2), ("new", "x")]
    assert not told("RL233")


def test_generators_by_the_thousand(project: Project) -> None:
    text = (
        "import reloadr\ndef f(n):\n    total = n\n    for each in reloadr.loop(iter(int, 1)):\n"
        "        total += (yield 'old', total)\n"
    )
    module = project.start("thousands", text)
    watcher = project.watch("thousands")
    generators = [module.f(number) for number in range(1000)]
    assert all(next(each) == ("old", number) for number, each in enumerate(generators))
    for word, more in (("new", ""), ("newer", "a = b = c = d = 1; "), ("newest", "")):
        project.write("thousands", text.replace("old", word).replace("total +=", more + "total +="))
        (resumed,) = [each.detail for each in watcher.poll().changes if each.action == "resume"]
        assert resumed == "1000 generators move at their next iteration"
        assert all(each.send(0) == (word, number) for number, each in enumerate(generators))
    assert all(each.close() is None for each in generators)


@pytest.mark.parametrize("around", ["enumerate(LOOP)", "zip(LOOP, 'abcd')", "zip('abcd', LOOP)", "list(LOOP)"])
def test_what_a_loop_goes_through_is_passed_on(project: Project, around: str) -> None:
    """It gives each item once to whoever asks, and what does not move says so."""
    iterable = around.replace("LOOP", "reloadr.loop(range(4))")
    text = "import reloadr\nlog = []\ndef f():\n    for x in LOOP:\n        edit()\n        log.append(('old', x))\n"
    text = text.replace("LOOP", iterable)
    module = project.start("passed", text)
    watcher = project.watch("passed")
    reports: list[reloadr.Report] = []

    def edit() -> None:
        if not reports:
            project.write("passed", text.replace("old", "new"))
            reports.append(watcher.poll())

    module.edit = edit
    module.f()
    items = list(eval(iterable, {"reloadr": reloadr}))
    assert [item for _, item in module.log] == items
    words = ["old"] * 4 if BY_CALL else ["old", "new", "new", "new"]
    assert [word for word, _ in module.log] == words
    assert [each.code for each in reports[0].reasons] == ["RL201"] * BY_CALL


HELD = """\
import reloadr
log = []
def step(i):
    log.append(i)
def f():
    for i in reloadr.loop(range(4)):
        for j in reloadr.loop("ab", hold=HOLD):
            edit(i, j)
            step((i, j))
    return "end"
"""


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    found: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: found.append(error))
    yield found


@pytest.mark.parametrize(("mode", "lost"), [("True", False), ("'next'", True)])
def test_only_the_inner_loop_asks_to_be_held(
    project: Project, monkeypatch: pytest.MonkeyPatch, mode: str, lost: bool
) -> None:
    text = HELD.replace("HOLD", mode)
    module = project.start("asks", text)
    watcher = project.watch("asks")
    saves = [text.replace("append(i)", "append(i / 0)"), text.replace("append(i)", "append((i,))")]

    def edit(i: int, j: str) -> None:
        if (i, j) == (1, "a") and len(saves) == 2:
            project.write("asks", saves.pop(0))
            watcher.poll()

    module.edit = edit
    monkeypatch.setattr(sys, "excepthook", lambda *_: project.write("asks", saves.pop(0)))
    assert module.f() == "end"
    expected = [(i, j) for i in range(4) for j in "ab"]
    log = [each[0] if len(each) == 1 else each for each in module.log]
    assert log == [each for each in expected if not (lost and each == (1, "a"))]
    assert not told("RL243")


def test_what_ends_the_program_is_not_held(project: Project, shown: list[BaseException]) -> None:
    text = HELD.replace("HOLD", "True")
    module = project.start("ends", text)
    watcher = project.watch("ends")

    def edit(i: int, j: str) -> None:
        if (i, j) == (1, "a"):
            project.write("ends", text.replace("log.append(i)", "raise KeyboardInterrupt"))
            watcher.poll()

    module.edit = edit
    with pytest.raises(KeyboardInterrupt):
        module.f()
    assert not shown and module.log == [(0, "a"), (0, "b")]


def test_what_the_iterable_raises_comes_as_it_is(project: Project, shown: list[BaseException]) -> None:
    text = (
        "import reloadr\ndef items():\n    yield 1\n    raise KeyError(2)\ndef f():\n    try:\n"
        "        for i in reloadr.loop(items(), hold=True):\n            pass\n    except KeyError as error:\n"
        "        return repr(error), error.__traceback__.tb_next.tb_next is not None, 'old'\n"
    )
    module = project.start("raises", text)
    project.watch("raises")
    assert module.f() == ("KeyError(2)", True, "old")
    assert not shown


def test_frames_that_stand_above_their_loop(project: Project) -> None:
    """They have not called `reloadr.loop` yet."""
    text = (
        "import reloadr\nlog = []\ndef f(me):\n    yield\n    for i in reloadr.loop(range(2)):\n"
        "        log.append((me, 'old', i))\n    return 'old'\n"
    )
    module = project.start("above", text)
    watcher = project.watch("above")
    generators = [module.f(me) for me in range(3)]
    assert [next(each) for each in generators] == [None] * 3
    project.write("above", text.replace("old", "new"))
    report = watcher.poll()
    assert [each.detail for each in report.changes if each.action == "resume"] == [
        "3 generators move at their next iteration"
    ]
    assert [next(each, None) for each in generators] == [None] * 3
    # From 3.12 on a loop moves where it comes round.
    first = "new" if BY_CALL else "old"
    assert module.log == [(me, word, i) for me in range(3) for i, word in enumerate((first, "new"))]


def test_calls_that_begin_while_a_save_is_applied(project: Project) -> None:
    """They begin on the old code and are nobody's that was counted; they move all the same."""
    text = (
        "import reloadr\nlog = []\ndef f(begun, go):\n    begun.set()\n    go.wait(20)\n"
        "    for i in reloadr.loop(range(3)):\n        log.append('old')\n    return 'old'\n"
    )
    module = project.start("begun", text)
    watcher = project.watch("begun")
    begun, go = threading.Event(), threading.Event()
    results: list[str] = []
    thread = threading.Thread(target=lambda: results.append(module.f(begun, go)), daemon=True)
    module.begin = lambda: (thread.start(), begun.wait(20))
    project.write("begun", text.replace("old", "new") + "begin()\n")
    assert watcher.poll().verdict == "live"
    go.set()
    thread.join(20)
    assert (results, module.log[-1]) == (["new"], "new")
