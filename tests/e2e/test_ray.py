"""Edits on Ray: saves of a driver become live in actors that live, and in whatever is submitted from then on.

Ray is among the requirements of the tests on one interpreter only, for its size.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import reloadr

pytest.importorskip("ray", reason="no Ray is installed here: pip install ray")

import ray
import reloadr.ray
from program import replace
from reloadr.session.session import session

# Its own processes leave files and sockets to the end of ours.
pytestmark = pytest.mark.filterwarnings("ignore")

#: How long anything may take here, seconds.
PATIENCE = 60
COUNT = itertools.count()
OLD = """
import os, time
import ray

RATE = 2

def helper(x):
    return x * RATE

@ray.remote(num_cpus=0)
def total(x):
    return "old", helper(x), RATE

@ray.remote(num_cpus=0)
def outer(x):
    return ray.get(total.remote(x))

@ray.remote(num_cpus=0)
class Counter:
    def __init__(self):
        self.count = 0

    def add(self):
        self.count += 1
        return "old", self.count, helper(1), RATE

    def where(self):
        return os.getpid()

    def sleep(self, seconds):
        time.sleep(seconds)
"""


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False)
    yield
    ray.shutdown()


class Shop:
    """A module of the driver's, which tests save."""

    def __init__(self, folder: Path, text: str = OLD, patience: float = PATIENCE) -> None:
        self.name = f"rayshop{next(COUNT)}"
        self.path = folder / f"{self.name}.py"
        self.text = text
        self.path.write_text(text)
        self.module: Any = __import__(self.name)
        self._news = threading.Condition()
        self._reports: list[reloadr.Report] = []
        self.cluster = reloadr.ray.watch(self.name, on_report=self._heard, patience=patience)

    def _heard(self, report: reloadr.Report) -> None:
        with self._news:
            self._reports.append(report)
            self._news.notify_all()

    def save(self, *edit: str) -> reloadr.Report:
        """Replaces texts, `old, new, old, new`, saves, and waits for the report of all actors."""
        for old, new in zip(edit[::2], edit[1::2], strict=True):
            assert old in self.text
            self.text = self.text.replace(old, new)
        with self._news:
            self._reports.clear()
            replace(self.path, self.text)
            assert self._news.wait_for(lambda: self._reports, PATIENCE), "nothing was said"
            return self._reports[-1]

    def actor(self) -> Any:
        """A new one, once it is there."""
        made = self.module.Counter.remote()
        ray.get(made.where.remote(), timeout=PATIENCE)
        return made

    def get(self, function: str, *arguments: object) -> Any:
        """What a task gives."""
        return ray.get(getattr(self.module, function).remote(*arguments), timeout=PATIENCE)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A folder that modules are imported from, and of which nothing is left in this process."""
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in [each for each in sys.modules if each.startswith(("rayshop", "plainshop"))]:
        del sys.modules[name]
        if name in session.tracked:
            session.discovery.forget(name)


@pytest.fixture
def shop(path: Path) -> Iterator[Shop]:
    found = Shop(path)
    yield found
    found.cluster.stop()


def last_line(report: reloadr.Report) -> str:
    return str(report).splitlines()[-1]


def test_edits_are_live_in_actors_and_in_new_tasks(shop: Shop) -> None:
    """With the state that each actor has; what is wrong goes nowhere until it is mended."""
    actor = shop.actor()
    assert ray.get(actor.add.remote()) == ("old", 1, 2, 2) and shop.get("total", 3) == ("old", 6, 2)
    assert last_line(shop.save('"old"', '"new"')) == "live on 1 actor"
    assert ray.get(actor.add.remote()) == ("new", 2, 2, 2) and shop.get("total", 3) == ("new", 6, 2)
    assert last_line(shop.save("RATE = 2", "RATE = 3")) == "live on 1 actor"
    assert ray.get(actor.add.remote()) == ("new", 3, 3, 3) and shop.get("total", 3) == ("new", 9, 3)
    # What a task calls that itself submits one, and what neither was exported nor is by value.
    assert shop.get("outer", 3) == ("new", 9, 3)
    report = shop.save("return x * RATE", "return x * RATE + 1", "def total(x)", "def total(x, y=0)")
    assert report.verdict == "live" and last_line(report) == "live on 1 actor"
    assert ray.get(actor.add.remote()) == ("new", 4, 4, 3) and shop.get("total", 3, 1) == ("new", 10, 3)
    assert shop.get("outer", 3) == ("new", 10, 3)
    shop.save("    def where", "    def doubled(self):\n        return 2 * self.count\n\n    def where")
    assert ray.get(actor.doubled.remote()) == 8
    broken = shop.save("RATE + 1", "RATE + ")
    assert (broken.verdict, broken.members) == ("rejected", ()) and ray.get(actor.add.remote()) == ("new", 5, 4, 3)
    assert last_line(shop.save("RATE + ", "RATE + 2")) == "live on 1 actor"
    assert ray.get(actor.add.remote()) == ("new", 6, 5, 3) and shop.get("total", 3) == ("new", 11, 3)
    shop.save("    def doubled(self):\n        return 2 * self.count\n\n", "")
    with pytest.raises(AttributeError):
        actor.doubled.remote()


@pytest.mark.long
def test_who_comes_late_runs_what_is_saved(shop: Shop) -> None:
    """Without a file of the module: it is not there any more."""
    shop.save('"old"', '"new"', "x * RATE", "x + RATE")
    shop.path.unlink()
    late = shop.actor()
    assert ray.get(late.add.remote()) == ("new", 1, 3, 2) and shop.get("outer", 3) == ("new", 5, 2)


@pytest.mark.long
def test_what_one_actor_rejects_is_live_in_none(shop: Shop) -> None:
    """Though the driver came through it."""
    actors = [shop.actor(), shop.actor()]
    assert [ray.get(each.add.remote())[2:] for each in actors] == [(2, 2), (2, 2)]
    pid = ray.get(actors[0].where.remote())
    report = shop.save("RATE = 2", f"RATE = 5 if os.getpid() != {pid} else 1 / 0", '"old"', '"new"')
    assert (report.verdict, {reason.code for reason in report.reasons}) == ("rejected", {"RL402"})
    assert [ray.get(each.add.remote()) for each in actors] == [("old", 2, 2, 2)] * 2
    assert last_line(shop.save(f"5 if os.getpid() != {pid} else 1 / 0", "6")) == "live on 2 actors"
    assert [ray.get(each.add.remote()) for each in actors] == [("new", 3, 6, 6)] * 2


@pytest.mark.long
def test_an_actor_that_needs_a_restart_is_named_and_keeps_its_state(path: Path) -> None:
    """It has the old code, the others and all that is submitted the new one."""
    shop = Shop(path, OLD + "class Base:\n    __slots__ = ('a',)\nclass Sub(Base):\n    pass\n")
    actor = shop.actor()
    ray.get(actor.add.remote())
    assert shop.get("total", 1) == ("old", 2, 2)
    report = shop.save("('a',)", "('a', 'b')", "x * RATE", "x * RATE + 1")
    assert last_line(report).startswith("restart needed on 1 actor: RL303")
    assert ray.get(actor.add.remote()) == ("old", 2, 2, 2)
    # A worker that has the old class ends, and its task runs in another one.
    assert shop.get("total", 1) == ("old", 3, 2)
    shop.cluster.stop()


@pytest.mark.long
def test_an_actor_that_is_at_work_follows(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """RL239; what this process calls after the save runs the new code all the same."""
    caplog.set_level("INFO", "reloadr")
    shop = Shop(path, patience=2)
    actor = shop.actor()
    actor.sleep.remote(5)
    report = shop.save('"old"', '"new"')
    assert [reason.code for reason in report.reasons] == ["RL239"]
    assert last_line(report) == "not known to be live on 1 actor: RL239"
    assert ray.get(actor.add.remote(), timeout=PATIENCE) == ("new", 1, 2, 2)
    deadline = time.monotonic() + PATIENCE
    while not any("followed" in each.message for each in caplog.records):
        assert time.monotonic() < deadline, "it did not follow"
        time.sleep(0.05)
    shop.cluster.stop()


@pytest.mark.long
def test_an_actor_that_was_killed_is_not_waited_for(shop: Shop) -> None:
    actors = [shop.actor(), shop.actor()]
    os.kill(ray.get(actors[0].where.remote()), 9)
    assert last_line(shop.save('"old"', '"new"')) == "live on 1 actor"
    assert ray.get(actors[1].add.remote()) == ("new", 1, 2, 2)


def test_names_are_needed() -> None:
    with pytest.raises(ValueError, match="name the modules"):
        reloadr.ray.watch()


MAIN = """\
import ray, reloadr.ray, sys

