"""What a plug-in can say of its framework and ask for: a small one, of palettes, with rules of each kind."""

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import reloadr
from harness import Project
from reloadr import plugins
from reloadr.plugins import Change, Plugin, Reload, Rule

PAINT = """
    import functools

    registry = {}
    heard = []
    shades = {"red": 1}

    def brush(name):
        def register(function):
            if name in registry:
                raise ValueError(f"{name} is taken")
            registry[name] = function
            return function
        return register

    class Board:
        def __init__(self):
            self.pots = []
        def pour(self, pot):
            self.pots.append(pot)

    @functools.cache
    def palette():
        import studio
        return sorted(studio.COLOURS)

    class Collecting(type):
        def __new__(mcs, name, bases, body):
            cls = super().__new__(mcs, name, bases, body)
            cls.found = [each for each in body if each.startswith("pot")]
            open  # a name that keeps it from being run unseen
            return cls
"""

STUDIO = """
    import paint

    COLOURS = ["red", "blue"]
    CANVAS = 1

    @paint.brush("round")
    def stroke():
        return "stroke"

    board = paint.Board()
    board.pour("a")
    board.pour("b")
    ALL = list(board.pots)

    class Set(metaclass=paint.Collecting):
        pot_a = 1
"""


@pytest.fixture
def told(project: Project) -> Iterator[Callable[..., None]]:
    """Registers a plug-in of these rules, for the test."""
    project.start("paint", PAINT)
    project.start("studio", STUDIO)
    let_go = []

    def register(*rules: Rule) -> None:
        let_go.append(plugins.register(Plugin("paint", rules)))

    yield register
    for each in let_go:
        each()


def edit(project: Project, *pairs: tuple[str, str]) -> None:
    text = project.path("studio").read_text()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    project.write("studio", text)


def test_a_cache_is_cleared_once_all_is_live_and_when_it_is_undone(project: Project, told: Callable[..., None]) -> None:
    """A name that got another value; the same call is made once."""
    paint, calls = sys.modules["paint"], []

    def clear() -> None:
        calls.append(sys.modules["studio"].COLOURS)
        paint.palette.cache_clear()

    told(Rule(names=["COL*"], changed=lambda change, reload: (reload.after(clear), reload.after(clear))))
    watcher = project.watch()
    assert paint.palette() == ["blue", "red"]
    edit(project, ('"blue"', '"green"'))
    assert watcher.poll().verdict == "live"
    assert paint.palette() == ["green", "red"]
    assert calls == [["red", "green"]]
    reloadr.undo()
    assert paint.palette() == ["blue", "red"]


def test_a_restart_leaves_the_edit_pending_and_the_others_live(project: Project, told: Callable[..., None]) -> None:
    """With the framework, the name and the reason in the report, and in `status()` until it is mended."""

    def refuse(change: Change, reload: Reload) -> None:
        reload.restart(f"it was {change.old}")

    told(Rule(names=["CANVAS"], before=refuse))
    watcher, studio = project.watch(), sys.modules["studio"]
    edit(project, ("CANVAS = 1", "CANVAS = 2"), ('return "stroke"', 'return "STROKE"'))
    report = watcher.poll()
    assert report.needs_restart
    assert "RL310" in str(report)
    assert "paint cannot take CANVAS into this process: it was 1" in str(report)
    assert (studio.CANVAS, studio.stroke()) == (1, "STROKE")
    assert [reason.code for reason in reloadr.status().pending] == ["RL310"]
    edit(project, ("CANVAS = 2", "CANVAS = 1"))
    watcher.poll()
    assert reloadr.status().in_step


def test_a_removal_that_needs_a_restart_is_taken_back_whole(project: Project, told: Callable[..., None]) -> None:
    """The plug-in asks for the restart once the name is gone: it is there again."""

    def refuse(change: Change, reload: Reload) -> None:
        reload.restart(f"it was {change.old}")

    told(Rule(names=["CANVAS"], changed=refuse))
    watcher = project.watch()
    edit(project, ("CANVAS = 1\n", ""))
    report = watcher.poll()
    assert report.needs_restart
    assert sys.modules["studio"].CANVAS == 1
    assert not any(change.qualname == "CANVAS" for change in report.changes)


