"""What a plug-in says and asks: rules about a framework's things, in plain data and callables.

The engine follows what Python shows: names, classes, decorators, containers. A framework knows more: that a name is
read once, that a table was computed from it, that a cache is to be cleared. It says so in a `Plugin`, which sleeps
until its framework is imported. Ours are in `reloadr.integrations`; others are found by the entry point group
`reloadr.plugins`, whose entries are named for the framework's top-level module.

    [project.entry-points."reloadr.plugins"]
    paint = "paint.hot:plugin"

    def forget(change, reload):
        reload.after(paint.palette.cache_clear)

    plugin = Plugin("paint", rules=[Rule(names=["COLOURS"], changed=forget)])
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CellType, ModuleType
from typing import Any, Final, Literal, Protocol

from reloadr._core import instances as instances_of
from reloadr.live import locate
from reloadr.live.kinds import is_a

__all__ = [
    "MISSING",
    "Action",
    "Called",
    "Change",
    "Do",
    "Host",
    "Interface",
    "Plugin",
    "Reload",
    "Rule",
    "awake",
    "begins",
    "cell_content",
    "computed",
    "find",
    "has_member",
    "host",
    "instances",
    "is_a",
    "register",
    "say",
    "standing_in",
    "wake",
]

GROUP = "reloadr.plugins"

#: Our own, by the top-level module of the framework.
OWN: Final[Mapping[str, str]] = {
    "PyQt5": "reloadr.integrations.qt:pyqt5",
    "PyQt6": "reloadr.integrations.qt:pyqt6",
    "PySide2": "reloadr.integrations.qt:pyside2",
    "PySide6": "reloadr.integrations.qt:pyside6",
    "aiohttp": "reloadr.integrations.aiohttp:plugin",
    "celery": "reloadr.integrations.celery:plugin",
    "click": "reloadr.integrations.click:plugin",
    "django": "reloadr.integrations.django:plugin",
    "fastapi": "reloadr.integrations.fastapi:plugin",
    "flask": "reloadr.integrations.flask:plugin",
    "granian": "reloadr.integrations.servers:granian",
    "gunicorn": "reloadr.integrations.servers:gunicorn",
    "hypercorn": "reloadr.integrations.servers:hypercorn",
    "jinja2": "reloadr.integrations.jinja:plugin",
    "litestar": "reloadr.integrations.litestar:plugin",
    "pydantic": "reloadr.integrations.pydantic:plugin",
    "ray": "reloadr.integrations.ray:plugin",
    "rest_framework": "reloadr.integrations.rest_framework:plugin",
    "sqlalchemy": "reloadr.integrations.sqlalchemy:plugin",
    "starlette": "reloadr.integrations.starlette:plugin",
    "uvicorn": "reloadr.integrations.servers:uvicorn",
    "werkzeug": "reloadr.integrations.servers:werkzeug",
    "wtforms": "reloadr.integrations.wtforms:plugin",
}


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()
"""In the place of a value: there is none, or it is not known yet."""


#: A function, and its arguments: those that are plain names or constants; MISSING for others.
Called = tuple[object, tuple[object, ...]]
#: How an application is asked.
Interface = Literal["wsgi", "asgi", "aiohttp"]
Action = Literal["added", "changed", "removed", "renamed", "followed", "moved"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a save changes: what a rule is asked about."""

    #: The module, the name below it, and its line.
    module: str
    name: str
    line: int
    #: The first line of its source.
    source: str
    #: What the source did to it. `followed`: nothing; it was computed again from what changed. `moved`: it changed
    #: places with others and nothing else.
    action: Action
    #: What the name or member was and is; MISSING where there is none.
    old: object = MISSING
    new: object = MISSING
    #: The classes that it stands in, the outermost first.
    owners: Sequence[type] = ()
    #: What a class derives from.
    bases: Sequence[type] = ()
    #: What its decorators call, or a statement calls, and what with: methods are bound to what they are called on. As
    #: it ran; and as it is about to run, or ran.
    called: Sequence[Called] = ()
    calls: Sequence[Called] = ()
    #: What of a definition changed: `body`, `signature`, `decorators`, ...; `own work`: more than functions inside it.
    facets: Sequence[str] = ()
    #: The code of the reason that the report would give.
    code: str = ""

    @property
    def owner(self) -> type | None:
        """The class whose member it is."""
        return self.owners[-1] if self.owners else None


