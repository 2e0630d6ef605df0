"""Every process of a program under `reloadr run` is hot, however it was started, and there is one account of all."""

import contextlib
import inspect
import os
import re
import shutil
import signal
import sys
import textwrap
import time
from multiprocessing import forkserver
from pathlib import Path

import pytest
from program import PYTHON, descendants_in_session, replace, until
from served import Served

POOL_BENCH = Path(__file__).resolve().parents[2] / "benches" / "pool.py"
LINE = Path(__file__).resolve().parents[2] / "python" / "wheel" / "platlib" / "reloadr_tree.pth"


def interpreter(folder, *, is_complete):
    """One with the same packages as ours, and with or without the line that the wheel brings."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / name / "site-packages"
    packages.mkdir(parents=True)
    (folder / "bin").mkdir()
    ours = Path(PYTHON)
    (folder / "bin" / "python").symlink_to(os.path.realpath(ours))
    (folder / "pyvenv.cfg").write_text((ours.parents[1] / "pyvenv.cfg").read_text())
    for each in Path(pytest.__file__).parents[1].iterdir():
        if each.is_dir():
            (packages / each.name).symlink_to(each)
        elif each.name != LINE.name:
            # A module that is linked there is the user's own.
            shutil.copy(each, packages)
    if is_complete:
        shutil.copy(LINE, packages)
    return str(folder / "bin" / "python")


@pytest.fixture(scope="session")
def python(tmp_path_factory):
    return interpreter(tmp_path_factory.mktemp("python"), is_complete=True)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    return tmp_path


SHOP = """\
RATE = {rate}


class Base:
    __slots__ = {slots}


class Sub(Base):
    pass


def price():
    return {value!r}, RATE
"""


def shop(value, rate=1, slots="('a',)"):
    return SHOP.format(value=value, rate=rate, slots=slots)


#: Asks the workers over and over, and prints whenever all of them say the same for the first time.
MAIN = """\
import multiprocessing, os, sys, time
from concurrent.futures import ProcessPoolExecutor
import shop

STATE = []


def ask(number):
    STATE.append(number)
    time.sleep(0.02)
    return os.getpid(), shop.price(), mine(), len(STATE)


def mine():
    return 'mine'


def extra():
    return getattr(shop, 'more', lambda: '')()


def watch(run):
    print('started', flush=True)
    seen, states = None, {}
    while True:
        answers = run(range(8))
        for pid, count in sorted((answer[0], answer[3]) for answer in answers):
            if count <= states.get(pid, 0):
                print('state of a worker is lost', pid, flush=True)
            states[pid] = count
        said = *sorted({str(answer[1:3]) for answer in answers}), 'by', len({answer[0] for answer in answers})
        if said != seen:
            seen = said
            print('all say', *said, flush=True)
            print('pids', *sorted({answer[0] for answer in answers}), flush=True)


if __name__ == '__main__':
"""


CHILDREN = """\
import reloadr
watcher = reloadr.watch('shop', children=True)
logging.basicConfig(level='INFO', format='[reloadr] %(message)s')
with multiprocessing.get_context('spawn').Pool(1) as spawned, multiprocessing.get_context('fork').Pool(1) as forked:
    watch(lambda numbers: spawned.map(ask, numbers, chunksize=1) + forked.map(ask, numbers, chunksize=1))
"""


def test_children_without_reloadr_run(start, python, folder):
    """`reloadr.watch(..., children=True)`: spawned and forked, with one account; the folder of the channel goes."""
    (folder / "shop.py").write_text(shop("old"))
    told = "import logging, reloadr.tree.door\nprint(*os.environ.get('RELOADR_CHANNEL', '').split(), flush=True)\n"
    (folder / "main.py").write_text(f"import os\n{told}{MAIN}" + textwrap.indent(CHILDREN, "    "))
    program = start("main.py", command=(python,))
    program.prints("all say (('old', 1), 'mine') by 2")
    (path,) = {line for line in program.lines if line.endswith("/account")}
    replace(folder / "shop.py", shop("new", rate=2))
    program.prints("] live in 3 processes")
    program.prints("all say (('new', 2), 'mine') by 2")
    replace(folder / "shop.py", shop("new").replace("price():", "price(:"))
    program.prints("] rejected in 3 processes: RL401")
    replace(folder / "shop.py", shop("new", slots="('a', 'b')"))
    program.prints("] restart needed in 3 processes: RL303")
    assert sum("update shop.price" in line for line in program.lines) == 1, program.output
    program.send(signal.SIGINT)
    program.ends()
    assert not os.path.exists(os.path.dirname(path))


def start_pool(start, python, folder, main):
    (folder / "shop.py").write_text(shop("old"))
    (folder / "main.py").write_text(MAIN + textwrap.indent(main, "    "))
    program = start("-m", "reloadr", "run", "main.py", command=(python,))
    program.prints("all say (('old', 1), 'mine') by 2")
    return program


POOL = """\
context = multiprocessing.get_context({how!r})
with context.Pool(2) as pool:
    watch(lambda numbers: pool.map(ask, numbers, chunksize=1))
