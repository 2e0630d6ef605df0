"""What a trustworthy watcher does, as a user of `reloadr.watch()` notices it: the real thing on a real file system."""

import os
import shutil
import signal
import subprocess
import time
import zipfile

import pytest
from program import PYTHON, replace

#: Prints what its modules say whenever that changes.
MAIN = """
import importlib, logging, sys, time
sys.path[:0] = {paths!r}
logging.basicConfig(level=logging.INFO, format='%(levelname)s %(message)s')
import reloadr
modules = [importlib.import_module(name) for name in {names!r}]
reports = []
watcher = reloadr.watch({targets}on_report=reports.append)
seen = None
while True:
    now = ' '.join(module.price() for module in modules[:3])
    if now != seen:
        seen = now
        print('price', now, 'reports', len(reports), flush=True)
    time.sleep(0.002)
"""


def text(value, more=""):
    return f"def price():\n    return {value!r}\n{more}"


def run(start, folder, names, paths=(".",), targets=""):
    (folder / "main.py").write_text(MAIN.format(names=list(names), paths=list(paths), targets=targets))
    return start("main.py")


def git(folder, *words):
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "gc.auto=0"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def test_a_checkout_of_500_files_is_one_transaction(start, tmp_path):
    """With git itself: one report of 500 changes, and so for each of several that follow each other."""
    repository = tmp_path / "repository"
    repository.mkdir()
    names = [f"part{at}" for at in range(500)]
    git(repository, "init", "-q")
    for branch in ("old", "new"):
        for name in names:
            (repository / f"{name}.py").write_text(text(branch))
        git(repository, "checkout", "-q", "-b", branch)
        git(repository, "add", ".")
        git(repository, "commit", "-qm", branch)
    program = run(start, tmp_path, names, paths=["repository"])
    program.prints("price new new new reports 0")
    branches = ("old", "new", "old", "new", "old")
    for at, branch in enumerate(branches, 1):
        git(repository, "checkout", "-q", branch)
        program.prints("INFO update", times=500 * at)
    assert sum(line.endswith(" ms") for line in program.lines) == len(branches), [
        line for line in program.lines if line.endswith(" ms")
    ]
    program.prints("price old old old reports")


def test_nothing_is_applied_while_a_repository_is_rewritten(start, tmp_path):
    """Its lock says so: what was written meanwhile is one transaction, whenever each file was closed."""
    git(tmp_path, "init", "-q")
    for name in ("shop", "tax"):
        (tmp_path / f"{name}.py").write_text(text("old"))
    git(tmp_path, "add", ".")
    program = run(start, tmp_path, ["shop", "tax"])
    program.prints("price old old")
    lock = tmp_path / ".git" / "index.lock"
    with open(lock, "xb") as file:
        for name in ("shop", "tax"):
            (tmp_path / f"{name}.py").write_text(text("new"))
            time.sleep(0.3)
        assert "new" not in program.output
        file.write((tmp_path / ".git" / "index").read_bytes())
    os.replace(lock, tmp_path / ".git" / "index")
    program.prints("price new new")
    program.prints(" ms")
    assert sum(line.endswith(" ms") for line in program.lines) == 1, program.output
    # One that was left behind is in nobody's way.
    lock.write_bytes(b"")
    replace(tmp_path / "shop.py", text("last"))
    program.prints("price last new")


def test_an_archive_is_watched(start, tmp_path):
    """A module in a zip: the archive is written anew."""

    def pack(value):
        with zipfile.ZipFile(tmp_path / "next.zip", "w") as archive:
            archive.writestr("packed/__init__.py", "")
            archive.writestr("packed/shop.py", text(value))
        os.replace(tmp_path / "next.zip", tmp_path / "code.zip")

    pack("old")
    program = run(start, tmp_path, ["packed.shop"], paths=["code.zip"])
    program.prints("price old")
    pack("new")
    program.prints("price new")


def test_a_swap_of_kubernetes_is_one_reload(start, tmp_path):
    """`..data` is a link that is renamed over; the files are links through it."""
    mount = tmp_path / "mount"
    mount.mkdir()

    def publish(value):
        (mount / f"..{value}").mkdir()
        for name in ("shop", "tax"):
            (mount / f"..{value}" / f"{name}.py").write_text(text(value))
        (mount / "..data_tmp").symlink_to(f"..{value}")
        os.replace(mount / "..data_tmp", mount / "..data")

    publish("old")
    for name in ("shop", "tax"):
        (mount / f"{name}.py").symlink_to(f"..data/{name}.py")
    program = run(start, tmp_path, ["shop", "tax"], paths=["mount"])
    program.prints("price old old")
    publish("new")
    program.prints("price new new")
    shutil.rmtree(mount / "..old")
    publish("last")
    program.prints("price last last")
    # The report is written after the new code runs.
    program.prints(" ms", times=2)
    assert sum(line.endswith(" ms") for line in program.lines) == 2, program.output


