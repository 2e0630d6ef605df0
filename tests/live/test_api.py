"""The public surface, as a user meets it."""

from __future__ import annotations

import functools
import gc
import html.parser
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from importlib import machinery, util
from pathlib import Path
from textwrap import dedent
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import reloadr
from harness import Project

TWO = "def f(): return {f}\ndef g(): return {g}\nclass C:\n    def m(self): return {f}\n    def n(self): return {g}\n"


def save(project: Project, name: str, **values: int) -> None:
    project.write(name, TWO.format(**values))


@pytest.fixture
def two(project: Project) -> Any:
    """A module of two functions and a class of two methods, all of which give 1."""
    return project.start("two", TWO.format(f=1, g=1))


# ---- watch ------------------------------------------------------------------------------------------


def tree(project: Project) -> SimpleNamespace:
    """A package with a sub-package, and a module beside it."""
    project.write("pack/__init__.py", "from .inner import f\nTOP = 1\n")
    project.write("pack/inner.py", "from .sub.deep import d\ndef f(): return 1, d()\n")
    project.write("pack/sub/__init__.py", "")
    project.write("pack/sub/deep.py", "def d(): return 1\n")
    project.write("beside.py", "def f(): return 1\n")
    pack, beside = project.load("pack"), project.load("beside")
    return SimpleNamespace(pack=pack, beside=beside)


ALL = {"pack", "pack.inner", "pack.sub", "pack.sub.deep"}
TARGETS: dict[str, tuple[Callable[[Project, Any], Any], set[str]]] = {
    "module": (lambda project, made: made.beside, {"beside"}),
    "package": (lambda project, made: made.pack, ALL),
    "dotted name": (lambda project, made: "pack.sub", {"pack.sub", "pack.sub.deep"}),
    "dotted name of a module": (lambda project, made: "pack.inner", {"pack.inner"}),
    "file": (lambda project, made: str(project.root / "beside.py"), {"beside"}),
    "path object": (lambda project, made: project.root / "pack" / "inner.py", {"pack.inner"}),
    "folder": (lambda project, made: project.root / "pack" / "sub", {"pack.sub", "pack.sub.deep"}),
    "folder with a slash": (lambda project, made: f"{project.root}/pack/", ALL),
    "folder of all": (lambda project, made: project.root, {"beside", *ALL}),
}


@pytest.mark.parametrize("target", TARGETS)
def test_watch_targets(project: Project, target: str) -> None:
    """What a target names is watched, with what is below it, and nothing else."""
    made = tree(project)
    make, expected = TARGETS[target]
    with reloadr.watch(make(project, made), on="look") as watcher:
        assert set(watcher.modules) == expected
        project.write("pack/sub/deep.py", "def d(): return 2\n")
        project.write("beside.py", "def f(): return 2\n")
        watcher.poll()
        assert made.pack.f() == (1, 2 if "pack.sub.deep" in expected else 1)
        assert made.beside.f() == (2 if "beside" in expected else 1)


def test_watch_several_targets(project: Project) -> None:
    """Several targets of different kinds are one watch."""
    made = tree(project)
    watcher = project.watch(made.beside, "pack.sub", project.root / "pack" / "inner.py")
    assert set(watcher.modules) == {"beside", "pack.sub", "pack.sub.deep", "pack.inner"}


def test_watch_nothing_given(project: Project) -> None:
    """Nothing given: all of the user's own code, loaded now or later; not the standard library's and not what is
    installed."""
    tree(project)
    project.write("later", "def f(): return 1\n")
    script = f"""
    import sys
    sys.path.insert(0, {str(project.root)!r})
    import json, pytest, pack, beside
    import reloadr
    with reloadr.watch(on="look") as watcher:
        assert watcher.modules == ("__main__", {", ".join(map(repr, sorted(["beside", *ALL])))}), watcher.modules
        import later
        assert "later" in watcher.modules
        open(later.__file__, "w").write("def f(): return 2\\n")
        watcher.poll()
        assert later.f() == 2
    """
    path = project.write("script.py", dedent(script))
    done = subprocess.run([sys.executable, "-B", path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("target", ["folder", "name"])
def test_watch_takes_in_what_is_loaded_later(project: Project, target: str) -> None:
    """A module that is imported after the watch began belongs to it, if a target covers it."""
    project.write("later/__init__.py", "")
    project.write("later/one.py", "def f(): return 1\n")
    with reloadr.watch({"folder": project.root, "name": "later"}[target], on="look") as watcher:
        module = project.load("later.one")
        assert "later.one" in watcher.modules
        project.write("later/one.py", "def f(): return 2\n")
        assert watcher.poll().verdict == "live"
        assert module.f() == 2


def test_watch_a_file_before_it_is_imported(project: Project) -> None:
    """A file may be watched before any module comes from it."""
    path = project.write("soon", "def f(): return 1\n")
    watcher = project.watch(path)
    assert watcher.modules == ()
    module = project.load("soon")
    project.write("soon", "def f(): return 2\n")
    watcher.poll()
    assert module.f() == 2


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("math", "extension module|builtin module"),
        ("sys", "'sys': it is a builtin module"),
        ("_frozen_importlib", "frozen module"),
        ("_ssl", "'_ssl': it is an? (extension|builtin) module"),
        ("reloadr._core", "'reloadr._core': it is an extension module"),
        ("/no/such/file.py", "no existing file or folder"),
        ("not a name", "no dotted module name"),
        ("", "''"),
    ],
)
def test_watch_refuses(target: str, words: str) -> None:
    """What has no Python source, or does not exist, is refused with a clear word."""
    if target == "_ssl":
        pytest.importorskip("_ssl")
    with pytest.raises(ValueError, match=words):
        reloadr.watch(target, on="look")


@pytest.mark.parametrize("target", [1, None, object(), len, ["two"]])
def test_watch_refuses_other_objects(target: Any) -> None:
    """What is no module, name or path is refused as such."""
    with pytest.raises(TypeError):
        reloadr.watch(target, on="look")


