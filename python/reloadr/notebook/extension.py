"""What happens around each cell: before it what is saved becomes live, behind it stands what that was."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from reloadr import _disabled
from reloadr.notebook.cells import Cells
from reloadr.notebook.holding import CellLoops
from reloadr.notebook.magic import Heard, Mode, ReloadrMagics
from reloadr.notebook.show import Screen
from reloadr.program import config
from reloadr.program.children import children
from reloadr.report import log
from reloadr.report.reasons import Reason
from reloadr.report.report import Report
from reloadr.session.rules import Rule, Target, rule_for
from reloadr.session.session import session
from reloadr.watching import auto
from reloadr.watching.watcher import OnReport, Watcher

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

__all__ = ["Extension"]


#: How long a cell waits for the line about what became live just before it, seconds.
_TELLING = 1.0
#: How many reloads `%reloadr history` knows.
_KEPT = 200


@dataclass(frozen=True, slots=True)
class _NotebookRule(config.ProjectRule):
    """What the command line would watch, with what `%reloadr watch` and `unwatch` said since."""

    also: list[Rule] = field(default_factory=list)
    #: Names of modules that are not watched, nor what is below them.
    never: set[str] = field(default_factory=set)

    def wants(self, module: ModuleType, path: str) -> bool:
        name = module.__name__
        if any(name == each or name.startswith(f"{each}.") for each in self.never):
            return False
        if any(rule.wants(module, path) for rule in self.also):
            return True
        # Zero arguments would not do: a dataclass with slots is another class than the one written here.
        return config.ProjectRule.wants(self, module, path)


class Extension:
    """`reloadr` in one shell."""

    _loaded: ClassVar[WeakKeyDictionary[InteractiveShell, Extension]] = WeakKeyDictionary()

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.mode: Mode = "after"
        self.cells = Cells(shell.user_module, shell.user_ns)
        self.screen = Screen(shell)
        self.loops = CellLoops(self.screen.say)
        self._rule = _NotebookRule(root=os.getcwd())
        self._judges = True
        self._watcher: Watcher | None = None
        self._reports: deque[Report] = deque()
        #: What was done, when, and at which cell.
        self.history: deque[Heard] = deque(maxlen=_KEPT)
        #: What hears of reloads for the account of processes below; its lines, which wait to be shown; what they watch.
        self._account: OnReport | None = None
        self._lines: deque[str] = deque()
        self._children: list[Rule] = []
        self._count = 0
        self._pauses: list[ExitStack] = []
        self._quiet = logging.NullHandler()
        self._warned = False

    @classmethod
    def of(cls, shell: InteractiveShell) -> Extension | None:
        """The extension that is loaded in a shell."""
        return cls._loaded.get(shell)

    # ---- loading ---------------------------------------------------------------------------------

    def load(self) -> None:
        """Begins to watch and to hear of cells."""
        self._loaded[self.shell] = self
        self.shell.register_magics(ReloadrMagics(self.shell, self))
        self.cells.install()
        self.loops.install()
        self.shell.ast_transformers.append(self.cells)
        self.shell.events.register("pre_run_cell", self.before_cell)
        self.shell.events.register("post_run_cell", self.after_cell)
        # What the lines of the log say is displayed; without a handler Python would print warnings as well.
        log.logger.addHandler(self._quiet)
        try:
            settings = config.load(os.getcwd())
            self._rule, self._judges = _project_rule(settings), settings.judge
        except config.ConfigError as error:
            self.screen.say(f"{error}; the settings of the project are left aside")
        if _disabled.is_disabled():
            self.screen.say("reloadr is disabled (RELOADR_DISABLE); nothing is watched")
        self.start()
        self._mind_autoreload()

    def unload(self) -> None:
        """Leaves the shell as it was; what is live stays."""
        self.stop()
        children.leave(self._children)
        self._release()
        self.cells.uninstall()
        self.loops.uninstall()
        if self.cells in self.shell.ast_transformers:
            self.shell.ast_transformers.remove(self.cells)
        self.shell.events.unregister("pre_run_cell", self.before_cell)
        self.shell.events.unregister("post_run_cell", self.after_cell)
        self.shell.magics_manager.magics["line"].pop("reloadr", None)
        self.shell.magics_manager.registry.pop("ReloadrMagics", None)
        log.logger.removeHandler(self._quiet)
        self._loaded.pop(self.shell, None)

    # ---- on and off ------------------------------------------------------------------------------

    @property
    def is_on(self) -> bool:
        """Whether saves are applied."""
        return self._watcher is not None

    def start(self) -> None:
        """Watches; harmless when it does already."""
        if self._watcher is None and not _disabled.is_disabled():
            # A process that is forked by a cell has nobody to show anything to, and its pause would never end.
            self._watcher = auto.start_with(
                [self._rule],
                on="save",
                on_report=self._heard,
                after_fork="stop",
                judges=self._judges,
            )

    def begin_children(self) -> None:
        """The processes that are started from now on are edited as well; one line says where a save is live."""
        if not self._children:
            self._children = [Rule(everything=True)]
            self._account = children.begin(self._children, None, anew=True, say=self._says)

    def _says(self, level: int, text: str) -> None:
        self._lines.append(text)

    def _heard(self, report: Report) -> None:
        if self._account is not None:
            self._account(report)
        self._reports.append(report)
        self.history.append(Heard(report, time.time(), self._count))

    def stop(self) -> None:
        """Ends the watching; harmless when it has ended."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.stop()

    def watch(self, target: Target) -> None:
        """Watches something else as well. Raises ValueError for what cannot be watched."""
        rule = rule_for(target)
        if isinstance(target, str):
            self._rule.never.discard(target)
        self._rule.also.append(rule)
        self.start()
        self._look_again()

    def unwatch(self, name: str) -> bool:
        """Leaves a module and what is below it alone from now on; whether any of it was watched."""
        names = [each for each in session.tracked if each == name or each.startswith(f"{name}.")]
        self._rule.never.add(name)
        self._look_again()
        return any(each not in session.tracked for each in names)

    def _look_again(self) -> None:
        session.look_again()
        auto.auto.look(self._rule.also)

    def set_mode(self, mode: Mode) -> None:
        """From now on; the cell that says so included."""
        self.mode = mode
        held = len(self._pauses)
        while self._pauses:
            self._release()
        for _ in range(held):
            self._hold()

    def poll(self) -> None:
        """Brings the process to the state of the disk; the reports wait to be shown."""
        if self._watcher is not None:
            self._watcher.poll()
            # What the thread has just carried out belongs to this cell too.
            session.telling.wait(_TELLING)

    # ---- cells -----------------------------------------------------------------------------------

    def before_cell(self, info: ExecutionInfo) -> None:
        """Whatever was saved before the cell is live in it."""
        count = self.shell.execution_count - (1 if info.store_history else 0)
        text: str | None = getattr(info, "transformed_cell", None)
        if text is None:
            text = _transformed(self.shell, str(info.raw_cell))
        # What stands inside of a cell that is running is part of it.
        if not self._pauses:
            self._count = count
            self.poll()
            self._mind_autoreload()
            if self.is_on:
                self.screen.errors(self._errors(), in_step=not self._pending())
                self._forget_errors()
        self.cells.begin(text, self._cell(info, text), count)
        self._hold()

    def _cell(self, info: ExecutionInfo, text: str) -> str | None:
        """What a cell goes by. Where a kernel is not told its id, as by nbclient, that is its text: another one of
        the same names is another cell."""
        told: str | None = getattr(info, "cell_id", None)
        if told is None and self.screen.has_frontend and not self._pauses:
            return text
        return told

    def after_cell(self, result: ExecutionResult) -> None:
        """What was saved meanwhile is live behind it; what changed is shown."""
        self.cells.end()
        self._release()
        if not self._pauses:
            if self.mode == "after":
                self.poll()
            self.show()
            self._mind_autoreload()

    def _hold(self) -> None:
        stack = ExitStack()
        if self._watcher is not None and self.mode == "after":
            stack.enter_context(self._watcher.paused())
        self._pauses.append(stack)

    def _release(self) -> None:
        if self._pauses:
            self._pauses.pop().close()

    # ---- what is said ----------------------------------------------------------------------------

    def show(self) -> None:
        """Shows what was done since the last time, and that running is not saved."""
        reports: list[Report] = []
        while self._reports:
            reports.append(self._reports.popleft())
        done = [each for each in reports if not each.rejected]
        if any(each.rejected for each in reports):
            self.screen.errors(self._errors())
        pending = self._pending() if self.is_on else []
        if done or pending:
            self.screen.reports(done, pending)
        while self._lines:
            self.screen.say(self._lines.popleft())

    def _forget_errors(self) -> None:
        """They are shown already."""
        kept = [each for each in self._reports if not each.rejected]
        self._reports.clear()
        self._reports.extend(kept)

    def _errors(self) -> list[Reason]:
        return list(session.status().errors) if session.pending else []

    def _pending(self) -> list[Reason]:
        return list(session.status().pending) if session.pending or session.pending.gone else []

    def _mind_autoreload(self) -> None:
        """Two that patch the same modules get in each other's way."""
        registry: dict[str, Any] = self.shell.magics_manager.registry
        magics = registry.get("AutoreloadMagics")
        reloader = getattr(magics, "_reloader", None)
        is_on = bool(getattr(reloader, "enabled", False))
        if is_on and not self._warned and self.is_on:
            self.screen.say(
                "%autoreload is on as well: it runs modules again that reloadr patches, so objects are made anew and "
                "state is lost. Keep one of them: `%autoreload 0` or `%reloadr off`"
            )
        self._warned = is_on


def _project_rule(settings: config.Config) -> _NotebookRule:
    rule = config.rule_of(settings)
    return _NotebookRule(root=rule.root, included=rule.included, exclude=rule.exclude)


def _transformed(shell: InteractiveShell, text: str) -> str:
    try:
        transformed: str = shell.transform_cell(text)  # type: ignore[no-untyped-call]
        return transformed
    except SyntaxError:
        return text
