"""What an edit has made raise waits at its loop for the mend, instead of ending what runs."""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from textwrap import dedent
from typing import Any

import pytest
import reloadr
from harness import Project, lengthened
from reloadr.running.holding import holding
from reloadr.running.interpreter import TRIED
from reloadr.session.session import session

moves = pytest.mark.skipif(sys.version_info[:2] not in TRIED, reason="loops are not held on this CPython: RL243")


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """As under `reloadr run --hold`."""
    monkeypatch.setattr(holding, "everywhere", "again")
    yield monkeypatch
    session.tell_moved()


@dataclass
class Shape:
    """A program that an edit breaks at once, the mends that are saved whenever it is held, and what comes of it."""

    text: str
    #: From the text before to that which raises, and from that to each mend.
    edits: list[tuple[str, str]]
    result: object
    log: list[object]
    shown: list[str]
    mode: str = "again"
    call: Callable[[Any], object] = lambda module: module.f()


def play(project: Project, monkeypatch: pytest.MonkeyPatch, name: str, shape: Shape) -> None:
    """`edit()` in the text saves the one that raises; where it is shown, the next mend is saved."""
    text = "import contextlib, reloadr\nlog = []\n" + dedent(shape.text)
    module = project.start(name, text)
    watcher = project.watch(name)
    edits = iter(shape.edits)
    shown: list[str] = []

    def save() -> None:
        nonlocal text
        # Whoever waits for more than there is must not wait for ever.
        old, new = next(edits, ("nothing left", ""))
        assert old in text, old
        text = text.replace(old, new)
        project.write(name, text)

    def edit() -> None:
        if not shown and text == first:
            save()
            watcher.poll()

    def show(kind: object, error: BaseException, trace: object) -> None:
        shown.append(f"{type(error).__name__} {traceback.extract_tb(error.__traceback__)[-1].line}")
        save()

    first = text
    module.edit = edit
    monkeypatch.setattr(sys, "excepthook", show)
    monkeypatch.setattr(holding, "everywhere", shape.mode or None)
    try:
        result = shape.call(module)
    except BaseException as error:
        result = repr(error)
    log, module.log = module.log, []
    assert (result, log, shown) == (shape.result, shape.log, shape.shown)


STEPS = """
def step(i):
    log.append(i)
def f():
    for i in range(4):
        if i == 1: edit()
        log.append("begin")
        step(i)
    return "end", i
"""
BAD = ("log.append(i)", "log.append(i / 0)")
GOOD = ("log.append(i / 0)", "log.append(-i)")
ALL = ["begin", 0, "begin", "begin", -1, "begin", -2, "begin", -3]
ZERO = ["ZeroDivisionError log.append(i / 0)"]

