"""User code that a reload runs: it may raise, block, start threads, reload, exit. Each has one outcome.

Statements, defaults, decorators and `__set_name__` run inside the transaction, and so do `before` and
`migrate` hooks. Any exception but KeyboardInterrupt rejects the batch; KeyboardInterrupt, and SystemExit of a
hook, take it back and go on to whoever called. `after` hooks run once the batch is live.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import reloadr
from harness import Project, wait_until

#: Each way that a patch runs user code: what stands above the edit, and lines that come with it.
PLACES = {
    "statement": ("", "world.act()\n"),
    "default": ("", "def g(x=world.act()): pass\n"),
    "decorator": ("def deco(g):\n    world.act()\n    return g\n", "@deco\ndef g(): pass\n"),
    "class body": ("", "class C:\n    attr = world.act()\n"),
    "set_name": (
        "class D:\n    def __set_name__(self, owner, name): world.act()\n",
        "class C:\n    attr = D()\n",
    ),
    "metaclass": (
        "class M(type):\n    def __init__(cls, *args): world.act()\n",
        "class C(metaclass=M): pass\n",
    ),
    "import": ("", "import reentrant_new\n"),
}


@pytest.fixture
def world() -> Iterator[SimpleNamespace]:
    """What the patched code calls: `world.act` is set by each test."""
    made: Any = SimpleNamespace(__name__="world", act=lambda: None)
    sys.modules["world"] = made
    yield made
    del sys.modules["world"]


def start(project: Project, place: str) -> tuple[Any, reloadr.Watcher]:
    """A module whose `f` gives 1; saved is one whose `f` gives 2, with the lines of a place."""
    above, lines = PLACES[place]
    module = project.start("reentrant", f"import world\n{above}def f(): return 1\n")
    watcher = project.watch("reentrant")
    if place == "import":
        project.write("reentrant_new", "import world\nworld.act()\n")
    project.write("reentrant", f"import world\n{above}def f(): return 2\n{lines}")
    return module, watcher


def is_untouched(module: Any) -> bool:
    """Whether nothing of the save is there."""
    return module.f() == 1 and not {"g", "C", "reentrant_new"} & vars(module).keys()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), GeneratorExit(), RecursionError("deep")])
def test_raises(project: Project, world: SimpleNamespace, place: str, error: BaseException) -> None:
    """It raises, or exits: the batch is rejected, the exception named, nothing is changed."""

    def act() -> None:
        raise error

    world.act = act
    module, watcher = start(project, place)
    f, code = module.f, module.f.__code__
    report = watcher.poll()
    assert report.rejected
    assert [reason.code for reason in report.reasons] == ["RL402"]
    assert type(error).__name__ in report.reasons[0].message
    assert module.f is f and f.__code__ is code
    assert is_untouched(module)
    assert "reentrant_new" not in sys.modules
    assert not reloadr.status().in_step
    world.act = lambda: None
    assert reloadr.reload("reentrant").verdict == "live"
    assert f() == module.f() == 2


@pytest.mark.parametrize("place", PLACES)
def test_interrupted(project: Project, world: SimpleNamespace, place: str) -> None:
    """Ctrl-C while it runs: everything is as it was, the interrupt reaches the caller, the next poll tries
    the same save again."""

    def act() -> None:
        raise KeyboardInterrupt

    world.act = act
    module, watcher = start(project, place)
    code = module.f.__code__
    with pytest.raises(KeyboardInterrupt):
        watcher.poll()
    assert module.f.__code__ is code and is_untouched(module)
    assert "reentrant_new" not in sys.modules
    world.act = lambda: None
    assert watcher.poll().verdict == "live"
    assert module.f() == 2


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda watcher: watcher.poll(), id="poll"),
        pytest.param(lambda watcher: reloadr.reload(), id="reload"),
        pytest.param(lambda watcher: reloadr.reload("reentrant"), id="reload-module"),
        pytest.param(lambda watcher: reloadr.undo(), id="undo"),
    ],
)
def test_reloads(
    project: Project, world: SimpleNamespace, place: str, call: Callable[[reloadr.Watcher], reloadr.Report]
) -> None:
    """It reloads, polls or undoes: that call does nothing, at once; the running batch goes on."""
    inner: list[reloadr.Report] = []
    module, watcher = start(project, place)
    world.act = lambda: inner.append(call(watcher))
    assert watcher.poll().verdict == "live"
    assert inner and all(report.verdict == "nothing" for report in inner)
    assert module.f() == 2


@pytest.mark.parametrize("place", PLACES)
def test_asks(project: Project, world: SimpleNamespace, place: str) -> None:
    """It asks for the status, the history and the watched modules: it gets an answer."""
    seen: list[object] = []
    module, watcher = start(project, place)
    world.act = lambda: seen.extend([str(reloadr.status()), reloadr.history(), watcher.modules])
    assert watcher.poll().verdict == "live"
    assert len(seen) >= 3
    assert module.f() == 2


@pytest.mark.parametrize("place", PLACES)
def test_blocks(project: Project, world: SimpleNamespace, place: str) -> None:
    """It blocks: other threads run the old code meanwhile, and see none of the new (but a module that is
    imported for the first time sees it, and so do they); one that reloads waits until the batch is through,
    and finds nothing left to do."""
    inside, go = threading.Event(), threading.Event()

    def act() -> None:
        inside.set()
        assert go.wait(20)

    world.act = act
    module, watcher = start(project, place)
    reports: dict[str, reloadr.Report] = {}
    first = threading.Thread(target=lambda: reports.update(first=watcher.poll()))
    first.start()
    second = threading.Thread(target=lambda: reports.update(second=reloadr.reload()))
    try:
        assert inside.wait(20)
        assert place == "import" or is_untouched(module)
        second.start()
        assert "second" not in reports
    finally:
        go.set()
    first.join(20)
    second.join(20)
    assert reports["first"].verdict == "live"
    assert reports["second"].verdict == "nothing"
    assert module.f() == 2


@pytest.mark.parametrize("place", PLACES)
def test_waits_for_a_thread_that_reloads(
    project: Project, world: SimpleNamespace, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts a thread that reloads, and waits for it: that thread is told so after some time, with a
    RuntimeError, instead of a deadlock; then the batch goes on."""
    monkeypatch.setattr(sys.modules["reloadr.session.session"], "PATIENCE", 0.05)
    errors: list[str] = []

    def reload() -> None:
        try:
            reloadr.reload()
        except RuntimeError as error:
            errors.append(str(error))

    def act() -> None:
        thread = threading.Thread(target=reload)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()

    world.act = act
    module, watcher = start(project, place)
    assert watcher.poll().verdict == "live"
    assert errors and "another thread's reload has not ended" in errors[0]
    assert module.f() == 2


