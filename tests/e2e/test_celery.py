"""Edits on Celery: each process of a worker runs what is saved before its next task."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from program import PYTHON, descendants_in_session, replace, until

pytest.importorskip("celery", reason="no celery is installed here")

#: A worker takes a while to start, and a broker that is a folder is looked at once a second.
PATIENCE = 60
APP = """\
import os
import celery, reloadr.celery
import shop

folder = os.path.dirname(os.path.abspath(__file__))
queue = os.path.join(folder, "queue")
os.makedirs(queue, exist_ok=True)
app = celery.Celery(
    "app",
    broker="filesystem://",
    backend="file://" + os.path.join(folder, "queue"),
    broker_transport_options={"data_folder_in": queue, "data_folder_out": queue, "control_folder": queue},
    broker_connection_retry_on_startup=True,
)
reloadr.celery.watch(app, "shop", restart="RESTART" in os.environ)


@app.task
def price(number):
    return os.getpid(), shop.price(), shop.asked(number)


@app.task
def slots():
    return shop.Base.__slots__


@app.task
def die():
    os.kill(os.getpid(), 9)


@app.task
def status():
    return reloadr.celery._status(None)
"""
SHOP = """\
ASKED = []
RATE = 1


class Base:
    __slots__ = ('a',)


class Sub(Base):
    pass


def price():
    return 'old', RATE


def asked(number):
    ASKED.append(number)
    return len(ASKED)
"""
ASK = """\
import json, sys
from app import die, price, slots, status
for line in sys.stdin:
    tasks = {"price": lambda: price.delay(1), "slots": slots.delay, "status": status.delay, "die": die.delay}
    task = tasks[line.strip()]
    print("answer", json.dumps(task().get(timeout=60, interval=0.05, propagate=False), default=str), flush=True)
"""


class Asking:
    """A process that submits tasks, one after the other."""

    def __init__(self, start: Any) -> None:
        self._program = start("ask.py", stdin=subprocess.PIPE)
        self._count = 0

    def __call__(self, task: str) -> Any:
        """The result of a task."""
        self._count += 1
        self._program.process.stdin.write(f"{task}\n")
        self._program.process.stdin.flush()
        answers: list[str] = []

        def came() -> bool:
            answers[:] = [line for line in self._program.lines if line.startswith("answer ")]
            return len(answers) >= self._count

        until(came, lambda: self._program.output, PATIENCE)
        return json.loads(answers[-1].removeprefix("answer "))

    def processes(self, count: int) -> dict[int, Any]:
        """What each of so many processes says."""
        found: dict[int, Any] = {}

        def all_came() -> bool:
            pid, *said = self("price")
            found[pid] = said
            return len(found) >= count

        until(all_came, lambda: str(found), PATIENCE)
        return found


LONG = pytest.mark.long


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("app.py", APP), ("shop.py", SHOP), ("ask.py", ASK)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("pool", "count"), [("prefork", 2), pytest.param("solo", 1, marks=LONG), pytest.param("threads", 1, marks=LONG)]
)
def test_a_save_is_live_before_the_next_task(start: Any, folder: Path, pool: str, count: int) -> None:
    """In each process of a worker, with the state that it has."""
    worker = start("-m", "celery", "-A", "app", "worker", "-P", pool, "-c", "2", "-l", "WARNING", command=(PYTHON,))
    ask = Asking(start)
    before = ask.processes(count)
    assert {said[0][0] for said in before.values()} == {"old"}
    shop = folder / "shop.py"
    replace(shop, SHOP.replace("old", "new"))
    found = ask.processes(count)
    assert {tuple(said[0]) for said in found.values()} == {("new", 1)} and found.keys() == before.keys()
    assert all(found[pid][1] > before[pid][1] for pid in before)
    replace(shop, SHOP.replace("old", "new").replace("RATE = 1", "RATE = 2"))
    assert {tuple(said[0]) for said in ask.processes(count).values()} == {("new", 2)}
    replace(shop, SHOP.replace("price():", "price(:"))
    assert {tuple(said[0]) for said in ask.processes(count).values()} == {("new", 2)}
    worker.prints("RL401")
    replace(shop, SHOP.replace("old", "mended"))
    assert {tuple(said[0]) for said in ask.processes(count).values()} == {("mended", 1)}
    replace(shop, SHOP.replace("('a',)", "('a', 'b')").replace("old", "other"))
    assert {tuple(said[0]) for said in ask.processes(count).values()} == {("other", 1)}
    worker.prints("RL303")


@pytest.mark.long
def test_what_a_worker_runs_is_told(start: Any, folder: Path) -> None:
    """One account of its processes."""
    start("-m", "celery", "-A", "app", "worker", "-c", "2", "-l", "WARNING", command=(PYTHON,))
    ask = Asking(start)
    pids = ask.processes(2).keys()
    replace(folder / "shop.py", SHOP.replace("old", "new"))
    ask.processes(2)
    told = ask("status")
    assert told["summary"] == "live in 2 processes" and {int(each) for each in told["processes"]} == pids
    assert len({each["running"]["shop"] for each in told["processes"].values()}) == 1
    replace(folder / "shop.py", SHOP.replace("('a',)", "('a', 'b')"))
    ask.processes(2)
    told = ask("status")
    assert told["summary"] == "restart needed in 2 processes: RL303" and "RL303" in told["reasons"][0]


@pytest.mark.long
@pytest.mark.parametrize("pool", ["prefork", "solo", "threads"])
def test_a_worker_that_needs_a_restart_restarts_as_celery_has_it(start: Any, folder: Path, pool: str) -> None:
    """Its tasks end first, and none is lost."""
    words = ("-m", "celery", "-A", "app", "worker", "-P", pool, "-c", "2", "-l", "WARNING")
    worker = start(*words, command=(PYTHON,), env={"RESTART": "1"})
    ask = Asking(start)
    before = ask.processes(1)
    replace(folder / "shop.py", SHOP.replace("('a',)", "('a', 'b')").replace("ASKED = []", "ASKED = [0, 0, 0, 0]"))
    found = ask("price")
    worker.prints("the worker restarts as soon as its tasks have ended")
    assert worker.process.poll() is None

    def is_fresh() -> bool:
        found[:] = ask("price")
        return "b" in ask("slots")

    until(is_fresh, lambda: f"{found} {worker.output}", PATIENCE)
    assert found[2] >= 5 and (pool != "prefork" or found[0] not in before)
    told = ask("status")
    assert "restart" not in told["summary"], told


def pool_of(program: Any) -> set[int]:
    """The processes of a worker's pool: those below which there is none."""
    parents = {}
    for pid in descendants_in_session(program.process.pid):
        with contextlib.suppress(OSError):
            parents[pid] = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return {pid for pid in parents if pid not in parents.values()}


