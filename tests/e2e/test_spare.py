"""A restart finds the libraries imported, and sees nothing of that: it is as in a process that began now."""

import importlib.util
import json
import os
import signal
import sys
import textwrap

import pytest
from program import PYTHON, descendants_in_session, replace, until

RUN = (PYTHON, "-m", "reloadr", "run", "--spare=tell")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="a spare is kept on Linux"),
    pytest.mark.long,
]

#: A class that is not where its source put it: no living process can follow its edits.
COLD = "class B:\n    x = {}\n\n\ndel B\n"
#: Tells when it was imported.
LIBRARY = "import time\nAT = time.monotonic()\n"

MAIN = """
import time
BEGAN = time.monotonic()
import cold
{}
while True:
    time.sleep(0.01)
"""


class Site:
    """A folder with a program, and one of installed libraries."""

    def __init__(self, folder, start):
        self.folder = folder
        self.libraries = folder / "site-packages"
        self.libraries.mkdir()
        self._start = start
        self._saves = self._since = 0
        (folder / "pyproject.toml").write_text("")
        (folder / "cold.py").write_text(COLD.format(0))
        self.program = None

    def library(self, name, text):
        path = self.libraries / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def main(self, body, frame=MAIN):
        replace(self.folder / "main.py", frame.format(textwrap.dedent(body)))

    def run(self, *arguments, **options):
        words = arguments or ("main.py",)
        options["env"] = {"PYTHONPATH": str(self.libraries), **options.get("env", {})}
        self.program = self._start(*words, command=RUN, **options)
        return self.program

    def ready(self, *names):
        """Waits until these are imported for the next restart: a slow start is told of in parts."""

        def are_there():
            lines = [line for line in self.program.lines[self._since :] if "ready for a restart:" in line]
            return any(all(name in line.partition(";")[0] for name in names) for line in lines)

        until(are_there, lambda: self.program.output)

    def restart(self):
        self._saves += 1
        self._since = len(self.program.lines)
        replace(self.folder / "cold.py", COLD.format(self._saves))


@pytest.fixture
def site(tmp_path, start):
    return Site(tmp_path, start)


def said(program, start):
    return [line for line in program.lines if line.startswith(start)]


def test_a_restart_finds_a_library_imported_and_sees_nothing_of_that(site):
    """It is in `sys.modules` from its import on, and all else is the same as at the first start."""
    site.library("lib", LIBRARY + "import wave\n")
    site.library("pack/__init__", "")
    site.library("pack/inner", LIBRARY)
    site.main(
        """
        import importlib.util, json, os, signal, sys, threading
        origin = importlib.util.find_spec("pack").origin
        before = [name for name in ("lib", "wave", "pack", "pack.inner") if name in sys.modules]
        import lib
        import pack
        bare = hasattr(pack, "inner")
        import pack.inner
        print("ahead", lib.AT < BEGAN, pack.inner.AT < BEGAN, flush=True)
        seen = {
            "before": before, "bare": bare, "found": origin, "after": "wave" in sys.modules,
            "argv": sys.argv, "path": sys.path,
            "orig": sys.orig_argv, "environ": {k: v for k, v in os.environ.items() if k != "RELOADR_TREE"},
            "cwd": os.getcwd(), "parent": os.getppid(), "leads": os.getpgrp() == os.getpid(),
            "signals": {int(each): str(signal.getsignal(each)) for each in signal.valid_signals()},
            "threads": [each.name for each in threading.enumerate() if each.name != "reloadr"],
            "finders": [type(each).__name__ for each in sys.meta_path if "reloadr" not in type(each).__module__],
            "stdin": sys.stdin.read(), "main": __name__, "file": __file__, "flags": repr(sys.flags),
            "loader": (type(lib.__loader__).__name__, lib.__spec__.loader is lib.__loader__),
            "origin": lib.__spec__.origin,
            "bound": pack.inner is sys.modules["pack.inner"],
            "descriptors": sorted(os.readlink(f"/proc/self/fd/{n}").partition(":")[0] for n in range(3)),
            "modules": sorted(name for name in sys.modules if not name.startswith("reloadr")),
        }
        print("seen", json.dumps(seen), flush=True)
        """
    )
    program = site.run("main.py", "a", "-b")
    program.prints("seen")
    site.ready("lib", "pack")
    site.restart()
    program.prints("seen", 2)
    assert said(program, "ahead") == ["ahead False False", "ahead True True"], program.output
    first, second = (json.loads(line.removeprefix("seen ")) for line in said(program, "seen"))
    assert first == second
    assert first["before"] == [] and first["bare"] is False and first["after"]


