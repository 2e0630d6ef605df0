"""Each kind of loop within each kind of block, in each kind of function, is edited while it runs.

What is checked is the same for all: variables are kept, each iteration is done once, what was entered is left once and
by the new text, the new text's value is returned, and the lines that a traceback would show are the saved ones.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from textwrap import indent
from typing import Any

import pytest
from harness import Project
from reloadr.running.interpreter import BY_CALL

HELPERS = """
import contextlib, reloadr
@contextlib.contextmanager
def held(name):
    left.append("enter")
    try:
        yield name
    finally:
        left.append("exit")
class Held:
    async def __aenter__(self):
        await nap()
        left.append("enter")
    async def __aexit__(self, *_):
        await nap()
        left.append("exit")
class numbers:
    def __init__(self, n):
        self.n = iter(range(n))
    def __aiter__(self):
        return self
    async def __anext__(self):
        await nap()
        for each in self.n:
            return each
        raise StopAsyncIteration
"""

BODY = "seen(WORD, i)\ntotal += i\nif i == 1: edit()\nPAUSE"
LOOPS = {
    "for": f"for i in range(n):\n{indent(BODY, ' ')}",
    "for, else": f"for i in range(n):\n{indent(BODY, ' ')}\nelse:\n left.append(WORD)",
    "while": f"i = -1\nwhile i < n - 1:\n i += 1\n{indent(BODY, ' ')}",
    "while True": f"i = -1\nwhile True:\n i += 1\n{indent(BODY, ' ')}\n if i == n - 1: break",
    "async for": f"async for i in numbers(n):\n{indent(BODY, ' ')}",
    "reloadr.loop": f"for i in reloadr.loop(range(n)):\n{indent(BODY, ' ')}",
}
if BY_CALL:
    # No others move.
    LOOPS = {"reloadr.loop": LOOPS["reloadr.loop"]}
#: The block around, and what is logged as it is entered and left.
BLOCKS: dict[str, tuple[str, list[str]]] = {
    "": ("LOOP", []),
    "if": ("if n:\n LOOP\nelse:\n pass", []),
    "match": ("match n:\n case 4:\n  LOOP", []),
    "with": ("with held(1):\n LOOP", ["enter", "exit"]),
    "with, two": ("with held(1), held(2) as b:\n LOOP", ["enter", "enter", "exit", "exit"]),
    "try, finally": ("try:\n LOOP\nfinally:\n left.append(WORD)", ["new"]),
    "try, except": ("try:\n LOOP\n raise KeyError\nexcept KeyError:\n left.append(WORD)", ["new"]),
    "try, except*": ("try:\n LOOP\n raise KeyError\nexcept* KeyError:\n left.append(WORD)", ["new"]),
    "except": ("try:\n raise KeyError\nexcept KeyError as error:\n LOOP\n left.append(repr(error))", ["KeyError()"]),
    "finally": ("try:\n pass\nfinally:\n LOOP\n left.append(WORD)", ["new"]),
    "for": ("for o in [5]:\n LOOP\n left.append(WORD)", ["new"]),
    "while": ("o = 1\nwhile o:\n o = 0\n LOOP\n left.append(WORD)", ["new"]),
    "async with": ("async with Held():\n LOOP", ["enter", "exit"]),
}
#: The function, how it pauses in each iteration, and how it ends.
KINDS = {
    "function": ("def f(n):\n total = 0\n BLOCK\n return WORD, total", "pass"),
    "thread": ("def f(n):\n total = 0\n BLOCK\n return WORD, total", "pass"),
    "method": (
        "class C:\n def f(self, n):\n  total = 0\n  BLOCK\n  return WORD, total\n def __len__(self): return 3",
        "assert len(self) == len(__class__()) == 3",
    ),
    "closure": (
        "def make(shared):\n def f(n):\n  nonlocal shared\n  total = 0\n  BLOCK\n  return WORD, total\n"
        " return f, lambda: shared",
        "shared += 1",
    ),
    "generator": ("def f(n):\n total = 0\n BLOCK\n return WORD, total", "assert (yield i) == i * 2"),
    "coroutine": ("async def f(n):\n total = 0\n BLOCK\n return WORD, total", "await nap()"),
    "asynchronous generator": ("async def f(n):\n total = 0\n BLOCK\n result.append((WORD, total))", "yield i"),
}


def written(kind: str, block: str, loop: str, word: str) -> str:
    function, pause = KINDS[kind]
    text = HELPERS + function
    for name, piece in (("BLOCK", BLOCKS[block][0]), ("LOOP", LOOPS[loop])):
        lines = text.splitlines()
        at = next(at for at, line in enumerate(lines) if line.strip() == name)
        pad = lines[at][: len(lines[at]) - len(name)]
        text = "\n".join([*lines[:at], indent(piece, pad), *lines[at + 1 :]])
    if word == "new":
        # Everything stands elsewhere.
        text = "\n".join(_shifted(text.splitlines()))
    return text.replace("PAUSE", pause).replace("WORD", repr(word)) + "\n"


def _shifted(lines: list[str]) -> list[str]:
    found = ["# a line", "# another"]
    for line in lines:
        if line.strip() == "total += i":
            found.append(line.replace("total += i", "# one more"))
        found.append(line)
    return found


class Nap:
    def __await__(self) -> Any:
        yield


def played(module: Any, kind: str) -> object:
    """What the function of a kind comes to."""
    result: list[object] = module.__dict__.setdefault("result", [])
    if kind == "thread":
        thread = threading.Thread(target=lambda: result.append(module.f(4)))
        thread.start()
        thread.join()
        return result[0]
    if kind == "method":
        return module.C().f(4)
    if kind == "closure":
        function, shared = module.make(10)
        found = function(4)
        assert shared() == 14, "it is one variable"
        return found
    if kind == "generator":
        generator = module.f(4)
        value = next(generator)
        while True:
            try:
                value = generator.send(value * 2)
            except StopIteration as stop:
                return stop.value
    if kind == "coroutine":
        return asyncio.run(_awaited(module.f(4)))
    if kind == "asynchronous generator":
        assert asyncio.run(_gone_through(module.f(4))) == [0, 1, 2, 3]
        return result[0]
    return module.f(4)


async def _awaited(coroutine: Any) -> object:
    return await coroutine


async def _gone_through(generator: Any) -> list[object]:
    return [each async for each in generator]


def _is_possible(kind: str, block: str, loop: str) -> bool:
    is_async = kind in ("coroutine", "asynchronous generator")
    if not is_async and (block.startswith("async") or loop.startswith("async")):
        return False
    # One that stands more than once in the code, and cannot be told: RL201.
    return not (block == "finally" and (BY_CALL or loop.startswith("while")))


CELLS = [(kind, loop) for kind in KINDS for loop in LOOPS if _is_possible(kind, "", loop)]


@pytest.mark.parametrize(("kind", "loop"), CELLS, ids=[f"{kind}: {loop}" for kind, loop in CELLS])
def test_each_loop_within_each_block(project: Project, kind: str, loop: str) -> None:
    for number, block in enumerate(BLOCKS):
        if not _is_possible(kind, block, loop):
            continue
        name = f"matrix{number}"
        module = project.start(name, written(kind, block, loop, "old"))
        watcher = project.watch(name)
        log: list[tuple[str, int]] = []
        lines: list[str] = []
        verdicts: list[str] = []

        def seen(word: str, i: int, name: str = name, log: Any = log, lines: Any = lines) -> None:
            log.append((word, i))
            text = project.path(name).read_text().splitlines()
            lines.append(text[sys._getframe(1).f_lineno - 1].strip())

        def edit(name: str = name, block: str = block, watcher: Any = watcher, verdicts: Any = verdicts) -> None:
            project.write(name, written(kind, block, loop, "new"))
            report = watcher.poll()
            verdicts.append(report.verdict if not report.reasons else str(report))

        left: list[str] = []
        vars(module).update(seen=seen, edit=edit, left=left, nap=Nap)
        result = played(module, kind)
        where = f"{kind}, {loop}, within {block or 'nothing'}"
        assert verdicts == ["live"], where
        assert log == [("old", 0), ("old", 1), ("new", 2), ("new", 3)], where
        assert lines == ["seen('old', i)"] * 2 + ["seen('new', i)"] * 2, where
        expected = list(BLOCKS[block][1])
        if loop == "for, else":
            expected.insert(expected.index("exit") if "exit" in expected else 0, "new")
        assert left == expected, where
        assert result == ("new", 6), where
