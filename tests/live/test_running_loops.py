"""Loops that run while their function is edited: they go on in the new text at their next iteration."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import reloadr
from harness import Project, lengthened, wait_until
from reloadr.running import moves
from reloadr.running.interpreter import TRIED

pytestmark = pytest.mark.skipif(sys.version_info[:2] not in TRIED, reason="loops do not move on this CPython: RL201")

MANAGER = """
import contextlib
@contextlib.contextmanager
def managed(name, swallows=()):
    log.append(f"enter {name}")
    try:
        yield name
    except swallows as error:
        log.append(f"{name} swallows {type(error).__name__}")
    finally:
        log.append(f"exit {name}")
@contextlib.asynccontextmanager
async def managed_async(name):
    log.append(f"enter {name}")
    try:
        yield name
    finally:
        log.append(f"exit {name}")
"""


@dataclass
class Shape:
    """A program, what of it is edited while it runs, and what it then gives and logs."""

    text: str
    edits: dict[str, str]
    result: object
    log: list[object]
    #: What the verdict of the edit is, and where its loop stands in the new text.
    verdict: str = "live"
    call: Callable[[Any], object] = lambda module: module.f(5)


def run(project: Project, name: str, shape: Shape) -> tuple[object, list[object], reloadr.Report]:
    """Plays a shape: `edit()` in its text saves the new one and has it applied."""
    before = "log = []\n" + MANAGER + dedent(shape.text)
    after = before
    for old, new in shape.edits.items():
        assert old in after
        after = after.replace(old, new)
    module = project.start(name, before)
    watcher = project.watch(name)
    reports: list[reloadr.Report] = []

    def edit() -> None:
        if not reports:
            project.write(name, after)
            reports.append(watcher.poll())

    module.edit = edit
    try:
        result = shape.call(module)
    except Exception as error:
        result = repr(error)
    (report,) = reports
    log, module.log = module.log, []
    watcher.poll()
    return result, log, report


SHAPES = {
    "for": Shape(
        """
        def f(n):
            s = 0
            for i in range(n):
                s += i
                if i == 2: edit()
                log.append(("old", i))
            log.append("old end")
            return "old", s
        """,
        {"old": "new"},
        ("new", 10),
        [("old", 0), ("old", 1), ("old", 2), ("new", 3), ("new", 4), "new end"],
    ),
    "for with else, new variables, deeper expressions": Shape(
        """
        def f(n):
            s = 0
            for i in range(n):
                s += i
                if i == 1: edit()
            else:
                log.append("old else")
            return s
        """,
        {"s += i\n": "a = b = c = d = i\n        s += a * (b + (c + (d + (a + (b + 10 * i)))))\n", "old": "new"},
        0 + 1 + 15 * (4 + 9 + 16),
        ["new else"],
    ),
    "break": Shape(
        """
        def f(n):
            for i in range(n):
                if i == 1: edit()
                log.append(i)
            else:
                return "else"
            return "broken", i
        """,
        {"log.append(i)\n": "log.append(i)\n        if i == 3: break\n"},
        ("broken", 3),
        [0, 1, 2, 3],
    ),
    "return from the loop": Shape(
        """
        def f(n):
            for i in range(n):
                if i == 1: edit()
                log.append(i)
            return "end"
        """,
        {"log.append(i)\n": "log.append(i)\n        if i == 3: return 'early'\n"},
        "early",
        [0, 1, 2, 3],
    ),
    "an exception of the new body": Shape(
        """
        def f(n):
            for i in range(n):
                if i == 1: edit()
                log.append(i)
        """,
        {"log.append(i)\n": "log.append(i)\n        if i == 3: raise KeyError(i)\n"},
        "KeyError(3)",
        [0, 1, 2, 3],
    ),
    "while": Shape(
        """
        def f(n):
            i = 0
            while i < n:
                if i == 2: edit()
                log.append(("old", i))
                i += 1
            return "old"
        """,
        {"old": "new"},
        "new",
        [("old", 0), ("old", 1), ("old", 2), ("new", 3), ("new", 4)],
    ),
    "while, another condition": Shape(
        """
        def f(n):
            i = 0
            while i < n:
                if i == 2: edit()
                log.append(("old", i))
                i += 1
            return "old"
        """,
        {"old": "new", "i < n": "i < n - 1"},
        "new",
        [("old", 0), ("old", 1), ("old", 2), ("new", 3)],
    ),
    "while with an effect in its condition, not asked twice": Shape(
        """
        def f(n):
            queue = list(range(n))
            while (x := queue.pop(0) if queue else None) is not None:
                if x == 2: edit()
                log.append(("old", x))
            return "old"
        """,
        {"old": "new"},
        "new",
        [("old", 0), ("old", 1), ("old", 2), ("new", 3), ("new", 4)],
    ),
    "while with an effect in its condition, which was edited: nothing is lost": Shape(
        """
        def f(n):
            queue = list(range(n))
            while (x := queue.pop(0)) < 4:
                if x == 2: edit()
                log.append(("old", x))
            return "old"
        """,
        {"old": "new", "x := queue.pop(0)) < 4": "x := queue.pop(0)) < 3 + 1"},
        "new",
        [("old", 0), ("old", 1), ("old", 2), ("new", 3)],
    ),
    "while with continue": Shape(
        """
        def f(n):
            i = 0
            while i < n:
                i += 1
                if i == 2: edit()
                if i % 2 == 0: continue
                log.append(("old", i))
            return "old"
        """,
        {"old": "new"},
        "new",
        [("old", 1), ("new", 3), ("new", 5)],
    ),
    "while True with a try that it leaves by continue": Shape(
        """
        def f(n):
            i = 0
            while True:
                try:
                    i += 1
                    if i == 2: edit()
                    if i % 2: continue
                    if i > n: break
                    log.append(("old", i))
                    1 / (i - 4)
                except ZeroDivisionError:
                    log.append("old zero")
                    continue
                else:
                    log.append("old else")
                finally:
                    log.append("old finally")
            return "old", i
        """,
        {"old": "new"},
        ("new", 6),
        [
            "old finally",
            ("old", 2),
            "old else",
            "old finally",
            "new finally",
            ("new", 4),
            "new zero",
            "new finally",
            "new finally",
            "new finally",
        ],
    ),
    "while True": Shape(
        """
        def f(n):
            i = 0
            while True:
                if i == 2: edit()
                log.append(("old", i))
                i += 1
                if i == n: return "old"
        """,
        {"old": "new"},
        "new",
        [("old", 0), ("old", 1), ("old", 2), ("new", 3), ("new", 4)],
    ),
    "while True that gets a condition": Shape(
        """
        def f(n):
            i = 0
            while True:
                if i == 2: edit()
                log.append(i)
                i += 1
                if i > 100: break
            return "end"
        """,
        {"while True": "while i < n"},
        "end",
        [0, 1, 2, 3, 4],
    ),
    "nested, edited in the inner one": Shape(
        """
        def f(n):
            for a in range(3):
                log.append(("old pre", a))
                for b in range(3):
                    if (a, b) == (1, 1): edit()
                    log.append(("old", a, b))
                log.append(("old post", a))
            return "old"
        """,
        {"old": "new"},
        "new",
        [
            ("old pre", 0),
            ("old", 0, 0),
            ("old", 0, 1),
            ("old", 0, 2),
            ("old post", 0),
            ("old pre", 1),
            ("old", 1, 0),
            ("old", 1, 1),
            ("new", 1, 2),
            ("new post", 1),
            ("new pre", 2),
            ("new", 2, 0),
            ("new", 2, 1),
            ("new", 2, 2),
            ("new post", 2),
        ],
    ),
    "nested whiles, the inner one first": Shape(
        """
        def f(n):
            a = b = 0
            while a < 2:
                while b < 3:
                    if (a, b) == (0, 1): edit()
                    log.append(("old", a, b))
                    b += 1
                b = 0
                a += 1
            return "old"
        """,
        {"old": "new"},
        "new",
        [("old", 0, 0), ("old", 0, 1), ("new", 0, 2), ("new", 1, 0), ("new", 1, 1), ("new", 1, 2)],
    ),
    "within with": Shape(
        """
        def f(n):
            with managed("a") as a, managed("b"):
                for i in range(3):
                    if i == 1: edit()
                    log.append(("old", i, a))
            log.append("after")
            return "old"
        """,
        {"old": "new"},
        "new",
        ["enter a", "enter b", ("old", 0, "a"), ("old", 1, "a"), ("new", 2, "a"), "exit b", "exit a", "after"],
    ),
    "within with, an exception reaches its exit once": Shape(
        """
        def f(n):
            with managed("a", KeyError):
                for i in range(3):
                    if i == 1: edit()
                    log.append(i)
            return "end"
        """,
        {"log.append(i)": "log.append(i); {}[i]"},
        "end",
        ["enter a", 0, 1, 2, "a swallows KeyError", "exit a"],
    ),
    "with in the body": Shape(
        """
        def f(n):
            for i in range(3):
                with managed(i):
                    if i == 1: edit()
                    log.append(("old", i))
            return "old"
        """,
        {"old": "new"},
        "new",
        ["enter 0", ("old", 0), "exit 0", "enter 1", ("old", 1), "exit 1", "enter 2", ("new", 2), "exit 2"],
    ),
    "within try: new handlers, finally once": Shape(
        """
        def f(n):
            try:
                for i in range(3):
                    if i == 1: edit()
                    log.append(("old", i))
            except ZeroDivisionError:
                log.append("old handler")
            finally:
                log.append("old finally")
            return "old"
        """,
        {'log.append(("old", i))': 'log.append(("old", i)); i and 1 / (2 - i)', "old": "new"},
        "new",
        [("old", 0), ("old", 1), ("new", 2), "new handler", "new finally"],
    ),
    "within try, left by return": Shape(
        """
        def f(n):
            try:
                for i in range(3):
                    if i == 1: edit()
                    log.append(("old", i))
                return "old"
            finally:
                log.append("old finally")
        """,
        {"old": "new"},
        "new",
        [("old", 0), ("old", 1), ("new", 2), "new finally"],
    ),
    "try in the body: the iteration at work ends in its old handler": Shape(
        """
        def f(n):
            for i in range(3):
                try:
                    if i == 1: edit()
                    if i: 1 / 0
                    log.append(("old", i))
                except ZeroDivisionError:
                    log.append(("old handler", i))
                    continue
                finally:
                    log.append(("old finally", i))
            return "old"
        """,
        {"old": "new"},
        "new",
        [
            ("old", 0),
            ("old finally", 0),
            ("old handler", 1),
            ("old finally", 1),
            ("new handler", 2),
            ("new finally", 2),
        ],
    ),
    "while, its body a try with a with in it": Shape(
        """
        def f(n):
            jobs = iter(range(n))
            while (i := next(jobs, None)) is not None:
                try:
                    with managed("a", KeyError):
                        if i == 1: edit()
                        log.append(("old", i))
                        raise KeyError
                finally:
                    log.append("old finally")
            return "old"
        """,
        {"old": "new"},
        "new",
        [
            *("enter a", ("old", 0), "a swallows KeyError", "exit a", "old finally"),
            *("enter a", ("old", 1), "a swallows KeyError", "exit a", "old finally"),
            *("enter a", ("new", 2), "a swallows KeyError", "exit a", "new finally"),
        ],
        call=lambda module: module.f(3),
    ),
    "while True, its body a try with a with in it": Shape(
        """
        def f(n):
            i = -1
            while True:
                try:
                    i += 1
                    with managed("a", KeyError):
                        if i == 1: edit()
                        log.append(("old", i))
                        raise KeyError
                finally:
                    i += 0
                if i == n: return "old"
        """,
        {"old": "new"},
        "new",
        [
            *("enter a", ("old", 0), "a swallows KeyError", "exit a"),
            *("enter a", ("old", 1), "a swallows KeyError", "exit a"),
            *("enter a", ("new", 2), "a swallows KeyError", "exit a"),
        ],
        call=lambda module: module.f(2),
    ),
    "within an except handler": Shape(
        """
        import sys
        def f(n):
            try:
                1 / 0
            except ZeroDivisionError as error:
                for i in range(3):
                    if i == 1: edit()
                    log.append(("old", i, repr(sys.exception())))
                log.append(repr(error))
            return "old", sys.exception()
        """,
        {"old": "new"},
        ("new", None),
        [(word, i, "ZeroDivisionError('division by zero')") for word, i in (("old", 0), ("old", 1), ("new", 2))]
        + ["ZeroDivisionError('division by zero')"],
    ),
    "within finally": Shape(
        """
        def f(n):
            try:
                pass
            finally:
                for i in range(3):
                    if i == 1: edit()
                    log.append(("old", i))
            return "old"
        """,
        {"old": "new"},
        "new",
        [("old", 0), ("old", 1), ("new", 2)],
    ),
    "within finally, with an exception on its way": Shape(
        """
        def f(n):
            try:
                1 / 0
            finally:
                for i in range(3):
                    if i == 1: edit()
                    log.append(("old", i))
        """,
        {"old": "new"},
        "ZeroDivisionError('division by zero')",
        [("old", 0), ("old", 1), ("new", 2)],
    ),
    "within match and if": Shape(
        """
        def f(n):
            match n:
                case 5 as five:
                    if five:
                        for i in range(3):
                            if i == 1: edit()
                            log.append(("old", i))
                    log.append("old rest")
            return "old"
        """,
        {"old": "new"},
        "new",
        [("old", 0), ("old", 1), ("new", 2), "new rest"],
    ),
    "method with super": Shape(
        """
        class A:
            def f(self, n): return n
        class B(A):
            def f(self, n):
                __private = 0
                for i in range(n):
                    if i == 1: edit()
                    __private += super().f(i)
                return "old", __private
        """,
        {"super().f(i)": "super().f(10 * i)", "old": "new"},
        ("new", 0 + 1 + 20),
        [],
        call=lambda module: module.B().f(3),
    ),
    "a closure's cells are shared": Shape(
        """
        def f(n):
            total = 0
            def add(k):
                nonlocal total
                total += k
            log.append(lambda: total)
            for i in range(n):
                add(i)
                if i == 1: edit()
            return total
        """,
        {"add(i)": "add(i * 10)"},
        0 + 1 + 20 + 30 + 40,
        [91],
        call=lambda module: [module.f(5), module.log.append(module.log.pop(0)())][0],
    ),
    "variables that inner functions share from now on": Shape(
        """
        def f(n):
            total = 0
            for i in range(n):
                if i == 1: edit()
                total += i
            return total
        """,
        {"total += i": "def add(): nonlocal total; total += 10 * i\n        add()"},
        0 + 1 + 20 + 30 + 40,
        [],
    ),
    "a parameter that inner functions share": Shape(
        """
        class A:
            def f(self, n): return n
        class B(A):
            def f(self, n):
                total = 0
                log.append(lambda: (self, n))
                for i in range(n):
                    if i == 1: edit()
                    total += super().f(i)
                n = 50
                return "old", total
        """,
        {"total += super()": "a = b = c = d = e = g = h = i\n            total += super()", "old": "new"},
        ("new", 3),
        [(True, 50)],
        call=lambda module: (lambda one: (one.f(3), shared(module, one))[0])(module.B()),
    ),
    "a loop with nothing of its own on a frame without variables": Shape(
        """
        def make(box):
            def inner():
                while True:
                    if len(box) == 2: edit()
                    box.append("old")
                    if len(box) > 4: return box
            return inner
        """,
        {
            "old": "new",
            "if len(box) > 4": "max(1, max(2, max(3, max(4, 5, 6, 7, 8))))\n            if len(box) > 4",
        },
        ["old", "old", "old", "new", "new"],
        [],
        call=lambda module: module.make([])(),
    ),
    "an inner function's own loop": Shape(
        """
        def make():
            seen = []
            def inner(n):
                for i in range(n):
                    if i == 1: edit()
                    seen.append(("old", i))
                return seen
            return inner
        """,
        {"old": "new"},
        [("old", 0), ("old", 1), ("new", 2)],
        [],
        call=lambda module: module.make()(3),
    ),
    "recursion: each frame moves": Shape(
        """
        def f(n):
            for i in range(2):
                if n: f(n - 1)
                elif i == 0: edit()
                log.append(("old", n, i))
            return "old"
        """,
        {"old": "new"},
        "new",
        [("old", 0, 0), ("new", 0, 1), ("old", 1, 0), ("new", 0, 0), ("new", 0, 1), ("new", 1, 1)],
        call=lambda module: module.f(1),
    ),
    "generator": Shape(
        """
        def f(n):
            for i in range(n):
                if i == 1: edit()
                got = yield ("old", i)
                log.append(got)
            return "old"
        """,
        {"old": "new"},
        [("old", 0), ("old", 1), ("new", 2), "new"],
        ["a", "b", "c"],
        call=lambda module: drive(module.f(3)),
    ),
    "generator that becomes larger": Shape(
        """
        def f(n):
            for i in range(n):
                if i == 1: edit()
                got = yield ("old", i)
                log.append(got)
            return "old"
        """,
        {"old": "new", "got = yield": "a = b = c = d = e = g = h = i\n        got = yield"},
        [("old", 0), ("old", 1), ("new", 2), "new"],
        ["a", "b", "c"],
        call=lambda module: drive(module.f(3)),
    ),
    "coroutine": Shape(
        """
        import asyncio
        async def f(n):
            async with managed_async("a"):
                for i in range(n):
                    if i == 1: edit()
                    await asyncio.sleep(0)
                    log.append(("old", i))
            return "old"
        """,
        {"old": "new"},
        "new",
        ["enter a", ("old", 0), ("old", 1), ("new", 2), "exit a"],
        call=lambda module: asyncio.run(module.f(3)),
    ),
    "coroutine that becomes larger": Shape(
        """
        import asyncio
        async def f(n):
            while n:
                n -= 1
                if n == 3: edit()
                await asyncio.sleep(0)
                log.append(("old", n))
            return "old"
        """,
        {"old": "new", "n -= 1": "n -= 1; a = b = c = d = e = g = h = n"},
        "new",
        [("old", 4), ("old", 3), ("new", 2), ("new", 1), ("new", 0)],
        call=lambda module: asyncio.run(module.f(5)),
    ),
    "async for": Shape(
        """
        import asyncio
        async def numbers(n):
            try:
                for i in range(n):
                    yield i
            finally:
                log.append("closed")
        async def f(n):
            async for i in numbers(n):
                if i == 1: edit()
                await asyncio.sleep(0)
                log.append(("old", i))
            return "old"
        """,
        {"old": "new"},
        "new",
        [("old", 0), ("old", 1), ("new", 2), "closed"],
        call=lambda module: asyncio.run(module.f(3)),
    ),
    "asynchronous generator": Shape(
        """
        async def f(n):
            for i in range(n):
                if i == 1: edit()
                yield ("old", i)
        """,
        {"old": "new"},
        [("old", 0), ("old", 1), ("new", 2)],
        [],
        call=lambda module: asyncio.run(collect(module.f(3))),
    ),
}


def shared(module: Any, one: object) -> None:
    """What the inner function sees of its variables."""
    found, number = module.log.pop()()
    module.log.append((found is one, number))


def drive(generator: Any) -> list[object]:
    """What a generator yields and returns; it is sent letters."""
    found = [next(generator)]
    letters = iter("abcdefgh")
    while True:
        try:
            found.append(generator.send(next(letters)))
        except StopIteration as stop:
            return [*found, stop.value]


async def collect(generator: Any) -> list[object]:
    return [each async for each in generator]


@pytest.mark.parametrize("length", ["short", "long"])
@pytest.mark.parametrize("name", SHAPES)
def test_shapes(project: Project, name: str, length: str) -> None:
    """State is kept, each iteration is done once, what encloses the loop is left once, the result is the new text's."""
    shape = SHAPES[name]
    if length == "long":
        shape = replace(shape, text=lengthened(shape.text))
    result, log, report = run(project, "shape", shape)
    assert (result, log, report.verdict) == (shape.result, shape.log, shape.verdict), report
    (resumed,) = [each for each in report.changes if each.action == "resume"]
    assert resumed.detail.endswith("next iteration")
    told = [each for past in reloadr.history() for each in past.changes if "runs the new text" in each.detail]
    assert [each.line for each in told if each.module == "shape"] == [resumed.line]