@pytest.mark.parametrize("place", PLACES)
def test_starts_threads_that_reload(project: Project, world: SimpleNamespace, place: str) -> None:
    """It starts threads that reload, and goes on: they wait for the end of the batch, and find nothing to do."""
    reports: list[reloadr.Report] = []
    threads: list[threading.Thread] = []

    def act() -> None:
        for _ in range(3):
            thread = threading.Thread(target=lambda: reports.append(reloadr.reload()))
            thread.start()
            threads.append(thread)

    world.act = act
    module, watcher = start(project, place)
    assert watcher.poll().verdict == "live"
    for thread in threads:
        thread.join(20)
    assert [report.verdict for report in reports] == ["nothing"] * len(threads)
    assert module.f() == 2


def test_saves_its_own_file(project: Project, world: SimpleNamespace) -> None:
    """It writes the file that is being patched: the batch is of the file as it was; the next poll brings the
    rest."""
    module, watcher = start(project, "statement")
    world.act = lambda: project.write("reentrant", "def f(): return 3\n")
    assert watcher.poll().verdict == "live"
    assert module.f() == 2
    world.act = lambda: None
    assert watcher.poll()
    assert module.f() == 3


def test_watches_and_stops(project: Project, world: SimpleNamespace) -> None:
    """It stops its watcher and starts another: the batch is finished, the new watcher works."""
    module, watcher = start(project, "statement")
    made: list[reloadr.Watcher] = []

    def act() -> None:
        watcher.stop()
        made.append(project.watch("reentrant"))

    world.act = act
    assert watcher.poll().verdict == "live"
    assert module.f() == 2
    world.act = lambda: None
    project.write("reentrant", "def f(): return 4\n")
    assert made[0].poll()
    assert module.f() == 4