def test_watcher_stops(project: Project, two: Any) -> None:
    """A stopped watcher polls no more; stopping again is harmless; what is live stays."""
    watcher = project.watch(two)
    save(project, "two", f=2, g=1)
    assert watcher.poll().verdict == "live"
    watcher.stop()
    watcher.stop()
    save(project, "two", f=3, g=1)
    with pytest.raises(RuntimeError, match=r"was stopped.*reloadr\.watch"):
        watcher.poll()
    assert two.f() == 2
    assert "two" not in reloadr.status().watched


def test_context_manager(project: Project, two: Any) -> None:
    """Leaving the block stops the watch, by an exception as well."""
    with pytest.raises(ZeroDivisionError), reloadr.watch(two, on="look") as watcher:
        raise ZeroDivisionError
    with pytest.raises(RuntimeError):
        watcher.poll()


def test_two_watchers(project: Project, two: Any) -> None:
    """A module of two watches is watched until both have ended; a second watch loses nothing that waits."""
    first = project.watch(two)
    save(project, "two", f=2, g=1)
    second = project.watch(project.root)
    assert second.poll().verdict == "live"
    assert two.f() == 2
    assert first.poll().verdict == "nothing"
    first.stop()
    save(project, "two", f=3, g=1)
    assert second.poll().verdict == "live"
    assert two.f() == 3


def test_watch_again(project: Project, two: Any) -> None:
    """A watch that begins after another ended knows what was changed in between."""
    with reloadr.watch(two, on="look") as watcher:
        save(project, "two", f=2, g=1)
        watcher.poll()
    save(project, "two", f=3, g=1)
    watcher = project.watch(two)
    assert watcher.poll().verdict == "live"
    assert two.f() == 3
    save(project, "two", f=4, g=1)
    watcher.poll()
    assert two.f() == 4


def test_poll_sees_what_was_written_before_it(project: Project, two: Any) -> None:
    """However quickly saves follow each other, and whatever their time stamps and sizes say."""
    watcher = project.watch(two)
    path = project.path("two")
    stamp = path.stat()
    for number in range(2, 9):
        # In place, of the same size, with the time put back.
        path.write_bytes(TWO.format(f=number, g=1).encode())
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        watcher.poll()
        assert two.f() == number


# ---- a file that changed between its import and the watch --------------------------------------------


@pytest.mark.parametrize("on", ["look", "poll"])
def test_poll_of_the_package_is_that_of_each_watcher(project: Project, on: Any) -> None:
    """`reloadr.poll()`, whoever waits for it."""
    first, second = project.start("one", "X = 1\n"), project.start("other", "Y = 1\n")
    with reloadr.watch(first, on=on), reloadr.watch(second, on=on):
        assert reloadr.poll().verdict == "nothing"
        project.write("one", "X = 2\n")
        project.write("other", "Y = 2\n")
        changed: list[str] = []
        end = time.monotonic() + 20
        while len(changed) < 2 and time.monotonic() < end:  # with `on="poll"` the system has to tell of the saves first
            changed += [change.qualname for change in reloadr.poll().changes]
        assert sorted(changed) == ["X", "Y"]
        assert (first.X, second.Y) == (2, 2)
        assert reloadr.poll().verdict == "nothing"


def test_changed_before_watch(project: Project, two: Any) -> None:
    """A file that was changed between its import and the watch is noticed and patched by the first poll."""
    save(project, "two", f=2, g=1)
    watcher = project.watch(two)
    assert watcher.poll().verdict == "live"
    assert (two.f(), two.g(), two.C().m()) == (2, 1, 2)
    assert watcher.poll().verdict == "nothing"


def test_imported_before_reloadr(project: Project) -> None:
    """The same for a module that was imported before reloadr was: found out from the living code."""
    project.write("early", TWO.format(f=1, g=1))
    stamp = time.time() - 100
    os.utime(project.path("early"), (stamp, stamp))
    script = f"""
    import sys
    sys.path.insert(0, {str(project.root)!r})
    import early
    thing, f = early.C(), early.f
    text = {TWO.format(f=2, g=1)!r}
    open(early.__file__, "w").write("# a line\\n" + text)
    import reloadr
    watcher = reloadr.watch(early, on="look")
    report = watcher.poll()
    assert (f(), early.g(), thing.m(), thing.n()) == (2, 1, 2, 1), report
    assert f is early.f and f.__code__.co_firstlineno == 2 and early.g.__code__.co_firstlineno == 3
    open(early.__file__, "w").write("# a line\\n" + text.replace("2", "3"))
    report = watcher.poll()
    assert (f(), early.g(), thing.m(), thing.n()) == (3, 1, 3, 1), report
    """
    for flags in ([], ["-B"]):
        project.write("early", TWO.format(f=1, g=1))
        os.utime(project.path("early"), (stamp, stamp))
        process(project, script, *flags)


def process(project: Project, script: str, *flags: str) -> str:
    """Runs a script in a process of its own; its output."""
    command = [sys.executable, *flags, "-c", dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=project.root)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# ---- reload -----------------------------------------------------------------------------------------


def wrapped(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


OBJECTS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "function": (lambda two: two.f, "f"),
    "method": (lambda two: two.C.m, "C.m"),
    "bound method": (lambda two: two.C().m, "C.m"),
    "class": (lambda two: two.C, "C"),
    "dotted name of a function": (lambda two: "two.f", "f"),
    "dotted name of a method": (lambda two: "two.C.m", "C.m"),
    "partial": (lambda two: functools.partial(two.f), "f"),
    "wrapped": (lambda two: wrapped(two.f), "f"),
    "cached": (lambda two: functools.lru_cache(two.f), "f"),
    "module": (lambda two: two, ""),
    "name of the module": (lambda two: "two", ""),
    "path": (lambda two: two.__file__, ""),
    "path object": (lambda two: Path(two.__file__), ""),
    "folder": (lambda two: Path(two.__file__).parent, ""),
}


