"""The account of a program's processes, without any: rounds, who is waited for, what is said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from reloadr.report.caveats import RL224
from reloadr.report.reasons import Change, Reason, Verdict, worst
from reloadr.report.refusals import RL303
from reloadr.report.report import Report
from reloadr.tree.account import PATIENCE, UNHEARD, YOUNG, Account, Member, Stranger

CHANGE = Change("update", "shop", "price", "/shop.py", 3, "body")
FOR_RESTARTS: tuple[Verdict, ...] = ("restart",)
RESTART = Reason.of(RL303(name="B", bases="A", why="it lives"), module="shop", qualname="B", path="/shop.py", line=1)
CAVEAT = Reason.of(RL224(name="f", count="1", source="g"), module="shop", qualname="f", path="/shop.py", line=1)


class Program:
    """An account whose clock, process table and files are the test's."""

    def __init__(self, restarts_for: Collection[Verdict] = FOR_RESTARTS) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        self.restarts: list[list[str]] = []
        self.strangers: list[Stranger] = []
        self.disk: dict[str, str] = {}
        #: For how long a process has waited for a processor.
        self.held_up: dict[int, float] = {}
        self.account = Account(
            lambda level, text: self.lines.append(text),
            self.restarts.append,
            self._strangers,
            lambda p: self.disk.get(p, ""),
            lambda pid: self.held_up.get(pid, 0.0),
            restarts_for,
        )

    def _strangers(self, known: Iterable[int]) -> list[Stranger]:
        return [each for each in self.strangers if each.pid not in set(known)]

    def member(self, pid: int, text: str = "old", *, is_main: bool = False) -> Member:
        member = self.account.came(pid)
        self.says(member, "hello", pid=pid)
        self.runs(member, text, text, is_main=is_main)
        return member

    def says(self, member: Member, kind: str, **words: Any) -> None:
        self.account.heard(member, {"kind": kind, **words}, self.now)

    def runs(self, member: Member, running: str, tried: str, *, is_main: bool = False) -> None:
        self.says(member, "files", files={"/shop.py": [running, tried]}, gone=[], name="worker", is_main=is_main)

    def did(self, member: Member, text: str = "new", reasons: Iterable[Reason] = (), **words: Any) -> None:
        """It was brought to a text."""
        verdict = worst(["live", *(each.verdict for each in reasons)])
        changes = words.get("changes", () if reasons else (CHANGE,))
        report = Report(verdict, changes, tuple(reasons), pid=member.pid, program="worker")
        self.says(member, "report", report=report.to_dict(), tried={"/shop.py": text}, is_main=member.is_main)
        self.runs(member, member.files["/shop.py"][0] if reasons else text, text, is_main=member.is_main)

    def waits(self, seconds: float) -> None:
        self.now += seconds
        self.account.turn(self.now)


@pytest.fixture
def program() -> Program:
    return Program()


def test_one_line_when_all_have_come(program: Program) -> None:
    """The first process shows its changes itself."""
    main, *others = [program.member(pid, is_main=pid == 1) for pid in range(1, 4)]
    program.did(main)
    program.did(others[0])
    assert program.lines == []
    program.did(others[1])
    assert program.lines == ["live in 3 processes"]
    assert program.account.deadline() is None


def test_alone_the_first_process_says_it_all(program: Program) -> None:
    program.did(program.member(1, is_main=True))
    assert program.lines == []


def test_what_the_first_process_does_not_run_is_shown_once(program: Program) -> None:
    for member in [program.member(2), program.member(3)]:
        program.did(member)
    assert [line.partition("  ")[0] for line in program.lines] == [
        "update shop.price /shop.py:3",
        "live in 2 processes",
    ]


def test_who_does_not_answer_is_named_and_named_again_when_it_follows(program: Program) -> None:
    one, two = program.member(2), program.member(3)
    program.did(one)
    program.waits(PATIENCE / 2)
    assert program.lines == [] and program.account.deadline() == PATIENCE
    program.waits(PATIENCE)
    assert program.lines[-1] == "live in 1 of 2; 3 (worker) is not known to run it: RL239"
    program.waits(1)
    program.did(two)
    assert program.lines[-1] == "3 (worker) followed"