"""
EXECUTOR = """\
context = multiprocessing.get_context({how!r})
with ProcessPoolExecutor(2, mp_context=context) as pool:
    watch(lambda numbers: list(pool.map(ask, numbers)))
"""


KINDS = pytest.mark.parametrize(
    ("how", "main"),
    [("fork", POOL), ("spawn", POOL), ("forkserver", POOL), ("spawn", EXECUTOR)],
    ids=["fork", "spawn", "forkserver", "executor"],
)


def said(program):
    return [line for line in program.lines if line.startswith("[reloadr]")]


def one_of_them(program):
    """A worker that has answered last."""
    return int([line for line in program.lines if line.startswith("pids ")][-1].split()[1])


def edited_in_all(program, folder, last="] live in 3 processes", own="main.py"):
    """Edits of each kind, one after the other."""
    shops, count = folder / "shop.py", 0

    def next_account(text, word=last):
        nonlocal count
        replace(shops, text)
        program.prints(word, times=count + 1 if word == last else 1)
        count += word == last

    next_account(shop("new"))
    program.prints("all say (('new', 1), 'mine') by")
    next_account(shop("new", rate=2))
    program.prints("all say (('new', 2), 'mine') by")
    next_account(shop("new", rate=2) + "\n\ndef more():\n    return 'more'\n")
    broken = shop("new", rate=2).replace("price():", "price(:")
    replace(shops, broken)
    program.prints(f"{last.replace('live', 'rejected')}: RL401")
    next_account(shop("mended", rate=2))
    program.prints("all say (('mended', 2), 'mine') by")
    text = (folder / own).read_text()
    replace(folder / own, text.replace("return 'mine'", "return 'ours'"))
    program.prints("all say (('mended', 2), 'ours') by")
    assert "state of a worker is lost" not in program.output
    replace(shops, shop("cold", slots="('a', 'b')"))
    program.prints("] restarting")
    program.prints("started", times=2)
    program.prints("all say (('cold', 1), 'ours') by")
    replace(shops, shop("hot again", slots="('a', 'b')"))
    program.prints("all say (('hot again', 1), 'ours') by")


def processes_of(how):
    """Those that run the main file, with a pool of two: from CPython 3.13.8 and 3.14 on what forks for `forkserver` has
    imported it too."""
    return 4 if how == "forkserver" and "init_main_from_path" in inspect.getsource(forkserver) else 3


@KINDS
def test_workers_of_multiprocessing(start, python, folder, how, main):
    """Of the three ways in which it starts a process: what is saved is live in all of them, and said once."""
    program = start_pool(start, python, folder, main.format(how=how))
    edited_in_all(program, folder, f"] live in {processes_of(how)} processes")
    assert [line for line in said(program) if "RL239" in line or "please report" in line] == []
    assert sum("update shop.price" in line for line in said(program)) == 4, program.output
    assert sum(".mine" in line for line in said(program)) == 1, program.output


LOKY = """\
from loky import get_reusable_executor
from loky.process_executor import TerminatedWorkerError
from work import wanted, work
def run(numbers):
    while True:
        try:
            return list(get_reusable_executor(max_workers=wanted(), timeout=None).map(work, numbers))
        except TerminatedWorkerError:
            print('a worker was killed', flush=True)
watch(run)
"""
JOBLIB = """\
from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from work import wanted, work
def run(numbers):
    while True:
        try:
            return Parallel(n_jobs=wanted(), batch_size=1)(delayed(work)(number) for number in numbers)
        except TerminatedWorkerError:
            print('a worker was killed', flush=True)
watch(run)
"""
LOKY_WORK = """\
import os, time
import shop

STATE = []


def wanted():
    return 3 if os.path.exists('three') else 2


def mine():
    return 'mine'


def work(number):
    STATE.append(number)
    time.sleep(0.02)
    return os.getpid(), shop.price(), mine(), len(STATE)
