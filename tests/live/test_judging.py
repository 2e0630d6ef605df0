"""The judge of exceptions: what only this process refuses needs a restart, what is wrong is rejected."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import pytest
import reloadr
from harness import Project, wait_until
from reloadr.proof import judging
from reloadr.session.session import session

REGISTRY = """\
import os
names = {}
closed = False
def register(name, what=None):
    if name in names: raise ValueError(f"{name} is registered")
    if closed: raise RuntimeError("too late")
    names[name] = what
    return what
def named(name):
    def decorate(f): return register(name, f)
    return decorate
class Meta(type):
    def __init__(cls, name, bases, space):
        super().__init__(name, bases, space)
        register(name + str(space.get("version", 0)), cls)
"""

#: Edits that a living process refuses and a fresh one runs: before and after, in a module that imports the registry.
REFUSED = {
    "a call whose argument changed": ("register('a', 1)\n", "register('a', 2)\n"),
    "a new decorated function below others": (
        "@named('f')\ndef f(): return 1\n",
        "@named('f')\ndef f(): return 2\n@named('f2')\ndef g(): return 1\n",
    ),
    "a new statement": ("", "register('new')\n"),
    "a new decorated function": ("", "@named('h')\ndef h(): return 1\n"),
    "a new class": ("", "class K(metaclass=Meta): pass\n"),
    "a class in a block": ("", "if True:\n    class K(metaclass=Meta): pass\n"),
    "a value of a class": ("class P:\n    a = 1\n", "class P:\n    a = register('P.a', 2)\n"),
    "a default": ("def d(x=1): return x\n", "def d(x=register('d', 2)): return x\n"),
    "a loop": ("", "for each in 'xy':\n    register(each)\n"),
}
HEAD = "import registry\nfrom registry import Meta, named, register\nPLAIN = 1\n"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need longer."""
    monkeypatch.setattr(judging, "LIMIT", 120.0)


@pytest.fixture
def registry(project: Project) -> Any:
    module = project.start("registry", REGISTRY + "def close(): return closed\n")
    return module


def codes(report: reloadr.Report) -> list[str]:
    return [each.code for each in report.reasons]


@pytest.mark.parametrize("name", REFUSED)
def test_what_only_this_process_refuses_needs_a_restart(project: Project, registry: Any, name: str) -> None:
    """RL306 with the error; nothing of the save is live; when it is taken back all is in step again."""
    before, after = REFUSED[name]
    module = project.start("shop", HEAD + before)
    watcher = project.watch()
    registry.closed = True
    project.write("shop", HEAD.replace("PLAIN = 1", "PLAIN = 2") + after)
    report = watcher.poll()
    assert report.verdict == "restart" and report.needs_restart, str(report)
    assert codes(report) == ["RL306"], str(report)
    assert any(words in report.reasons[0].message for words in ("too late", "is registered"))
    assert module.PLAIN == 1
    assert [each.code for each in reloadr.status().pending] == ["RL306"] and not reloadr.status().errors
    project.write("shop", HEAD + before)
    assert watcher.poll().verdict in ("nothing", "live")
    assert reloadr.status().in_step