def test_who_waits_for_a_processor_is_not_silent(program: Program) -> None:
    """On a busy machine it is given the time that it was kept waiting."""
    one, two = program.member(2), program.member(3)
    program.held_up[3] = 100.0
    program.did(one)
    program.held_up[3] = 104.0
    program.waits(PATIENCE)
    assert program.lines == []
    assert program.account.deadline() == PATIENCE + 4
    program.waits(3.9)
    program.did(two)
    assert program.lines[-1] == "live in 2 processes"
    program.did(one, "newer")
    program.waits(PATIENCE)
    assert program.lines[-1] == "live in 1 of 2; 3 (worker) is not known to run it: RL239"


def test_a_save_is_heard_later_on_a_busy_machine(program: Program) -> None:
    member = program.member(2)
    program.disk["/shop.py"] = "new"
    program.account.saved("/shop.py", program.now)
    program.held_up[2] = 3.0
    program.waits(UNHEARD)
    assert program.lines == [] and program.account.deadline() == UNHEARD + 3
    program.waits(3)
    assert "process 2 (worker) is not known to run what was saved: it has not answered yet" in program.lines[0]
    program.did(member)
    assert program.lines[-1] == "2 (worker) followed"


def test_who_imports_the_file_for_long_is_named_as_such(program: Program) -> None:
    one, two = program.member(2), program.account.came(3)
    program.says(two, "imports", path="/shop.py")
    program.did(one)
    program.waits(PATIENCE)
    assert program.lines[-1] == "live in 1 of 2; 3 (python) is not known to run it: RL239"
    program.runs(two, "new", "new")
    assert program.lines[-1] == "3 (worker) followed"


def test_who_ended_is_not_waited_for(program: Program) -> None:
    one, two = program.member(2), program.member(3)
    program.did(one)
    program.account.went(two, program.now)
    assert program.lines[-1] == "live in 1 process"


def test_a_process_that_is_importing_the_file_is_waited_for(program: Program) -> None:
    """It may have read the old text or the new one."""
    one, two = program.member(2), program.account.came(3)
    program.says(two, "imports", path="/shop.py")
    program.did(one)
    assert program.lines == []
    program.runs(two, "new", "new")
    assert program.lines[-1] == "live in 2 processes"


def test_saves_in_quick_succession_are_one_round(program: Program) -> None:
    """One process sees both, the other the last one."""
    one, two = program.member(2), program.member(3)
    program.did(one, "first")
    program.did(two, "second")
    assert program.lines == []
    program.did(one, "second")
    assert program.lines[-1] == "live in 2 processes"


def test_what_each_of_them_changed_is_shown(program: Program) -> None:
    one, two = program.member(2), program.member(3)
    program.did(one, "first")
    program.did(one, "second", changes=(replace(CHANGE, line=9),))
    program.did(two, "second")
    assert [line.partition("  ")[0] for line in program.lines] == [
        "update shop.price /shop.py:3",
        "update shop.price /shop.py:9",
        "live in 2 processes",
    ]


def test_the_file_says_which_save_was_the_last(program: Program) -> None:
    """Where a process is left behind, not the one that is ahead is named."""
    one, two = program.member(2), program.member(3)
    program.did(one, "second")
    program.did(two, "first")
    program.disk["/shop.py"] = "second"
    program.waits(PATIENCE)
    assert program.lines[-1] == "live in 1 of 2; 3 (worker) is not known to run it: RL239"


def test_a_restart_that_any_process_needs_counts(program: Program) -> None:
    """At once where the first process does not run the file."""
    program.member(2)
    program.did(program.member(3), reasons=[RESTART])
    assert program.restarts == [[f"RL303 {RESTART.message}"]]
    program.account.end()
    count = len(program.lines)
    program.did(program.account.members[0], reasons=[RESTART])
    assert len(program.restarts) == 1 and len(program.lines) == count
    program.account.forget()
    assert program.account.members == [] and program.account.deadline() is None