def test_a_variable_that_is_set_before_an_import_is_what_the_library_reads(site):
    """And another value is another one: then the process begins anew."""
    site.library("lib", LIBRARY + "import os\nLEVEL = os.environ.get('LEVEL')\n")
    body = """
    import os
    before = os.environ.get("LEVEL")
    os.environ["LEVEL"] = "{}"
    import lib
    print("level", before, lib.LEVEL, lib.AT < BEGAN, flush=True)
    """
    site.main(body.format("low"))
    program = site.run()
    program.prints("level None low False")
    site.ready("lib")
    site.restart()
    program.prints("level None low True")
    site.ready("lib")
    # The first line of a running script cannot be carried.
    site.main(body.format("high"))
    site.restart()
    program.prints("level None high False")
    assert "lib was imported ahead for this restart, but the environment" in program.output


def test_a_library_that_was_there_before_another_counts(site):
    """What it left in the other one is not there in a program that no longer imports it."""
    site.library("lib", LIBRARY + "EXTRA = []\n")
    site.library("adds", "import lib\nlib.EXTRA.append(1)\n")
    site.library("later", LIBRARY + "import lib\nSEEN = list(lib.EXTRA)\n")
    site.main("import lib\nimport adds\nimport later\nprint('later', later.SEEN, later.AT < BEGAN, flush=True)")
    program = site.run()
    program.prints("later [1] False")
    site.ready("lib", "adds", "later")
    site.main("import lib\nimport later\nprint('later', later.SEEN, later.AT < BEGAN, flush=True)")
    site.restart()
    program.prints("later [] False")
    assert "adds, which was imported before it, is not yet" in program.output


def test_what_the_user_code_has_set_up_in_another_library_counts(site):
    """A call for its effect before an import: that library is not imported ahead, nor where the call is new."""
    site.library("other", "MODE = 'plain'\ndef use(mode):\n    global MODE\n    MODE = mode\n")
    site.library("lib", LIBRARY + "import other\nMODE = other.MODE\n")
    body = """
    import other
    {}
    import lib
    print("mode", lib.MODE, lib.AT < BEGAN, flush=True)
    """
    site.main(body.format("made = other.use('of no use') if 0 else None"))
    program = site.run()
    program.prints("mode plain False")
    site.ready("other", "lib")
    site.restart()
    program.prints("mode plain True")
    site.ready("other", "lib")
    site.main(body.format("other.use('fancy')"))
    site.restart()
    program.prints("mode fancy False")
    until(lambda: "not lib and what comes after it" in program.output, lambda: program.output)
    site.restart()
    program.prints("mode fancy False", 2)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
            "starts a thread",
        ),
        ("import socket\nS = socket.socket()", "opens socket"),
        ("import os\nR = os.pipe()", "opens pipe"),
        ("import subprocess\nP = subprocess.Popen(['sleep', '99'])", "starts a process"),
        ("print('welcome to acts', flush=True)", "writes something"),
        ("import random\nN = random.random()", "draws random numbers"),
        ("import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)", "changes the process"),
        ("import sys\nif 'ahead' in sys.argv[0]: 1 / 0\nsys.excepthook = print", "changes the process"),
    ],
)
def test_a_library_that_acts_when_imported_is_left_to_the_program(site, text, why):
    """It is named, and the others are there."""
    site.library("acts", LIBRARY + text)
    site.library("lib", LIBRARY)
    site.main("import acts, lib\nprint('ahead', acts.AT < BEGAN, lib.AT < BEGAN, flush=True)")
    program = site.run()
    program.prints("ahead")
    site.ready("lib")
    site.restart()
    program.prints("ahead False True")
    ready = said(program, "[reloadr] ready for a restart")[0]
    assert "acts (it" in ready and why in ready
    named = said(program, "[reloadr] not imported ahead of a restart: acts")
    assert len(named) == why.startswith(("starts", "opens"))
    assert program.output.count("welcome") in (0, 2)


