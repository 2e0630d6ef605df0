"""`reloadr run --verify`, and the judge of exceptions: fresh processes beside a program that runs."""

import os
import signal

import pytest
from program import PYTHON, replace, until

RUN = (PYTHON, "-m", "reloadr", "run")

SERVER = """
import time
import shop
if __name__ == "__main__":
    print('begun', flush=True)
    seen = None
    while True:
        if shop.price() != seen:
            seen = shop.price()
            print('price', seen, flush=True)
        time.sleep(0.002)
"""
SHOP = "import os\nLIMIT = {limit}\ndef price():\n    return {price!r}\n"


def shop(price, limit=1, kept=False):
    """Kept: this process stays at the first limit, whatever a fresh one would have."""
    return SHOP.format(price=price, limit=f"{limit} if 'RELOADR_VERIFYING' in os.environ else 1" if kept else limit)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "shop.py").write_text(shop("old"))
    (tmp_path / "main.py").write_text(SERVER)
    return tmp_path


def lines(program, text):
    return [line for line in list(program.lines) if text in line]


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_each_save_that_was_applied_is_verified(start, folder):
    """One line: how many definitions and how long it took."""
    program = start("--verify", "main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", shop("new"))
    program.prints("price new")
    program.prints("verified: as a fresh process would be (1 definitions, ")
    replace(folder / "shop.py", shop("newer"))
    program.prints("verified: as a fresh process would be (1 definitions, ", times=2)
    replace(folder / "shop.py", "def price(:\n")
    program.prints("RL401")
    assert len(lines(program, "verified")) == 2


def test_what_is_stale_is_said_with_its_path(start, folder):
    """RL230; the program runs on."""
    (folder / "shop.py").write_text(shop("old", kept=True))
    program = start("--verify", "main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", shop("new", limit=2, kept=True))
    program.prints("RL230")
    (line,) = lines(program, "RL230")
    assert "shop.py: not as a fresh process would have it: LIMIT is 1 and would be 2 (restart, or" in line
    replace(folder / "shop.py", shop("newer", kept=True))
    program.prints("price newer")
    program.prints("verified: as a fresh process would be (")
    assert len(lines(program, "begun")) == 1


@pytest.mark.parametrize("way", ["--on-stale=restart", "--restart-on=stale", "restart-on = 'stale'"])
def test_what_is_stale_restarts_where_that_is_wanted(start, folder, way):
    """Two options and a setting, which verify; where nothing is stale the program runs on."""
    (folder / "shop.py").write_text(shop("old", kept=True))
    if not way.startswith("--"):
        (folder / "pyproject.toml").write_text(f"[tool.reloadr]\n{way}\n")
    program = start(*([way] if way.startswith("--") else []), "main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", shop("older", kept=True))
    program.prints("verified: as a fresh process would be (")
    assert len(lines(program, "begun")) == 1
    replace(folder / "shop.py", shop("new", limit=2, kept=True))
    program.prints("RL230")
    program.prints("restarting")
    program.prints("begun", times=2)
    program.prints("price new", times=2)
    assert len(lines(program, "restarting")) == 1


@pytest.mark.parametrize("way", ["option", "setting"])
def test_a_caveat_restarts_where_that_is_wanted(start, folder, way):
    """`--restart-on=caveat`; a save without one does not."""
    kept = "import functools\ndef rate(): return {0}\n@functools.cache\ndef price(): return rate()\n"
    main = "import time, shop\nprint('begun', flush=True)\nwhile True:\n    print('price', shop.price(), flush=True)\n"
    (folder / "shop.py").write_text(kept.format(1))
    (folder / "main.py").write_text(main + "    time.sleep(0.1)\n")
    if way == "setting":
        (folder / "pyproject.toml").write_text("[tool.reloadr]\nrestart-on = 'caveat'\n")
    program = start(*(["--restart-on=caveat"] if way == "option" else []), "main.py", command=RUN)
    program.prints("price 1")
    replace(folder / "shop.py", kept.format(1) + "def other(): return 1\n")
    program.prints("add shop.other")
    replace(folder / "shop.py", kept.format(2) + "def other(): return 1\n")
    program.prints("RL224")
    program.prints("price 2")
    assert len(lines(program, "begun")) == 2


def test_a_caveat_of_a_process_that_it_starts_restarts_too(start, folder):
    """Of a file that the first process does not run."""
    kept = "import functools\ndef rate(): return {0}\n@functools.cache\ndef price(): return rate()\n"
    (folder / "shop.py").write_text(kept.format(1))
    work = "import time, shop\nwhile True:\n    print('price', shop.price(), flush=True)\n    time.sleep(0.1)\n"
    (folder / "work.py").write_text(work)
    (folder / "main.py").write_text("import subprocess, sys\nsubprocess.run([sys.executable, 'work.py'])\n")
    program = start("--restart-on=caveat", "main.py", command=RUN)
    program.prints("price 1")
    replace(folder / "shop.py", kept.format(2))
    program.prints("RL224")
    program.prints("price 2")
    assert len(lines(program, "restarting")) == 1