def test_a_plug_in_that_raises_is_no_fault_of_the_source(project: Project, told: Callable[..., None]) -> None:
    """It is taken for a wish to restart."""
    told(Rule(names=["CANVAS"], changed=lambda change, reload: 1 / 0))
    watcher = project.watch()
    edit(project, ("CANVAS = 1", "CANVAS = 2"))
    report = watcher.poll()
    assert report.needs_restart
    assert "its plug-in raised ZeroDivisionError" in str(report)
    assert sys.modules["studio"].CANVAS == 1


def _again(change: Change, reload: Reload) -> None:
    registry = sys.modules["paint"].registry
    before = dict(registry)
    gone = {arguments[0] for _, arguments in change.called}

    def put(brushes: dict[str, object]) -> None:
        registry.clear()
        registry.update(brushes)

    left = {name: brush for name, brush in before.items() if name not in gone}
    reload.do(lambda: put(left), lambda: put(before))


def test_a_registration_is_taken_back_before_the_line_runs_again(project: Project, told: Callable[..., None]) -> None:
    """By what a decorator calls, with its arguments; an error later in the save puts it back."""
    told(Rule(calls=["paint.brush"], before=_again, answers={"RL205": lambda *_: True, "RL218": lambda *_: True}))
    watcher, registry = project.watch(), sys.modules["paint"].registry
    held = registry["round"]
    edit(project, ('@paint.brush("round")\n', '@paint.brush("round")\n@(lambda f: f)\n'))
    assert watcher.poll().verdict == "live"
    assert list(registry) == ["round"]
    edit(project, ('"round"', '"flat"'), ("ALL = list", "ALL = 1 / 0, list"))
    assert watcher.poll().rejected
    assert list(registry) == ["round"]
    edit(project, ("ALL = 1 / 0, list", "ALL = list"))
    watcher.poll()
    assert list(registry) == ["flat"]
    assert registry["flat"] is sys.modules["studio"].stroke
    edit(project, ('@paint.brush("flat")\n', ""), ("@(lambda f: f)\n", ""))
    watcher.poll()
    assert registry == {}
    assert held() == "stroke"


def test_what_builds_a_value_up_runs_again(project: Project, told: Callable[..., None]) -> None:
    """A statement that calls a method of an object of the framework; what reads the object is asked about in turn."""

    def again(change: Change, reload: Reload) -> bool:
        return reload.run(change.module, "board") and reload.run(change.module, "ALL")

    told(Rule(calls=["paint.Board.pour"], changed=again, answers={"RL208": lambda *_: True}))
    watcher, studio = project.watch(), sys.modules["studio"]
    edit(project, ('board.pour("a")', 'board.pour("z")'))
    report = watcher.poll()
    assert report.verdict == "live", report
    assert (studio.board.pots, studio.ALL) == (["z", "b"], ["z", "b"])


def test_members_of_a_class_are_told_by_its_metaclass(project: Project, told: Callable[..., None]) -> None:
    """What it computed is taken from a class that is made once more."""

    def collect(change: Change, reload: Reload) -> bool:
        cls = change.owners[0]

        def take() -> None:
            twin = reload.twin(cls)
            assert twin is not None and twin is not cls
            cls.found = twin.found  # type: ignore[attr-defined]

        reload.after(take)
        return True

    told(Rule(types=["paint.Collecting"], changed=collect, answers={"RL215": collect}))
    watcher, studio = project.watch(), sys.modules["studio"]
    cls = studio.Set
    edit(project, ("    pot_a = 1", "    pot_b = 2\n    pot_a = 1"))
    report = watcher.poll()
    assert report.verdict == "live", report
    assert studio.Set is cls
    assert cls.found == ["pot_b", "pot_a"]