def test_a_library_that_is_installed_meanwhile_is_the_one_that_runs(site):
    """Another version of what was imported, and a new one that the user's code has in its place."""
    site.library("lib", LIBRARY + "VERSION = 1")
    site.main("import lib\nprint('version', lib.VERSION, lib.AT < BEGAN, flush=True)")
    program = site.run()
    program.prints("version 1 False")
    site.ready("lib")
    site.library("lib", LIBRARY + "VERSION = 22")
    site.restart()
    program.prints("version 22 False")
    site.ready("lib")
    (site.folder / "lib.py").write_text(LIBRARY + "VERSION = 'mine'")
    site.restart()
    program.prints("version mine False")


def test_a_library_that_imports_the_users_own_code_waits_for_it(site):
    """None of the user's runs ahead."""
    site.library("lib", LIBRARY + "import own\n")
    (site.folder / "own.py").write_text("print('own runs', flush=True)\n")
    site.main("import lib\nprint('ahead', lib.AT < BEGAN, flush=True)")
    program = site.run()
    site.ready()
    assert program.output.count("own runs") == 1
    site.restart()
    program.prints("ahead False", 2)
    assert program.output.count("own runs") == 2


def test_what_a_library_changes_comes_with_its_import(site):
    """A variable, a path, a finder, a filter of warnings: not before it, and as before."""
    text = """
    import os, sys, warnings
    class Finder:
        def find_spec(self, *args): return None
    sys.meta_path.append(Finder())
    os.environ["FROM_LIB"] = "1"
    sys.path.append("/nowhere")
    warnings.filterwarnings("ignore", message="from lib")
    """
    site.library("lib", LIBRARY + textwrap.dedent(text))
    site.main(
        """
        import os, sys, warnings
        look = lambda: (os.environ.get("FROM_LIB"), sys.path[-1] == "/nowhere", type(sys.meta_path[-1]).__name__,
                        getattr(warnings.filters[0][1], "pattern", None))
        before = look()
        import lib
        print("changed", before, look(), lib.AT < BEGAN, flush=True)
        """
    )
    program = site.run()
    program.prints("changed")
    site.ready("lib")
    site.restart()
    program.prints("changed", 2)
    first, second = said(program, "changed")
    assert first.replace("False", "True") == second.replace("False", "True")
    assert first.endswith("False") and second.endswith("True") and "from lib" in second


def test_processes_are_started_as_ever(site):
    """By spawn, by fork and by hand, from a program that a spare has become."""
    site.library("lib", LIBRARY)
    body = """
import multiprocessing, subprocess, sys, time
BEGAN = time.monotonic()
import cold
import lib

def work(n):
    return n * 2

if __name__ == "__main__":
    found = []
    for way in ("spawn", "fork"):
        with multiprocessing.get_context(way).Pool(1) as pool:
            found += pool.map(work, [1, 2])
    found.append(int(subprocess.check_output([sys.executable, "-c", "import lib; print(7)"])))
    print("found", found, lib.AT < BEGAN, flush=True)
    while True:
        time.sleep(0.01)
"""
    (site.folder / "main.py").write_text(body)
    program = site.run()
    program.prints("found [2, 4, 2, 4, 7] False")
    site.ready("lib")
    site.restart()
    program.prints("found [2, 4, 2, 4, 7] True")


