"""Texts that are tried first and become live later, or not at all."""

from __future__ import annotations

import gc
import inspect
import sys
import threading
import weakref
from typing import Any

import pytest
import reloadr
from harness import Project
from reloadr.report.catalogue import CATALOGUE
from test_library import NEW, OLD, digest


@pytest.fixture
def shop(project: Project) -> Any:
    """A module whose file holds the old text."""
    return project.start("shop", OLD)


def refused(report: reloadr.Report) -> str:
    """Why what was prepared is not live."""
    (reason,) = report.reasons
    assert (report.verdict, reason.code) == ("restart", "RL319")
    assert reason.advice == CATALOGUE["RL319"].advice
    head, tail = "what was prepared is not made live: ", "; nothing was changed"
    assert reason.message.startswith(head) and reason.message.endswith(tail)
    return reason.message.removeprefix(head).removesuffix(tail)


def test_what_is_prepared_is_not_live_before_its_commit(shop: Any) -> None:
    prepared = reloadr.prepare({"shop": NEW})
    assert prepared and (prepared.verdict, prepared.reasons) == ("live", ())
    assert [str(change.qualname) for change in prepared.report.changes] == ["price"]
    assert shop.price() == "old" and prepared.report.sources == {"shop": digest(OLD)}
    assert reloadr.history() == () or reloadr.history()[-1] != prepared.report
    report = reloadr.commit(prepared.token)
    assert (report.verdict, shop.price(), report.sources) == ("live", "new", {"shop": digest(NEW)})
    assert "'new'" in inspect.getsource(shop.price)
    assert reloadr.undo() and shop.price() == "old"


def test_what_was_evaluated_is_taken_back(project: Project) -> None:
    """Names, containers, importers, classes and imports of new modules are as they were until the commit."""
    old = "LIST = []\nSIZE = 1\nclass C:\n    n = SIZE\ndef add(x):\n    LIST.append(x)\n"
    m, importer = project.start("m", old), project.start("importer", "from m import SIZE\n")
    project.watch()
    project.write("fresh.py", "X = 1\n")
    new = old.replace("SIZE = 1", "SIZE = 2").replace("def add", "    def f(self): ...\ndef add")
    new += "add('call')\nimport fresh\n"
    held = m.LIST
    prepared = reloadr.prepare({"m": new})
    assert prepared.verdict == "live"
    assert (m.LIST, m.SIZE, m.C.n, hasattr(m.C, "f"), importer.SIZE) == ([], 1, 1, False, 1)
    assert m.LIST is held and "fresh" not in sys.modules
    reloadr.commit(prepared.token)
    assert (m.LIST, m.SIZE, m.C.n, hasattr(m.C, "f"), importer.SIZE) == (["call"], 2, 2, True, 2)


def test_what_ran_twice_is_named(project: Project) -> None:
    """RL245, where it may have done more than is taken back."""
    m = project.start("m", "import os\ndef f():\n    return 1\n")
    new = (
        "import os\nimport dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\n"
        "def f():\n    return 2\nTABLE = dict(a=1)\nHANDLE = os.open(os.devnull, os.O_RDONLY)\n"
    )
    prepared = reloadr.prepare({"m": new})
    assert prepared.verdict == "live"
    report = reloadr.commit(prepared.token)
    reasons = [reason for reason in report.reasons if reason.code == "RL245"]
    assert m.f() == 2 and [reason.line for reason in reasons] == [9]
    assert reasons[0].message == (
        "HANDLE ran twice: to try the text, and to make it live; what it does beside binding names may be done twice"
    )
    assert reasons[0].advice == CATALOGUE["RL245"].advice


def test_modules_that_were_imported_twice_are_named(project: Project) -> None:
    """They are unloaded when the trial is taken back; what they did to others stays."""
    m = project.start("m", "LIST = []\n")
    project.watch()
    project.write("fresh.py", "import m\nm.LIST.append('import')\n")
    report = reloadr.commit(reloadr.prepare({"m": "LIST = []\nimport fresh\n"}).token)
    assert [(each.code, each.line) for each in report.reasons] == [("RL245", 2)]
    assert m.LIST == ["import", "import"]


def test_what_a_trial_imported_holds_nothing_of_it(project: Project) -> None:
    """A new module that takes something from the edited one is imported by the commit once more."""
    m = project.start("m", "X = 1\n")
    project.watch()
    project.write("fresh.py", "from m import helper\n")
    new = "X = 1\ndef helper():\n    return 1\nimport fresh\n"
    assert reloadr.prepare({"m": new + "1 / 0\n"}).verdict == "rejected" and not hasattr(m, "helper")
    reloadr.commit(reloadr.prepare({"m": new}).token)
    assert sys.modules["fresh"].helper is m.helper and m.fresh is sys.modules["fresh"]  # type: ignore[attr-defined]


def test_what_the_old_code_makes_meanwhile_follows(project: Project) -> None:
    """Closures, bound methods and instances of between the trial and the commit."""
    old = (
        "def outer():\n    def inner():\n        return 1\n    return inner\n"
        "class C:\n    def f(self):\n        return 1\ndef numbers():\n    while True:\n        yield 1\n"
    )
    m = project.start("m", old)
    before = m.outer()
    prepared = reloadr.prepare({"m": old.replace("1", "2")})
    assert (before(), m.outer()(), m.C().f()) == (1, 1, 1)
    meanwhile, method, running = m.outer(), m.C().f, m.numbers()
    held = {"f": m.outer(), "g": m.C.f}
    assert next(running) == 1
    reloadr.commit(prepared.token)
    assert (before(), meanwhile(), method(), held["f"](), held["g"](None)) == (2, 2, 2, 2, 2)
    assert next(running) == (2 if sys.version_info >= (3, 12) else 1)