@pytest.mark.parametrize("watched", [True, False], ids=["watched", "never watched"])
@pytest.mark.parametrize("what", OBJECTS)
def test_reload_one(project: Project, two: Any, what: str, watched: bool) -> None:
    """What is given is brought to the state of the disk, in the same objects; the rest of the file waits."""
    watcher = project.watch(two) if watched else None
    thing, f, m = two.C(), two.f, two.C.m
    save(project, "two", f=2, g=2)
    get, name = OBJECTS[what]
    report = reloadr.reload(get(two))
    assert report.verdict == "live"
    assert two.f is f and two.C.m is m
    expected = {
        "f": (2, 1, 1, 1),
        "C.m": (1, 1, 2, 1),
        "C": (1, 1, 2, 2),
        "": (2, 2, 2, 2),
    }[name]
    assert (f(), two.g(), thing.m(), thing.n()) == expected
    assert reloadr.status().in_step == (name == "")
    if watcher is not None:
        watcher.poll()
    else:
        reloadr.reload(two)
    assert (f(), two.g(), thing.m(), thing.n()) == (2, 2, 2, 2)
    assert reloadr.status().in_step


def test_reload_decorated(project: Project) -> None:
    """A decorated function, given as it is bound: the one inside is brought up to date."""
    text = """
    import functools
    def deco(g):
        @functools.wraps(g)
        def wrapper(): return "w", g()
        return wrapper
    @deco
    def f(): return {0}
    @functools.cache
    def c(): return {0}
    class C:
        @property
        def p(self): return {0}
        @staticmethod
        def s(): return {0}
        @classmethod
        def k(cls): return {0}
    """
    module = project.start("decorated", text.format(1))
    assert module.c() == 1
    project.write("decorated", text.format(2))
    reloadr.reload(module.f)
    assert (module.f(), module.c(), module.C().p, module.C.s(), module.C.k()) == (("w", 2), 1, 1, 1, 1)
    reloadr.reload(module.c)
    assert module.c() == 2
    reloadr.reload(module.C.s)
    assert (module.C().p, module.C.s(), module.C.k()) == (1, 2, 1)
    reloadr.reload(module.C.k, module.C.p)
    assert (module.C().p, module.C.s(), module.C.k()) == (2, 2, 2)


def test_reload_several(project: Project) -> None:
    """Several things of several modules: one transaction."""
    one = project.start("one", TWO.format(f=1, g=1))
    other = project.start("other", TWO.format(f=1, g=1))
    third = project.start("third", "def h(): return 1\n")
    for name in ("one", "other"):
        save(project, name, f=2, g=2)
    project.write("third", "def h(): return 2\n")
    before = len(reloadr.history())
    report = reloadr.reload(one.f, other.C, "third")
    assert report.verdict == "live"
    assert len(reloadr.history()) == before + 1
    assert (one.f(), one.g(), one.C().m()) == (2, 1, 1)
    assert (other.f(), other.g(), other.C().m()) == (1, 1, 2)
    assert third.h() == 2


def test_reload_package(project: Project) -> None:
    """A package: all of its modules that are loaded."""
    made = tree(project)
    project.write("pack/sub/deep.py", "def d(): return 2\n")
    project.write("pack/inner.py", "from .sub.deep import d\ndef f(): return 2, d()\n")
    project.write("beside.py", "def f(): return 2\n")
    assert reloadr.reload(made.pack).verdict == "live"
    assert made.pack.f() == (2, 2) and made.beside.f() == 1


def test_reload_nothing_given(project: Project, two: Any) -> None:
    """Nothing given: all that is watched."""
    project.watch(two)
    other = project.start("other", "def h(): return 1\n")
    save(project, "two", f=2, g=1)
    project.write("other", "def h(): return 2\n")
    assert reloadr.reload().verdict == "live"
    assert (two.f(), other.h()) == (2, 1)


def test_reload_unchanged(project: Project, two: Any) -> None:
    """Nothing changed: nothing is done, and nothing enters the history."""
    before = reloadr.history()
    report = reloadr.reload(two)
    assert report.verdict == "nothing" and not report and not report.changes and not report.reasons
    assert str(report) == "nothing to reload"
    assert reloadr.history() == before


def test_the_rest_stays_pending(project: Project, two: Any) -> None:
    """After `reload(f)` the status lists what waits, each with its place; a later poll applies exactly that."""
    watcher = project.watch(two)
    project.write("two", "# a line more\n" + TWO.format(f=2, g=2) + "NEW = 5\n")
    report = reloadr.reload(two.f)
    assert [change.qualname for change in report.changes if change.action == "update"] == ["f"]
    assert (two.f(), two.g(), hasattr(two, "NEW")) == (2, 1, False)
    pending = {reason.qualname: reason for reason in reloadr.status().pending}
    assert {"g", "C.m", "C.n"} <= pending.keys() and "f" not in pending
    assert pending["g"].line == 3 and pending["g"].path == two.__file__
    assert {reason.code for reason in pending.values()} == {"RL222"}
    report = watcher.poll()
    assert {change.qualname for change in report.changes if change.action == "update"} == {"g", "C.m", "C.n"}
    assert (two.f(), two.g(), two.NEW) == (2, 2, 5)
    assert reloadr.status().in_step
    assert two.g.__code__.co_firstlineno == 3


def test_reload_of_part_puts_lines_right(project: Project, two: Any) -> None:
    """After a reload of one definition all functions that are in step with the file know their lines in it."""
    project.watch(two)
    project.write("two", "\n\n\n" + TWO.format(f=2, g=1))
    reloadr.reload(two.f)
    assert two.f.__code__.co_firstlineno == 4
    assert two.g.__code__.co_firstlineno == 5
    assert two.C.n.__code__.co_firstlineno == 8


@pytest.mark.parametrize(
    ("target", "error", "words"),
    [
        ("math", ValueError, "'math'.*(extension|builtin) module.*without Python source"),
        (sys, ValueError, "'sys'.*builtin module"),
        (sys.modules["_frozen_importlib"], ValueError, "frozen module"),
        (reloadr._core, ValueError, "'reloadr._core'.*extension module"),
        ("no.such.module", ValueError, "'no.such.module': no such module is loaded"),
        ("/no/such/file.py", ValueError, "no such file exists"),
        (Path(__file__).parents[1] / "cases", ValueError, None),
        (5, TypeError, "cannot reload 5: give a function, method, class, module, dotted name or path"),
        (None, TypeError, "cannot reload None"),
        (object(), TypeError, "cannot reload <object object"),
        (len, (TypeError, ValueError), "cannot reload"),
        (int, (TypeError, ValueError), "cannot reload"),
        ([], TypeError, r"cannot reload \[\]"),
    ],
)
def test_reload_refuses(target: Any, error: Any, words: str | None) -> None:
    """What has no Python source, is not loaded or is nothing of the kind: an error that says so."""
    with pytest.raises(error, match=words):
        reloadr.reload(target)


