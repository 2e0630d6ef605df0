"""What load time handed on, at random: after each save the process is as a fresh one, or the report names what is not.

RELOADR_HISTORIES=1000-2000 python -m pytest tests/live/test_load_time.py -n0 -s
"""

from __future__ import annotations

import os
import random
import re
from types import FunctionType, ModuleType
from typing import Any

import pytest
import reloadr
from harness import Project
from load_time import Program, begin
from probing import fresh
from reloadr import Report

SAVES = 6
CHUNK = 10
FIRST, _, LAST = os.environ.get("RELOADR_HISTORIES", "0-40").partition("-")


def shown(value: object) -> Any:
    """A value as it can be compared with that of another process."""
    if isinstance(value, FunctionType):
        tag = getattr(value, "tag", None)
        return ("function", value.__defaults__, tag, value(1) if value.__name__ == "<lambda>" else None)
    if isinstance(value, type):
        members = {name: shown(each) for name, each in vars(value).items() if not name.startswith("__")}
        return (value.__name__, sorted(members.items()))
    if isinstance(value, dict):
        return {name: shown(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(each) for each in value]
    return vars(value) if hasattr(value, "__dict__") and not isinstance(value, ModuleType) else value


def names(module: ModuleType) -> dict[str, str]:
    return {
        name: repr(shown(value))
        for name, value in vars(module).items()
        if not name.startswith("__") and not isinstance(value, ModuleType)
    }


class History:
    """One program, saved again and again."""

    def __init__(self, project: Project, seed: int) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.project = project
        self.program = begin(self.rng, 9)
        self.excused: set[str] = set()
        self.false, self.saves = 0, 0

    def run(self) -> None:
        self.write(self.program)
        self.module = self.project.load("m")
        watcher = self.project.watch()
        for _ in range(SAVES):
            program = self.program.clone()
            for _ in range(self.rng.choice((1, 1, 2))):
                program.edit(self.rng)
            if program.sources() == self.program.sources():
                continue
            self.write(program)
            before, self.program = self.program, program
            excused = set(self.excused)
            report = watcher.poll()
            self.check(report, before, program)
            if report.needs_restart:
                # Said, and not live: it goes on in another process.
                return
            if self.rng.random() < 0.2:
                report = reloadr.undo()
                self.write(before)
                watcher.poll()
                self.program, self.excused = before, excused
                self.check(report, program, before)

    def write(self, program: Program) -> None:
        for name, text in program.sources().items():
            self.project.write(name, text)

    def check(self, report: Report, before: Program, program: Program) -> None:
        self.saves += 1
        now = names(self.module)
        wanted = eval(fresh(self.project, program.sources(), "names(m)", "from test_load_time import names"))
        said = " ".join(f"{each.qualname} {each.message}" for each in report.reasons)
        self.excused |= set(re.findall(r"\w+", said))
        different = {name for name in now.keys() | wanted.keys() if now.get(name) != wanted.get(name)}
        self.excused &= different | set(re.findall(r"\w+", said))
        if report.needs_restart:
            return
        silent = {name for name in different if name not in self.excused and not _made_of(program, name, self.excused)}
        caveats = [each for each in report.reasons if each.verdict == "caveat"]
        self.false += bool(caveats) and not different
        if silent or report.rejected:
            shown = "\n".join(f"{name}: {now.get(name)}, fresh {wanted.get(name)}" for name in sorted(silent))
            texts = "\n---\n".join(each.sources()["m.py"] for each in (before, program))
            raise AssertionError(f"seed {self.seed}:\n{shown}\n{report}\n{texts}")


def _made_of(program: Program, name: str, excused: set[str]) -> bool:
    """Whether a name is of an item that uses what was named."""
    for item in program.items:
        text = item.render()
        if re.search(rf"\b{name}\b", text) and excused & set(re.findall(r"\w+", text)) - {"X", "a", "b", "x"}:
            return True
    return False


@pytest.mark.parametrize("first", range(int(FIRST), int(LAST), CHUNK))
def test_histories(project: Project, first: int) -> None:
    """No difference that nothing names; false alarms are counted."""
    false, saves, failures = 0, 0, []
    for seed in range(first, first + CHUNK):
        history = History(project, seed)
        try:
            history.run()
        except AssertionError as error:
            failures.append(str(error))
        false, saves = false + history.false, saves + history.saves
        project.close()
        project.reopen()
    print(f"{saves} saves, {false} caveats where nothing differed, {len(failures)} histories failed")
    assert not failures, "\n\n".join(failures)