def helper(): return "old"

@ray.remote(num_cpus=0)
def task(): return helper()

@ray.remote(num_cpus=0)
class Actor:
    def ask(self): return helper()

if __name__ == "__main__":
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    actor = Actor.remote()
    reloadr.ray.watch("__main__", on_report=lambda report: print(str(report).splitlines()[-1], flush=True))
    print("first", ray.get([actor.ask.remote(), task.remote()]), flush=True)
    for line in sys.stdin:
        print(line.strip(), ray.get([actor.ask.remote(), task.remote()]), flush=True)
"""


@pytest.mark.long
def test_the_script_itself(start: Any, tmp_path: Path) -> None:
    """Its functions and classes travel by value."""
    (tmp_path / "main.py").write_text(MAIN)
    program = start("main.py", stdin=-1)
    program.prints("first ['old', 'old']", patience=2 * PATIENCE)
    replace(tmp_path / "main.py", MAIN.replace('"old"', '"new"'))
    program.prints("live on 1 actor", times=2)
    program.process.stdin.write("second\n")
    program.process.stdin.flush()
    program.prints("second ['new', 'new']")


@pytest.mark.long
def test_a_driver_that_nobody_carries_for_says_so(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What travels by value is new; the rest is named."""
    # Workers have no file of it, and by value it needs none.
    text = OLD.replace('"old", helper(x)', '"old", x * RATE')
    (path / "plainshop.py").write_text(text)
    plain: Any = __import__("plainshop")
    watcher = reloadr.watch(plain, on="look")
    assert ray.get(plain.total.remote(3)) == ("old", 6, 2)
    replace(path / "plainshop.py", text.replace('"old"', '"new"'))
    assert watcher.poll().verdict == "live"
    assert ray.get(plain.total.remote(3)) == ("new", 6, 2)
    assert any("reloadr.ray.watch(...) reaches them" in each.message for each in caplog.records)
    watcher.stop()
