"""Edits on Dask: saves of a client become live on the workers of a real cluster, or in none."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import reloadr
from reloadr.report.catalogue import CATALOGUE

pytest.importorskip("distributed", reason="no distributed is installed here")

import reloadr.dask
from distributed import Client, LocalCluster, wait

#: How long anything may take here, seconds.
PATIENCE = 60
COUNT = itertools.count()
OLD = """
import os
RATE = 2
CALLS = []
def total(x):
    CALLS.append(x)
    return x * RATE
def calls():
    return len(CALLS), os.getpid()
"""


class Shop:
    """A module of the client's, which tests save, and the cluster that it is watched on."""

    def __init__(self, folder: Path, client: Client, text: str = OLD) -> None:
        self.name = f"shop{next(COUNT)}"
        self.path = folder / f"{self.name}.py"
        self.client = client
        self._news = threading.Condition()
        self._reports: list[reloadr.Report] = []
        self.path.write_text(text)
        self.module: Any = __import__(self.name)
        self.text = text
        self.cluster = reloadr.dask.watch(client, self.name, on_report=self.heard)

    def heard(self, report: reloadr.Report) -> None:
        """For `on_report`."""
        with self._news:
            self._reports.append(report)
            self._news.notify_all()

    def write(self, text: str) -> None:
        """Saves the module."""
        self.text = text
        beside = self.path.with_name("beside")
        beside.write_text(text)
        beside.replace(self.path)

    def save(self, *edit: str, text: str = "") -> reloadr.Report:
        """Replaces texts, `old, new, old, new`, saves, and waits for the report of the workers."""
        new = text or self.text
        for old, after in zip(edit[::2], edit[1::2], strict=True):
            assert old in new
            new = new.replace(old, after)
        with self._news:
            self._reports.clear()
            self.write(new)
            assert self._news.wait_for(lambda: self._reports, PATIENCE), "nothing was said"
            return self._reports[-1]

    def workers(self) -> list[str]:
        """The addresses of those that there are."""
        return list(self.client.nthreads())

    def everywhere(self, name: str, *arguments: object) -> list[Any]:
        """What a function of the module gives on each worker."""
        function = getattr(self.module, name)
        futures = [
            self.client.submit(function, *arguments, workers=[each], pure=False, allow_other_workers=False)
            for each in self.workers()
        ]
        return list(self.client.gather(futures))

    def pids(self) -> set[int]:
        """The processes of the workers."""
        return set(self.client.run(os.getpid).values())


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A folder that modules are imported from."""
    before = set(sys.modules)
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in set(sys.modules) - before:
        if name.startswith("shop"):
            del sys.modules[name]


@pytest.fixture
def local() -> Iterator[tuple[LocalCluster, Client]]:
    """Two workers, each a process with one thread."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        yield cluster, client


@pytest.fixture
def shop(path: Path, local: tuple[LocalCluster, Client]) -> Iterator[Shop]:
    found = Shop(path, local[1])
    yield found
    found.cluster.stop()


def last_line(report: reloadr.Report) -> str:
    return str(report).splitlines()[-1]


