"""A process of the program as a member of its tree: it says which of the user's files it runs, and what each save did.

The process that was started first shows its lines itself, as it would if it were alone. All others are silent, and
their supervisor puts together what they have to say.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from hashlib import sha256
from types import ModuleType
from typing import Any

from reloadr import plugins
from reloadr._core import FileWatch, Snapshot
from reloadr.browser import stand_ins as pages
from reloadr.browser.news import news
from reloadr.live import capture
from reloadr.live.module import Tracked
from reloadr.live.origin import is_initialising
from reloadr.program import stand_ins
from reloadr.program.config import Config, rule_of
from reloadr.report import log
from reloadr.report.report import Report, program_name
from reloadr.running.holding import holding
from reloadr.session.rules import Rule
from reloadr.session.session import session
from reloadr.tree.news import News
from reloadr.tree.wire import CHANNEL, TREE, Wire
from reloadr.watching import auto
from reloadr.watching.others import others
from reloadr.watching.relayed import Files, Relayed
from reloadr.watching.watcher import told

__all__ = ["Membership", "begin", "invite", "uninvite"]


def invite(config: Config, channel: str | None, rules: Sequence[Rule] = ()) -> None:
    """From now on, the Python processes that this one starts join the tree; they watch what the settings say, or some
    rules."""
    os.environ[TREE] = json.dumps({**asdict(config), "rules": [_portable(each) for each in rules]})
    if channel is not None:
        os.environ[CHANNEL] = channel


def uninvite() -> None:
    """From now on they do not."""
    os.environ.pop(TREE, None)
    os.environ.pop(CHANNEL, None)


def _portable(rule: Rule) -> dict[str, Any]:
    """A rule for another process, which has modules of its own."""
    name = rule.name or (rule.module.__name__ if rule.module is not None else "")
    return {"name": name, "file": rule.file, "folder": rule.folder, "everything": rule.everything}


def begin(wire: Wire, settings: str) -> Callable[[], object]:
    """Makes a process hot that was started by one of the program's; gives what looks for modules once more."""
    words: dict[str, Any] = json.loads(settings)
    rules = [Rule(**each) for each in words.pop("rules")]
    config = Config(**{**words, "include": tuple(words["include"]), "exclude": tuple(words["exclude"])})
    logging.getLogger("reloadr").setLevel(logging.INFO)
    plugins.host.say, plugins.host.watch = log.say, others.watch
    holding.everywhere = config.hold
    membership = Membership(wire, is_main=False)
    # Its frameworks come with the first of the user's modules, which is about to be read.
    stand_ins.install(membership.needs_restart)
    if config.browser:
        pages.install(anew=False)
    # A fresh process is asked once a save, by the program's first one.
    watcher = auto.start_with(rules or [rule_of(config)], on_report=membership.told, judges=False)
    if config.browser:
        watcher.on_report(news.told)
    return _look_again


def _look_again() -> None:
    """Takes in the main module too, which gets its file when it is run."""
    session.look_again()
    _look()


def _look() -> None:
    """Takes in what was imported since; it may have been saved meanwhile."""
    auto.auto.take_in()
    auto.auto.wake()