AT_THE_END = {
    "a buffer": "held = open('end.txt', 'a')\nheld.write('done')",
    "a finalizer": """
        class Held:
            def __del__(self, write=write):
                write("done")
        held = Held()
        held.itself = held
    """,
    "a suspended generator": """
        def suspended(write=write):
            try:
                yield
            finally:
                write("done")
        held = suspended()
        next(held)
    """,
    "a hook of a library": "import ending",
}


@pytest.mark.parametrize("body", AT_THE_END.values(), ids=AT_THE_END)
def test_what_can_be_noticed_of_the_end_happens(site, body):
    """Taking the old process apart is left out where nothing comes of it."""
    site.library("ending", "import atexit\natexit.register(lambda: open('end.txt', 'w').write('done'))\n")
    writes = "def write(text, open=open):\n    with open('end.txt', 'w') as file:\n        file.write(text)\n"
    site.main(f"{writes}{textwrap.dedent(body)}\nprint('started', flush=True)")
    program = site.run(env={"PYTHONUNBUFFERED": ""})
    program.prints("started")
    site.restart()
    program.prints("started", times=2)
    assert (site.folder / "end.txt").read_text() == "done", program.output


def test_the_exit_code_and_a_signal_are_the_programs(site):
    """It handles what it gets, and ends as it wants."""
    site.library("lib", LIBRARY)
    site.main(
        """
        import atexit, lib, signal, sys
        def end(number, frame):
            sys.exit(7)
        before = signal.signal(signal.SIGTERM, end)
        atexit.register(print, "bye", flush=True)
        print("ahead", lib.AT < BEGAN, flush=True)
        """
    )
    program = site.run()
    site.ready("lib")
    site.restart()
    program.prints("ahead True")
    program.send(signal.SIGTERM)
    assert program.ends() == 7
    assert program.output.count("bye") == 2
    until(lambda: not descendants_in_session(program.process.pid))


def test_a_restart_that_comes_too_early_waits_for_no_spare(site):
    """One after the other, and none is lost."""
    site.library("lib", LIBRARY + "time.sleep(0.3)\n")
    site.main(
        "import lib\nprint('value', cold.x if hasattr(cold, 'x') else open('cold.py').read().split()[4], flush=True)"
    )
    program = site.run()
    program.prints("value 0")
    for n in range(1, 5):
        site.restart()
        program.prints(f"value {n}")
    site.ready("lib")


def test_a_spare_ends_with_the_supervisor(site):
    """Even if that is killed; and Ctrl-C while it prepares ends all."""
    site.library("lib", LIBRARY)
    site.main("import lib\nprint('up', flush=True)")
    program = site.run()
    site.ready("lib")
    assert len(descendants_in_session(program.process.pid)) == 3
    program.send(signal.SIGKILL)
    program.ends()
    until(lambda: not descendants_in_session(program.process.pid), lambda: program.output)


def test_ctrl_c_ends_a_spare_that_is_not_ready(site):
    site.library("lib", LIBRARY + "import os\nif os.path.exists('slow'): time.sleep(60)\n")
    site.main("import lib\nprint('up', flush=True)")
    program = site.run()
    program.prints("up")
    (site.folder / "slow").write_text("")
    until(lambda: len(descendants_in_session(program.process.pid)) == 3, lambda: program.output)
    os.kill(program.process.pid, signal.SIGINT)
    program.ends()
    until(lambda: not descendants_in_session(program.process.pid), lambda: program.output)


def test_a_start_that_failed_has_one_too(site):
    """What is mended runs at once."""
    site.library("lib", LIBRARY)
    (site.folder / "number").write_text("1")
    site.main("import lib\nprint('ahead', lib.AT < BEGAN, int(open('number').read()), flush=True)")
    program = site.run()
    site.ready("lib")
    (site.folder / "number").write_text("none")
    site.restart()
    program.prints("ValueError at the start: save a file to start again")
    site.ready("lib")
    (site.folder / "number").write_text("2")
    site.restart()
    program.prints("ahead True 2")