def test_imports_new_module_of_the_project(project: Project, world: SimpleNamespace) -> None:
    """It imports a module that was not loaded yet, itself: that is loaded, and watched from the next poll on."""
    project.write("reentrant_late", "def g(): return 1\n")
    module = project.start("reentrant", "import world\ndef f(): return 1\n")
    watcher = project.watch()
    project.write("reentrant", "import world\ndef f(): return 2\nworld.act()\n")
    world.act = lambda: __import__("reentrant_late")
    assert watcher.poll().verdict == "live"
    late = sys.modules["reentrant_late"]
    watcher.poll()
    project.write("reentrant_late", "def g(): return 2\n")
    assert watcher.poll().verdict == "live"
    assert late.g() == 2 and module.f() == 2


def test_changes_what_is_patched(project: Project, world: SimpleNamespace) -> None:
    """It rebinds, by hand, a name of the module that it stands in: the source has the last word on names that
    it binds, the others keep what was put there."""
    module, watcher = start(project, "statement")

    def act() -> None:
        module.by_hand = 5

    world.act = act
    assert watcher.poll().verdict == "live"
    assert module.f() == 2 and module.by_hand == 5


# ---- hooks ------------------------------------------------------------------------------------------


def hooked(project: Project, **hooks: Any) -> tuple[Any, reloadr.Watcher, Any]:
    module = project.start("hooked", "class C:\n    def __init__(self): self.x = 1\n    def m(self): return 1\n")
    watcher = project.watch("hooked")
    instance = module.C()
    hook = reloadr.on_reload(**hooks) if "migrate" not in hooks else reloadr.on_reload(module.C, **hooks)
    project.write("hooked", "class C:\n    def __init__(self): self.x = self.y = 2\n    def m(self): return 2\n")
    return instance, watcher, hook


@pytest.mark.parametrize("kind", ["before", "migrate"])
def test_hook_raises(project: Project, kind: str) -> None:
    """A before or migrate hook raises: rejected with RL404, nothing changed, attributes of instances included."""

    def hook(*arguments: Any) -> None:
        if kind == "migrate":
            arguments[0].y = arguments[0].z = 9
        raise ValueError("hook says no")

    instance, watcher, registered = hooked(project, **{kind: hook})
    try:
        report = watcher.poll()
        assert report.rejected and [reason.code for reason in report.reasons] == ["RL404"]
        assert "hook says no" in report.reasons[0].message
        assert instance.m() == 1 and vars(instance) == {"x": 1}
    finally:
        registered.remove()
    assert reloadr.reload("hooked").verdict == "caveat"
    assert instance.m() == 2