def test_reload_refuses_an_unknown_name(project: Project, two: Any) -> None:
    """A dotted name of a module that is loaded, and of no definition in it."""
    with pytest.raises(ValueError, match=r"'two\.no_such_thing'"):
        reloadr.reload("two.no_such_thing")


def test_reload_of_something_new(project: Project, two: Any) -> None:
    """A definition that the file has and the process has not yet, by its dotted name."""
    project.write("two", TWO.format(f=1, g=2) + "def new(): return 5\n")
    assert reloadr.reload("two.new").verdict == "live"
    assert (two.new(), two.g()) == (5, 1)


# ---- strict -----------------------------------------------------------------------------------------

LAYOUT = "class Sub({base}):\n    def m(self): return {n}\nclass Other(Sub): pass\ndef f(): return {n}\n"


def restart_only(project: Project) -> Any:
    """A module whose next edit needs a restart, for one class of it."""
    module = project.start("layout", LAYOUT.format(base="dict", n=1))
    module.things = [module.Sub(), module.Other()]
    project.write("layout", LAYOUT.format(base="list", n=2))
    return module


def test_not_strict(project: Project) -> None:
    """Otherwise the other edits are applied, and the one that needs a restart stays pending."""
    module = restart_only(project)
    watcher = project.watch(module)
    report = watcher.poll()
    assert report.verdict == "restart" and report.needs_restart and not report.rejected
    assert module.f() == 2
    assert {reason.code[:3] for reason in reloadr.status().pending} == {"RL3"}
    project.write("layout", LAYOUT.format(base="list", n=3))
    watcher.poll()
    assert module.f() == 3
    assert not reloadr.status().in_step
    project.write("layout", LAYOUT.format(base="dict", n=4))
    assert watcher.poll().verdict == "live"
    assert module.f() == 4 and reloadr.status().in_step


@pytest.mark.parametrize("by", ["watch", "reload"])
def test_strict(project: Project, by: str) -> None:
    """All or nothing: one edit that needs a restart keeps the others back; without strict they come."""
    module = restart_only(project)
    watcher = project.watch(module, strict=by == "watch")
    report = watcher.poll() if by == "watch" else reloadr.reload(module, strict=True)
    assert report.verdict == "restart" and not report.changes
    assert "RL305" in {reason.code for reason in report.reasons}
    assert module.f() == 1
    assert "RL305" in {reason.code for reason in reloadr.status().pending}
    assert reloadr.reload(module).verdict == "restart"
    assert module.f() == 2


# ---- watchers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("auto", "on"), [(False, "look"), (True, "save")])
def test_the_old_way_to_say_when(project: Project, two: Any, auto: bool, on: str) -> None:
    """`auto=` works as it did, and says what to write instead."""
    with pytest.warns(DeprecationWarning, match=f'say on="{on}"') as warned, reloadr.watch(two, auto=auto) as watcher:
        assert watcher.on == on and isinstance(watcher, reloadr.AutoWatcher)
        project.write("two", TWO.format(f=2, g=2))
        watcher.poll()
        assert two.f() == 2
    assert warned[0].filename == __file__


def test_a_watcher_that_looks_for_itself_starts_no_thread(project: Project, two: Any) -> None:
    """It has what the others have: a callback, a pause."""
    heard: list[reloadr.Report] = []
    threads = threading.active_count()  # One of an earlier test may be at its end.
    with reloadr.watch(two, on="look", on_report=heard.append) as watcher:
        assert watcher.is_alive and threading.active_count() <= threads
        project.write("two", TWO.format(f=2, g=2))
        with watcher.paused():
            assert watcher.poll().verdict == "nothing" and two.f() == 1
        report = watcher.poll()
        assert two.f() == 2 and heard == [report]
    assert not watcher.is_alive


def test_a_watcher_says_what_it_is(project: Project) -> None:
    """Of what, and when what is saved becomes live."""
    names = ["one", "other", "third", "fourth"]
    for name in names:
        project.start(name, "x = 1")
    with reloadr.watch("one", "other", on="look") as watcher:
        assert repr(watcher) == "<watcher of one, other: live when poll() looks>"
        with watcher.paused():
            assert repr(watcher) == "<watcher of one, other: paused>"
    assert repr(watcher) == "<watcher: stopped>"
    with reloadr.watch("one", on="poll") as watcher:
        assert repr(watcher) == "<watcher of one: live on poll()>"
    with reloadr.watch(*names) as watcher:
        assert repr(watcher) == "<watcher of 4 modules (fourth, one, other, …): live on save>"
    with reloadr.watch("not_loaded") as watcher:
        assert repr(watcher) == "<watcher of no module yet: live on save>"


def test_an_unknown_time_is_refused() -> None:
    """The message names those that there are."""
    with pytest.raises(ValueError, match='on must be "save", "poll" or "look", not \'never\''):
        reloadr.watch(on="never")  # type: ignore[arg-type]


# ---- history and undo -------------------------------------------------------------------------------


def test_the_history_keeps_nothing_of_a_rejected_batch_alive(project: Project, two: Any) -> None:
    """Its text is there, with the traceback; what its frames held is not."""
    watcher = project.watch(two)
    for number in range(5):
        project.write("two", f"class Big:\n    pass\n\nbig = Big()\nx = {number} / 0\n")
        report = watcher.poll()
        assert isinstance(report.error, ZeroDivisionError)
    del report
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each).__name__ == "Big"]
    *_, last = reloadr.history()
    assert last.error is None and last.reasons[0].code == "RL402"
    assert 'two.py", line 5' in last.traceback and last.traceback.endswith("ZeroDivisionError: division by zero\n")
    assert reloadr.status().errors == last.reasons