"""


@pytest.mark.parametrize(
    ("needs", "main"), [("loky", LOKY), pytest.param("joblib", JOBLIB, marks=pytest.mark.long)], ids=["loky", "joblib"]
)
def test_workers_of_loky(start, python, folder, needs, main):
    """joblib brings one of its own. A worker more is started, and one is killed, which loky answers by new ones."""
    pytest.importorskip(needs, reason=f"{needs} is not installed")
    (folder / "work.py").write_text(LOKY_WORK)
    program = start_pool(start, python, folder, main)
    edited_in_all(program, folder, own="work.py")
    slots = "('a', 'b')"
    (folder / "three").touch()
    program.prints("all say (('hot again', 1), 'ours') by 3")
    replace(folder / "shop.py", shop("in three", slots=slots))
    program.prints("all say (('in three', 1), 'ours') by 3")
    program.prints("] live in 4 processes")
    os.kill(one_of_them(program), signal.SIGKILL)
    replace(folder / "shop.py", shop("one is gone", slots=slots))
    program.prints("a worker was killed")
    program.prints("all say (('one is gone', 1), 'ours') by 3")
    replace(folder / "shop.py", shop("in new ones", slots=slots))
    program.prints("all say (('in new ones', 1), 'ours') by 3")
    program.prints("] live in 4 processes", times=2)
    assert [line for line in said(program) if "RL239" in line or "please report" in line] == [], program.output


SPARK = """\
import time
from pyspark.sql import SparkSession


def main():
    context = SparkSession.builder.master('local[2]').getOrCreate().sparkContext
    seen = None
    while True:
        answers = context.parallelize(range(8), 2).map(work.ask).collect()
        said = *sorted({str(answer[1]) for answer in answers}), 'by', len({answer[0] for answer in answers})
        if said != seen:
            seen = said
            print('all say', *said, flush=True)


if __name__ == '__main__':
    import work
    main()
"""
SPARK_WORK = """\
import os, time
import shop


def ask(number):
    time.sleep(0.05)
    return os.getpid(), shop.price()
"""


@pytest.mark.long
def test_workers_of_pyspark(start, python, folder):
    """Forks of a daemon that Java starts."""
    pytest.importorskip("pyspark", reason="no PySpark is installed here: pip install pyspark")
    if shutil.which("java") is None:
        pytest.skip("PySpark needs Java, and there is no command `java`")
    for name, text in (("shop.py", shop("old")), ("work.py", SPARK_WORK), ("main.py", SPARK)):
        (folder / name).write_text(text)
    env = {"PYSPARK_PYTHON": python, "PYTHONPATH": str(folder), "SPARK_LOCAL_IP": "127.0.0.1"}
    program = start("-m", "reloadr", "run", "main.py", command=(python,), env=env)
    program.prints("all say ('old', 1) by 2", patience=240)
    replace(folder / "shop.py", shop("new", rate=2))
    program.prints("all say ('new', 2) by 2", patience=120)
    replace(folder / "shop.py", shop("new", rate=2).replace("price():", "price(:"))
    program.prints("] rejected in ", patience=120)
    replace(folder / "shop.py", shop("mended", rate=2))
    program.prints("all say ('mended', 2) by 2", patience=120)
    assert not [line for line in said(program) if "RL239" in line], program.output


APP = """\
import os
import shop


async def app(scope, receive, send):
    if scope['type'] != 'http':
        return
    text = f'{os.getpid()} {shop.price()}'.encode()
    await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'connection', b'close')]})
    await send({'type': 'http.response.body', 'body': text})
"""
WSGI = """\
import os
import shop


def app(environ, start_response):
    start_response('200 OK', [])
    return [f'{os.getpid()} {shop.price()}'.encode()]