@pytest.mark.parametrize("kind", ["before", "migrate"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_hook_ends_the_program(project: Project, kind: str, error: type[BaseException]) -> None:
    """A before or migrate hook exits, or is interrupted: that reaches the caller, and nothing is changed."""

    def hook(*arguments: Any) -> None:
        raise error

    instance, watcher, registered = hooked(project, **{kind: hook})
    with pytest.raises(error):
        watcher.poll()
    registered.remove()
    assert instance.m() == 1
    assert watcher.poll()
    assert instance.m() == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_after_hook_ends_the_program(project: Project, error: type[BaseException]) -> None:
    """An after hook exits, or is interrupted: that reaches the caller; the batch is live."""

    def hook(report: reloadr.Report) -> None:
        raise error

    instance, watcher, registered = hooked(project, after=hook)
    try:
        with pytest.raises(error):
            watcher.poll()
    finally:
        registered.remove()
    assert instance.m() == 2
    assert watcher.poll().verdict == "nothing"


def test_after_hook_raises(project: Project) -> None:
    """An after hook raises: a RuntimeWarning says so, the batch is live, the other hooks are called."""
    called: list[reloadr.Report] = []

    def bad(report: reloadr.Report) -> None:
        raise ValueError("after says no")

    instance, watcher, registered = hooked(project, after=bad)
    other = reloadr.on_reload(after=called.append)
    try:
        with pytest.warns(RuntimeWarning, match="after says no"):
            report = watcher.poll()
    finally:
        registered.remove()
        other.remove()
    assert instance.m() == 2
    assert called == [report]


@pytest.mark.parametrize("kind", ["before", "migrate", "after"])
def test_hook_reloads(project: Project, kind: str) -> None:
    """A hook reloads. Before and migrate hooks: nothing, at once. An after hook: the batch is over, so what
    was saved meanwhile is applied."""
    inner: list[str] = []

    def hook(*arguments: Any) -> None:
        if len(inner) < 1:
            inner.append("")
            text = "class C:\n    def __init__(self): self.x = self.y = 2\n    def m(self): return 3\n"
            project.write("hooked", text)
            inner[0] = reloadr.reload().verdict

    instance, watcher, registered = hooked(project, **{kind: hook})
    try:
        watcher.poll()
    finally:
        registered.remove()
    assert inner == ["live" if kind == "after" else "nothing"]
    assert instance.m() == (3 if kind == "after" else 2)
    watcher.poll()
    assert instance.m() == 3


@pytest.mark.parametrize("kind", ["before", "migrate", "after"])
def test_hook_removes_itself_and_adds_another(project: Project, kind: str) -> None:
    """A hook removes itself and registers another: each is called as it was registered when its turn came."""
    calls: list[str] = []
    more: list[Any] = []

    def hook(*arguments: Any) -> None:
        calls.append("first")
        registered.remove()
        more.append(reloadr.on_reload(before=lambda modules: calls.append("second")))

    instance, watcher, registered = hooked(project, **{kind: hook})
    watcher.poll()
    try:
        assert calls == ["first"]
        project.write("hooked", "class C:\n    def m(self): return 5\n")
        watcher.poll()
        assert calls == ["first", "second"]
    finally:
        for each in more:
            each.remove()
    assert instance.m() == 5


def test_hook_blocks_with_a_thread_that_calls(project: Project) -> None:
    """A before hook waits for a thread that works with the module: that runs the old code, and ends."""
    seen: list[int] = []

    def hook(modules: frozenset[str]) -> None:
        thread = threading.Thread(target=lambda: seen.append(instance.m()))
        thread.start()
        thread.join(20)

    instance, watcher, registered = hooked(project, before=hook)
    try:
        watcher.poll()
    finally:
        registered.remove()
    assert seen == [1]
    assert instance.m() == 2


def test_import_lock(project: Project, world: SimpleNamespace) -> None:
    """Another thread is in the middle of the import of a watched module, and reloads there: it gets through,
    and so does the reload that waits for it."""
    project.write("reentrant_slow", "import reloadr, world\nworld.inside.set()\nreloadr.reload()\ndone = True\n")
    world.inside = threading.Event()
    project.start("reentrant", "import world\ndef f(): return 1\n")
    watcher = project.watch()
    project.write("reentrant", "def f(): return 2\n")
    thread = threading.Thread(target=lambda: project.load("reentrant_slow"))
    thread.start()
    assert world.inside.wait(20)
    watcher.poll()
    thread.join(20)
    wait_until(lambda: not thread.is_alive(), "the import ends")
    assert sys.modules["reentrant"].f() == 2
    assert sys.modules["reentrant_slow"].done