def test_a_changing_state_is_not_imported_ahead_for_ever(site):
    """A variable that is another one at each start: after two vain attempts that library is left to the program."""
    site.library("lib", LIBRARY)
    site.main(
        """
        import os, time
        os.environ["RUN"] = str(time.time())
        import lib
        print("ahead", lib.AT < BEGAN, flush=True)
        """
    )
    program = site.run()
    program.prints("ahead False")
    for n in (1, 2, 3):
        site.ready()
        site.restart()
        program.prints("ahead False", n + 1)
    assert program.output.count("was imported ahead for this restart") == 2


def test_none_is_kept_where_none_is_wanted(site, start):
    """By the command line, or by `[tool.reloadr]`, which knows what it may say."""
    site.main("print('up', flush=True)")
    (site.folder / "pyproject.toml").write_text("[tool.reloadr]\nspare = 'none'\n")
    run = (PYTHON, "-m", "reloadr", "run")
    program = start("main.py", command=run)
    program.prints("up")
    replace(site.folder / "cold.py", COLD.format(5))
    program.prints("up", 2)
    assert len(descendants_in_session(program.process.pid)) == 2
    (site.folder / "pyproject.toml").write_text("[tool.reloadr]\nspare = 'all'\n")
    other = start("main.py", command=run)
    assert other.ends() == 2
    assert "tool.reloadr.spare must be one of libraries, tell, none, not 'all'" in other.output


@pytest.mark.skipif(not all(map(importlib.util.find_spec, ("django", "pandas"))), reason="wants Django and pandas")
def test_django_and_pandas(site):
    """Models, a template, a query, a frame: with settings that are named before the first import of Django."""
    (site.folder / "settings.py").write_text(
        "SECRET_KEY = 'x'\nINSTALLED_APPS = ['django.contrib.contenttypes', 'django.contrib.auth', 'books']\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n"
        "DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n"
    )
    (site.folder / "books").mkdir()
    (site.folder / "books/__init__.py").write_text("")
    (site.folder / "books/models.py").write_text(
        "from django.db import models\nimport pandas as pd\n\n\nclass Book(models.Model):\n"
        "    title = models.CharField(max_length=20)\n\n\ndef frame():\n"
        "    return pd.DataFrame(list(Book.objects.values()))\n"
    )
    site.main(
        """
        import os, sys
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
        began = "django.db.models" in sys.modules, "pandas" in sys.modules
        import django
        django.setup()
        from django.core.management import call_command
        from books.models import Book, frame
        call_command("migrate", run_syncdb=True, verbosity=0)
        Book.objects.create(title="one")
        import numpy as np
        print("found", began, frame()["title"].tolist(), (np.eye(300) @ np.eye(300)).sum(), flush=True)
        """
    )
    program = site.run()
    program.prints("found (False, False) ['one'] 300.0")
    site.ready("django", "pandas")
    site.restart()
    program.prints("found (False, False) ['one'] 300.0", 2)
    assert "imported ahead for this restart" not in program.output


@pytest.mark.skipif(not all(map(importlib.util.find_spec, ("fastapi", "uvicorn"))), reason="wants FastAPI and uvicorn")
def test_a_server_that_imports_the_application_by_name(site, port):
    """uvicorn is the main module; the port is kept open."""
    site.main("from fastapi import FastAPI\nimport cold\napp = FastAPI()\n", frame="{}")
    program = site.run("-m", "uvicorn", "main:app", "--port", str(port))
    program.prints("Uvicorn running")
    site.ready("uvicorn", "fastapi")
    site.restart()
    program.prints("Uvicorn running", 2)
    assert "Traceback" not in program.output and "imported ahead for this restart" not in program.output
    site.ready("uvicorn", "fastapi")