SHAPES = {
    "a function that the loop calls": Shape(STEPS, [BAD, GOOD], ("end", 3), ALL, ZERO),
    "through a list": Shape(STEPS.replace("range(4)", "[0, 1, 2, 3]"), [BAD, GOOD], ("end", 3), ALL, ZERO),
    "through a comprehension": Shape(
        STEPS.replace("range(4)", "[x for x in range(4)]"), [BAD, GOOD], ("end", 3), ALL, ZERO
    ),
    "with the next iteration": Shape(
        STEPS, [BAD, GOOD], ("end", 3), ["begin", 0, "begin", "begin", -2, "begin", -3], ZERO, "next"
    ),
    "the mend raises too": Shape(
        STEPS,
        [BAD, ("i / 0", "i % 0"), ("i % 0", "-i")],
        ("end", 3),
        ["begin", 0, "begin", "begin", "begin", -1, "begin", -2, "begin", -3],
        [*ZERO, "ZeroDivisionError log.append(i % 0)"],
    ),
    "the mend is of what stands beside": Shape(
        STEPS.replace("i)\ndef f", "value(i))\ndef value(i):\n    return i\ndef f"),
        [("return i", "return str(i)[:9] + i"), ("return str(i)[:9] + i", "return -i")],
        ("end", 3),
        ALL,
        ["TypeError return str(i)[:9] + i"],
    ),
    "the loop's own body": Shape(
        STEPS, [("        step(i)", "        stepp(i)"), ("stepp(i)", "step(-i)")], ("end", 3),
        ["begin", 0, "begin", 1, "begin", "begin", -2, "begin", -3], ["NameError stepp(i)"],
    ),
    "the body, mended by other lines around it": Shape(
        STEPS,
        [
            ("        step(i)", "        stepp(i)"),
            ("        log.append(\"begin\")\n        stepp(i)", "        step(-i)"),
        ],
        ("end", 3), ["begin", 0, "begin", 1, "begin", -2, -3], ["NameError stepp(i)"],
    ),
    "a body that needs more room than its frame has": Shape(
        STEPS,
        [("        step(i)", "        step(max(0, max(0, max(0, max(0, max(0, max(0, j)))))))"), ("0, j", "0, i")],
        ("end", 3),
        ["begin", 0, "begin", 1, "begin", "begin", 2, "begin", 3],
        ["NameError step(max(0, max(0, max(0, max(0, max(0, max(0, j)))))))"],
    ),
    "while": Shape(
        """
        def f():
            i = 0
            while i < 4:
                if i == 1: edit()
                step(i)
                i += 1
            return i
        def step(i):
            log.append(i)
        """,
        [BAD, GOOD], 4, [0, -1, -2, -3], ZERO,
    ),
    "while, with the next iteration": Shape(
        """
        def f():
            i = -1
            while (i := i + 1) < 4:
                if i == 1: edit()
                step(i)
            return i
        def step(i):
            log.append(i)
        """,
        [BAD, GOOD], 4, [0, -2, -3], ZERO, "next",
    ),
    "while that takes from a queue, again": Shape(
        """
        def f():
            todo = [3, 2, 1]
            while todo and (i := todo.pop()):
                if i == 2: edit()
                step(i)
            return todo
        def step(i):
            log.append(i)
        """,
        [BAD, GOOD], [], [1, -2, -3], ZERO,
    ),
    "while True": Shape(
        """
        def f():
            i = 0
            while True:
                try:
                    if i == 1: edit()
                    step(i)
                finally:
                    log.append("finally")
                i += 1
                if i == 3: break
            return i
        def step(i):
            log.append(i)
        """,
        [BAD, GOOD], 3, [0, "finally", "finally", -1, "finally", -2, "finally"], ZERO,
    ),
    "the innermost loop, with tuples": Shape(
        """
        def f():
            for a in "ab":
                for i, (b, c) in enumerate(["xy", "zw"]):
                    if (a, i) == ("a", 1): edit()
                    step(i)
                    log.append(a + b + c)
            else:
                return "else"
        def step(i):
            pass
        """,
        [("pass", "1 / 0"), ("1 / 0", "log.append(i)")], "else",
        ["axy", 1, "azw", 0, "bxy", 1, "bzw"], ["ZeroDivisionError 1 / 0"],
    ),
    "an item in no variable: the next one": Shape(
        """
        def f():
            held = [0]
            for held[0] in range(4):
                if held[0] == 1: edit()
                step(held[0])
        def step(i):
            log.append(i)
        """,
        [BAD, GOOD], None, [0, -2, -3], ZERO,
    ),
    "what stands around is not left, what stands within is": Shape(
        """
        @contextlib.contextmanager
        def managed(name):
            log.append("enter " + name)
            try:
                yield
            finally:
                log.append("exit " + name)
        def f():
            try:
                with managed("around"):
                    for i in range(3):
                        with managed("within"):
                            if i == 1: edit()
                            step(i)
            except ZeroDivisionError:
                return "caught"
            finally:
                log.append("finally")
        def step(i):
            log.append(i)
        """,
        [BAD, GOOD], None,
        ["enter around", "enter within", 0, "exit within", "enter within", "exit within", "enter within", -1,
         "exit within", "enter within", -2, "exit within", "exit around", "finally"], ZERO,
    ),
    "what the loop itself handles is not held": Shape(
        """
        def f():
            for i in range(3):
                if i == 1: edit()
                try:
                    step(i)
                except ZeroDivisionError:
                    log.append("handled")
        def step(i):
            log.append(i)
        """,
        [BAD], None, [0, "handled", "handled"], [],
    ),
    "called by the interpreter's own functions": Shape(
        """
        def f():
            for i in range(3):
                if i == 1: edit()
                log.extend(map(step, [i, i]))
        def step(i):
            return i
        """,
        [("return i", "return i / (i - 2)"), ("i / (i - 2)", "-i")], None, [0, 0, -1.0, -1.0, -2, -2],
        ["ZeroDivisionError return i / (i - 2)"],
    ),
    "a generator": Shape(
        """
        def g():
            try:
                for i in range(3):
                    if i == 1: edit()
                    step(i)
                    yield i
            finally:
                log.append("closed")
        def f():
            return list(g())
        def step(i):
            log.append(i)
        """,
        [BAD, GOOD], [0, 1, 2], [0, -1, -2, "closed"], ZERO,
    ),
    "a coroutine, and `async for` with its next item": Shape(
        """
        async def items():
            for i in range(4):
                yield i
        async def f():
            async for i in items():
                if i == 1: edit()
                step(i)
            return "end"
        def step(i):
            log.append(i)
        """,
        [BAD, GOOD], "end", [0, -2, -3], ZERO, "again", lambda module: asyncio.run(module.f()),
    ),
    "a coroutine that waits in its condition, within a block": Shape(
        """
        import asyncio
        async def f():
            queue = asyncio.Queue()
            for i in (0, 1, 2, None):
                queue.put_nowait(i)
            async with contextlib.AsyncExitStack() as stack:
                stack.callback(log.append, "closed")
                while (i := await queue.get()) is not None:
                    if i == 1: edit()
                    step(i)
            return "end"
        def step(i):
            log.append(i)
        """,
        [BAD, GOOD], "end", [0, -1, -2, "closed"], ZERO, "again", lambda module: asyncio.run(module.f()),
    ),
    "while, its body a try with a with in it": Shape(
        """
        def f():
            jobs = iter(range(3))
            while (i := next(jobs, None)) is not None:
                try:
                    with contextlib.suppress(KeyError):
                        if i == 1: edit()
                        step(i)
                        raise KeyError
                finally:
                    log.append("finally")
            return "end"
        def step(i):
            log.append(i)
        """,
        [BAD, GOOD], "end", [0, "finally", "finally", -1, "finally", -2, "finally"], ZERO,
    ),
    "a comprehension within": Shape(
        """
        def f():
            for i in range(3):
                if i == 1: edit()
                log.append([step(i) for _ in "ab"])
        def step(i):
            return i
        """,
        [("return i", "return i / 0"), ("i / 0", "-i")], None, [[0, 0], [-1, -1], [-2, -2]],
        ["ZeroDivisionError return i / 0"],
    ),
    "not what ends the program": Shape(
        STEPS, [("log.append(i)", "raise SystemExit(i)")], "SystemExit(1)", ["begin", 0, "begin"], []
    ),
    "nothing where it was not asked for": Shape(
        STEPS, [BAD], "ZeroDivisionError('division by zero')", ["begin", 0, "begin"], [], ""
    ),
    "reloadr.loop": Shape(
        STEPS.replace("range(4)", "reloadr.loop(range(4), hold=True)"), [BAD, GOOD], ("end", 3), ALL, ZERO, ""
    ),
    "reloadr.loop, with the next iteration": Shape(
        STEPS.replace("range(4)", "reloadr.loop(range(4), hold='next')"), [BAD, GOOD], ("end", 3),
        ["begin", 0, "begin", "begin", -2, "begin", -3], ZERO, "",
    ),
    "reloadr.loop, its own body": Shape(
        STEPS.replace("range(4)", "reloadr.loop(range(4), hold=True)"),
        [("        step(i)", "        stepp(i)"), ("stepp(i)", "step(-i)")], ("end", 3),
        ["begin", 0, "begin", 1, "begin", "begin", -2, "begin", -3], ["NameError stepp(i)"], "",
    ),
    "reloadr.loop, an inner function's own body, twice": Shape(
        """
        def make():
            def inner():
                for i in reloadr.loop(range(4), hold=True):
                    if i == 1: edit()
                    log.append(i)
                return "end"
            return inner
        """,
        [("log.append(i)", "log.append(i); step(i)"), ("; step(i)", "; log.append(j)"), ("; log.append(j)", "; log")],
        "end", [0, 1, 2, 2, 2, 3],
        ["NameError log.append(i); step(i)", "NameError log.append(i); log.append(j)"], "",
        lambda module: module.make()(),
    ),
    "reloadr.loop, an item that the body changes": Shape(
        STEPS.replace("range(4)", "reloadr.loop(range(4), hold=True)").replace("      step", "      i *= 10; step"),
        [BAD, GOOD], ("end", 30), ["begin", 0, "begin", "begin", -10, "begin", -20, "begin", -30], ZERO, "",
    ),
}  # fmt: skip


