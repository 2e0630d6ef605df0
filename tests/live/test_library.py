"""The engine as a library: texts that are handed over, hashes of what runs, reports that travel."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import pickle
import threading
import traceback
from dataclasses import replace
from typing import Any

import pytest
import reloadr
from harness import Project
from reloadr.report.catalogue import CATALOGUE
from reloadr.report.caveats import RL239
from reloadr.report.merging import merge
from reloadr.report.reasons import Reason

OLD = "def price():\n    return 'old'\n"
NEW = "def price():\n    return 'new'\n"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def shop(project: Project) -> Any:
    """A module whose file holds the old text."""
    return project.start("shop", OLD)


def test_a_text_is_live_whatever_the_file_holds(project: Project, shop: Any) -> None:
    """And the file is not touched; it waits until somebody saves it."""
    report = reloadr.apply({"shop": NEW})
    assert (report.verdict, shop.price()) == ("live", "new")
    assert report.sources == {"shop": digest(NEW)} == {"shop": reloadr.status().running["shop"]}
    assert (project.root / "shop.py").read_text() == OLD
    assert project.watch().poll().verdict == "nothing" and shop.price() == "new"
    (waiting,) = reloadr.status().pending
    assert (waiting.code, waiting.message) == ("RL222", "saved but not live: another text was handed over")
    project.write("shop.py", OLD)
    assert project.watch().poll().verdict == "live" and shop.price() == "old"


def test_what_the_file_holds_may_be_handed_over(project: Project, shop: Any) -> None:
    """Nothing waits then."""
    project.write("shop.py", NEW)
    assert reloadr.apply({"shop": NEW}).verdict == "live"
    assert reloadr.status().in_step and project.watch().poll().verdict == "nothing" and shop.price() == "new"


def test_a_file_that_is_gone_is_no_obstacle(project: Project, shop: Any) -> None:
    (project.root / "shop.py").unlink()
    assert reloadr.apply({"shop": NEW}).verdict == "live" and shop.price() == "new"


def test_another_base_is_refused_with_both_hashes(shop: Any) -> None:
    """RL318; nothing of the batch is applied."""
    report = reloadr.apply({"shop": NEW}, base={"shop": digest("x = 1\n")})
    (reason,) = report.reasons
    assert (report.verdict, reason.code, shop.price()) == ("restart", "RL318", "old")
    assert reason.advice == CATALOGUE["RL318"].advice
    assert reason.message == (
        f"the text was made for {digest('x = 1' + chr(10))}, and what runs is {digest(OLD)}; nothing was changed"
    )
    assert report.sources == {"shop": digest(OLD)}
    assert reloadr.apply({"shop": NEW}, base={"shop": digest(OLD)}).verdict == "live"


def test_tracebacks_and_inspect_show_the_text_that_was_handed_over(shop: Any) -> None:
    reloadr.apply({"shop": "# moved\n\n\ndef price():\n    raise LookupError  # here\n"})
    try:
        shop.price()
    except LookupError as error:
        assert "raise LookupError  # here" in "".join(traceback.format_exception(error))
    assert inspect.getsource(shop.price) == "def price():\n    raise LookupError  # here\n"


def test_a_broken_text_is_rejected(shop: Any) -> None:
    report = reloadr.apply({"shop": "def price(:\n"})
    assert (report.verdict, report.reasons[0].code, shop.price()) == ("rejected", "RL401", "old")
    assert report.sources == {"shop": digest(OLD)}
    assert reloadr.apply({"shop": NEW}).verdict == "live"


def test_a_text_is_undone(shop: Any) -> None:
    """`inspect` then shows what runs again."""
    reloadr.apply({"shop": NEW.replace("new", "one")})
    reloadr.apply({"shop": NEW.replace("new", "two")})
    assert reloadr.undo().sources == {"shop": digest(NEW.replace("new", "one"))}
    assert shop.price() == "one" and "'one'" in inspect.getsource(shop.price)


def test_a_module_that_is_not_loaded_is_refused(shop: Any) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        reloadr.apply({"nowhere": NEW})


def test_edits_that_were_left_out_are_not_in_the_hash(project: Project) -> None:
    """What runs is neither the old text nor the new one."""
    project.start("m", "class Base:\n    __slots__ = ('a',)\nclass Sub(Base):\n    pass\ndef f():\n    return 1\n")
    new = "class Base:\n    __slots__ = ('a', 'b')\nclass Sub(Base):\n    pass\ndef f():\n    return 2\n"
    report = reloadr.apply({"m": new})
    assert report.verdict == "restart" and report.sources["m"] == digest(new.replace("('a', 'b')", "('a',)"))


def test_a_report_travels(shop: Any) -> None:
    """As JSON, with where it comes from; and pickled, as by a pool."""
    report = reloadr.apply({"shop": NEW})
    there = reloadr.Report.from_dict(json.loads(json.dumps(report.to_dict())))
    assert there == report and str(there) == str(report)
    assert pickle.loads(pickle.dumps(report)) == report
    assert (there.pid, there.host, there.program) == (os.getpid(), report.host, report.program)
    assert there.host and there.program and there.sources == report.sources
    merged = merge([report, replace(there, pid=1)])
    again = reloadr.Report.from_dict(json.loads(json.dumps(merged.to_dict())))
    assert str(again) == str(merged) and again.members == merged.members


def in_process(report: reloadr.Report, pid: int, program: str = "worker") -> reloadr.Report:
    return replace(report, pid=pid, program=program, host="here")


def test_reports_are_merged(shop: Any) -> None:
    """What all did is said once."""
    live = reloadr.apply({"shop": NEW})
    merged = merge([in_process(live, pid) for pid in range(8)])
    assert str(merged).splitlines() == [*map(str, live.changes), "live in 8 processes"]
    assert (merged.verdict, merged.sources, len(merged.members)) == ("live", live.sources, 8)
    assert merge([]).verdict == "nothing"


def test_what_one_process_cannot_do_counts(shop: Any) -> None:
    live = reloadr.apply({"shop": NEW})
    refused = reloadr.apply({"shop": OLD}, base={"shop": digest("")})
    merged = merge([*(in_process(live, pid) for pid in range(7)), in_process(refused, 4711)])
    assert merged.verdict == "restart" and merged.needs_restart
    assert str(merged).splitlines()[-1] == "live in 7 of 8; 4711 (worker) needs a restart: RL318"
    wrong = reloadr.apply({"shop": "def price(:\n"})
    merged = merge([merged, in_process(wrong, 4712)])
    assert str(merged).splitlines()[-1] == (
        "live in 7 of 9; 4711 (worker) needs a restart: RL318; 4712 (worker) rejects it: RL401"
    )
    assert str(merge([in_process(wrong, pid) for pid in range(3)])).endswith("rejected in 3 processes: RL401")


def test_a_module_that_is_not_the_same_everywhere_is_named(shop: Any) -> None:
    """RL238."""
    live = reloadr.apply({"shop": NEW})
    merged = merge([in_process(live, 1), in_process(replace(live, sources={"shop": digest(OLD)}), 2)])
    (reason,) = merged.reasons
    assert (merged.verdict, reason.code, reason.path) == ("caveat", "RL238", live.changes[0].path)
    assert reason.message == (
        f"shop does not run the same text everywhere: {digest(NEW)[:8]} in 1; {digest(OLD)[:8]} in 2"
    )
    assert merged.sources == {}


def test_on_report_may_wait_for_other_threads(project: Project, shop: Any) -> None:
    """It is called when the lock is free: another thread reloads meanwhile."""
    heard: list[str] = []

    def elsewhere() -> None:
        heard.append(reloadr.reload("shop").verdict)

    def tell(report: reloadr.Report) -> None:
        if not heard:
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join(10)
            heard.append(report.verdict)

    with reloadr.watch(shop, on="look", on_report=tell) as watcher:
        project.write("shop.py", NEW)
        watcher.poll()
    assert heard == ["nothing", "live"]


def test_who_does_not_answer_is_named(shop: Any) -> None:
    """RL239, which the account of a program's processes gives."""
    live = reloadr.apply({"shop": NEW})
    path = live.changes[0].path
    kind = RL239(who="4711 (worker)", why="it has not answered yet")
    reason = Reason.of(kind, module="shop", qualname="", path=path, line=0)
    merged = merge([in_process(live, 1), in_process(reloadr.Report("caveat", (), (reason,)), 4711)])
    assert reason.message == "process 4711 (worker) is not known to run what was saved: it has not answered yet"
    assert str(merged).splitlines()[-1] == "live in 1 of 2; 4711 (worker) is not known to run it: RL239"