def kill_one(program: Any, ask: Asking) -> set[int]:
    """While it is at work: one that waits for work takes the pool's lock along, with or without us. The process that
    the pool makes in its place.
    """
    pids = set(ask.processes(2))
    ask("die")
    until(lambda: len(pool_of(program)) == 2 and pool_of(program) != pids, lambda: program.output, PATIENCE)
    return pool_of(program) - pids


@pytest.mark.long
def test_a_process_that_is_killed_is_followed_by_one_that_runs_what_is_saved(start: Any, folder: Path) -> None:
    """The pool forks another of the worker, which runs what it was started with; its first task runs what is saved."""
    worker = start("-m", "celery", "-A", "app", "worker", "-c", "2", "-l", "WARNING", command=(PYTHON,))
    ask = Asking(start)
    ask.processes(2)
    replace(folder / "shop.py", SHOP.replace("old", "new"))
    ask.processes(2)
    (fresh,) = kill_one(worker, ask)
    replace(folder / "shop.py", SHOP.replace("old", "newer"))
    found = ask.processes(2)
    assert {said[0][0] for said in found.values()} == {"newer"}
    assert found[fresh][1] == 1, "it is another process, with a state of its own"


@pytest.mark.long
def test_under_reloadr_run(start: Any, folder: Path) -> None:
    """Nothing of it stands in the program: the worker and the processes of its pool have one account."""
    (folder / "app.py").write_text("\n".join(line for line in APP.splitlines() if "celery.watch" not in line))
    (folder / "pyproject.toml").write_text("")
    shops = folder / "shop.py"
    words = ("reloadr", "run", "--spare=none", "-m", "celery", "-A", "app", "worker", "-c", "2", "-l", "WARNING")
    worker = start("-m", *words, command=(PYTHON,), env={"PYTHONPATH": str(folder)})
    ask = Asking(start)

    def all_say(value: str, rate: int) -> None:
        """After a line of the account: then it holds for each process."""
        assert {tuple(said[0]) for said in ask.processes(2).values()} == {(value, rate)}, worker.output

    before = ask.processes(2)
    replace(shops, SHOP.replace("old", "new"))
    worker.prints("] live in 3 processes", patience=PATIENCE)
    all_say("new", 1)
    replace(shops, SHOP.replace("old", "new").replace("RATE = 1", "RATE = 2") + "\n\ndef more():\n    pass\n")
    worker.prints("] live in 3 processes", times=2, patience=PATIENCE)
    all_say("new", 2)
    replace(shops, SHOP.replace("price():", "price(:"))
    worker.prints("] rejected in 3 processes: RL401", patience=PATIENCE)
    replace(shops, SHOP.replace("old", "mended"))
    worker.prints("] live in 3 processes", times=3, patience=PATIENCE)
    all_say("mended", 1)
    after = ask.processes(2)
    assert after.keys() == before.keys() and all(after[pid][1] > before[pid][1] for pid in before)
    kill_one(worker, ask)
    replace(shops, SHOP.replace("old", "newer"))
    worker.prints("] live in 3 processes", times=4, patience=PATIENCE)
    all_say("newer", 1)
    replace(shops, SHOP.replace("old", "cold").replace("('a',)", "('a', 'b')"))
    worker.prints("] restarting", patience=PATIENCE)
    until(lambda: "b" in ask("slots"), lambda: worker.output, PATIENCE)
    assert "RL239" not in worker.output


def test_names_are_needed() -> None:
    celery = pytest.importorskip("celery")
    import reloadr.celery

    with pytest.raises(ValueError, match="name the modules"):
        reloadr.celery.watch(celery.Celery("nothing"))