# ---- what stays ----------------------------------------------------------------------------------

LOOP = """
def f(n):
    s = 0
    for i in range(n):
        if i == 1: edit()
        s += i
        log.append(("old", i))
    return "old", s
"""
OLD_LOG: list[object] = [("old", i) for i in range(4)]

REFUSED = {
    "its loop is gone": {"for i in range(n):": "if (i := 1):"},
    "its loop stands in other blocks now": {"    for i in range(n):": "    with managed(1):\n     for i in range(n):"},
    "its loop cannot be told from others in the new text": {
        "    for i in range(n):": "    for j in ():\n        pass\n    for i in range(n + 1):"
    },
    "only lines above its loop make step": {"s = 0": "s = 0; step = 2", "s += i": "s += i * step"},
    "only lines above its loop make z": {"s = 0": "z = 0", "s += i": "z += i", '"old", s': '"old", z'},
    "it is another kind of function now": {"s += i": "s += i\n        yield s"},
}


@pytest.mark.parametrize("why", REFUSED)
def test_refused(project: Project, why: str) -> None:
    """What cannot move ends on its old text, and the report says why."""
    result, log, report = run(project, "refused", Shape(LOOP, REFUSED[why], None, [], call=lambda module: module.f(4)))
    assert (result, log) == (("old", 6), OLD_LOG)
    (reason,) = [each for each in report.reasons if each.code == "RL201"]
    assert reason.message == f"1 frame running on the old code of f until done: {why}"