WRONG = {
    "a division": "x = 1 / 0\n",
    "a name that nobody binds": "y = nobody\n",
    "an attribute": "import os\nz = os.nobody\n",
    "an import": "import nobody_has_this\n",
    "a decorator that fails": "@named\ndef f(): ...\nf()()\n",
    "twice in one source": "register('t')\nregister('t')\n",
    "an exit": "raise SystemExit(3)\n",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_rejected(project: Project, registry: Any, name: str) -> None:
    """A fresh process does not start with it either."""
    project.start("shop", HEAD)
    watcher = project.watch()
    project.write("shop", HEAD + WRONG[name])
    report = watcher.poll()
    assert report.verdict == "rejected" and codes(report) == ["RL402"], str(report)


def test_a_name_that_nobody_binds_is_not_asked_about(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commonest mistake of all costs no process."""
    monkeypatch.setattr(judging, "run", lambda *_: pytest.fail("a process was started"))
    project.start("shop", "x = 1\n")
    watcher = project.watch()
    project.write("shop", "x = 1\nclass C:\n    y = tpyo\n")
    assert codes(watcher.poll()) == ["RL402"]


def test_the_programs_modules_decide_where_the_module_alone_does_not(project: Project, registry: Any) -> None:
    """Alone it would start; beside the module that has registered the name before, it does not."""
    project.start("first", "from registry import register\nregister('x')\n")
    project.start("second", "from registry import register\n")
    watcher = project.watch()
    project.write("second", "from registry import register\nregister('x')\n")
    assert codes(watcher.poll()) == ["RL402"]
    project.write("second", "from registry import register\nregister('z')\n")
    assert watcher.poll().verdict == "live"


def test_a_module_that_cannot_be_imported_first(project: Project, registry: Any) -> None:
    """What the module needs of the program's order is no fault of its own."""
    project.start("settings", "chosen = {}\n")
    project.start("configure", "import settings\nsettings.chosen['page'] = 1\n")
    text = "import settings\nfrom registry import register\nPAGE = settings.chosen['page']\n"
    project.start("views", text)
    watcher = project.watch()
    registry.closed = True
    project.write("views", text + "register('view')\n")
    assert codes(watcher.poll()) == ["RL306"]


def test_a_module_that_opens_a_port_does_not_hide_it(project: Project, registry: Any) -> None:
    """What could not be imported a second time before the edit says nothing of the edit."""
    project.start("port", "import os\nif 'RELOADR_VERIFYING' in os.environ: raise OSError(98)\n")
    project.start("shop", HEAD)
    watcher = project.watch()
    registry.closed = True
    project.write("shop", HEAD + "register('late')\n")
    assert codes(watcher.poll()) == ["RL306"]


def test_nobody_is_asked_who_must_not_be(project: Project, registry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`judge=False`: rejected, in words that blame nobody."""
    monkeypatch.setattr(judging, "run", lambda *_: pytest.fail("a process was started"))
    project.start("shop", HEAD)
    watcher = project.watch(judge=False)
    registry.closed = True
    project.write("shop", HEAD + "register('late')\n")
    report = watcher.poll()
    assert codes(report) == ["RL402"]
    assert "or restart if only this process refuses it" in report.reasons[0].advice


def test_a_judge_that_does_not_end_is_ended(
    project: Project, registry: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """At the time limit the rejection stands; what the process prints is not seen, what it started is ended."""
    monkeypatch.setattr(judging, "LIMIT", 2.0)
    text = (
        "import os, subprocess, sys, time\n"
        "if 'RELOADR_VERIFYING' in os.environ:\n"
        "    print('imported')\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)\n"
        f"    open({str(project.root / 'pid')!r}, 'w').write(str(child.pid))\n"
        "    time.sleep(60)\n"
    )
    project.start("slow", text)
    watcher = project.watch()
    began = time.monotonic()
    project.write("slow", text + "import registry\nregistry.closed = 1 / (1 - registry.names.get('n', 1))\n")
    assert codes(watcher.poll()) == ["RL402"]
    assert time.monotonic() - began < 20
    assert "imported" not in capfd.readouterr().out
    pid = int((project.root / "pid").read_text())
    wait_until(lambda: not _is_alive(pid), "the child's end")


def test_another_save_goes_live_beside_it(project: Project, registry: Any) -> None:
    """What waits for a restart waits on, and keeps nothing back."""
    project.start("shop", HEAD)
    other = project.start("other", "def f(): return 1\n")
    watcher = project.watch()
    registry.closed = True
    project.write("shop", HEAD + "register('late')\n")
    assert codes(watcher.poll()) == ["RL306"]
    project.write("other", "def f(): return 2\n")
    assert watcher.poll().verdict == "live" and other.f() == 2
    assert [each.code for each in reloadr.status().pending] == ["RL306"] and not reloadr.status().errors


def test_a_thread_that_applies_saves_does_not_wait(
    project: Project, registry: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Rejected at once; that it needs a restart is another report."""
    project.start("shop", HEAD)
    reports: list[reloadr.Report] = []
    with reloadr.watch(str(project.root), on_report=reports.append):
        registry.closed = True
        project.write("shop", HEAD + "register('late')\n")
        wait_until(lambda: len(reports) > 1, "two reports")
        assert [codes(each) for each in reports] == [["RL402"], ["RL306"]]
        assert reloadr.history()[-1].needs_restart
        said = [record for record in caplog.records if "RL306" in record.getMessage()]
        assert [record.levelname for record in said] == ["WARNING"], "nobody was handed it"
        assert [each.code for each in reloadr.status().pending] == ["RL306"]


def test_an_event_loop_does_not_wait(project: Project, registry: Any) -> None:
    """The rejection and that it needs a restart are two reports of the same iteration; the loop runs in between."""
    project.start("shop", HEAD)

    async def watched() -> list[list[str]]:
        found: list[list[str]] = []
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.create_task(tick())
        reports = reloadr.awatch(str(project.root))
        waiting = asyncio.ensure_future(anext(reports))
        await asyncio.sleep(0.2)
        registry.closed = True
        project.write("shop", HEAD + "register('late')\n")
        found.append(codes(await asyncio.wait_for(waiting, 60)))
        ticks = 0
        found.append(codes(await asyncio.wait_for(anext(reports), 60)))
        assert ticks > 3
        ticking.cancel()
        await reports.aclose()
        return found

    assert asyncio.run(watched()) == [["RL402"], ["RL306"]]


def test_a_newer_save_ends_the_judging_of_the_older(project: Project, registry: Any) -> None:
    """It goes live at once, and nothing is said of the older."""
    slow = "import os, time\nif 'RELOADR_VERIFYING' in os.environ: time.sleep(60)\n"
    module = project.start("shop", slow + HEAD)
    reports: list[reloadr.Report] = []
    with reloadr.watch(str(project.root), on_report=reports.append):
        registry.closed = True
        project.write("shop", slow + HEAD + "register('late')\n")
        wait_until(lambda: reports, "the rejection")
        began = time.monotonic()
        project.write("shop", slow + HEAD.replace("PLAIN = 1", "PLAIN = 3"))
        wait_until(lambda: module.PLAIN == 3, "the newer save")
        assert time.monotonic() - began < 10
        wait_until(lambda: not _threads(), "the end of the judging")
    assert [codes(each) for each in reports] == [["RL402"], []]
    assert not [path for path in session.pending if path.startswith(str(project.root))]


def _threads() -> list[str]:
    import threading

    return [each.name for each in threading.enumerate() if each.name == "reloadr-judge"]


def _is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return os.path.exists(f"/proc/{pid}")