"""


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


@pytest.mark.parametrize(
    ("needs", "text", "words"),
    [
        (
            "uvicorn",
            APP,
            "-m uvicorn --workers 2 --port {port} --log-level warning --timeout-worker-healthcheck 30 site_app:app",
        ),
        pytest.param(
            *("hypercorn", APP, "-m hypercorn -w 2 -b 127.0.0.1:{port} --log-level warning site_app:app"),
            marks=pytest.mark.long,
        ),
        ("gunicorn", WSGI, "-m gunicorn -w 2 -b 127.0.0.1:{port} --log-level warning site_app:app"),
    ],
    ids=["uvicorn", "hypercorn", "gunicorn"],
)
def test_workers_of_a_server(start, python, folder, port, needs, text, words):
    """The first process serves nothing itself, and does not import what is edited. It takes signals as without us."""
    pytest.importorskip(needs, reason=f"{needs} is not installed")
    served = Served(start, folder, port)
    served.write({"shop.py": shop("old"), "site_app.py": text})
    env = {"PYTHONPATH": str(folder)}
    program = served.program = start(
        "-m", "reloadr", "run", *words.format(port=port).split(), command=(python,), env=env
    )
    pids, answers = set(), []

    def serves(value, workers=2):
        answers[:] = [served.ask("/").partition(" ") for _ in range(4 * workers)]
        pids.clear()
        pids.update(answer[0] for answer in answers)
        return {answer[2] for answer in answers} == {str(value)} and len(pids) == workers

    def run_all(value, workers=2):
        until(lambda: serves(value, workers), lambda: f"{value} {answers} {program.output}")

    run_all(("old", 1))
    time.sleep(0.6)
    replace(folder / "shop.py", shop("new", rate=2))
    program.prints("] live in 2 processes")
    run_all(("new", 2))
    assert sum("update shop.price" in line for line in said(program)) == 1, program.output
    replace(folder / "shop.py", shop("new", rate=2).replace("price():", "price(:"))
    program.prints("] rejected in 2 processes: RL401")
    replace(folder / "shop.py", shop("mended", rate=2))
    run_all(("mended", 2))
    replace(folder / "shop.py", shop("mended", rate=2) + "\n\ndef more():\n    return 'more'\n")
    program.prints("] add shop.more")
    run_all(("mended", 2))
    before, slots = set(pids), "('a', 'b')"
    replace(folder / "shop.py", shop("cold", slots=slots))
    program.prints("] restarting")
    until(lambda: serves(("cold", 1)) and pids.isdisjoint(before), lambda: f"{pids} {program.output}")
    before, server = set(pids), parent_of(next(iter(pids)))
    os.kill(server, signal.SIGHUP)
    until(lambda: serves(("cold", 1)) and pids.isdisjoint(before), lambda: f"{pids} {program.output}")
    replace(folder / "shop.py", shop("hot again", slots=slots))
    run_all(("hot again", 1))
    workers = 2
    if needs != "hypercorn":
        # Hypercorn knows no such signal.
        os.kill(server, signal.SIGTTIN)
        workers = 3
        run_all(("hot again", 1), workers)
    replace(folder / "shop.py", shop("in fresh ones", slots=slots))
    run_all(("in fresh ones", 1), workers)
    gone = next(iter(pids))
    os.kill(int(gone), signal.SIGKILL)
    if needs == "hypercorn":
        # It ends with its first worker that dies, without us too; whether it tells of the other one, which it ends
        # itself, is a matter of how fast that goes.
        assert program.ends() in (0, 256 - signal.SIGTERM)
    else:
        replace(folder / "shop.py", shop("one is gone", slots=slots))
        until(lambda: serves(("one is gone", 1), workers) and gone not in pids, lambda: program.output)
        replace(folder / "shop.py", shop("in all", slots=slots))
        run_all(("in all", 1), workers)
        program.prints("] live in 3 processes", times=2)
    assert [line for line in said(program) if "RL239" in line or "please report" in line] == [], program.output


XDIST = """\
import os, time, pytest, shop


@pytest.mark.parametrize('number', range(8))
def test_it(number):
    turn = 0
    while shop.price()[0] != 'the end':
        turn += 1
        with open(f'.{number}', 'w') as file:
            file.write(f"{os.getpid()} {turn} {shop.price()} {getattr(shop, 'more', lambda: '-')()}")
        os.replace(f'.{number}', f'said{number}')
        time.sleep(0.01)
"""


@pytest.mark.long
def test_workers_of_pytest_xdist(start, python, folder):
    """They are started by execnet, which sends them their code. A test that runs goes on; a worker that is killed takes
    its test along, and another one takes the next.
    """
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    shops = folder / "shop.py"
    shops.write_text(shop("old"))
    (folder / "test_it.py").write_text(XDIST)
    words = "-m pytest -q -n 2 -p no:cacheprovider test_it.py"
    program = start("-m", "reloadr", "run", *words.split(), command=(python,), env={"PYTHONPATH": str(folder)})

    def said_by(number):
        path = folder / f"said{number}"
        return path.read_text().split(maxsplit=2) if path.exists() else ["", "0", ""]

    def running():
        return [number for number in range(8) if said_by(number)[0]]

    def all_say(text, numbers):
        until(lambda: all(said_by(n)[2] == text for n in numbers), lambda: program.output, patience=90)

    until(lambda: len(running()) == 2, lambda: program.output, patience=90)
    numbers = running()
    before = {number: said_by(number) for number in numbers}
    replace(shops, shop("new"))
    all_say("('new', 1) -", numbers)
    program.prints("] live in 2 processes")
    replace(shops, shop("new", rate=2))
    all_say("('new', 2) -", numbers)
    replace(shops, shop("new", rate=2) + "\n\ndef more():\n    return 'more'\n")
    all_say("('new', 2) more", numbers)
    program.prints("] live in 2 processes", times=3)
    replace(shops, shop("new", rate=2).replace("price():", "price(:"))
    program.prints("] rejected in 2 processes: RL401")
    replace(shops, shop("mended", rate=2))
    all_say("('mended', 2) -", numbers)
    for number in numbers:
        pid, turn, _ = said_by(number)
        assert pid == before[number][0] and int(turn) > int(before[number][1])
    os.kill(int(said_by(numbers[0])[0]), signal.SIGKILL)
    replace(shops, shop("one is gone", rate=2))
    until(lambda: len(running()) == 3, lambda: program.output, patience=90)
    numbers = [number for number in running() if number != numbers[0]]
    all_say("('one is gone', 2) -", numbers)
    replace(shops, shop("in a new one", rate=2))
    all_say("('in a new one', 2) -", numbers)
    replace(shops, shop("cold", slots="('a', 'b')"))
    before = {said_by(number)[0] for number in range(8)}
    program.prints("] restarting")

    def fresh():
        return [said_by(n)[2] for n in range(8) if said_by(n)[0] not in before]

    until(lambda: fresh() == ["('cold', 1) -"] * 2, lambda: program.output, patience=90)
    replace(shops, shop("the end", slots="('a', 'b')"))
    program.prints("8 passed", patience=90)
    assert [line for line in said(program) if "RL239" in line or "please report" in line] == [], program.output


KILLED = """\
import signal
pool = multiprocessing.get_context({how!r}).Pool(2)
def run(numbers):
    if os.path.exists('kill'):
        os.remove('kill')
        # In the midst of a task: one that waits for the next takes the pool's lock along, with us and without.
        pool.apply_async(signal.raise_signal, (9,))
        print('one is killed', flush=True)
    found = pool.map_async(ask, numbers, chunksize=1)
    while True:
        try:
            return found.get(2)
        except multiprocessing.TimeoutError:
            # The one that was killed took a task along.
            found = pool.map_async(ask, numbers, chunksize=1)