#: On CPython 3.11 those are held that ask for it.
HELD = [name for name in SHAPES if sys.version_info[:2] in TRIED or name.startswith("reloadr.loop")]


@pytest.mark.parametrize("name", HELD)
def test_shape(project: Project, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    play(project, monkeypatch, f"held{list(SHAPES).index(name)}", SHAPES[name])


@pytest.mark.parametrize("name", HELD)
def test_shape_with_a_long_body(project: Project, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """So long that the argument of its jump back takes more than one instruction."""
    shape = SHAPES[name]
    play(project, monkeypatch, f"long{list(SHAPES).index(name)}", replace(shape, text=lengthened(shape.text)))


BLOCK = Shape(
    STEPS.replace("        step(i)", "        with reloadr.hold():\n            step(i)"),
    [BAD, GOOD], ("end", 3), ["begin", 0, "begin", "begin", -2, "begin", -3], ZERO, "",
)  # fmt: skip


def test_a_block(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left once the mend is saved, on every version."""
    play(project, monkeypatch, "block", BLOCK)


def test_what_was_not_edited_is_not_held(project: Project, everywhere: pytest.MonkeyPatch) -> None:
    """And its traceback is that which it always was."""
    text = (
        "def f(n):\n    for i in range(n):\n        g(i)\ndef g(i):\n    return 1 / (i - 3)\ndef h():\n    return 1\n"
    )
    module = project.start("unedited", text)
    watcher = project.watch("unedited")
    frames = []
    for number in range(2):
        with pytest.raises(ZeroDivisionError) as raised:
            module.f(9)
        frames.append([(each.lineno, each.name, each.line) for each in traceback.extract_tb(raised.tb)][1:])
        project.write("unedited", text.replace("return 1\n", f"return {number + 2}\n"))
        watcher.poll()
    assert frames[0] == frames[1]
    assert len(frames[0]) == 2


@moves
def test_a_thread(project: Project, everywhere: pytest.MonkeyPatch) -> None:
    """It waits alone; the others go on."""
    shape = SHAPES["a function that the loop calls"]
    results: list[object] = []

    def call(module: Any) -> object:
        thread = threading.Thread(target=lambda: results.append(module.f()))
        thread.start()
        thread.join(20)
        return results[0]

    play(project, everywhere, "thread", Shape(shape.text, shape.edits, shape.result, ALL, ZERO, "again", call))


@moves
@pytest.mark.parametrize(("line", "numbers"), [("step(i)", [0, -1, -2, -3]), ("log.append(i)", [0, 1, -2, -3])])
def test_a_mend_that_comes_before_it_raises(
    project: Project, everywhere: pytest.MonkeyPatch, line: str, numbers: list[int]
) -> None:
    """It goes on at once, whether a function that it calls was wrong or its own body: there is no other save to wait
    for."""
    text = f"log = []\ndef f():\n    for i in range(4):\n        if i == 1: edit()\n        {line}\n    return i\n"
    if line == "step(i)":
        text += "def step(i):\n    log.append(i)\n"
    module = project.start("early", text)
    watcher = project.watch("early")
    saves = [
        text.replace("log.append(i)", "mend(); log.append(i / 0)"),
        text.replace("log.append(i)", "log.append(-i)"),
    ]

    def save(left: int) -> None:
        if len(saves) == left:
            project.write("early", saves.pop(0))
            watcher.poll()

    module.edit, module.mend = lambda: save(2), lambda: save(1)
    shown: list[object] = []
    everywhere.setattr(sys, "excepthook", lambda kind, *_: shown.append(kind))
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(module.f()), daemon=True)
    thread.start()
    thread.join(30)
    assert (results, shown, module.log) == ([3], [ZeroDivisionError], numbers)


@moves
def test_one_mend_is_enough_for_all_who_run_it(project: Project, everywhere: pytest.MonkeyPatch) -> None:
    """The first generator waits for it; the others are in the midst of the same iteration, and go on at once."""
    text = "log = []\ndef f(me):\n    for i in range(3):\n        yield i\n        log.append((me, i))\n"
    module = project.start("many", text)
    watcher = project.watch("many")
    generators = [module.f(me) for me in range(4)]
    for each in generators:
        next(each)
    project.write("many", text.replace("(me, i)", "(me, i / 0)"))
    watcher.poll()
    shown: list[object] = []

    def show(kind: type[BaseException], *_: object) -> None:
        shown.append(kind)
        project.write("many", text.replace("(me, i)", "(me, -i)"))

    everywhere.setattr(sys, "excepthook", show)
    # They end what they have begun, and are in the text that raises.
    assert [next(each) for each in generators] == [1] * 4
    ended: list[list[int]] = []
    thread = threading.Thread(target=lambda: ended.extend(list(each) for each in generators), daemon=True)
    thread.start()
    thread.join(30)
    # The iteration is done again, so its item is given again.
    assert ended == [[1, 2]] * 4
    assert shown == [ZeroDivisionError] * 4
    assert module.log == [(me, 0) for me in range(4)] + [(me, -i) for me in range(4) for i in (1, 2)]


@moves
def test_what_the_report_says(project: Project, everywhere: pytest.MonkeyPatch) -> None:
    shape = SHAPES["a function that the loop calls"]
    play(project, everywhere, "told", shape)
    session.tell_moved()
    told = [str(each) for report in reloadr.history() for each in (*report.reasons, *report.changes)]
    path = project.path("told")
    code = "RL241"
    why = "ZeroDivisionError: division by zero (save a mend, and it goes on; Ctrl-C ends it)"
    assert f"caveat {code} {path}:7: f is held: {why}" in told
    assert f"resume told.f {path}:7  f's loop at told.py:7 begins its iteration again" in told


@moves
def test_undo_mends_as_well(project: Project, everywhere: pytest.MonkeyPatch) -> None:
    module = project.start("undone", "log = []\n" + STEPS)
    watcher = project.watch("undone")

    def edit() -> None:
        if len(module.log) == 2:
            project.write("undone", "log = []\n" + STEPS.replace(*BAD))
            watcher.poll()

    module.edit = edit
    everywhere.setattr(sys, "excepthook", lambda *_: threading.Timer(0.05, reloadr.undo).start())
    assert module.f() == ("end", 3)
    assert module.log == ["begin", 0, "begin", "begin", 1, "begin", 2, "begin", 3]


@pytest.mark.skipif(sys.version_info[:2] in TRIED, reason="loops are held on this CPython")
def test_where_loops_cannot_be_held(project: Project) -> None:
    """It is said, once; the loop is a loop."""
    text = (
        "import reloadr\ndef f():\n    return [x for x in reloadr.loop(range(3), hold=True)], list(reloadr.loop([1]))\n"
    )
    module = project.start("unheld", text)
    project.watch("unheld")
    assert module.f() == ([0, 1, 2], [1])
    session.tell_moved()
    assert [each.code for report in reloadr.history() for each in report.reasons] == ["RL243"]


def test_a_mode_that_is_none() -> None:
    with pytest.raises(ValueError, match="hold must be"):
        reloadr.loop([1], hold="later")  # type: ignore[arg-type]