def test_lines_above_that_changed(project: Project) -> None:
    """They do not run again, and the report says so: "RL232"."""
    edits = {"s = 0": "s = 100", "old": "new"}
    result, log, report = run(project, "above", Shape(LOOP, edits, None, [], call=lambda module: module.f(4)))
    assert (result, log[-1]) == (("new", 6), ("new", 3))
    (reason,) = report.reasons
    assert (reason.code, reason.verdict, reason.qualname) == ("RL232", "caveat", "f")
    assert reason.message == (
        "lines above the loop of f changed as well, or what it goes through; what runs it does not run them again"
    )


def test_a_variable_that_turns_out_to_be_missing(project: Project) -> None:
    """It stays on its old text, and a report says so: "RL233"."""
    text = """
    def f(n):
        for i in range(n):
            if i > 100: seen = 0
            if i == 1: edit()
            log.append(("old", i))
        return "old"
    """
    edits = {"    for i in": "    seen = 5\n    for i in", '"old", i': '"new", i + seen'}
    result, log, report = run(project, "missing", Shape(text, edits, None, [], call=lambda module: module.f(4)))
    assert (result, log) == ("old", OLD_LOG)
    assert [each.code for each in report.reasons] == ["RL232"]
    told = reloadr.history()[-1]
    assert [(each.code, each.message) for each in told.reasons] == [
        ("RL233", "the loop of f stays on its old text: only lines above its loop make seen")
    ]