def test_a_report_says_what_it_is(project: Project, two: Any) -> None:
    """At the prompt in one line; printed, in full."""
    watcher = project.watch(two)
    assert repr(watcher.poll()) == "<report nothing>"
    project.write("two", TWO.format(f=2, g=2))
    assert repr(watcher.poll()) == "<report live: 4 changes>"
    project.write("two", "def f(:\n")
    assert repr(watcher.poll()) == "<report rejected: 1 error>"


@pytest.mark.parametrize("how", ["another text", "the text that runs", "pending"])
def test_a_mended_mistake_is_said(project: Project, two: Any, caplog: pytest.LogCaptureFixture, how: str) -> None:
    """Once, when the process is in step; also where nothing is to be done, for the text is the one that runs."""
    watcher = project.watch(two)
    caplog.set_level("INFO", "reloadr")

    def said() -> list[str]:
        lines = [each.message for each in caplog.records if "mended: what runs" in each.message]
        caplog.clear()
        return lines

    for broken in ("def f(:\n", "def f()\n"):
        project.write("two", broken)
        assert watcher.poll().rejected and not said()
    if how == "pending":
        project.write("two", TWO.format(f=2, g=2))
        reloadr.reload(two.f)
        assert two.f() == 2 and not said()
    else:
        project.write("two", TWO.format(f=1 if how == "the text that runs" else 2, g=1))
    watcher.poll()
    assert reloadr.status().in_step and said() == ["mended: what runs is what is saved again"]
    project.write("two", TWO.format(f=3, g=3))
    watcher.poll()
    assert not said()


def test_history(project: Project, two: Any) -> None:
    """The reports of what was done, the oldest first; rejected ones too, "nothing" not."""
    watcher = project.watch(two)
    before = reloadr.history()
    save(project, "two", f=2, g=1)
    first = watcher.poll()
    watcher.poll()
    project.write("two", "def f(:\n")
    second = watcher.poll()
    assert reloadr.history()[len(before) :] == (first, second)
    assert isinstance(reloadr.history(), tuple)


def test_undo(project: Project, two: Any) -> None:
    """The last batch is taken back; a poll does not apply it again until the file is saved again."""
    watcher = project.watch(two)
    thing, f = two.C(), two.f
    save(project, "two", f=2, g=1)
    watcher.poll()
    report = reloadr.undo()
    assert report.verdict == "live"
    assert {(change.action, change.qualname) for change in report.changes} == {("undo", "f"), ("undo", "C.m")}
    assert (two.f(), thing.m()) == (1, 1) and two.f is f
    assert watcher.poll().verdict == "nothing"
    assert two.f() == 1
    assert {reason.qualname for reason in reloadr.status().pending} == {"f", "C.m"}
    assert "undone" in str(reloadr.status())
    assert reloadr.undo().verdict == "nothing"
    save(project, "two", f=3, g=1)
    assert watcher.poll().verdict == "live"
    assert (two.f(), thing.m()) == (3, 3)
    assert reloadr.status().in_step


def test_undo_then_reload_by_hand(project: Project, two: Any) -> None:
    """What was undone is applied again by `reload`."""
    watcher = project.watch(two)
    save(project, "two", f=2, g=1)
    watcher.poll()
    reloadr.undo()
    assert reloadr.reload(two).verdict == "live"
    assert two.f() == 2


def test_undo_then_save_the_same(project: Project, two: Any) -> None:
    """What was undone is applied again when the very same text is saved again."""
    watcher = project.watch(two)
    save(project, "two", f=2, g=1)
    watcher.poll()
    reloadr.undo()
    assert watcher.poll().verdict == "nothing"
    save(project, "two", f=2, g=1)
    watcher.poll()
    assert two.f() == 2


def test_undo_then_revert(project: Project, two: Any) -> None:
    """Saving the old text after an undo leaves nothing pending."""
    watcher = project.watch(two)
    save(project, "two", f=2, g=1)
    watcher.poll()
    reloadr.undo()
    save(project, "two", f=1, g=1)
    watcher.poll()
    assert two.f() == 1 and reloadr.status().in_step


def test_undo_after_a_rejected_batch(project: Project, two: Any) -> None:
    """A rejected batch changed nothing, so undo takes the one before it back."""
    watcher = project.watch(two)
    save(project, "two", f=2, g=1)
    watcher.poll()
    project.write("two", "def f(:\n")
    assert watcher.poll().rejected
    assert reloadr.undo().verdict == "live"
    assert two.f() == 1


# ---- hooks ------------------------------------------------------------------------------------------


def test_hooks(project: Project, two: Any) -> None:
    """`before` hears the modules, `after` the report; removed, they are called no more."""
    calls: list[Any] = []
    watcher = project.watch(two)
    hook = reloadr.on_reload(before=calls.append, after=calls.append)
    save(project, "two", f=2, g=1)
    report = watcher.poll()
    assert calls == [frozenset({"two"}), report]
    watcher.poll()
    assert len(calls) == 2
    project.write("two", "def f(:\n")
    report = watcher.poll()
    assert calls[2:] == [report] and report.rejected
    hook.remove()
    hook.remove()
    save(project, "two", f=3, g=1)
    watcher.poll()
    assert len(calls) == 3


def test_migrate(project: Project) -> None:
    """`migrate` hears each living instance, what came and went, and the old values."""
    text = "class C:\n    def __init__(self): {0}\nclass D(C): pass\n"
    module = project.start("migrating", text.format("self.width = self.height = 3"))
    watcher = project.watch(module)
    things = [module.C(), module.D()]
    seen: list[Any] = []

    def migrate(instance: Any, migration: reloadr.Migration) -> None:
        seen.append((instance, migration.added, migration.removed, dict(migration.old)))
        instance.size = migration.old["width"], migration.old["height"]
        del instance.width, instance.height

    hook = reloadr.on_reload(module.C, migrate=migrate)
    project.write("migrating", text.format("self.size = 1, 1"))
    report = watcher.poll()
    hook.remove()
    assert report.verdict == "live"
    assert {id(each[0]) for each in seen} == set(map(id, things))
    for _, added, removed, old in seen:
        assert (added, removed) == ({"size"}, {"width", "height"})
        assert old == {"width": 3, "height": 3}
    assert [vars(thing) for thing in things] == [{"size": (3, 3)}] * 2
    reloadr.undo()
    assert [vars(thing) for thing in things] == [{"width": 3, "height": 3}] * 2


