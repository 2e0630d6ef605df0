"""Random functions with nested loops and blocks, edited at random while they run, against a model.

Old and new text are the same program but for the marks that they log, the lines that were added, and what a statement
computes. Run on its own, each text logs the same events with its own mark. So the log of a moved run is: the events of
the old text up to a head, those of the new text from there on. Which event that is, the model does not say; that there
is one such place, at the head of an iteration, and the first after the edit, it does.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
import reloadr
from harness import Project
from reloadr.running.interpreter import BY_CALL

PREAMBLE = """\
import contextlib, reloadr
log = []
@contextlib.contextmanager
def held(name):
    log.append(("enter", name))
    try:
        yield name
    except KeyError:
        log.append(("swallowed", name))
    finally:
        log.append(("exit", name))
"""


class Writer:
    """Writes one random function, in two texts at once: `old` and `new` differ in each marked line."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[tuple[str, str]] = []
        self.names = 0
        self.places = 0
        self.kind = self.random.choice(["def", "def", "def", "generator", "async"])

    def write(self) -> tuple[str, str]:
        head = "async def f(n):" if self.kind == "async" else "def f(n):"
        self.add(0, head)
        self.add(1, "s = 0")
        if self.random.random() < 0.3:
            self.add(1, "def bump(k):")
            self.add(2, "nonlocal s")
            self.add(2, "s += k")
        self.loop(1, 0)
        if self.random.random() < 0.5:
            self.loop(1, 1)
        self.mark(1)
        self.add(1, "return MARK, s")
        old = "".join(f"{line}\n" for line, _ in self.lines)
        new = "".join(f"{line}\n" for _, line in self.lines if line)
        return PREAMBLE + old.replace("MARK", "'old'"), PREAMBLE + new.replace("MARK", "'new'")

    def add(self, depth: int, line: str, new: str | None = None) -> None:
        pad = "    " * depth
        self.lines.append((pad + line, pad + (line if new is None else new)))

    def mark(self, depth: int) -> None:
        """A line that says which text it is, where the edit may come."""
        self.places += 1
        event = f"log.append((MARK, {self.places}, s)); here({self.places})"
        new = event
        if self.random.random() < 0.4:
            self.names += 1
            new = f"t{self.names} = [s, {self.names}]; {event}; del t{self.names}"
        self.add(depth, event, new)
        if self.random.random() < 0.5:
            self.add(depth, "s += 1")
        if self.kind == "generator" and self.random.random() < 0.3:
            self.add(depth, "yield s")
        if self.kind == "async" and self.random.random() < 0.3:
            self.add(depth, "await nap()")

    def loop(self, depth: int, level: int) -> None:
        self.names += 1
        name = f"i{self.names}"
        kind = self.random.choice(["for", "for", "while", "endless"])
        if BY_CALL:
            kind = "for"
            self.add(depth, f"for {name} in reloadr.loop(range(n + {level})):")
        elif kind == "for":
            self.add(depth, f"for {name} in range(n + {level}):")
        else:
            self.add(depth, f"{name} = 0")
            self.add(depth, f"while {name} < n:" if kind == "while" else "while True:")
            self.add(depth + 1, f"{name} += 1")
        if kind == "endless":
            self.add(depth + 1, f"if {name} > n: break")
        self.body(depth + 1, level)
        if kind != "endless" and self.random.random() < 0.2:
            self.add(depth, "else:")
            self.mark(depth + 1)

    def body(self, depth: int, level: int) -> None:
        for _ in range(self.random.randint(1, 2)):
            self.piece(depth, level)
        if self.random.random() < 0.2:
            self.add(depth, f"if s % 7 == {self.random.randint(0, 6)}: {self.random.choice(['continue', 'break'])}")
        self.mark(depth)

    def piece(self, depth: int, level: int) -> None:
        kind = self.random.choice(["mark", "if", "with", "try", "except", "loop", "loop"])
        inner = self.inner if level < 2 and self.random.random() < 0.6 else lambda at, _: self.mark(at)
        if kind == "mark" or (kind == "loop" and level >= 2):
            self.mark(depth)
        elif kind == "loop":
            self.loop(depth, level + 1)
        elif kind == "if":
            self.add(depth, "if s % 2:")
            inner(depth + 1, level)
            self.add(depth, "else:")
            self.mark(depth + 1)
        elif kind == "with":
            self.add(depth, f"with held({self.places}):")
            inner(depth + 1, level)
            self.leave(depth + 1)
            if self.random.random() < 0.3:
                self.add(depth + 1, "if s % 3 == 0: raise KeyError(s)")
        else:
            self.add(depth, "try:")
            inner(depth + 1, level)
            self.leave(depth + 1)
            self.add(depth + 1, "if s % 5 == 0: raise ValueError(s)")
            self.add(depth, "except ValueError:")
            (inner if kind == "except" else lambda at, _: self.mark(at))(depth + 1, level)
            self.leave(depth + 1)
            if kind == "try":
                self.add(depth, "finally:")
                self.mark(depth + 1)

    def leave(self, depth: int) -> None:
        """Out of the blocks of an iteration."""
        if self.random.random() < 0.3:
            self.add(depth, f"if s % 4 == {self.random.randint(0, 3)}: {self.random.choice(['continue', 'break'])}")

    def inner(self, depth: int, level: int) -> None:
        self.loop(depth, level + 1)