def test_loops_that_change_places(project: Project) -> None:
    """The first line of the one at work changes too: it is not taken for the other."""
    first = """\
    for a in "ab":
        log.append(("old", a))
        if a == "a": edit()
"""
    second = """\
    for b in "xy":
        log.append(("old", b))
"""
    edits = {first + second: second + first.replace('"ab"', 'list("ab")'), "old": "new"}
    shape = Shape(f"def f():\n{first}{second}", edits, None, [], call=lambda module: module.f())
    result, log, report = run(project, "places", shape)
    assert (result, log, report.verdict) == (None, [("old", "a"), ("new", "b")], "caveat")


def test_an_inner_loop_that_stays_within_one_that_moves(project: Project) -> None:
    """Nobody can tell how long it is at work: it is named, and the outer one moves."""
    text = """
    def f(n):
        for i in range(n):
            try:
                pass
            finally:
                j = 0
                while j < 2:
                    if i == 1: edit()
                    j += 1
                    log.append(("old", i, j))
        return "old"
    """
    result, log, report = run(project, "inner", Shape(text, {"old": "new"}, None, [], call=lambda module: module.f(3)))
    assert (result, report.verdict) == ("new", "live")
    assert log == [("old", 0, 1), ("old", 0, 2), ("old", 1, 1), ("old", 1, 2), ("new", 2, 1), ("new", 2, 2)]
    told = [each.code for past in reloadr.history() for each in past.reasons if past is not report]
    assert told == ["RL233"]