def test_a_trial_keeps_nothing_alive(project: Project) -> None:
    m = project.start("m", "class Thing: ...\nX = 1\n")
    prepared = reloadr.prepare({"m": "class Thing: ...\nX = Thing()\n"})
    assert prepared.token and m.X == 1
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is m.Thing]
    thing = weakref.ref(m.Thing())
    assert thing() is None


def test_wrong_texts_have_no_token(shop: Any) -> None:
    """Nor do those that were made for another one, or that need a restart where all or nothing is asked for."""
    wrong = reloadr.prepare({"shop": "def price(:\n"})
    assert not wrong and (wrong.verdict, wrong.reasons[0].code) == ("rejected", "RL401")
    raising = reloadr.prepare({"shop": NEW + "X = 1 / 0\n"})
    assert not raising and (raising.verdict, raising.reasons[0].code) == ("rejected", "RL402")
    other = reloadr.prepare({"shop": NEW}, base={"shop": digest("")})
    assert not other and (other.verdict, other.reasons[0].code) == ("restart", "RL318")
    assert shop.price() == "old"


def test_strict_texts_that_need_a_restart_have_no_token(project: Project) -> None:
    old = "class Base:\n    __slots__ = ('a',)\nclass Sub(Base):\n    pass\ndef f():\n    return 1\n"
    m = project.start("m", old)
    new = old.replace("('a',)", "('a', 'b')").replace("1", "2")
    strict = reloadr.prepare({"m": new}, strict=True)
    assert not strict and strict.verdict == "restart" and m.f() == 1
    loose = reloadr.prepare({"m": new})
    assert loose and loose.verdict == "restart" and m.f() == 1
    assert reloadr.commit(loose.token).verdict == "restart" and m.f() == 2


def test_another_edit_that_comes_between_ends_it(project: Project, shop: Any) -> None:
    """A save, an `apply`, an `undo`: the commit is refused, and can be prepared again."""
    prepared = reloadr.prepare({"shop": NEW})
    project.write("shop.py", OLD.replace("old", "saved"))
    with reloadr.watch(shop, on="look") as watcher:
        watcher.poll()
        assert refused(reloadr.commit(prepared.token)) == "another text became live meanwhile in shop"
        assert shop.price() == "saved"
        again = reloadr.prepare({"shop": NEW})
        reloadr.undo()
        assert refused(reloadr.commit(again.token)) == "another text became live meanwhile in shop"
        assert reloadr.commit(reloadr.prepare({"shop": NEW}).token).verdict == "live" and shop.price() == "new"


def test_the_same_text_that_comes_between_is_no_other(shop: Any) -> None:
    """A process that sees the file itself may have been faster; and a text may be handed over twice."""
    prepared = reloadr.prepare({"shop": NEW}, base={"shop": digest(OLD)})
    reloadr.apply({"shop": NEW})
    assert reloadr.commit(prepared.token).verdict == "nothing" and shop.price() == "new"
    assert reloadr.apply({"shop": NEW}, base={"shop": digest(OLD)}).verdict == "nothing"


def test_of_two_one_is_live(shop: Any) -> None:
    first, second = reloadr.prepare({"shop": NEW}), reloadr.prepare({"shop": NEW.replace("new", "newer")})
    assert reloadr.commit(second.token).verdict == "live" and shop.price() == "newer"
    assert refused(reloadr.commit(first.token)) == "another text became live meanwhile in shop"


def test_a_token_is_good_once(shop: Any) -> None:
    prepared = reloadr.prepare({"shop": NEW})
    assert reloadr.commit(prepared.token)
    assert refused(reloadr.commit(prepared.token)) == "it was made live before"
    assert not reloadr.abort(prepared.token)
    assert refused(reloadr.commit("1-2")) == "this process has not given out its token"


def test_an_aborted_one_is_not_made_live(shop: Any) -> None:
    prepared = reloadr.prepare({"shop": NEW})
    assert reloadr.abort(prepared.token) and not reloadr.abort(prepared.token)
    assert refused(reloadr.commit(prepared.token)) == "it was aborted" and shop.price() == "old"


def test_a_time_limit_aborts_it(shop: Any) -> None:
    prepared = reloadr.prepare({"shop": NEW}, limit=0)
    assert refused(reloadr.commit(prepared.token)) == "its time, 0 s, is up" and shop.price() == "old"


def test_a_commit_says_what_is_wrong_by_then(project: Project) -> None:
    """What the text meets may have changed since it was tried."""
    m = project.start("m", "STATE = {'ready': 1}\ndef f():\n    return 1\n")
    prepared = reloadr.prepare({"m": "STATE = {'ready': 1}\ndef f():\n    return 2\nX = STATE['ready']\n"})
    m.STATE.clear()
    report = reloadr.commit(prepared.token)
    assert (report.verdict, report.reasons[0].code, m.f()) == ("rejected", "RL402", 1)


def test_a_report_of_a_commit_may_be_waited_for_elsewhere(shop: Any) -> None:
    """`on_report` is called when the lock is free: what is done for it by another thread may be waited for."""
    heard: list[object] = []

    def elsewhere() -> None:
        heard.append(reloadr.commit(reloadr.prepare({"shop": NEW.replace("new", "newer")}).token).verdict)
        heard.append(reloadr.status().running["shop"])

    def tell(report: reloadr.Report) -> None:
        if threading.current_thread() is threading.main_thread():
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join(20)
            heard.append(thread.is_alive())

    with reloadr.watch(shop, on="look", on_report=tell):
        reloadr.commit(reloadr.prepare({"shop": NEW}).token)
    assert heard == ["live", digest(NEW.replace("new", "newer")), False] and shop.price() == "newer"