def test_hooks_are_checked() -> None:
    """Nothing to call, or a migration without a class: a TypeError at once."""
    with pytest.raises(TypeError, match="wants before=, after= or migrate="):
        reloadr.on_reload()
    with pytest.raises(TypeError, match="a migration is for a class"):
        reloadr.on_reload(migrate=lambda instance, migration: None)
    with pytest.raises(TypeError, match="a migration is for a class"):
        reloadr.on_reload("C", migrate=lambda instance, migration: None)  # type: ignore[arg-type]


def test_once(project: Project) -> None:
    """`# reloadr: once`: the statement never runs again, changed or not, and the report says so."""
    text = "import builtins\nCALLS = []\nVALUE = {n}\nCALLS.append({n})  # reloadr: once\n"
    text += "DERIVED = [VALUE]  # reloadr: once\n"
    module = project.start("once", text.format(n=1))
    watcher = project.watch(module)
    derived = module.DERIVED
    project.write("once", text.format(n=2))
    report = watcher.poll()
    assert module.VALUE == 2 and module.CALLS == [1]
    assert module.DERIVED is derived
    assert "RL217" in {reason.code for reason in report.reasons}


# ---- plan -------------------------------------------------------------------------------------------

OLD = "import os\nLIMIT = 1\ndef f(x): return x\nclass C:\n    def m(self): pass\ndef gone(): pass\n"
NEW = "import os\n\nLIMIT = 2\ndef f(x, y=1): return x, y\nclass C:\n    def m(self): return 1\n    def n(self): pass\n"


def planned(plan: reloadr.Plan) -> set[tuple[str, str, str]]:
    return {(edit.action, edit.kind, edit.qualname) for edit in plan.edits}


def test_plan_of_texts() -> None:
    """The edits between two texts; nothing is imported."""
    plan = reloadr.plan(OLD, NEW)
    assert planned(plan) == {
        ("changed", "assignment", "LIMIT"),
        ("changed", "function", "f"),
        ("changed", "function", "C.m"),
        ("added", "function", "C.n"),
        ("removed", "function", "gone"),
    }
    by_name = {edit.qualname: edit for edit in plan.edits}
    assert by_name["f"].line == 4 and {"signature", "defaults", "body"} >= set(by_name["f"].facets) > {"signature"}
    assert by_name["C.m"].facets == ("body",)
    assert plan and not reloadr.plan(OLD, OLD) and str(reloadr.plan(OLD, OLD)) == "no edits"


def test_plan_tells_formatting_as_poll_does() -> None:
    """Other quotes, redundant parentheses and trailing commas are a formatting, another value is a change."""
    for old, new in (("x = 'a'", 'x = "a"'), ("x = (1)", "x = 1"), ("def f(a): return 'a'", "def f(a,): return ('a')")):
        assert [edit.action for edit in reloadr.plan(old, new).edits] == ["formatted"]
    assert [edit.action for edit in reloadr.plan("x = 'a'", "x = 'b'").edits] == ["changed"]


def test_plan_of_files(tmp_path: Path) -> None:
    """The same for files, in whatever encoding; a file of errors is named in the error."""
    old, new = tmp_path / "old.py", tmp_path / "new.py"
    old.write_bytes(b"\xef\xbb\xbf" + OLD.encode())
    new.write_bytes(("# coding: latin-1\n" + NEW).encode("latin-1").replace(b"\n", b"\r\n"))
    assert planned(reloadr.plan(old, new)) == planned(reloadr.plan(OLD, NEW))
    assert planned(reloadr.plan(OLD, new)) == planned(reloadr.plan(OLD, NEW))
    new.write_text("def f(:\n")
    with pytest.raises(SyntaxError) as caught:
        reloadr.plan(old, new)
    assert caught.value.filename == str(new) and caught.value.lineno == 1
    with pytest.raises(FileNotFoundError):
        reloadr.plan(old, tmp_path / "none.py")


def test_plan_does_not_import(tmp_path: Path) -> None:
    """No side effect of either text happens."""
    marker = tmp_path / "marker"
    text = f"open({str(marker)!r}, 'w')\nraise SystemExit\n"
    reloadr.plan(text, text + "x = 1\n")
    assert not marker.exists()


def test_plan_shows() -> None:
    """As a table and as plain data."""
    plan = reloadr.plan(OLD, NEW)
    lines = str(plan).splitlines()
    assert lines[0].split() == ["action", "kind", "name", "line", "what"]
    assert len(lines) == 1 + len(plan.edits)
    data = json.loads(json.dumps(plan.to_dict()))
    assert data["edits"][0].keys() == {"action", "kind", "qualname", "line", "facets"}
    assert all(len(shift) == 3 for shift in data["shifts"])


# ---- reports ----------------------------------------------------------------------------------------