@pytest.mark.parametrize(
    "edits",
    [
        {"number = i": "number = i + seen", "    for i in": "    seen = 5\n    for i in"},
        {"for i in range(n)": "while n"},
    ],
)
def test_a_frame_that_stays_is_let_go_when_it_ends(project: Project, edits: dict[str, str]) -> None:
    """Nothing of ours holds what it held, however it was found out that it stays."""
    text = """
    class Big: pass
    def f(n):
        big = Big()
        log.append(weakref.ref(big))
        for i in range(n):
            if i > 100: seen = 0
            if i == 1: edit()
            number = i
        return big and None
    """
    shape = Shape("import weakref\n" + dedent(text), edits, None, [])
    result, log, report = run(project, "let_go", shape)
    gc.collect()
    assert (result, log[0]()) == (None, None), report  # type: ignore[operator]


def test_a_frame_that_comes_to_no_loop(project: Project) -> None:
    """Below its loop it ends on the old text."""
    text = """
    def f(n):
        for i in range(n): pass
        edit()
        return "old"
    """
    result, _, report = run(project, "below", Shape(text, {"old": "new"}, None, []))
    assert result == "old"
    assert [each.message for each in report.reasons] == [
        "1 frame running on the old code of f until done: no loop of it comes round again"
    ]