watch(run)
"""


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_a_worker_that_is_killed_and_one_that_comes_late(start, python, folder, how):
    """The pool makes another in its place, which begins with what is saved and counts from then on. A fork is made of
    the first process, whatever that runs by then."""
    program = start_pool(start, python, folder, KILLED.format(how=how))
    program.prints("all say (('old', 1), 'mine') by 2")
    (folder / "kill").touch()
    program.prints("one is killed")
    replace(folder / "shop.py", shop("new", rate=2))
    program.prints("all say (('new', 2), 'mine') by 2")
    replace(folder / "shop.py", shop("newer", rate=2))
    program.prints(f"] live in {processes_of(how)} processes")
    program.prints("all say (('newer', 2), 'mine') by 2")
    program.prints("pids ", times=3)
    # At times one of the two does all the work.
    first, *_, last = (set(line.split()[1:]) for line in program.lines if re.match(r"pids \d+ \d+", line))
    assert len(first & last) == 1, program.output
    assert [line for line in said(program) if "RL239" in line] == [], program.output


@pytest.mark.long
def test_many_edits_under_a_pool_at_full_work(start, python, folder):
    """Nothing is lost, nothing mixed within one task, and no worker grows. 200 edits and 8 workers by hand."""
    program = start(str(POOL_BENCH), "--edits", "60", "--workers", "8", command=(python,))
    assert program.ends(280) == 0, program.output
    assert "nothing lost, nothing mixed" in program.output


WORKER = """\
import os, time
import shop


def own():
    return 'own'


def main():
    print('started', flush=True)
    seen = None
    while True:
        now = shop.price(), own()
        if now != seen:
            seen = now
            print('worker says', now, flush=True)
        time.sleep(0.005)


if __name__ == '__main__':
    main()
