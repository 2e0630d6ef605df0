"""Measures one thing with one tool in this process; run by `run.py`. Prints a line of JSON per step."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import tempfile
import time
import timeit
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sources import Source
from tools import TOOLS, Tool

#: Seconds after which no further repetition is begun.
BUDGET = 20.0


def say(**facts: object) -> None:
    print("@@" + json.dumps(facts), flush=True)


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Milliseconds of wall clock and of CPU, all threads together."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall": (time.perf_counter() - wall) * 1e3, "cpu": (time.process_time() - cpu) * 1e3}


def memory() -> int:
    """Bytes of this process that are in memory."""
    gc.collect()
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def edit(tool: Tool, root: Path, *, lines: int, top: bool, heap: int, turns: int) -> None:
    """One changed line at a time in one file."""
    source = Source(root / "edited.py", lines)
    tool.start(root)
    module = importlib.import_module("edited")
    ballast = [[number] for number in range(heap)]
    tool.ready([module])
    begun = time.perf_counter()
    for turn in range(turns):
        name, value = source.edit(turn, top=top)
        spent = timed(lambda: tool.apply([str(source.path)]))
        got = getattr(module, name)()
        if got != value:
            say(error=f"{name}() returned {got}, not {value}")
            return
        last = f"function_{source.spots[-1]}"
        right = getattr(module, last).__code__.co_firstlineno == source.line_of(last)
        say(**spent, lines_right=right)
        if time.perf_counter() - begun > BUDGET and turn:
            break
    assert len(ballast) == heap


def many(tool: Tool, root: Path, *, files: int, turns: int) -> None:
    """As many files changed at once, a line each."""
    sources = [Source(root / f"edited_{at}.py", 100) for at in range(files)]
    tool.start(root)
    modules = [importlib.import_module(source.path.stem) for source in sources]
    tool.ready(modules)
    paths = [str(source.path) for source in sources]
    begun = time.perf_counter()
    for turn in range(turns):
        expected = [source.edit(turn) for source in sources]
        spent = timed(lambda: tool.apply(paths))
        wrong = [
            module.__name__
            for module, (name, value) in zip(modules, expected, strict=True)
            if getattr(module, name)() != value
        ]
        if wrong:
            say(error=f"{len(wrong)} of {files} modules run old code")
            return
        say(**spent)
        if time.perf_counter() - begun > BUDGET and turn:
            break


def watch(tool: Tool, root: Path, *, files: int, lines: int, turns: int) -> None:
    """Importing and watching many modules, and looking at them while nothing changes."""
    sources = [Source(root / f"watched_{at}.py", lines) for at in range(files)]
    tool.start(root)
    before = memory()
    imported = timed(lambda: [importlib.import_module(source.path.stem) for source in sources])
    modules = [sys.modules[source.path.stem] for source in sources]
    watched = timed(lambda: tool.ready(modules))
    say(step="import", **imported)
    say(step="watch", **watched)
    say(step="memory", bytes=memory() - before)
    if tool.looks:
        time.sleep(0.1)  # What was written just now is read again, once.
        for _ in range(turns):
            say(step="idle", **timed(tool.idle))
    if tool.name == "none":
        return
    name, value = sources[0].edit(0)
    spent = timed(lambda: tool.apply([str(sources[0].path)]))
    say(step="edit", **spent)
    if getattr(modules[0], name)() != value:
        say(error="old code runs")


CALLED = """
def plain(x):
    return x + {value}


def other(x):
    return x + 2


class C:
    def method(self, x):
        return x + {value}

    def same(self, x):
        return x + 2
"""


def call(tool: Tool, root: Path, *, turns: int) -> None:
    """Calls of a patched function and of one that never was, otherwise equal."""
    path = root / "called.py"
    path.write_text(CALLED.replace("{value}", "1"), encoding="utf-8")
    os.utime(path, (1_600_000_000, 1_600_000_000))
    tool.start(root)
    module = importlib.import_module("called")
    tool.ready([module])
    path.write_text(CALLED.replace("{value}", "2"), encoding="utf-8")
    tool.apply([str(path)])
    instance = module.C()
    if module.plain(1) != 3 or instance.method(1) != 3:
        say(error="old code runs")
        return
    number = 500_000
    statements = {
        "patched": ("f(1)", module.plain),
        "never": ("f(1)", module.other),
        "patched method": ("f.method(1)", instance),
        "never method": ("f.same(1)", instance),
    }
    timers = {name: timeit.Timer(text, globals={"f": value}) for name, (text, value) in statements.items()}
    best = dict.fromkeys(timers, float("inf"))
    for _ in range(turns):
        for name, timer in timers.items():
            best[name] = min(best[name], timer.timeit(number) / number * 1e9)
    for name, value in best.items():
        say(step=name, ns=value)


WORK = {"edit": edit, "many": many, "watch": watch, "call": call}


def main() -> None:
    name, what, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        sys.path.insert(0, str(root))
        WORK[what](TOOLS[name](), root, **options)
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