# ---- edits that follow each other ----------------------------------------------------------------


class Steps:
    """A loop that a test lets go on, iteration by iteration."""

    TEXT = "def f(step):\n    n = 0\n    while step(0):\n        n += 1\n    return n, 0\n"

    def __init__(self, project: Project, name: str) -> None:
        self.project, self.name = project, name
        self.module = project.start(name, self.TEXT)
        self.watcher = project.watch(name)
        self.seen: list[int] = []
        self._go = threading.Semaphore(0)
        self._came = threading.Semaphore(0)
        self.result: tuple[int, int] = (0, 0)
        self._end = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self._came.acquire(timeout=20)

    def _run(self) -> None:
        self.result = self.module.f(self._step)

    def _step(self, version: int) -> bool:
        self.seen.append(version)
        self._came.release()
        assert self._go.acquire(timeout=20)
        return not self._end

    def once(self) -> int:
        """One more iteration; which text asked."""
        self._go.release()
        assert self._came.acquire(timeout=20)
        return self.seen[-1]

    def edit(self, number: int) -> reloadr.Report:
        self.project.write(self.name, self.text(number))
        return self.watcher.poll()

    def text(self, number: int) -> str:
        # Of another size each time: some frames are too small for it.
        more = "".join(f"        v{at} = {at}\n" for at in range(number % 7))
        text = self.TEXT.replace("step(0)", f"step({number})").replace("return n, 0", f"return n, {number}")
        return text.replace("        n += 1\n", f"{more}        n += 1\n")

    def end(self) -> tuple[int, int]:
        self._end = True
        self._go.release()
        self.thread.join(20)
        return self.result


def test_many_edits(project: Project) -> None:
    """Each is taken, and the stack does not grow."""
    steps = Steps(project, "many")
    depths = set()
    for number in range(1, 40):
        assert steps.edit(number).verdict == "live"
        # The iteration at work ends on the old text.
        steps.once()
        assert steps.once() == number
        frame = sys._current_frames()[steps.thread.ident or 0]
        depths.add(len(traceback.extract_stack(frame)))
        del frame
    assert steps.end() == (len(steps.seen) - 1, 39)
    assert max(depths) - min(depths) <= 1


def test_a_second_edit_before_the_first_was_taken(project: Project) -> None:
    steps = Steps(project, "second")
    steps.edit(1)
    report = steps.edit(2)
    assert [each.detail for each in report.changes if each.action == "resume"] == [
        "1 frame moves at its next iteration"
    ]
    steps.once()
    assert steps.once() == 2
    assert 1 not in steps.seen
    assert steps.end() == (len(steps.seen) - 1, 2)


def test_an_edit_that_brings_the_old_text_back(project: Project) -> None:
    steps = Steps(project, "back")
    steps.edit(1)
    steps.edit(0)
    steps.once()
    assert steps.once() == 0
    assert steps.end()[1] == 0


def test_a_rejected_edit_changes_nothing(project: Project) -> None:
    steps = Steps(project, "rejected")
    steps.edit(1)
    project.write("rejected", steps.text(2) + "x = 1 / 0\n")
    assert steps.watcher.poll().verdict == "rejected"
    steps.once()
    assert steps.once() == 1
    steps.edit(3)
    steps.once()
    assert steps.once() == 3
    steps.end()


def test_undo(project: Project) -> None:
    """What has moved goes back at its next iteration; what has not moved yet stays."""
    steps = Steps(project, "undone")
    steps.edit(1)
    steps.once()
    assert steps.once() == 1
    reloadr.undo()
    steps.once()
    assert steps.once() == 0
    steps.edit(2)
    reloadr.undo()
    steps.once()
    assert steps.once() == 0
    steps.edit(3)
    steps.once()
    assert steps.once() == 3
    steps.end()