def test_a_newer_save_ends_the_verification_of_the_older(start, folder):
    """And all that the fresh process has started."""
    slow = "import os, time\nif 'RELOADR_VERIFYING' in os.environ and {wait}:\n"
    slow += "    open(f'pid{{os.getpid()}}', 'w').close()\n    time.sleep(120)\n"
    (folder / "shop.py").write_text(slow.format(wait=False) + shop("old"))
    program = start("--verify", "main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", slow.format(wait=True) + shop("new"))
    program.prints("price new")
    until(lambda: list(folder.glob("pid*")))
    (pid,) = (int(each.name.removeprefix("pid")) for each in folder.glob("pid*"))
    replace(folder / "shop.py", slow.format(wait=False) + shop("newer"))
    program.prints("price newer")
    program.prints("verified: as a fresh process would be (")
    assert is_gone(pid)
    assert len(lines(program, "verified")) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_fresh_process_ends_with_the_program(start, folder, number):
    """However that ends."""
    wait = "import os, time\nif 'RELOADR_VERIFYING' in os.environ:\n"
    wait += "    open(f'pid{os.getpid()}', 'w').close()\n    time.sleep(120)\n"
    (folder / "shop.py").write_text(wait + shop("old"))
    program = start("--restart=never", "--verify", "main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", wait + shop("new"))
    until(lambda: list(folder.glob("pid*")))
    (pid,) = (int(each.name.removeprefix("pid")) for each in folder.glob("pid*"))
    os.kill(program.process.pid, number)
    program.ends()
    until(lambda: is_gone(pid))


#: Whatever is registered a second time comes too late, also where the first was taken out.
REGISTRY = "import itertools\ntimes = itertools.count()\ndef register(name):\n"
REGISTRY += "    if next(times):\n        raise ValueError(f'{name} too late')\n    return name\nregister('a')\n"


def test_what_only_the_process_refuses_restarts_it(start, folder):
    """A registry that is closed: the source is right, and a fresh process says so."""
    (folder / "shop.py").write_text(REGISTRY + shop("old"))
    program = start("main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", REGISTRY.replace("register('a')", "register(name='a')") + shop("new"))
    program.prints("RL402")
    program.prints("RL306")
    program.prints("restarting")
    program.prints("price new")
    again = REGISTRY.replace("register('a')", "register(name='a')")
    replace(folder / "shop.py", again + "x = 1 / 0\n" + shop("newer"))
    program.prints("ZeroDivisionError")
    replace(folder / "shop.py", again + shop("newest"))
    program.prints("price newest")
    assert len(lines(program, "begun")) - len(lines(program, "restarting")) == 1


@pytest.mark.parametrize("way", ["option", "setting"])
def test_nobody_is_asked_without_a_judge(start, folder, way):
    """`--no-judge`, or `judge = false`: it is rejected, and the old code runs on."""
    (folder / "shop.py").write_text(REGISTRY + shop("old"))
    if way == "setting":
        (folder / "pyproject.toml").write_text("[tool.reloadr]\njudge = false\n")
    program = start(*(["--no-judge"] if way == "option" else []), "main.py", command=RUN)
    program.prints("price old")
    replace(folder / "shop.py", REGISTRY.replace("register('a')", "register(name='a')") + shop("new"))
    program.prints("or restart if only this process refuses it")
    replace(folder / "shop.py", REGISTRY + shop("newest"))
    program.prints("price newest")
    assert not lines(program, "RL306") and not lines(program, "price new ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--verify=yes",), "--verify: takes no value, not 'yes'"),
        (("--on-stale=stop",), "--on-stale: invalid choice: 'stop'"),
        (("--on-stale=restart", "--restart=never"), "--on-stale=restart needs what --restart=never leaves out"),
        (("--restart-on=caveat", "--restart=never"), "--restart-on=caveat needs what --restart=never leaves out"),
        (("--restart-on=stale", "--restart=never"), "--restart-on=stale needs what --restart=never leaves out"),
        (("--verfy",), "did you mean --verify?"),
    ],
)
def test_options_that_make_no_sense(start, folder, words, says):
    """Named, with exit code 2."""
    program = start(*words, "main.py", command=RUN)
    assert program.ends() == 2
    assert says in program.output


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("verify = 1", "tool.reloadr.verify must be true or false, not 1"),
        ("on-stale = 'stop'", "tool.reloadr.on-stale must be one of tell, restart"),
        ("restart-on = 'stop'", "tool.reloadr.restart-on must be one of restart, caveat, stale"),
    ],
)
def test_settings_that_make_no_sense(start, folder, table, says):
    """Likewise."""
    (folder / "pyproject.toml").write_text(f"[tool.reloadr]\n{table}\n")
    program = start("main.py", command=RUN)
    assert program.ends() == 2
    assert says in program.output
