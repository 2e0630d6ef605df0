"""`%reloadr`."""

from __future__ import annotations

import inspect
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, cast, get_args

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class

from reloadr.notebook.cells import Cells
from reloadr.notebook.holding import WORDS, CellLoops
from reloadr.notebook.show import Shown
from reloadr.proof.verification import verify
from reloadr.report import html
from reloadr.report.reasons import plural
from reloadr.report.report import Report
from reloadr.session.rules import Target
from reloadr.session.session import session

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Mode", "ReloadrMagics"]

#: When a save that happens while a cell runs is applied.
Mode = Literal["after", "now"]

MODES: dict[Mode, str] = {
    "after": "saves are applied before each cell and behind it, never while it runs",
    "now": "saves are applied at once, also while a cell runs",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """A reload, when it was done (seconds since 1970), and the number of the cell that ran then or last."""

    report: Report
    when: float
    cell: int

    def __str__(self) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(self.when))
        return f"In [{self.cell}] {clock}"


class Notebook(Protocol):
    """What the magic command asks of what stands between it and the shell."""

    mode: Mode
    cells: Cells
    loops: CellLoops
    history: deque[Heard]

    @property
    def is_on(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def poll(self) -> None: ...
    def watch(self, target: Target) -> None: ...
    def unwatch(self, name: str) -> bool: ...
    def set_mode(self, mode: Mode) -> None: ...
    def begin_children(self) -> None: ...


@magics_class
class ReloadrMagics(Magics):
    """The magic command."""

    def __init__(self, shell: InteractiveShell, extension: Notebook) -> None:
        super().__init__(shell)
        self._extension = extension
        self._commands: dict[str, Callable[[str], object]] = {
            "on": self._on,
            "off": self._off,
            "status": self._status,
            "watch": self._watch,
            "unwatch": self._unwatch,
            "history": self._history,
            "undo": self._undo,
            "verify": self._prove,
            "mode": self._mode,
            "cells": self._cells,
            "hold": self._hold,
            "children": self._children,
            "help": self._help,
        }

    @line_magic("reloadr")  # type: ignore[arg-type]
    def reloadr(self, line: str = "") -> object:
        """Saved modules are live before each cell.

        %reloadr                  bring everything to what is saved, now; then as `status`
        %reloadr on | off         begin or end it
        %reloadr status           what runs but is not what is saved, and why
        %reloadr watch X          watch a module, package, file or folder as well
        %reloadr unwatch X        leave a module, and what is below it, alone
        %reloadr history [N]      what was done: the last N reloads
        %reloadr undo             take the last reload back
        %reloadr verify           compare with a fresh process, which imports the watched modules
        %reloadr mode after|now   what becomes of a save while a cell runs
        %reloadr cells on|off     whether a cell that runs again patches what its earlier run made
        %reloadr hold on|next|off what an edit has made raise waits in its loop for the mend
        %reloadr children         processes that are started from now on are edited as well
        %reloadr help             this
        """
        word, _, rest = line.strip().partition(" ")
        if not word:
            # What that does is shown behind the cell, as ever.
            self._extension.poll()
            word = "status"
        command = self._commands.get(word)
        if command is None:
            raise UsageError(f"%reloadr knows {', '.join(self._commands)}, not {word!r}; %reloadr? tells more")
        return command(rest.strip())

    def _on(self, rest: str) -> None:
        self._extension.start()
        self._extension.poll()

    def _off(self, rest: str) -> None:
        self._extension.stop()

    def _status(self, rest: str) -> Shown:
        extension = self._extension
        status = session.status()
        if not extension.is_on:
            return _words("off: nothing is watched; `%reloadr on` begins")
        lines = [
            f"on, {plural(len(status.watched), 'module')} watched; mode {extension.mode}: {MODES[extension.mode]}",
            f"cells {'on' if extension.cells.is_on else 'off'}; hold {extension.loops.mode}",
            str(status) if not status.in_step else "everything runs what is saved",
        ]
        text = "\n".join(lines)
        if status.in_step:
            return _words(text)
        page = html.word_fragment("\n".join(lines[:2]))
        return Shown(text, page + html.error_fragment([*status.errors, *status.pending], "running is not saved"))

    def _children(self, rest: str) -> None:
        self._extension.begin_children()

    def _watch(self, rest: str) -> None:
        if not rest:
            raise UsageError("%reloadr watch wants a module, package, file or folder")
        for target in rest.split():
            try:
                self._extension.watch(target)
            except ValueError as error:
                raise UsageError(str(error)) from None

    def _unwatch(self, rest: str) -> None:
        if not rest:
            raise UsageError("%reloadr unwatch wants the name of a module")
        for name in rest.split():
            if not self._extension.unwatch(name):
                raise UsageError(f"{name!r} was not watched")

    def _history(self, rest: str) -> Shown:
        if rest and not rest.isdecimal():
            raise UsageError(f"%reloadr history wants a number, not {rest!r}")
        heard = list(self._extension.history)[-int(rest or 10) :]
        if not heard:
            return _words("nothing was reloaded yet")
        text = "\n".join(f"{each}  {html.summary([each.report])}\n{_indented(str(each.report))}" for each in heard)
        return Shown(text, "".join(html.fragment([each.report], head=f"{each} ") for each in heard))

    def _undo(self, rest: str) -> Shown | None:
        return None if session.undo() else _words("there is nothing to take back")

    def _prove(self, rest: str) -> Shown:
        if rest:
            raise UsageError("%reloadr verify wants nothing more")
        proof = verify()
        return Shown(str(proof), proof._repr_html_())

    def _mode(self, rest: str) -> Shown | None:
        if rest and rest not in get_args(Mode):
            raise UsageError(f"%reloadr mode is {' or '.join(get_args(Mode))}, not {rest!r}")
        if rest:
            self._extension.set_mode(cast("Mode", rest))
            return None
        return _words(f"{self._extension.mode}: {MODES[self._extension.mode]}")

    def _cells(self, rest: str) -> Shown | None:
        if rest not in ("", "on", "off"):
            raise UsageError(f"%reloadr cells is on or off, not {rest!r}")
        if rest:
            self._extension.cells.is_on = rest == "on"
            return None
        return _words("on" if self._extension.cells.is_on else "off")

    def _hold(self, rest: str) -> Shown | None:
        if rest and rest not in WORDS:
            raise UsageError(f"%reloadr hold is {', '.join(WORDS)}, not {rest!r}")
        if rest:
            self._extension.loops.set_mode(rest)
            return None
        return _words(self._extension.loops.mode)

    def _help(self, rest: str) -> Shown:
        text = inspect.getdoc(ReloadrMagics.reloadr) or ""
        return Shown(text, html.text_fragment(text))


def _words(text: str) -> Shown:
    return Shown(text, html.word_fragment(text))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))