class Page(html.parser.HTMLParser):
    """Checks that tags are closed in their order, and gathers the text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def reports(project: Project) -> Iterator[reloadr.Report]:
    """One of each verdict."""
    module = project.start("shown", LAYOUT.format(base="dict", n=1))
    watcher = project.watch(module)
    yield watcher.poll()
    project.write("shown", LAYOUT.format(base="dict", n=2))
    yield watcher.poll()
    thing = module.Sub()
    project.write(
        "shown", LAYOUT.format(base="dict", n=2) + "class Sub2: pass\ndef f(x: '<b>&' = '<script>'): return '</pre>'\n"
    )
    yield watcher.poll()
    project.write("shown", "def f(): '<script>&amp;' = 1\n")
    yield watcher.poll()
    project.write("shown", "raise ValueError('<script>alert(1)</script> & \"more\"')\n")
    yield watcher.poll()
    project.write("shown", LAYOUT.format(base="list", n=2))
    yield watcher.poll()
    assert thing is not None


def test_reports_show(project: Project) -> None:
    """As lines, as plain data, as a page fragment that is well formed and escaped."""
    verdicts = set()
    for report in reports(project):
        verdicts.add(report.verdict)
        page = Page(report._repr_html_())
        assert "script" not in page.seen
        assert report.verdict in page.text
        text = str(report)
        data = json.loads(json.dumps(report.to_dict()))
        assert data.keys() >= {"verdict", "changes", "reasons", "needs_restart", "rejected", "elapsed"}
        assert bool(report) == (report.verdict != "nothing")
        assert report.rejected == (report.verdict == "rejected")
        for change, plain in zip(report.changes, data["changes"], strict=True):
            assert str(change) in text and str(change) in page.text
            assert plain.keys() == {"action", "module", "qualname", "path", "line", "detail"}
            assert str(change).startswith(f"{change.action} {change.module}")
        for reason, plain in zip(report.reasons, data["reasons"], strict=True):
            assert str(reason) in text
            assert reason.message in page.text and reason.advice in page.text and reason.code in page.text
            assert plain["code"] == reason.code and plain["line"] == reason.line
        assert report.elapsed >= 0
        if report.verdict == "rejected":
            assert report.error is not None and report.reasons[0].excerpt
            assert report.reasons[0].excerpt.splitlines()[1].strip() == "^"
    assert verdicts >= {"nothing", "live", "rejected", "restart"}


def test_places_are_as_terminals_open_them(project: Project, two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In changes and reasons alike: from the current folder, whole for what is not below it."""
    watcher, path = project.watch(two), project.path("two")
    save(project, "two", f=2, g=1)
    change = watcher.poll().changes[0]
    project.write("two", "def f(:")
    reason = watcher.poll().reasons[0]
    assert f"update two.f {path}:1" in str(change) and f"RL401 {path}:1: " in str(reason)
    monkeypatch.chdir(path.parent)
    assert "update two.f two.py:1" in str(change) and "RL401 two.py:1: " in str(reason)


def test_report_has_the_text_diff(project: Project, two: Any) -> None:
    """By path, and for each file that changed."""
    watcher = project.watch(two)
    save(project, "two", f=2, g=1)
    report = watcher.poll()
    [(path, diff)] = report.diffs.items()
    assert path == two.__file__
    assert "-def f(): return 1" in diff and "+def f(): return 2" in diff
    assert "return 2" in Page(report._repr_html_()).text


def test_status(project: Project, two: Any) -> None:
    """What runs but is not what is saved: nothing, an error until it is mended, or what waits."""
    watcher = project.watch(two)
    assert reloadr.status().in_step and "two" in reloadr.status().watched
    assert "all running what is saved" in str(reloadr.status())
    project.write("two", "def f(:\n")
    assert reloadr.status().errors == ()
    watcher.poll()
    status = reloadr.status()
    assert not status.in_step and [reason.code for reason in status.errors] == ["RL401"]
    assert "RL401" in str(status)
    watcher.poll()
    assert reloadr.status() == status
    save(project, "two", f=1, g=1)
    watcher.poll()
    assert reloadr.status().in_step


# ---- modules of every kind --------------------------------------------------------------------------


def test_relative_imports(project: Project) -> None:
    """A new relative import in a package, to a new module, with names of the same save."""
    made = tree(project)
    watcher = project.watch(made.pack)
    project.write("pack/sub/fresh.py", "from ..inner import LEVEL\ndef z(): return LEVEL\n")
    project.write(
        "pack/inner.py",
        "from .sub.deep import d\nLEVEL = 7\ndef f():\n    from .sub import fresh\n    return fresh.z(), d()\n",
    )
    assert watcher.poll().verdict == "live"
    assert made.pack.f() == (7, 1)
    project.write(
        "pack/__init__.py", "from .inner import f, LEVEL as TOP\nfrom . import sub\nfrom .sub.fresh import z\n"
    )
    assert watcher.poll().verdict == "live"
    assert made.pack.TOP == 7 and made.pack.z() == 7 and made.pack.sub is sys.modules["pack.sub"]


def test_namespace_package(project: Project) -> None:
    """A package without `__init__.py`, watched by name, by module and by folder."""
    project.write("space/one.py", "def f(): return 1\n")
    one = project.load("space.one")
    space = sys.modules["space"]
    for number, target in enumerate(["space", space, project.root / "space"], 2):
        with reloadr.watch(target, on="look") as watcher:
            assert "space.one" in watcher.modules
            project.write("space/one.py", f"def f(): return {number}\n")
            assert watcher.poll().verdict == "live"
            assert one.f() == number
    project.write("space/one.py", "def f(): return 9\n")
    assert reloadr.reload(space).verdict == "live"
    assert one.f() == 9