def test_a_restart_that_the_first_process_needs_too_is_asked_for_once(program: Program) -> None:
    """By itself."""
    main, other = program.member(1, is_main=True), program.member(2)
    program.did(other, reasons=[RESTART])
    program.did(main, reasons=[RESTART])
    assert program.restarts == [] and program.lines == ["restart needed in 2 processes: RL303"]


def test_a_restart_that_only_another_needs(program: Program) -> None:
    main, other = program.member(1, is_main=True), program.member(2)
    program.did(other, reasons=[RESTART])
    assert program.restarts == []
    program.did(main)
    assert program.restarts == [[f"RL303 {RESTART.message}"]]
    assert program.lines[-1] == "live in 1 of 2; 2 (worker) needs a restart: RL303"


def test_a_caveat_of_another_restarts_where_that_is_wanted() -> None:
    """A process that nothing is known of is no reason: it would be one after each restart."""
    program = Program(("restart", "caveat"))
    program.strangers = [Stranger(9, "x.py", YOUNG)]
    main, other = program.member(1, is_main=True), program.member(2)
    program.did(main)
    program.did(other)
    assert program.restarts == [] and "RL239" in program.lines[-1]
    program.strangers.clear()
    program.did(main, "newer")
    program.did(other, "newer", reasons=[CAVEAT])
    assert program.restarts == [[f"RL224 {CAVEAT.message}"]]


def test_processes_without_us_are_named_once_they_are_old_enough(program: Program) -> None:
    program.strangers = [Stranger(9, "x.py", 0.0)]
    program.did(program.member(1, is_main=True))
    assert program.lines == [] and program.account.deadline() is not None
    program.strangers = [Stranger(9, "x.py", YOUNG)]
    program.waits(0.1)
    assert program.lines == ["live in 1 of 2; 9 (x.py) is not known to run it: RL239"]


def test_a_save_that_nobody_hears_is_said(program: Program) -> None:
    """All who run the file are stopped, or busy."""
    member = program.member(2)
    program.disk["/shop.py"] = "new"
    program.account.saved("/shop.py", program.now)
    program.waits(UNHEARD / 2)
    assert program.lines == []
    program.waits(UNHEARD)
    (line,) = program.lines
    assert "RL239" in line and "process 2 (worker) is not known to run what was saved: it has not answered yet" in line
    program.waits(1)
    assert len(program.lines) == 1
    program.did(member)
    assert program.lines[-1] == "2 (worker) followed"


def test_a_save_that_changes_nothing_is_not_missed(program: Program) -> None:
    program.member(2)
    program.disk["/shop.py"] = "old"
    program.account.saved("/shop.py", program.now)
    program.waits(UNHEARD)
    assert program.lines == []


def test_the_files_of_a_process_are_watched_as_they_come(program: Program) -> None:
    """Each once: a program of thousands of modules tells of one after the other."""
    member = program.member(2)
    member.take()
    for path in ("/a.py", "/b.py", "/a.py"):
        program.says(member, "imports", path=path)
    assert member.take() == ["/a.py", "/b.py"] and member.take() == []
    program.says(member, "imports", path="/c.py")
    program.says(member, "files", name="web", is_main=False, files={"/a.py": ["1", "1"]}, gone=["/c.py"])
    assert member.take() == [] and member.files["/a.py"] == ("1", "1")


def test_a_line_that_many_say_is_shown_once(program: Program) -> None:
    for member in [program.member(pid) for pid in range(5)]:
        program.says(member, "said", level=30, text="no more inotify instances")
    assert program.lines == ["no more inotify instances"]


SPOILT: list[Mapping[str, Any]] = [
    {"kind": "report", "report": {}, "tried": {}},
    {"kind": "files", "files": [1], "gone": None},
    {"kind": "files", "files": {"/shop.py": [1]}, "gone": [], "name": "x", "is_main": False},
    {"kind": "said"},
    {"kind": []},
    {"kind": "hello", "pid": "x"},
]


@pytest.mark.parametrize("message", SPOILT)
def test_what_makes_no_sense_is_no_message(program: Program, message: Mapping[str, Any]) -> None:
    member = program.account.came(0)
    program.account.heard(member, message, 0.0)
    program.account.turn(100.0)
    assert program.lines == [] and program.restarts == []
