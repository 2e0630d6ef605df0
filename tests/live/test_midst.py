"""A program that is edited while one of its own lines runs: what that line has read already is old, and named."""

import builtins
import sys
from types import ModuleType

import pytest
from harness import Project
from reloadr import Report

#: Programs that save themselves by `SAVE()`, what is replaced in them, and the lines that are named.
NAMED = {
    "argument": ("X = 1\ndef run(a): SAVE()\nrun(X)\n", "X = 1", "X = 2", [3]),
    "result": ("def load(): return 1\ndef run(a): SAVE()\nrun(load())\n", "return 1", "return 2", [3]),
    "assignment": ("X = 1\ndef make(x):\n    SAVE()\n    return x\nY = make(X)\n", "X = 1", "X = 2", [5]),
    "object": (
        "X = 1\nclass App:\n    def __init__(self, x): self.x = x\n    def run(self): SAVE()\nApp(X).run()\n",
        "X = 1",
        "X = 2",
        [5],
    ),
    "loop's header": ("X = 1\ndef step(): SAVE()\nfor i in range(X):\n    step()\n", "X = 1", "X = 2", [3]),
    "line above in a block": ("X = 1\ndef go(): SAVE()\nif True:\n    y = X + 1\n    go()\n", "X = 1", "X = 2", [4]),
}
SILENT = {
    "what runs": ("def main(): SAVE()\nmain()\n", "main(): ", "main(): 1; "),
    "what is read in each turn": ("X = 1\ndef step(a): SAVE()\nwhile X < 5:\n    step(X)\n    break\n", "= 1", "= 2"),
    "a condition that holds still": ("X = 1\ndef go(): SAVE()\nif X:\n    go()\n", "X = 1", "X = 2"),
    "a line below": ("X = 1\ndef go(): SAVE()\ngo()\nY = X\n", "X = 1", "X = 2"),
}


def saved_within(project: Project, text: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> Report:
    reports: list[Report] = []

    def save() -> None:
        watcher = project.watch()
        project.write("m", text.replace(old, new, 1))
        reports.append(watcher.poll())

    monkeypatch.setattr(builtins, "SAVE", save, raising=False)
    module = sys.modules["m"] = ModuleType("m")
    module.__file__ = str(project.write("m", text))
    exec(compile(text, module.__file__, "exec"), vars(module))
    return reports[0]


@pytest.mark.parametrize("case", NAMED)
def test_what_it_read_is_named(project: Project, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, old, new, lines = NAMED[case]
    report = saved_within(project, text, old, new, monkeypatch)
    assert [each.line for each in report.reasons if each.code == "RL206"] == lines, str(report)


@pytest.mark.parametrize("case", SILENT)
def test_what_it_reads_anew_is_not(project: Project, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, old, new = SILENT[case]
    report = saved_within(project, text, old, new, monkeypatch)
    assert "RL206" not in [each.code for each in report.reasons], str(report)