"""
PARENT = """\
import os, subprocess, sys, time
process = subprocess.Popen([sys.executable, *{words!r}])
print('pid', process.pid, flush=True)
sys.exit(process.wait())
"""


def start_worker(start, python, folder, *words, main=PARENT):
    (folder / "shop.py").write_text(shop("old"))
    (folder / "work.py").write_text(WORKER)
    (folder / "main.py").write_text(main.format(words=words))
    program = start("-m", "reloadr", "run", "main.py", command=(python,))
    program.prints("worker says")
    return program


def pid_of(program):
    (line,) = [line for line in program.lines if line.startswith("pid ")]
    return int(line.split()[1])


@pytest.mark.parametrize(
    "words",
    [("work.py",), ("-m", "work"), ("-m", "pack.work"), ("-I", "work.py")],
    ids=["script", "module", "in a package", "isolated"],
)
def test_python_in_a_subprocess(start, python, folder, words):
    """The process that started it runs none of its code: its lines are those of the one that does."""
    if "-I" in words:
        words = ("-I", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); import work; work.main()")
    work = folder / "work.py"
    if "pack.work" in words:
        # The package is imported before there is a main module.
        work = folder / "pack" / "work.py"
        work.parent.mkdir()
        (work.parent / "__init__.py").write_text("")
        work.write_text(WORKER)
    program = start_worker(start, python, folder, *words)
    time.sleep(0.5)
    replace(folder / "shop.py", shop("new", rate=2))
    program.prints("worker says (('new', 2), 'own')")
    program.prints("] live in 1 process")
    replace(work, WORKER.replace("'own'", "'ours'"))
    program.prints("worker says (('new', 2), 'ours')")
    program.prints("] live in 1 process", times=2)
    replace(folder / "shop.py", shop("new", rate=2).replace("price():", "price(:"))
    program.prints("rejected RL401")
    replace(folder / "shop.py", shop("cold", slots="('a', 'b')"))
    program.prints("] restarting")
    program.prints("worker says (('cold', 1), 'ours')")


BY_ITSELF = """\
import os, sys
pid = os.posix_spawn(sys.executable, [sys.executable, *{words!r}], {{}})
print('pid', pid, flush=True)
os.waitpid(pid, 0)
"""


@pytest.mark.parametrize(
    ("words", "main"), [(("-S", "work.py"), PARENT), (("work.py",), BY_ITSELF)], ids=["no site", "no environment"]
)
def test_a_process_without_us_is_named_before_anything_is_saved(start, python, folder, words, main):
    """And at each save of a file that none of the others runs: it may be its own."""
    program = start_worker(start, python, folder, *words, main=main)
    line = f"process {pid_of(program)} (work.py) does not get what is saved: nothing of reloadr is in it (RL239)"
    program.prints(line)
    replace(folder / "shop.py", shop("new"))
    program.prints(line, times=2)


def test_a_process_without_us_is_named(start, python, folder):
    """It runs the old code, and nobody says that all is live."""
    program = start_worker(start, python, folder, "-S", "work.py")
    program.prints("(work.py) does not get what is saved")
    replace(folder / "main.py", (folder / "main.py").read_text() + "# saved\nx = 1\n")
    program.prints(f"; {pid_of(program)} (work.py) is not known to run it: RL239")
    assert "] live in 1 of 2, with caveats; " in program.output


TWO = """\
import subprocess, sys
one, two = [subprocess.Popen([sys.executable, 'work.py']) for _ in range(2)]
print('pid', two.pid, flush=True)
one.wait()
"""


def test_the_line_does_nothing_to_other_processes(start, python):
    """It is carried out whenever that Python starts."""
    program = start("-c", "import sys; print([each for each in sys.modules if 'reloadr' in each])", command=(python,))
    assert program.ends() == 0 and program.lines == ["[]"]


def test_where_the_line_is_not_installed_it_is_said_what_helps(start, folder, tmp_path_factory):
    python = interpreter(tmp_path_factory.mktemp("python"), is_complete=False)
    program = start_worker(start, python, folder, "work.py")
    time.sleep(2.2)
    replace(folder / "main.py", (folder / "main.py").read_text() + "# saved\nx = 1\n")
    program.prints("reloadr_tree.pth is not in site-packages: what the program starts is not hot")
    program.prints(f"; {pid_of(program)} (work.py) is not known to run it: RL239")


def stop(pid):
    """A process rests once all of its threads do."""
    os.kill(pid, signal.SIGSTOP)
    for thread in Path(f"/proc/{pid}/task").iterdir():
        until(lambda: (thread / "stat").read_text().rsplit(")", 1)[1].split()[0] == "T")  # noqa: B023


@pytest.mark.long
def test_one_of_two_that_does_not_answer_is_named_until_it_has_followed(start, python, folder):
    """Whoever is stopped, or busy in code that lets no other thread run."""
    program = start_worker(start, python, folder, main=TWO)
    program.prints("worker says", times=2)
    time.sleep(0.5)
    pid = pid_of(program)
    stop(pid)
    try:
        replace(folder / "shop.py", shop("new"))
        program.prints(f"] live in 1 of 2; {pid} (work.py) is not known to run it: RL239")
    finally:
        os.kill(pid, signal.SIGCONT)
    program.prints(f"] {pid} (work.py) followed")
    stop(pid)
    replace(folder / "shop.py", shop("newer"))
    os.kill(pid, signal.SIGKILL)
    program.prints("] live in 1 process")


@pytest.mark.long
def test_a_save_that_nobody_hears_is_said(start, python, folder):
    """The supervisor sees it with its own eyes."""
    program = start_worker(start, python, folder, "work.py")
    time.sleep(0.6)
    pid = pid_of(program)
    stop(pid)
    try:
        replace(folder / "shop.py", shop("new"))
        program.prints(f"process {pid} (work.py) is not known to run what was saved: it has not answered yet")
    finally:
        os.kill(pid, signal.SIGCONT)
    program.prints(f"] {pid} (work.py) followed")


MANY = """\
import os, sys, time
import shop


def watches():
    count = 0
    for each in os.listdir('/proc/self/fd'):
        try:
            count += 'inotify' in os.readlink(f'/proc/self/fd/{each}')
        except OSError:
            pass
    return count