def zipped(path: Path, text: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inzip.py", text)
    # zipimport knows an archive by its time, in seconds.
    stamp = zipped.__dict__["clock"] = zipped.__dict__.get("clock", time.time() - 9000) + 10
    os.utime(path, (stamp, stamp))


def test_module_in_a_zip(project: Project) -> None:
    """A module in an archive: its loader is asked for the source."""
    path = project.root / "packed.zip"
    zipped(path, "def f(): return 1\n")
    sys.path.insert(0, str(path))
    module = project.load("inzip")
    watcher = project.watch(module)
    assert watcher.modules == ("inzip",)
    assert watcher.poll().verdict == "nothing"
    zipped(path, "# more\ndef f(): return 2\n")
    module.__loader__.invalidate_caches()
    assert watcher.poll().verdict == "live"
    assert module.f() == 2
    zipped(path, "def f(): return 3\n")
    module.__loader__.invalidate_caches()
    assert reloadr.reload(module.f).verdict == "live"
    assert module.f() == 3


class Loader:
    """A loader that gives source from a dict."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def find_spec(self, name: str, path: object = None, target: object = None) -> machinery.ModuleSpec | None:
        if name not in self.texts:
            return None
        return machinery.ModuleSpec(name, self, origin=f"memory:{name}")  # type: ignore[arg-type]

    def create_module(self, spec: machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = f"/memory/{module.__name__}.py"
        exec(compile(self.texts[module.__name__], module.__file__, "exec"), vars(module))

    def get_source(self, name: str) -> str:
        return self.texts[name]


@pytest.fixture
def memory() -> Iterator[dict[str, str]]:
    """Modules in memory, by name."""
    texts: dict[str, str] = {}
    loader = Loader(texts)
    sys.meta_path.insert(0, loader)  # type: ignore[arg-type]
    yield texts
    sys.meta_path.remove(loader)  # type: ignore[arg-type]
    for name in texts:
        sys.modules.pop(name, None)


def test_custom_loader(project: Project, memory: dict[str, str]) -> None:
    """A loader with `get_source` is asked for the text that is there now."""
    memory["remembered"] = "def f(): return 1\nclass C:\n    def m(self): return 1\n"
    module = project.load("remembered")
    thing = module.C()
    watcher = project.watch(module)
    assert watcher.poll().verdict == "nothing"
    memory["remembered"] = memory["remembered"].replace("1", "2")
    assert watcher.poll().verdict == "live"
    assert (module.f(), thing.m()) == (2, 2)
    memory["remembered"] = "def f(:\n"
    assert watcher.poll().rejected
    memory["remembered"] = "def f(): return 3\n"
    assert reloadr.reload("remembered.f").verdict == "live"
    assert module.f() == 3


def test_main(project: Project) -> None:
    """`__main__`: watched as a module, by name and by path, from a script and with `-m`; its main block does
    not run again."""
    script = """\
    import sys
    sys.path.insert(0, sys.argv[1])
    import reloadr, pathlib
    def f(): return "v1"
    class C:
        def m(self): return "v1"
    thing = C()
    RUNS = []
    def body():
        RUNS.append(1)
        me = sys.modules["__main__"]
        path = pathlib.Path(__file__)
        text = path.read_text()
        targets = [me, "__main__", str(path)]
        for number, target in enumerate(targets, 2):
            with reloadr.watch(target, on="look") as watcher:
                assert watcher.modules == ("__main__",), watcher.modules
                path.write_text(text.replace("v" "1", f"v{number}"))
                report = watcher.poll()
                assert (f(), thing.m()) == (f"v{number}", f"v{number}"), report
        path.write_text(text.replace("v" "1", "v9"))
        assert reloadr.reload(f)
        assert (f(), thing.m()) == ("v9", "v4")
        path.write_text(text)
        assert RUNS == [1]
        print("well")
    if __name__ == "__main__":
        body()
    """
    path = project.write("mainly.py", dedent(script))
    for command in ([str(path)], ["-m", "mainly"]):
        done = subprocess.run(
            [sys.executable, "-B", *command, str(project.root)],
            capture_output=True, text=True, timeout=60, check=False, cwd=project.root,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, "well\n"), done.stdout + done.stderr


def test_several_modules_from_one_file(project: Project) -> None:
    """A file that was loaded under two names: both are patched, each in its own namespace and state."""
    path = project.write("twice", "STATE = []\nLIMIT = 1\ndef f(): return LIMIT, len(STATE)\n")
    modules = []
    for name in ("twice_one", "twice_two"):
        spec = util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        modules.append(module)
    one, other = modules
    one.STATE.append(1)
    watcher = project.watch(path)
    assert set(watcher.modules) == {"twice_one", "twice_two"}
    project.write("twice", "STATE = []\nLIMIT = 2\ndef f(): return LIMIT, len(STATE), 'new'\n")
    assert watcher.poll().verdict == "live"
    assert one.f() == (2, 1, "new") and other.f() == (2, 0, "new")
    assert one.f.__globals__ is vars(one) and other.f.__globals__ is vars(other)
    project.write("twice", "STATE = []\nLIMIT = 3\ndef f(): return 'newer'\n")
    assert reloadr.reload(one).verdict == "live"
    assert (one.f(), other.f()) == ("newer", (2, 0, "new"))
    assert not reloadr.status().in_step
    watcher.poll()
    assert other.f() == "newer" and reloadr.status().in_step


def test_module_that_replaced_itself(project: Project) -> None:
    """A name in `sys.modules` that holds no module is left alone; a module that was imported anew is the one
    that is patched from then on."""
    project.write("odd", "import sys\nclass Odd: value = 1\nsys.modules[__name__] = Odd()\n")
    first = project.start("again", "def f(): return 1\n")
    watcher = project.watch()
    odd = project.load("odd")
    watcher.poll()
    project.write("odd", "import sys\nclass Odd: value = 2\nsys.modules[__name__] = Odd()\n")
    del sys.modules["again"]
    second = project.load("again")
    project.write("again", "def f(): return 2\n")
    assert not watcher.poll().rejected
    assert odd.value == 1 and second.f() == 2 and first.f() == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("latin-1", "# coding: latin-1\ndef f(): return 'é{}'\n".encode("latin-1")),
        ("byte order mark", b"\xef\xbb\xbfdef f(): return '\xc3\xa9{}'\n"),
        ("CRLF", "def f():\r\n    return 'é{}'\r\n".encode()),
        ("form feeds and tabs", "\x0c\ndef f():\n\treturn 'é{}'\n\x0c\n".encode()),
        ("several on a line", "A = 1; f = lambda: 'é{}'; B = 2\n".encode()),
        ("no line end", "def f(): return 'é{}'".encode()),
        ("long", b"# line\n" * 20_000 + "def f(): return 'é{}'\n".encode()),
    ],
)
def test_files_of_every_kind(project: Project, name: str, data: bytes) -> None:
    """Encodings, marks, line ends, long files: all work, twice."""
    module = project.start("kinds", data.replace(b"{}", b"1"))
    watcher = project.watch(module)
    f = module.f
    for number in (b"2", b"3"):
        project.write("kinds", data.replace(b"{}", number))
        assert watcher.poll().verdict == "live"
        assert module.f() == f() == "é" + number.decode()


def test_everything_is_exported() -> None:
    """What the package names in `__all__` is there, and documented."""
    for name in reloadr.__all__:
        value = getattr(reloadr, name)
        assert value.__doc__ or name == "Verdict"