def until(holds: Callable[[], object]) -> None:
    """Waits until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be so"
        time.sleep(0.05)


def test_edits_are_live_on_all_workers(shop: Shop) -> None:
    """With the state that each has; what is wrong goes nowhere until it is mended."""
    assert shop.everywhere("total", 4) == [8, 8]
    before = shop.everywhere("calls")
    report = shop.save("x * RATE", "x * RATE + 1")
    assert (report.verdict, last_line(report)) == ("live", "live on 2 workers")
    assert [change.qualname for change in report.changes] == ["total"] and shop.everywhere("total", 4) == [9, 9]
    assert last_line(shop.save("RATE = 2", "RATE = 3")) == "live on 2 workers"
    assert shop.everywhere("total", 4) == [13, 13]
    shop.save("def calls", "def doubled(x):\n    return 2 * total(x)\ndef calls")
    assert shop.everywhere("doubled", 4) == [26, 26]
    assert shop.everywhere("calls") == [(count + 3, pid) for count, pid in before]
    report = shop.save("RATE + 1", "RATE + ")
    assert (report.verdict, report.members) == ("rejected", ()) and report.reasons[0].code == "RL401"
    assert shop.everywhere("total", 4) == [13, 13]
    assert last_line(shop.save("RATE + ", "RATE + 2")) == "live on 2 workers"
    assert shop.everywhere("total", 4) == [14, 14] and shop.module.total(4) == 14
    assert len({member.pid for member in report.members}) == len(report.members)


@pytest.mark.long
def test_what_one_worker_rejects_is_live_on_none(shop: Shop) -> None:
    """Though the client came through it."""
    shop.everywhere("total", 4)
    report = shop.save("RATE = 2", f"RATE = 5 if os.getpid() in ({os.getpid()}, {min(shop.pids())}) else 1 / 0")
    assert (report.verdict, {reason.code for reason in report.reasons}) == ("rejected", {"RL402"})
    assert shop.everywhere("total", 4) == [8, 8]
    assert last_line(shop.save(text=OLD.replace("RATE = 2", "RATE = 6"))) == "live on 2 workers"
    assert shop.everywhere("total", 4) == [24, 24]


@pytest.mark.long
def test_a_worker_that_comes_late_runs_what_is_saved(shop: Shop, local: tuple[LocalCluster, Client]) -> None:
    """From its first task on: it never ran the old text, nor does it read the file."""
    shop.everywhere("total", 4)
    shop.save("x * RATE", "x * RATE + 1")
    shop.path.unlink()
    local[0].scale(3)
    local[1].wait_for_workers(3, timeout=PATIENCE)
    assert shop.everywhere("total", 4) == [9, 9, 9]
    assert last_line(shop.save("RATE = 2", "RATE = 3")) == "live on 3 workers"
    assert shop.everywhere("total", 4) == [13, 13, 13]


@pytest.mark.long
def test_a_worker_that_is_killed_comes_back_with_what_is_saved(shop: Shop) -> None:
    shop.everywhere("total", 4)
    shop.save("x * RATE", "x * RATE + 1")
    before = shop.pids()
    killed = min(before)
    os.kill(killed, 9)
    shop.save("RATE = 2", "RATE = 3")
    until(lambda: len(shop.workers()) == 2 and killed not in shop.pids())
    assert shop.everywhere("total", 4) == [13, 13]
    assert last_line(shop.save("RATE = 3", "RATE = 4")) == "live on 2 workers"
    assert shop.everywhere("total", 4) == [17, 17]


@pytest.mark.long
def test_a_worker_that_dies_of_a_save_holds_nobody_up(shop: Shop) -> None:
    """While it tries it. Whoever comes in its place runs what the others run."""
    shop.everywhere("total", 4)
    victim = min(shop.pids())
    report = shop.save("RATE = 2", f"RATE = 5 if os.getpid() != {victim} else os.kill({victim}, 9)")
    assert report.verdict in ("live", "caveat") and not any(member.pid == victim for member in report.members)
    until(lambda: len(shop.workers()) == 2 and victim not in shop.pids())
    assert shop.everywhere("total", 4) == [20, 20]


@pytest.mark.long
def test_workers_that_are_restarted_by_hand_run_what_is_saved(shop: Shop) -> None:
    shop.everywhere("total", 4)
    shop.save("x * RATE", "x * RATE + 1")
    shop.client.restart()
    assert shop.everywhere("total", 4) == [9, 9]
    assert last_line(shop.save("RATE = 2", "RATE = 3")) == "live on 2 workers"
    assert shop.everywhere("total", 4) == [13, 13]


@pytest.mark.long
def test_a_worker_that_does_not_answer_is_named(path: Path, local: tuple[LocalCluster, Client]) -> None:
    """RL239; the next save brings it what it missed."""
    shop = Shop(path, local[1])
    shop.cluster.stop()
    shop.cluster = reloadr.dask.watch(local[1], shop.name, on_report=shop.heard, patience=3)
    shop.everywhere("total", 4)
    stopped = min(shop.pids())
    os.kill(stopped, signal.SIGSTOP)
    try:
        report = shop.save("x * RATE", "x * RATE + 1")
    finally:
        os.kill(stopped, signal.SIGCONT)
    assert last_line(report).startswith("live on 1 of 2; ") and last_line(report).endswith("known to run it: RL239")
    assert last_line(shop.save("RATE = 2", "RATE = 3")) == "live on 2 workers"
    assert shop.everywhere("total", 4) == [13, 13]
    shop.cluster.stop()


SLOTS = OLD + "class Base:\n    __slots__ = ('a',)\nclass Sub(Base):\n    pass\n"


@pytest.mark.long
def test_a_worker_that_needs_a_restart_is_brought_up_again(path: Path, local: tuple[LocalCluster, Client]) -> None:
    """One at a time, and what it holds is moved to others first."""
    shop = Shop(path, local[1], SLOTS)
    shop.everywhere("total", 4)
    before = shop.pids()
    held = local[1].submit(sum, [1, 2], workers=[shop.workers()[0]])
    wait(held)
    report = shop.save("('a',)", "('a', 'b')", "x * RATE", "x * RATE + 1")
    assert last_line(report) == "live on 2 workers" and not report.needs_restart
    assert sorted(change.detail for change in report.changes) == ["worker 0 was restarted", "worker 1 was restarted"]
    assert shop.pids().isdisjoint(before) and shop.everywhere("total", 4) == [9, 9]
    assert held.result() == 3 and held.status == "finished"
    assert "RL246" not in {reason.code for reason in report.reasons}
    assert last_line(shop.save("RATE = 2", "RATE = 3")) == "live on 2 workers"
    shop.cluster.stop()


NOTED = f"""{SLOTS}
import time
def noted(path, seconds):
    open(path, 'a').write('x')
    time.sleep(seconds)
    return 'old'