def test_an_answer_may_decline(project: Project, told: Callable[..., None]) -> None:
    """The reason is given then; and a rule is asked about its own things only."""
    asked = []

    def decline(change: Change, reload: Reload) -> bool:
        asked.append((change.name, change.code))
        return False

    told(Rule(names=["*"], answers={"RL206": decline}), Rule(names=["OTHER"], answers={"RL206": lambda *_: True}))
    project.write("studio", project.path("studio").read_text() + "\nFIRST = iter(COLOURS)\n")
    watcher = project.watch()
    edit(project, ('"blue"', '"green"'))
    report = watcher.poll()
    assert [reason.code for reason in report.reasons] == [code for _, code in asked]


def test_plug_ins_are_found_and_sleep_until_their_framework_is_imported(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By entry points of the group; one that cannot be loaded is said, once, and harms nobody."""
    said: list[str] = []
    info = project.root / "paint-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: paint\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[reloadr.plugins]\neasel = paint_hot:plugin\nchalk = nothing:plugin\n")
    project.write("paint_hot", "from reloadr.plugins import Plugin\nplugin = Plugin('easel')\n")
    monkeypatch.setattr(plugins, "_plugins", plugins._Plugins())
    monkeypatch.setattr(plugins.host, "say", lambda level, text: said.append(text))
    importlib.invalidate_caches()
    assert "easel" not in {plugin.framework for plugin in plugins.awake()}
    assert "paint_hot" not in sys.modules
    project.start("easel", "")
    project.start("chalk", "")
    assert "easel" in {plugin.framework for plugin in plugins.awake()}
    assert len(said) == 1 and said[0].startswith("the plug-in nothing:plugin for chalk cannot be loaded")
    plugins.awake()
    assert len(said) == 1


def test_integrations_see_the_protocol_only() -> None:
    """They could be anybody's."""
    folder = Path(plugins.__file__).parent / "integrations"
    for path in folder.rglob("*.py"):
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        own = [line for line in lines if line.startswith(("from reloadr", "import reloadr"))]
        allowed = ("from reloadr.plugins import", "from reloadr.integrations", "from reloadr import")
        assert [line for line in own if not line.startswith(allowed)] == []


IMPORTED = """
import importlib, sys
from reloadr import plugins
for framework, where in plugins.OWN.items():
    importlib.import_module(where.partition(":")[0])
    assert framework not in sys.modules, framework
"""


def test_our_own_import_no_framework() -> None:
    """They are loaded while a program imports it: two threads that do so would leave half of it to both."""
    subprocess.run([sys.executable, "-c", IMPORTED], check=True)


@pytest.mark.parametrize("rules", [(), (Rule(names=["nothing"]),)], ids=["knows of pages only", "has rules"])
def test_who_has_no_rules_knows_nothing_of_what_its_framework_has_read(
    project: Project, monkeypatch: pytest.MonkeyPatch, rules: tuple[Rule, ...]
) -> None:
    """A value of a class below one of a library, which a call was handed: it may have been read there."""
    packages = project.root / "site-packages"
    packages.mkdir()
    (packages / "routing.py").write_text(
        "class Controller:\n    path = '/'\n\n\n"
        "class Router:\n    def __init__(self, given):\n        self.paths = [each.path for each in given]\n"
    )
    monkeypatch.syspath_prepend(str(packages))
    text = "import routing\n\nclass Items(routing.Controller):\n    path = '/items'\n\nAPI = routing.Router([Items])\n"
    project.start("site_of", text)
    watcher = project.watch()
    let_go = plugins.register(Plugin("routing", rules))
    try:
        project.write("site_of", text.replace("'/items'", "'/things'"))
        report = watcher.poll()
    finally:
        let_go()
        del sys.modules["routing"]
    assert [reason.code for reason in report.reasons] == ([] if rules else ["RL206"])


def test_a_framework_that_is_asked_for_and_missing_has_no_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries try to import what need not be there: kombu asks for Django. Its plug-in would, too."""
    monkeypatch.setattr(plugins, "_plugins", plugins._Plugins())
    monkeypatch.delitem(sys.modules, "litestar", raising=False)
    assert [each.framework for each in plugins.wake("litestar")] == ["litestar"]
    assert "litestar" not in {each.framework for each in plugins.awake()}
    monkeypatch.setitem(sys.modules, "litestar", ModuleType("litestar"))
    assert "litestar" in {each.framework for each in plugins.awake()}