@pytest.mark.parametrize(("first", "second"), [(1, 2), (7, 14), (1, 7), (6, 1), (6, 13)])
def test_undo_of_a_second_edit(project: Project, first: int, second: int) -> None:
    """What has moved twice goes back to the first edit, whether or not its frame had room for either."""
    steps = Steps(project, "twice")
    for number in (first, second):
        steps.edit(number)
        steps.once()
        assert steps.once() == number
    reloadr.undo()
    steps.once()
    assert steps.once() == first
    steps.edit(5)
    steps.once()
    assert steps.once() == 5
    steps.end()


def test_undo_of_a_second_edit_before_the_first_was_taken(project: Project) -> None:
    steps = Steps(project, "untaken")
    steps.edit(1)
    steps.edit(2)
    reloadr.undo()
    steps.once()
    assert steps.once() == 1
    steps.end()


def test_a_tight_loop_of_another_thread(project: Project) -> None:
    text = "def f():\n    n = 0\n    while True:\n        n += 1\n        if n < 0: return 'old'\n"
    module = project.start("tight", text)
    watcher = project.watch("tight")
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(module.f()), daemon=True)
    thread.start()
    project.write("tight", text.replace("n < 0: return 'old'", "n > 0: return 'new'"))
    assert watcher.poll().verdict == "live"
    thread.join(20)
    assert results == ["new"]


def test_generators_by_the_thousand(project: Project) -> None:
    """Each moves as it comes round, however long that takes."""
    text = "def f(n):\n    total = n\n    while True:\n        total += (yield 'old', total)\n"
    module = project.start("thousands", text)
    watcher = project.watch("thousands")
    generators = [module.f(number) for number in range(3000)]
    assert all(next(each) == ("old", number) for number, each in enumerate(generators))
    project.write("thousands", text.replace("old", "new").replace("total +=", "a = b = c = d = 1; total +="))
    report = watcher.poll()
    assert [each.detail for each in report.changes if each.action == "resume"] == [
        "3000 generators move at their next iteration"
    ]
    assert all(each.send(1) == ("new", number + 1) for number, each in enumerate(generators))
    project.write("thousands", text.replace("old", "newer"))
    watcher.poll()
    told = [each.detail for past in reloadr.history() for each in past.changes]
    assert "f's loop at thousands.py:3 runs the new text (3000 times)" in told
    assert all(each.send(1) == ("newer", number + 2) for number, each in enumerate(generators))
    assert all(each.close() is None for each in generators)


def test_a_loop_that_ends_before_it_comes_round(project: Project) -> None:
    """It ends on its old text; nothing waits for it any more, and the next call runs the new one."""
    steps = Steps(project, "ends")
    steps.edit(1)
    assert steps.end() == (0, 0)
    steps.watcher.poll()
    told = [str(each) for each in reloadr.history()[-1].reasons if each.code == "RL233"]
    assert told and "f stays on its old text: it did not come round again before it ended" in told[0]
    assert steps.module.f(lambda version: False) == (0, 1)
    for number in range(2, 6):
        steps.edit(number)
    # What `undo` would bring back is there still.
    assert sum(held[1].whose.module == "ends" for held in moves._moves.values()) <= 1


def test_calls_that_begin_while_a_save_is_applied(project: Project) -> None:
    """They begin on the old code and are nobody's that was counted; they move all the same."""
    text = "def f(step):\n    n = 0\n    while step(0):\n        n += 1\n    return n, 0\n"
    module = project.start("begun", text)
    watcher = project.watch("begun")
    seen: list[int] = []
    go, end = threading.Event(), threading.Event()

    def step(version: int) -> bool:
        seen.append(version)
        go.wait(20)
        return not end.is_set()

    thread = threading.Thread(target=lambda: module.f(step), daemon=True)
    begin = module.__dict__["begin"] = lambda: (thread.start(), wait_until(lambda: seen, "it began"))
    project.write("begun", text.replace("step(0)", "step(1)").replace("n, 0", "n, 1") + "begin()\n")
    assert begin and watcher.poll().verdict == "live"
    go.set()
    wait_until(lambda: 1 in seen, "it runs the new text")
    end.set()
    thread.join(20)


def test_an_asynchronous_generator_without_room(project: Project) -> None:
    """It cannot delegate to a larger frame: it stays, and is named."""
    text = SHAPES["asynchronous generator"].text
    edits = {"yield": "a = b = c = d = e = g = h = i\n        yield", "old": "new"}
    call = SHAPES["asynchronous generator"].call
    result, _, report = run(project, "no_room", Shape(text, edits, None, [], call=call))
    assert result == [("old", 0), ("old", 1), ("old", 2)] and report.verdict == "live"
    (reason,) = reloadr.history()[-1].reasons
    assert reason.code == "RL233" and "an asynchronous generator cannot delegate" in reason.message