"""


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0, 1.5], ids=["held", "at work"])
def test_a_restart_has_nothing_computed_again(path: Path, local: tuple[LocalCluster, Client], seconds: float) -> None:
    """Neither what a worker holds nor what it is at: the new code would compute something else, and nobody be told."""
    shop = Shop(path, local[1], NOTED)
    shop.everywhere("total", 4)
    notes = [path / f"noted{at}" for at in range(2)]
    results = [
        local[1].submit(shop.module.noted, str(note), seconds, workers=[worker], allow_other_workers=True)
        for note, worker in zip(notes, shop.workers(), strict=True)
    ]
    until(lambda: all(note.exists() for note in notes))
    if not seconds:
        wait(results)
    report = shop.save("('a',)", "('a', 'b')", "'old'", "'new'")
    assert [each.result() for each in results] == ["old", "old"] and [note.read_text() for note in notes] == ["x", "x"]
    assert "RL246" not in {reason.code for reason in report.reasons} and last_line(report).startswith("live on 2")
    shop.cluster.stop()


@pytest.mark.long
def test_results_that_could_not_be_moved_are_named(path: Path) -> None:
    """RL246: the only worker of a cluster restarts."""
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        shop = Shop(path, client, SLOTS)
        shop.everywhere("total", 4)
        held = client.submit(sum, [1, 2], key="sum-of-two")
        wait(held)
        report = shop.save("('a',)", "('a', 'b')")
        (reason,) = [each for each in report.reasons if each.code == "RL246"]
        assert (
            reason.message == ("worker 0 was restarted, and results went that it alone held (1): sum-of-two")
            and reason.advice == CATALOGUE["RL246"].advice
        )
        assert held.result() == 3
        shop.cluster.stop()


@pytest.mark.long
def test_results_of_the_old_code_are_named(shop: Shop) -> None:
    """RL244: with those that were computed from them, and no others."""
    client = shop.client
    first = client.submit(shop.module.total, 4, key="first")
    second = client.submit(sum, [first, 1], key="second")
    other = client.submit(sum, [1, 2], key="other")
    wait([first, second, other])
    report = shop.save("x * RATE", "x * RATE + 1")
    (reason,) = report.reasons
    assert (report.verdict, reason.code) == ("caveat", "RL244")
    assert reason.message == f"results that the old {shop.name} computed are held (2): first, second"
    assert client.submit(shop.module.total, 4, key="first").result() == 8
    shop.cluster.forget(["first", "second"])
    until(lambda: first.status == second.status == "cancelled")
    assert client.submit(shop.module.total, 4, key="first").result() == 9 and other.result() == 3


@pytest.mark.long
def test_results_of_the_old_code_are_forgotten_on_request(path: Path, local: tuple[LocalCluster, Client]) -> None:
    shop = Shop(path, local[1])
    shop.cluster.stop()
    shop.cluster = reloadr.dask.watch(local[1], shop.name, on_report=shop.heard, forget=True)
    held = local[1].submit(shop.module.total, 4)
    assert held.result() == 8
    shop.save("x * RATE", "x * RATE + 1")
    until(lambda: held.status == "cancelled")
    assert local[1].submit(shop.module.total, 4).result() == 9
    shop.cluster.stop()


@pytest.mark.long
def test_a_worker_that_runs_something_else_is_brought_back(shop: Shop) -> None:
    """It gets whole texts."""
    shop.everywhere("total", 4)
    (first, *_) = shop.workers()
    shop.client.run(reloadr.apply, {shop.name: OLD.replace("RATE = 2", "RATE = 100")}, workers=[first])
    assert sorted(shop.everywhere("total", 4)) == [8, 400]
    assert last_line(shop.save("x * RATE", "x * RATE + 1")) == "live on 2 workers"
    assert shop.everywhere("total", 4) == [9, 9]


@pytest.mark.long
def test_a_module_that_only_workers_have_loaded_is_named(shop: Shop) -> None:
    """Nobody sees its saves."""
    package = shop.path.parent / f"{shop.name}_more"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("X = 1\n")
    more: Any = __import__(package.name)
    cluster = reloadr.dask.watch(shop.client, package.name)
    shop.client.run(__import__, f"{more.__name__}.inner")
    (package / "__init__.py").write_text("Y = 1\n")
    until(lambda: any(reason.code == "RL239" for reason in cluster.report.reasons))
    reason = cluster.report.reasons[0]
    assert reason.message.endswith(f"{more.__name__}.inner is not loaded where its saves are looked for")
    cluster.stop()


def test_wrong_arguments_are_named(local: tuple[LocalCluster, Client]) -> None:
    with pytest.raises(ValueError, match="name the modules"):
        reloadr.dask.watch(local[1])

    async def within() -> None:
        async with Client(local[0].scheduler_address, asynchronous=True) as client:
            with pytest.raises(TypeError, match="not asynchronous"):
                reloadr.dask.watch(client, "shop")

    asyncio.run(within())


# ---- no shared disk ----------------------------------------------------------------------------------


@contextlib.contextmanager
def elsewhere(folder: Path, *arguments: str) -> Iterator[None]:
    """A process of a cluster in another folder, with none of the client's on its path."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stderr=log, stdout=log)
    try:
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def test_workers_need_no_files(path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A scheduler and workers that were started elsewhere, where the modules are not, or are others."""
    root = tmp_path_factory.mktemp("elsewhere")
    package = path / "shopping"
    package.mkdir()
    (package / "__init__.py").write_text("from shopping.rates import RATE\n")
    (package / "rates.py").write_text("RATE = 2\n")
    (package / "prices.py").write_text(
        textwrap.dedent("""
            from shopping.rates import RATE
            def total(x):
                return x * RATE
            def where():
                raise LookupError  # here
        """)
    )
    contact = root / "scheduler.json"
    with contextlib.ExitStack() as stack:
        port = ("--port", "0", "--no-dashboard", "--scheduler-file", str(contact))
        stack.enter_context(elsewhere(root / "s", "scheduler", *port))
        until(contact.exists)
        one = ("--nthreads", "1", "--scheduler-file", str(contact), "--no-dashboard")
        stack.enter_context(elsewhere(root / "a", "worker", *one))
        (root / "b").mkdir()
        (root / "b" / "shopping.py").write_text("raise ImportError('the wrong one')\n")
        client = stack.enter_context(Client(scheduler_file=str(contact)))
        client.wait_for_workers(1, timeout=PATIENCE)
        prices: Any = __import__("shopping.prices").prices
        heard: list[reloadr.Report] = []
        cluster = reloadr.dask.watch(client, "shopping", on_report=heard.append)
        assert client.submit(prices.total, 4, pure=False).result(PATIENCE) == 8
        heard.clear()
        (package / "rates.py").write_text("RATE = 3\n")
        until(lambda: heard)
        assert last_line(heard[-1]) == "live on 1 worker"
        assert client.submit(prices.total, 4, pure=False).result(PATIENCE) == 12
        failed = client.submit(prices.where, pure=False)
        shown = "".join(traceback.format_exception(failed.exception(PATIENCE)))
        assert "raise LookupError  # here" in shown
        stack.enter_context(elsewhere(root / "b", "worker", *one))
        client.wait_for_workers(2, timeout=PATIENCE)
        heard.clear()
        (package / "prices.py").write_text((package / "prices.py").read_text().replace("x * RATE", "x + RATE"))
        until(lambda: heard)
        assert last_line(heard[-1]) == "live on 2 workers"
        workers = list(client.scheduler_info(n_workers=-1)["workers"])
        results = [client.submit(prices.total, 4, workers=[each], pure=False) for each in workers]
        assert client.gather(results) == [7, 7]
        cluster.stop()
