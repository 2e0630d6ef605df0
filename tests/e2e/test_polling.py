"""Where events cannot be had, files are looked at instead: saves still become live, and a clear word says so."""

import shutil
import subprocess

import pytest
from program import PYTHON, replace

#: Three modules, each in a folder of its own, since the system counts watched folders.
MAIN = """
import sys, time
sys.path[:0] = ['one', 'two', 'three']
import reloadr
{head}
import mine, yours, theirs
watcher = reloadr.watch()
seen = None
while True:
    now = ' '.join(module.price() for module in (mine, yours, theirs))
    if now != seen:
        seen = now
        print('price', now, flush=True)
    time.sleep(0.005)
"""


def text(value):
    return f"def price():\n    return {value!r}\n"


@pytest.fixture
def folder(tmp_path):
    for name, module in (("one", "mine"), ("two", "yours"), ("three", "theirs")):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{module}.py").write_text(text("old"))
    (tmp_path / "main.py").write_text(MAIN.format(head=""))
    return tmp_path


def limited(setting, number):
    """The command of a Python for which the kernel has a limit of its own: that of a namespace, which no other process
    is in. Skips the test where that is not allowed.
    """
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare")
    limit = f"echo {number} > /proc/sys/user/{setting}"
    done = subprocess.run(["unshare", "-Ur", "sh", "-c", limit], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a limit cannot be set for a process alone: {done.stderr.strip()}")
    return ("unshare", "-Ur", "sh", "-c", f'{limit}; exec "$0" "$@"', PYTHON)


def all_become_live(program, folder):
    """Each save, in place or by rename."""
    (folder / "one" / "mine.py").write_text(text("new"))
    program.prints("price new old old")
    replace(folder / "two" / "yours.py", text("new"))
    program.prints("price new new old")
    replace(folder / "three" / "theirs.py", text("new"))
    program.prints("price new new new")
    (folder / "one" / "mine.py").write_text(text("last"))
    program.prints("price last new new")


@pytest.mark.parametrize("number", [1, 2])
def test_beyond_the_limit_of_watches_folders_are_polled(start, folder, number):
    """One message, that names the cure."""
    program = start("main.py", command=limited("max_inotify_watches", number))
    program.prints("price old old old")
    program.prints("limit of file watches")
    all_become_live(program, folder)
    (said,) = (line for line in program.lines if "limit of file watches" in line)
    assert "Cure: sudo sysctl fs.inotify.max_user_watches=" in said


def test_without_a_watcher_of_the_system_all_is_polled(start, folder):
    """The import works, and one message names the cure."""
    program = start("main.py", command=limited("max_inotify_instances", 0))
    program.prints("price old old old")
    program.prints("the system has no file watcher left")
    all_become_live(program, folder)
    (said,) = (line for line in program.lines if "no file watcher left" in line)
    assert "Cure: sudo sysctl fs.inotify.max_user_instances=" in said


SILENT = """
import functools
from reloadr.watching import auto
auto.FileWatch = functools.partial(auto.FileWatch, silent_below=sys.path[1])
"""


def test_a_file_system_without_events_is_polled_and_no_other_is(start, folder):
    """As if one of the folders were on a share; that is said, once."""
    head = f"import os\nsys.path[:3] = map(os.path.abspath, sys.path[:3])\n{SILENT}"
    count = "print('folders', *map(len, auto.auto.files.watched_folders()), flush=True)"
    (folder / "main.py").write_text(MAIN.format(head=head).replace("seen = None", f"seen = None\n{count}"))
    program = start("main.py")
    program.prints("price old old old")
    program.prints("two (9p) does not tell of every change; its folders are polled instead")
    all_become_live(program, folder)
    assert program.output.count("does not tell of every change") == 1
    native, polled = next(line for line in program.lines if line.startswith("folders")).split()[1:]
    assert polled == "1" and int(native) >= 2