def work(inherited):
    said = None
    while True:
        if said != (said := shop.price()):
            sys.stdout.write(f'{said} with {watches() - inherited}\\n')
            sys.stdout.flush()
        time.sleep(0.05)


# A fork has its parent's descriptors too.
inherited = watches()
for number in range(int(sys.argv[1])):
    if not os.fork():
        work(inherited)
if len(sys.argv) > 2:
    if not os.fork():
        os.closerange(3, 1000)
        work(0)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for inotify in /proc")
def test_one_file_watch_is_for_all(start, python, folder):
    """The supervisor's: the system gives a user 128 of them."""
    (folder / "shop.py").write_text(shop("old"))
    (folder / "many.py").write_text(MANY)
    program = start("-m", "reloadr", "run", "many.py", "20", command=(python,))
    program.prints("('old', 1) with 0", times=20)
    time.sleep(0.5)
    replace(folder / "shop.py", shop("new"))
    program.prints("('new', 1) with 0", times=20)
    program.prints("] live in 21 processes")
    # Two saves at once, and a file that is written in place.
    (folder / "shop.py").write_text(shop("newer"))
    (folder / "shop.py").write_text(shop("newest"))
    program.prints("('newest', 1) with 0", times=20)
    assert not [line for line in said(program) if "RL239" in line or "inotify" in line], program.output


OTHERS = (
    MANY[: MANY.index("def work")]
    + """\
from reloadr import plugins


def told(path):
    print(os.path.basename(path), 'is seen with', watches() - inherited, flush=True)


inherited = 0
if 'first' in sys.argv:
    plugins.host.watch(os.getcwd(), ['*.txt'], told)
    time.sleep(0.5)
    inherited = watches()
for number in range(4):
    if not os.fork():
        inherited = watches()
        if 'first' not in sys.argv:
            plugins.host.watch(os.getcwd(), ['*.txt'], told)
        print('ready', flush=True)
        time.sleep(600)
inherited = 0
time.sleep(600)
"""
)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for inotify in /proc")
@pytest.mark.parametrize("when", ["first", "in each"])
def test_one_file_watch_is_for_all_files_that_are_no_modules(start, python, folder, when):
    """Such as templates, of which plug-ins want to hear; `first` is before the forks, in the first process too."""
    (folder / "shop.py").write_text(shop("old"))
    (folder / "main.py").write_text(OTHERS)
    (folder / "a.txt").write_text("old")
    program = start("-m", "reloadr", "run", "main.py", *when.split(), command=(python,))
    program.prints("ready", times=4)
    time.sleep(1)
    replace(folder / "a.txt", "new")
    program.prints("a.txt is seen with 0", times=4)
    (folder / "b.txt").write_text("new")
    program.prints("b.txt is seen with 0", times=4)
    (folder / "a.txt").unlink()
    program.prints("a.txt is seen with 0", times=8)
    replace(folder / "shop.py", shop("new"))
    program.prints("] live in 5 processes")
    assert "shop.py is seen" not in program.output


FORKS = """\
import os, time
import shop


def work():
    while shop.price()[0] == 'old':
        time.sleep(0.2)
    os.write(1, b'a fork runs it\\n')
    time.sleep(600)


def main():
    for number in range(150):
        if not os.fork():
            work()
    print('forked', flush=True)
    time.sleep(600)


if __name__ == '__main__':
    main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks, and looks for what inotify has")
def test_more_forks_than_the_system_has_file_watches(start, python, folder):
    """150 of them: all are hot, and nothing is said but one line."""
    (folder / "shop.py").write_text(shop("old"))
    (folder / "many.py").write_text(FORKS)
    program = start("-m", "reloadr", "run", "--spare=none", "many.py", command=(python,))
    program.prints("forked", patience=120)
    time.sleep(0.5)
    replace(folder / "shop.py", shop("new"))
    program.prints("a fork runs it", times=150, patience=120)
    program.prints("] live in 151 processes", patience=120)
    words = ("update shop.price", "live in 151 processes")
    assert [line for line in said(program) if not any(each in line for each in words)] == [], program.output


@pytest.mark.skipif(sys.platform != "linux", reason="looks for inotify in /proc")
def test_who_closes_the_channel_gets_it_again(start, python, folder):
    """As a daemon that closes what it did not open: it is one of them as before."""
    (folder / "shop.py").write_text(shop("old"))
    (folder / "many.py").write_text(MANY)
    program = start("-m", "reloadr", "run", "many.py", "1", "and one that closes all", command=(python,))
    program.prints("('old', 1) with ", times=2)
    # It is noticed after two seconds at the latest.
    time.sleep(3)
    replace(folder / "shop.py", shop("new"))
    program.prints("('new', 1) with 0", times=2)
    program.prints("] live in 3 processes")
    assert "RL239" not in program.output


def start_main(start, python, folder, text):
    """A program of this text, once it has said what is saved."""
    (folder / "shop.py").write_text(shop("old"))
    (folder / "main.py").write_text(text)
    program = start("-m", "reloadr", "run", "--spare=none", "main.py", command=(python,))
    program.prints("('old', 1)")
    return program


ALONE = """\
import os, time
import shop
if not os.fork():
    os.setsid()
    while True:
        print(shop.price(), flush=True)
        time.sleep(0.2)