def test_the_target_of_a_link_is_edited(start, tmp_path):
    """A file, and a package that is linked into the path."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "__init__.py").write_text(text("old"))
    (tmp_path / "elsewhere.py").write_text(text("old"))
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "package").symlink_to(tmp_path / "real")
    (tmp_path / "path" / "shop.py").symlink_to("../elsewhere.py")
    program = run(start, tmp_path, ["shop", "package"], paths=["path"])
    program.prints("price old old")
    replace(tmp_path / "elsewhere.py", text("new"))
    program.prints("price new old")
    replace(tmp_path / "real" / "__init__.py", text("new"))
    program.prints("price new new")


def test_a_directory_that_is_moved_away_and_back(start, tmp_path):
    """As a change of branches does: what it holds is live when it is back, and what is edited after that."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "shop.py").write_text(text("old"))
    program = run(start, tmp_path, ["package.shop"])
    program.prints("price old")
    os.rename(tmp_path / "package", tmp_path / "away")
    (tmp_path / "away" / "shop.py").write_text(text("new"))
    os.rename(tmp_path / "away", tmp_path / "package")
    program.prints("price new")
    replace(tmp_path / "package" / "shop.py", text("last"))
    program.prints("price last")


def test_deleted_for_good_is_said_once_and_its_return_is_live(start, tmp_path):
    """Until then its definitions stay."""
    (tmp_path / "shop.py").write_text(text("old"))
    program = run(start, tmp_path, ["shop"])
    program.prints("price old")
    (tmp_path / "shop.py").unlink()
    program.prints("RL213")
    (tmp_path / "other.py").write_text(text("x"))
    (tmp_path / "shop.py").write_text(text("new"))
    program.prints("price new")
    assert program.output.count("RL213") == 1


def test_bytecode_beside_its_source_brings_one_reload(start, tmp_path):
    """The source is saved and then compiled; each is an event."""
    (tmp_path / "shop.py").write_text(text("old"))
    program = run(start, tmp_path, ["shop"])
    program.prints("price old")
    replace(tmp_path / "shop.py", text("new"))
    subprocess.run([PYTHON, "-m", "compileall", "-q", "-f", "."], cwd=tmp_path, check=True)
    program.prints("price new reports")
    replace(tmp_path / "shop.py", text("last"))
    program.prints("price last reports")
    # The report is written after the new code runs.
    program.prints(" ms", times=2)
    assert sum(line.endswith(" ms") for line in program.lines) == 2, program.output


@pytest.mark.parametrize("link", [True, False])
def test_editable_code_in_site_packages_is_watched_and_the_rest_is_not(start, tmp_path, link):
    """Linked into site-packages, or by a `.pth` file as pip's editable installs are."""
    environment = tmp_path / "environment"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(environment)], check=True)
    (site,) = environment.glob("lib/python3*/site-packages")
    source = tmp_path / "source"
    source.mkdir()
    (source / "mine.py").write_text(text("old"))
    (site / "theirs.py").write_text(text("old"))
    if link:
        (site / "mine.py").symlink_to(source / "mine.py")
    else:
        (site / "editable.pth").write_text(f"{source}\n")
    import reloadr

    package = os.path.dirname(os.path.dirname(reloadr.__file__))
    (tmp_path / "main.py").write_text(MAIN.format(names=["mine", "theirs"], paths=[package], targets=""))
    program = start("main.py", command=(str(environment / "bin" / "python"),))
    program.prints("price old old")
    replace(site / "theirs.py", text("new"))
    replace(source / "mine.py", text("new"))
    program.prints("price new old")
    replace(source / "mine.py", text("last"))
    program.prints("price last old")


def test_an_overflow_loses_nothing(start, tmp_path):
    """While the program rests, more happens than the kernel's queue holds: all files are looked at."""
    with open("/proc/sys/fs/inotify/max_queued_events") as file:
        queue = int(file.read())
    if queue > 1 << 17:
        pytest.skip(f"the kernel's queue holds {queue} events: too many for a test")
    names = [f"part{at}" for at in range(100)]
    for name in names:
        (tmp_path / f"{name}.py").write_text(text("old"))
    program = run(start, tmp_path, names)
    program.prints("price old old old")
    program.send(signal.SIGSTOP)
    # The queue is full when the saves come: nobody is told of them.
    for at in range(queue + 1):
        os.utime(tmp_path / f"{names[at % 100]}.py")
    for name in names:
        replace(tmp_path / f"{name}.py", text("new"))
    program.send(signal.SIGCONT)
    program.prints("price new new new")
    program.prints("INFO update", times=100)
    assert "report this" not in program.output