class Reload(Protocol):
    """What can be asked for while a save becomes live. All of it is taken back with the save."""

    def restart(self, why: str) -> None:
        """The change cannot be carried into this process; it stays pending. Does not return."""

    def run(self, module: str, name: str) -> bool:
        """Runs what binds a name of a watched module again, with all that builds it up; False where nothing does."""

    def do(self, call: Callable[[], object], undo: Callable[[], object]) -> None:
        """Calls at once, before the edit that is asked about is carried out."""

    def after(self, call: Callable[[], object], undo: Callable[[], object] | None = None) -> None:
        """Calls once all is live, before anything else of the next request; `undo` (the same call, if nothing is
        given) where the save is taken back. The same call, of the same arguments, is made once."""

    def twin(self, cls: type) -> type | None:
        """A class made once more of its statement, without decorators, for what its metaclass computes; None where that
        cannot be. To be asked for in a call that comes `after`."""

    def read(self, holder: object, name: str) -> None:
        """An attribute of an object changed, as the source does not show: what was computed from it while modules were
        loaded is named."""


#: An answer that returns False has nothing to say: the reason is given. An exception is taken for a wish to restart.
Do = Callable[[Change, Reload], object]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a plug-in says about some things. It is asked about what fits any of `names`, `types` and `calls`."""

    #: Names of modules, or patterns of them: `urlpatterns`, `handler*`.
    names: Sequence[str] = ()
    #: Dotted names of types: things that are such, are instances of such, or members of such. Metaclasses too.
    types: Sequence[str] = ()
    #: Dotted names of functions, or patterns, that decorate a definition or are called by a statement.
    calls: Sequence[str] = ()
    #: Whether the plug-in answers for what those register. The engine follows registrations in general: what a table
    #: or list holds goes, comes and moves with its line. It leaves these alone.
    registers: bool = False
    #: Before an edit is carried out. `change.new` is not known yet.
    before: Do | None = None
    #: When a name or member got another value, by an edit or in its wake; when a statement that binds nothing ran.
    changed: Do | None = None
    #: When definitions or calls at module level changed places in the source: each that may register something.
    moved: Do | None = None
    #: By the codes of the reasons that it answers: what is to be done instead of giving them.
    answers: Mapping[str, Do] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plugin:
    """What is known of a framework."""

    #: Its top-level module: before that is imported nothing of the plug-in is asked.
    framework: str
    rules: Sequence[Rule] = ()
    #: Under `reloadr run`: by the names of modules, what to do once such a module is imported. For frameworks that
    #: bring a reloader of their own, which would start the program a second time.
    stand_ins: Mapping[str, Callable[[ModuleType], object]] = field(default_factory=dict)
    #: What a fresh process has to call before it imports the user's modules, as was done here: `django:setup`; "" for
    #: nothing. For `reloadr.verify`, and where a fresh process says whether a line that raised is right.
    begins: Callable[[], str] = str
    #: What `reloadr.verify` leaves out: dotted names of types, and of attributes below their types, that are computed
    #: from what it compares, or only count.
    computed: Sequence[str] = ()
    #: The folders of templates and static files that it has here: open pages are told when something in them is saved.
    folders: Callable[[], Iterable[str]] = tuple
    #: Whether a server of this process is about to end, and waits for streams that are open.
    is_ending: Callable[[], bool] = bool


class Host:
    """What the process around offers. Without `reloadr run` nobody can start the program again."""

    def __init__(self) -> None:
        #: Whether the program is a server: whatever error it has at its start, the mend of it is waited for.
        self.serves = False
        #: Shows a line to people.
        self.say: Callable[[int, str], object] = _log
        #: Starts the program again, if somebody can; the reason is shown.
        self.restart: Callable[[str], object] = _nobody
        #: Calls back with each path below a folder that is saved and fits one of the patterns.
        self.watch: Callable[[str, Iterable[str], Callable[[str], object]], object] = _unwatched
        #: Has the pages of a class of applications know of saves: under `reloadr run --browser`.
        self.pages: Callable[[type, Interface], object] = _unseen


def _log(level: int, message: str) -> None:
    logging.getLogger("reloadr").log(level, message)


def _nobody(why: str) -> None:
    say(logging.WARNING, f"a restart is needed: {why}")


def _unwatched(folder: str, patterns: Iterable[str], saved: Callable[[str], object]) -> None:
    return


def _unseen(cls: type, interface: Interface) -> None:
    return


def say(level: int, message: str) -> None:
    """A line of the log that people see."""
    host.say(level, message)


host = Host()


def _no_pause() -> None:
    """Nobody has to wait for what is quick."""


def _is_any_installed(pace: Callable[[], object]) -> bool:
    """Whether some distribution has an entry of the group: files of a few lines each, `pace` between them."""
    for folder in sys.path:
        try:
            names = [name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue
        for name in names:
            pace()
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), encoding="utf-8") as file:
                    if f"[{GROUP}]" in file.read():
                        return True
            except (OSError, UnicodeDecodeError):
                continue
    return False


class _Plugins:
    def __init__(self) -> None:
        #: By framework: where the plug-ins are that sleep.
        self.asleep: dict[str, list[str]] | None = None
        self.awake: list[Plugin] = []
        #: Frameworks that were about to be imported, and may not be there at all.
        self.early: set[str] = set()

    def find(self, pace: Callable[[], object] = _no_pause) -> dict[str, list[str]]:
        if self.asleep is None:
            self.asleep = {framework: [where] for framework, where in OWN.items()}
            if _is_any_installed(pace):
                # Slow to import, and seldom needed.
                import importlib.metadata

                for entry in importlib.metadata.entry_points(group=GROUP):
                    self.asleep.setdefault(entry.name, []).append(entry.value)
        return self.asleep

    def wake(self, framework: str) -> list[Plugin]:
        found = []
        for where in self.find().pop(framework, ()):
            try:
                module, _, name = where.partition(":")
                plugin = getattr(importlib.import_module(module), name)
                if not isinstance(plugin, Plugin):
                    raise TypeError(f"{name} is no reloadr.plugins.Plugin")
            except Exception as error:
                say(logging.ERROR, f"the plug-in {where} for {framework} cannot be loaded: {error!r}")
            else:
                found.append(plugin)
        self.awake += found
        return found


_plugins = _Plugins()


def register(plugin: Plugin) -> Callable[[], None]:
    """Takes in a plug-in that no entry point tells of; what is returned lets it go."""
    _plugins.awake.append(plugin)
    return lambda: _plugins.awake.remove(plugin)


def instances(*classes: type) -> list[Any]:
    """The living instances of some classes and of those below them; none of the process's objects is asked anything.

    In one pass, in which no other thread runs: who goes through `gc.get_objects()` in Python holds tuples that other
    threads are still making, and has them fail.
    """
    return instances_of(classes, True)


def cell_content(cell: CellType) -> object:
    """What a variable of a closure holds; None where it has no value yet."""
    return locate.cell_content(cell)


def has_member(cls: type, name: str) -> bool:
    """Whether a class or one above it has a member of this name; no metaclass is asked."""
    return any(name in locate.class_dict(each) for each in locate.mro(cls))


def find() -> None:
    """Looks which plug-ins there are, so that the first save need not."""
    _plugins.find()


def awake(pace: Callable[[], object] = _no_pause) -> Sequence[Plugin]:
    """The plug-ins whose frameworks are imported. `pace` is called now and then as they are looked for."""
    for framework in [each for each in _plugins.find(pace) if each in sys.modules]:
        _plugins.wake(framework)
        pace()
    return [each for each in _plugins.awake if each.framework not in _plugins.early or each.framework in sys.modules]


def wake(framework: str) -> Sequence[Plugin]:
    """The plug-ins of a framework that is about to be imported."""
    _plugins.early.add(framework)
    _plugins.wake(framework)
    return [plugin for plugin in _plugins.awake if plugin.framework == framework]


def begins() -> tuple[str, ...]:
    """What a fresh process has to call before it imports the modules that this one imported."""
    return tuple(filter(None, (plugin.begins() for plugin in awake())))


def computed() -> tuple[str, ...]:
    """What is not compared with a fresh process."""
    return tuple(name for plugin in awake() for name in plugin.computed)


def standing_in() -> frozenset[str]:
    """The frameworks that there are plug-ins for."""
    return frozenset(_plugins.find()) | {plugin.framework for plugin in _plugins.awake}