time.sleep(600)
"""


def test_who_is_left_by_the_supervisor_watches_by_itself(start, python, folder):
    """A process in a session of its own, after the supervisor was killed, and the program with it."""
    program = start_main(start, python, folder, ALONE)
    program.send(signal.SIGKILL)
    time.sleep(0.5)
    replace(folder / "shop.py", shop("new"))
    try:
        until(lambda: "('new', 1)" in program.output, lambda: program.output)
        until(lambda: "update shop.price" in program.output, lambda: program.output)
    finally:
        for each in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if os.readlink(each / "cwd") == str(folder):
                    os.kill(int(each.name), signal.SIGKILL)


STRANGER = """\
import os, socket, sys
path, *other = sys.argv[1:]
stranger = socket.socket(socket.AF_UNIX)
if other:
    os.setgid(int(other[0]))
    os.setuid(int(other[0]))
try:
    stranger.connect(path)
except PermissionError:
    print('kept out', flush=True)
    sys.exit()
try:
    stranger.send(b'{"kind": "hello", "pid": 1}\\n{"kind": "restart", "reasons": ["mine"]}\\n')
    print('answer', stranger.recv(1), flush=True)
except OSError:
    print("answer b''")
"""


def sockets_of(pids):
    found = set()
    for pid in pids:
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(os.readlink(each))
    return {each[8:-1] for each in found if each.startswith("socket:[")}


def network_sockets():
    tables = [Path("/proc/net", name) for name in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6")]
    lines = [line for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    return {line.split()[9] for line in lines}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says who is at the other end")
def test_a_stranger_is_refused(start, python, folder):
    """One of the same user who is no process of the program; all others cannot open the folder at all."""
    told = "import os\nprint('path', os.environ['RELOADR_CHANNEL'], flush=True)\n"
    program = start_worker(start, python, folder, "work.py", main=told + PARENT)
    (path,) = [line.split()[1] for line in program.lines if line.startswith("path ")]
    assert os.stat(os.path.dirname(path)).st_mode & 0o777 == 0o700
    (folder / "stranger.py").write_text(STRANGER)
    stranger = start("stranger.py", path)
    stranger.prints("answer b''")
    program.prints(f"process {stranger.process.pid} is none of the program's: what it has to say is refused")
    if os.getuid() == 0:
        start("stranger.py", path, "65534").prints("kept out")
    # Nothing of ours listens on a network.
    pids = [program.process.pid, *descendants_in_session(program.process.pid)]
    assert sockets_of(pids) and sockets_of(pids).isdisjoint(network_sockets())
    assert "restarting" not in program.output and program.process.poll() is None
    program.close()
    assert not os.path.exists(os.path.dirname(path))


INTERPRETER = """\
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
other = interpreters.create()
interpreters.run_string(other, "print('in another interpreter', flush=True)")
interpreters.destroy(other)
"""


INTERPRETERS = (
    INTERPRETER[: INTERPRETER.index("interpreters.run_string")]
    + """\
import time
import shop
interpreters.run_string(other, "import sys; sys.path.insert(0, ''); import shop; print(shop.price(), flush=True)")
while shop.price() != ('new', 1):
    time.sleep(0.02)
interpreters.run_string(other, "print(shop.price(), 'is left', flush=True)")
interpreters.destroy(other)
print('it is gone', flush=True)
while shop.price() != ('newer', 1):
    time.sleep(0.02)
"""
)


def test_another_interpreter_in_the_process_is_named(start, python, folder):
    """At each save, as long as there is one."""
    program = start_main(start, python, folder, INTERPRETERS)
    time.sleep(1)
    replace(folder / "shop.py", shop("new"))
    program.prints("has another interpreter, which does not get what is saved")
    program.prints("('old', 1) is left")
    program.prints("it is gone")
    replace(folder / "shop.py", shop("newer"))
    assert program.ends() == 0
    assert program.output.count("another interpreter") == 1, program.output


def test_another_interpreter_in_the_process_is_left_alone(start, python, folder):
    """Python carries out the line of site-packages there too; we cannot serve it, and say nothing of it."""
    (folder / "main.py").write_text(INTERPRETER)
    program = start("-m", "reloadr", "run", "main.py", command=(python,))
    assert program.ends() == 0 and program.lines == ["in another interpreter"]