@pytest.mark.long
def test_a_soak() -> None:
    """Threads, generators and tasks through edit after edit, in Python's development mode; memory stays as it is."""
    script = Path(__file__).resolve().parents[1] / "soak_running.py"
    command = [sys.executable, "-X", "dev", str(script), "--moves", "1500", "--generators", "30", "--tasks", "10"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0 and " moves, " in done.stdout, done.stdout + done.stderr


# ---- what others see -----------------------------------------------------------------------------


def test_tracebacks_have_the_saved_lines(project: Project) -> None:
    text = """
    def f(n):
        for i in range(n):
            if i == 1: edit()
            log.append(i)
    """
    edits = {
        "    for i in": "    # one\n    # more\n    for i in",
        "log.append(i)": "log.append(i)\n        if i == 2: g()",
    }
    lines: list[tuple[str, int | None]] = []

    def call(module: Any) -> None:
        def g() -> None:
            lines.extend((each.name, each.lineno) for each in traceback.extract_stack()[-3:-1])

        module.g = g
        module.f(3)

    run(project, "tracebacks", Shape(text, edits, None, [], call=call))
    saved = project.path("tracebacks").read_text().splitlines()
    name, number = lines[-1]
    assert name == "f" and number is not None and saved[number - 1].strip() == "if i == 2: g()"


def test_lines_that_move_above_a_moved_loop(project: Project) -> None:
    """Its frame follows them, as every function does; so do inner functions, once."""
    steps = Steps(project, "moved_lines")
    for number in (1, 6):
        steps.edit(number)
        steps.once()
        steps.once()
        for lines in (3, 1):
            project.write("moved_lines", "# more\n" * lines + steps.text(number))
            steps.watcher.poll()
            steps.once()
            frame = sys._current_frames()[steps.thread.ident or 0]
            while frame.f_code.co_name != "f":
                assert frame.f_back is not None
                frame = frame.f_back
            assert frame.f_lineno == lines + 3
            del frame
    steps.end()


@pytest.mark.parametrize("hook", ["settrace", "setprofile"])
def test_with_a_tracer_at_work(project: Project, hook: str) -> None:
    """A debugger, a coverage tool or a profiler goes on: it sees the new lines."""
    seen: set[tuple[str, int]] = set()

    def tracer(frame: Any, event: str, arg: object) -> Any:
        if frame.f_code.co_name == "f":
            seen.add((event, frame.f_lineno))
        return tracer

    def call(module: Any) -> object:
        getattr(sys, hook)(tracer)
        try:
            return module.f(5)
        finally:
            getattr(sys, hook)(None)

    shape = SHAPES["for"]
    edits = {"    for i in": "    # one more\n    for i in", **shape.edits}
    result, log, report = run(project, "traced", Shape(shape.text, edits, None, [], call=call))
    assert (result, log, report.verdict) == (shape.result, shape.log, "live")
    saved = project.path("traced").read_text().splitlines()
    if hook == "settrace":
        there = {saved[line - 1].strip() for event, line in seen if event == "line"}
        assert 'log.append(("new", i))' in there and 'return "new", s' in there
    assert ("return", saved.index('    return "new", s') + 1) in seen


def test_an_edit_while_a_thread_is_about_to_move(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the later one, and so do all others that run the same code."""
    text = "def f(box):\n    while not box:\n        seen(1)\n    return 1\n"
    module = project.start("overtaken", text)
    watcher = project.watch("overtaken")
    words: dict[int, int] = {}
    module.seen = lambda word: words.update({threading.get_ident(): word})
    plans, is_planning, is_edited = moves.Move.ways, threading.Event(), threading.Event()

    def ways(move: Any, code: Any) -> Any:
        if threading.current_thread() in threads and not is_planning.is_set():
            is_planning.set()
            is_edited.wait(20)
        return plans(move, code)

    monkeypatch.setattr(moves.Move, "ways", ways)
    box: list[int] = []
    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(module.f(box)), daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(words) == 3, "all threads are at work")
    for number in (2, 3):
        project.write("overtaken", text.replace("1", str(number)))
        watcher.poll()
        assert is_planning.wait(20)
    is_edited.set()
    wait_until(lambda: set(words.values()) == {3}, "all threads run the last text")
    box.append(1)
    for thread in threads:
        thread.join(20)
    assert results == [3, 3, 3]


ENDS = """
import pathlib, sys, threading, time
import reloadr
from reloadr.running import moves
import ending

watcher = reloadr.watch("ending", on="look")
is_planning = threading.Event()
plans = moves.Move.ways

def ways(move, code):
    while threading.current_thread() is not threading.main_thread():
        is_planning.set()
        time.sleep(0.001)
    return plans(move, code)

moves.Move.ways = ways
threading.Thread(target=ending.work, daemon=True).start()
path = pathlib.Path("ending.py")
path.write_text(path.read_text().replace("1", "22"))
watcher.poll()
assert is_planning.wait(20)

class Last:
    def __del__(self, sleep=time.sleep):
        sleep(0.2)

sys.last = Last()
print("ends")
"""


def test_a_program_that_ends_while_a_daemon_thread_is_about_to_move(tmp_path: Path) -> None:
    """With its own exit code: the interpreter ends such a thread wherever it is."""
    (tmp_path / "ending.py").write_text("def work():\n    while True:\n        x = 1\n")
    (tmp_path / "main.py").write_text(ENDS)
    command = [sys.executable, "-B", "main.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "ends\n"), done.stderr