class _Silent(log.Terminal):
    """Hands on what is to be said to the supervisor, which hears it of all; on standard error where there is none."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(sys.stderr)
        self._wire = wire

    @property
    def takes_reports(self) -> bool:
        """Whether what a reload did is shown by somebody else, who gets its report."""
        return self._wire.is_open

    def write(self, level: int, text: str) -> None:
        """Writes one message."""
        if not self._wire.is_open:
            super().write(level, text)
        elif text != log.MENDED:
            self._wire.send("said", level=level, text=text)


#: What was imported is taken in at once, and then not sooner than so many seconds later, and so many times what the
#: last look took. The thread does so half a second after the last import in any case.
_OFTEN, _RARELY = 0.03, 20


class Membership:
    """What this process tells of itself."""

    def __init__(self, wire: Wire, *, is_main: bool) -> None:
        self._wire = wire
        #: Whether it is the process that was started first; none of its forks is.
        self.is_main = is_main
        #: What was told of each file, and the hashes of texts that were computed.
        self._told: dict[str, tuple[str, str]] = {}
        self._hashes: dict[int, tuple[Snapshot, str]] = {}
        #: When it is asked again what was imported.
        self._look_at = 0.0
        #: Files whose modules are being imported.
        self._reads: dict[str, ModuleType] = {}
        self._news: News | None = None
        #: Where files that are no modules are to be told of.
        self._folders: set[str] = set()
        wire.at_again = self._again
        auto.auto.turns.append(self._tell_files)
        capture.listeners.append(self._imports)
        if not is_main:
            self._be_told()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_child)

    def told(self, report: Report) -> None:
        """What a reload did."""
        if not self._wire.is_open:
            return
        files = self._files()
        mentioned = {each.path for each in report.changes} | {each.path for each in report.reasons}
        tried = {path: hashes[1] for path, hashes in files.items() if path in mentioned or self._is_news(path, hashes)}
        self._wire.send("report", report=report.to_dict(), tried=tried, is_main=self.is_main)
        self._tell(files)

    def needs_restart(self, why: str) -> None:
        """The whole program is to be started again."""
        log.say(logging.WARNING, f"a restart is needed: {why}")
        self.restart([why])

    def restart(self, reasons: Sequence[str]) -> None:
        """Asks for it."""
        self._wire.send("restart", reasons=reasons)

    def _imports(self, module: ModuleType, path: str) -> None:
        """Before a file is read: until it is known which text came of it, it counts as not answered."""
        path = os.path.abspath(path)
        if any(watcher.wants(module, path) for watcher in told(session)):
            self._reads[path] = module
            self._wire.send("imports", path=path)

    # ---- which files -----------------------------------------------------------------------------

    def _tell_files(self) -> None:
        if not self._wire.is_open:
            return
        read = [path for path, module in list(self._reads.items()) if not is_initialising(module)]
        files = self._files()
        if any(path not in files for path in read) and time.monotonic() >= self._look_at:
            # Imported, and not taken in yet. While a program starts, that is not asked after each of its modules.
            begun = time.monotonic()
            _look()
            files = self._files()
            self._look_at = time.monotonic() + _OFTEN + _RARELY * (time.monotonic() - begun)
        self._tell(files, read)

    def _tell(self, files: dict[str, tuple[str, str]], read: Iterable[str] = ()) -> None:
        """Of `files` what was not told yet; those that were `read` and are not among them could not be imported."""
        news = {path: hashes for path, hashes in files.items() if self._is_news(path, hashes)}
        gone = [path for path in self._told if path not in files]
        for path in read:
            self._reads.pop(path, None)
            gone += [path] if path not in files else []
        if news or gone:
            self._told = files
            self._wire.send("files", files=news, gone=gone, name=program_name(), is_main=self.is_main)

    def _is_news(self, path: str, hashes: tuple[str, str]) -> bool:
        return self._told.get(path) != hashes

    def _files(self) -> dict[str, tuple[str, str]]:
        """By file: the hash of what runs, and of the text that was tried last."""
        found: dict[str, tuple[str, str]] = {}
        hashes: dict[int, tuple[Snapshot, str]] = {}
        with session.held():
            for tracked in session.tracked.values():
                pending = session.pending.get(tracked.path)
                last = tracked.snapshot if pending is None or pending.report is None else pending.snapshot
                found[tracked.path] = (self._running(tracked, hashes), self._hash(last, hashes))
        self._hashes = hashes
        return found

    def _running(self, tracked: Tracked, kept: dict[int, tuple[Snapshot, str]]) -> str:
        return self._hash(tracked.snapshot, kept) if tracked.in_step else tracked.running

    def _hash(self, snapshot: Snapshot, kept: dict[int, tuple[Snapshot, str]]) -> str:
        known = self._hashes.get(id(snapshot))
        if known is None or known[0] is not snapshot:
            known = snapshot, sha256(snapshot.data).hexdigest()
        kept[id(snapshot)] = known
        return known[1]

    def _in_child(self) -> None:
        """A fork is another member: it has told nothing yet."""
        self.is_main = False
        self._told = {}
        self._news = None
        self._be_told()

    # ---- saves -----------------------------------------------------------------------------------

    def _be_told(self) -> None:
        """The supervisor shows what is to be shown, and tells of saves: it has a file watch, and we need none."""
        log.show_on(_Silent(self._wire))
        auto.auto.make = self._modules_files
        others.told_by(self._other_files)

    def _modules_files(self) -> Files:
        return self._relayed(is_other=False) or FileWatch()

    def _other_files(self) -> Files:
        return self._relayed(is_other=True) or FileWatch(suffixes=[""])

    def _relayed(self, *, is_other: bool) -> Files | None:
        if not self._wire.is_open:
            return None
        if self._news is None:
            self._news = News(self._wire, auto.auto.told_of, others.told_of, self._lost)
        if self._news.thread not in auto.auto.threads:
            auto.auto.threads.append(self._news.thread)
        return Relayed(partial(self._watch, is_other))

    def _watch(self, is_other: bool, path: str, below: bool) -> None:
        if is_other:
            self._folders.add(path)
        more = {"since": time.time()} if is_other else {}
        self._wire.send("watch", path=path, below=below, **more)

    def _again(self) -> None:
        """The program had closed the way to the supervisor, which takes us for another member now."""
        self._told = {}
        for folder in sorted(self._folders):
            self._watch(True, folder, True)
        auto.auto.wake()

    def _lost(self) -> None:
        """Nobody tells of saves any more."""
        auto.auto.watch_itself()
        others.told_by(None)