class _Nap:
    def __await__(self) -> Any:
        yield


def drive(result: Any) -> Any:
    """What a function returns, whatever its kind."""
    if not hasattr(result, "send"):
        return result
    while True:
        try:
            result.send(None)
        except StopIteration as stop:
            return stop.value


def play(module: Any, here: Any) -> tuple[object, list[Any]]:
    module.log.clear()
    module.here, module.nap = here, _Nap
    result = drive(module.f(2))
    return result, list(module.log)


def unmarked(log: list[Any]) -> list[Any]:
    return [("", *event[1:]) if event[0] in ("old", "new") else event for event in log]


@pytest.mark.parametrize("seed", range(60))
def test_old_up_to_a_head_new_from_there(project: Project, seed: int) -> None:
    writer = Writer(seed)
    old, new = writer.write()
    name = f"random_loop{seed}"
    module = project.start(name, old)
    result, whole = play(module, lambda _: None)
    marks = [at for at, event in enumerate(whole) if event[0] == "old"]
    watcher = project.watch(name)
    for at in writer.random.sample(marks, min(4, len(marks))):
        count = marks.index(at) + 1
        reports: list[reloadr.Report] = []
        passed: list[int] = []

        def here(place: int, count: int = count, reports: Any = reports, passed: Any = passed) -> None:
            passed.append(place)
            if len(passed) == count:
                project.write(name, new)
                reports.append(watcher.poll())

        moved, log = play(module, here)
        assert reports and reports[0].verdict in ("live", "caveat"), str(reports[0])
        # The same events, whichever text they are of: nothing is done twice, and nothing is left out.
        assert unmarked(log) == unmarked(whole), (seed, at)
        texts = [event[0] for event in log if event[0] in ("old", "new")]
        last = len(texts) - texts[::-1].index("old")
        assert texts == ["old"] * last + ["new"] * (len(texts) - last) and last >= count, (seed, at, texts)
        assert moved == ("new" if last < len(texts) else "old", result[1])  # type: ignore[index]
        resumed = [each for each in reports[0].changes if each.action == "resume"]
        assert resumed or not any(text == "new" for text in texts)
        told = len(reloadr.history())
        project.write(name, old)
        watcher.poll()
        # Whoever was to move and ended before is named, and nobody else is.
        stays = [each.message for past in reloadr.history()[told:] for each in past.reasons if each.code == "RL233"]
        # A `while` within `finally` stands more than once in the code, and cannot be told.
        ended = [each for each in stays if "holds other things for its loop" not in each]
        assert stays or not resumed or last < len(texts), (seed, at)
        assert not ended or last == len(texts), (seed, at, ended)
