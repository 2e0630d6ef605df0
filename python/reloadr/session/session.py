"""One session a process: what is watched, what is pending, what was done."""

from __future__ import annotations

import linecache
import logging
import os
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import ModuleType, TracebackType
from typing import Self
from weakref import WeakKeyDictionary

from reloadr import hooks
from reloadr._core import Diff, Files, Node, Outline, Snapshot, functions_of_files
from reloadr.engine import order
from reloadr.engine.batch import Batch, CommitFailed, Rejected, Space, Work
from reloadr.engine.carry_out import carry_out
from reloadr.live import capture, locate
from reloadr.live.module import Memory, Tracked
from reloadr.live.modules import Modules
from reloadr.live.origin import is_initialising, rewrites, snapshot_from_loader, snapshot_of, source_path
from reloadr.live.unseen import edits_unseen
from reloadr.report import log
from reloadr.report.diffs import Diffs
from reloadr.report.report import Change, Reason, Report, Verdict, plural, worst
from reloadr.source.edits import Edit, edits_of, everything_else
from reloadr.source.outlines import compare, parse
from reloadr.source.snippets import excerpt

__all__ = ["Session", "Status", "Target", "Watcher", "session"]

Target = ModuleType | str | os.PathLike[str]

#: How long a thread waits for another thread's reload to end, seconds.
PATIENCE = 60.0
#: Reports that `history()` keeps.
KEPT = 200


@dataclass(frozen=True, slots=True)
class Status:
    """What runs but is not what is saved, and why."""

    #: Edits that wait: they need a restart, were undone, or were not asked for yet.
    pending: tuple[Reason, ...]
    #: Errors that wait for their fix.
    errors: tuple[Reason, ...]
    #: Names of the watched modules.
    watched: tuple[str, ...]

    @property
    def in_step(self) -> bool:
        """Whether what runs is what is saved."""
        return not self.pending and not self.errors

    def __str__(self) -> str:
        if self.in_step:
            return f"{plural(len(self.watched), 'module')} watched, all running what is saved"
        return "\n".join(str(reason) for reason in (*self.errors, *self.pending))


class Watcher:
    """A set of watched modules. Also a context manager: leaving it stops it."""

    def __init__(self, owner: Session, rules: list[_Rule], *, strict: bool) -> None:
        self._session = owner
        self._rules = rules
        self.strict = strict
        self._stopped = False

    def poll(self) -> Report:
        """Brings the process to the state of the disk: whatever was written before the call is live after it.

        Returns what was done. Raises RuntimeError when the watcher was stopped.
        """
        if self._stopped:
            raise RuntimeError("this watcher was stopped; make a new one with reloadr.watch()")
        return self._session.poll(strict=self.strict)

    def stop(self) -> None:
        """Ends the watching; what is live stays. Harmless when repeated."""
        if not self._stopped:
            self._stopped = True
            self._session.drop(self)
            self._rules = []

    @property
    def modules(self) -> tuple[str, ...]:
        """The names of the modules it watches now."""
        with self._session.held():
            self._session.discover()
            return tuple(sorted(name for name, t in self._session.tracked.items() if self.wants(t.module, t.path)))

    def wants(self, module: ModuleType, path: str) -> bool:
        """Whether a module is one of its targets."""
        return any(rule.wants(module, path) for rule in self._rules)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@dataclass(frozen=True, slots=True)
class _Rule:
    """One target of a watcher."""

    #: A module by identity, or by name with everything below it.
    module: ModuleType | None = None
    name: str = ""
    #: A file, or a folder with everything below it.
    file: str = ""
    folder: str = ""
    #: All of the user's own code.
    everything: bool = False

    def wants(self, module: ModuleType, path: str) -> bool:
        if self.everything:
            return capture.is_user_code(path)
        if self.module is not None and self.module is module:
            return True
        if self.name and (module.__name__ == self.name or module.__name__.startswith(f"{self.name}.")):
            return True
        if self.file and (path == self.file or os.path.realpath(path) == self.file):
            return True
        return bool(self.folder) and (path.startswith(self.folder) or os.path.realpath(path).startswith(self.folder))


def _rule(target: Target) -> _Rule:
    if isinstance(target, ModuleType):
        return _module_rule(target)
    text = os.fspath(target)
    if isinstance(target, str) and text in sys.modules:
        return _module_rule(sys.modules[text])
    if not text:
        raise ValueError("cannot watch '': give a module, a dotted name, a file or a folder")
    path = os.path.abspath(text)
    if os.path.isdir(path):
        return _Rule(folder=os.path.realpath(path).rstrip(os.sep) + os.sep)
    if os.path.isfile(path):
        return _Rule(file=os.path.realpath(path))
    if isinstance(target, str) and all(part.isidentifier() for part in text.split(".")):
        return _Rule(name=text)
    raise ValueError(
        f"cannot watch {text!r}: it is no loaded module, no existing file or folder, and no dotted module name"
    )


def _module_rule(module: ModuleType) -> _Rule:
    if source_path(module) is None and not hasattr(module, "__path__"):
        raise ValueError(
            f"cannot watch {module.__name__!r}: it is {_kind_of(module)} and has no Python source to patch"
        )
    if hasattr(module, "__path__"):
        return _Rule(module=module, name=module.__name__)
    return _Rule(module=module)


def _kind_of(module: ModuleType) -> str:
    spec = module.__spec__
    if module.__name__ in sys.builtin_module_names:
        return "a builtin module"
    if spec is not None and spec.origin == "frozen":
        return "a frozen module"
    loader = module.__dict__.get("__loader__")
    if rewrites(loader):
        return f"loaded by {type(loader).__name__}, which may run other code than is in the file,"
    if isinstance(getattr(module, "__file__", None), str):
        return "an extension module"
    return "a module without a file"


@dataclass(slots=True)
class _Transaction:
    """What `undo` takes back."""

    report: Report
    batch: Batch
    baselines: list[tuple[Tracked, Snapshot, Outline, bool, Snapshot]]


@dataclass(slots=True)
class _Dirty:
    """A file whose saved state is not what runs."""

    snapshot: Snapshot
    #: Why it waits; None as long as it has not been tried.
    report: Report | None = None
    undone: bool = False
    #: How the file looked when its edits were undone: when it is saved again, they are wanted again.
    mark: tuple[int, ...] = ()


@dataclass
class _Selection:
    """Which definitions a reload is about; everything where `names` is None."""

    modules: set[str]
    names: set[str] | None = None
    #: Names by module, where they differ.
    parts: dict[str, set[str]] = field(default_factory=dict)

    def picks(self, module: str) -> Callable[[Node], bool] | None:
        """Whether a node of a module belongs to one of the named definitions; None where all do."""
        names = self.parts.get(module, self.names)
        if names is None:
            return None
        return lambda node: any(_is_part(node, name) for name in names)


def _is_part(node: Node, name: str) -> bool:
    """Whether a node is what a qualified name stands for, or within it. A statement is what it binds."""
    qualname = node.qualname
    if qualname == name or qualname.startswith(f"{name}."):
        return True
    scope, _, last = name.rpartition(".")
    return node.name is None and qualname == scope and last in node.binds


class Session:
    """The watched modules of the process and everything about them that outlives one reload."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.files = Files()
        self.tracked = Modules()
        self.watchers: list[Watcher] = []
        self.dirty: dict[str, _Dirty] = {}
        self.refused: dict[str, tuple[Reason, ...]] = {}
        self.log: deque[Report] = deque(maxlen=KEPT)
        #: Called with each report that is not empty, last of all.
        self.listeners: list[Callable[[Report], object]] = []
        self._last: _Transaction | None = None
        self._known: set[str] = set()
        #: How things stood at the last look for new modules: their number, that of imports, and the tracked ones.
        self._seen = (0, 0, 0)
        self._busy = False
        #: Whether a watch ended while a batch ran.
        self._leaving = False
        self._gone: dict[str, str] = {}
        #: Paths of modules without a file of their own: their loaders are asked.
        self._fileless: set[str] = set()
        #: Loaders whose modules are left alone, as far as that was said.
        self._left_alone: set[type] = set()
        self._empty: set[str] = set()
        #: Modules whose file changed between an import that was not seen and now: what their functions need.
        self.unseen: dict[str, tuple[list[Edit], bool]] = {}
        #: Modules that were watched once: what runs in them.
        self.former: WeakKeyDictionary[ModuleType, Memory] = WeakKeyDictionary()

    # ---- watching --------------------------------------------------------------------------------

    def watch(self, targets: Iterable[Target], *, strict: bool) -> Watcher:
        """A new watcher; no targets: all of the user's own code, loaded now or later."""
        rules = [_rule(target) for target in targets] or [_Rule(everything=True)]
        watcher = Watcher(self, rules, strict=strict)
        with self.held():
            self.watchers.append(watcher)
            self._known.clear()
            self.discover()
        return watcher

    def drop(self, watcher: Watcher) -> None:
        """Ends a watcher; modules that no other one wants are forgotten."""
        with self.held():
            if watcher in self.watchers:
                self.watchers.remove(watcher)
            # Code that a batch runs may end a watch; the batch needs its modules to the end.
            self._leaving = True
            if not self._busy:
                self._prune()

    def _prune(self) -> None:
        self._leaving = False
        for name, tracked in list(self.tracked.items()):
            if not any(other.wants(tracked.module, tracked.path) for other in self.watchers):
                self._forget(name)

    def _forget(self, name: str) -> None:
        tracked = self.tracked.remove(name)
        self.former[tracked.module] = tracked.memory()
        self.unseen.pop(name, None)
        if not self.tracked.of(tracked.path):
            self.files.discard(tracked.path)
            self._fileless.discard(tracked.path)
            self.dirty.pop(tracked.path, None)
        self._known.discard(name)

    def discover_for(self, paths: Iterable[str]) -> None:
        """Takes in modules that were loaded since the last look, where these files or anything else tells of some."""
        replaced = any(
            sys.modules.get(tracked.name) is not tracked.module for path in paths for tracked in self.tracked.of(path)
        )
        if replaced or self._seen != (len(sys.modules), capture.imports(), self.tracked.version):
            self.discover()

    def discover(self) -> None:
        """Takes in modules that were loaded since the last look."""
        seen = len(sys.modules), capture.imports()
        is_complete = self._discover()
        self._seen = (*seen, self.tracked.version) if is_complete else (0, 0, 0)

    def _discover(self) -> bool:
        """Whether all could be taken in: none is still being imported."""
        is_complete = True
        names = sys.modules.keys() - self._known
        fresh: list[tuple[ModuleType, str]] = []
        for name in names:
            module = sys.modules.get(name)
            if not isinstance(module, ModuleType):
                self._known.add(name)
                continue
            if is_initialising(module):
                is_complete = False
                continue
            self._known.add(name)
            known = self.tracked.get(name)
            if known is not None and known.module is module:
                continue
            path = source_path(module)
            if path is None or module.__name__ != name:
                if path is None:
                    self._leave_alone(module)
                continue
            if any(watcher.wants(module, path) for watcher in self.watchers):
                fresh.append((module, path))
        for name, tracked in list(self.tracked.items()):
            current = sys.modules.get(name)
            if current is not tracked.module and isinstance(current, ModuleType) and not is_initialising(current):
                path = source_path(current)
                if path is not None:
                    fresh.append((current, path))
        self.track(fresh)
        return is_complete

    def _leave_alone(self, module: ModuleType) -> None:
        """Says once of each loader why its modules are not watched."""
        loader, path = module.__dict__.get("__loader__"), module.__dict__.get("__file__")
        if type(loader) in self._left_alone or not rewrites(loader) or not isinstance(path, str):
            return
        if any(watcher.wants(module, path) for watcher in self.watchers):
            self._left_alone.add(type(loader))
            name = module.__name__
            log.say(logging.WARNING, f"{name} is {_kind_of(module)} and is not watched, nor are others of that kind")

    def track(self, modules: list[tuple[ModuleType, str]]) -> None:
        """Takes modules in as they run now; one pass over the heap for those whose import was not seen."""
        unseen: list[Tracked] = []
        for module, path in modules:
            former = self.former.pop(module, None)
            if former is not None and former.path == path:
                self._track_again(module, former)
                continue
            seen = capture.captured(module)
            try:
                snapshot = seen.snapshot if seen is not None else snapshot_of(module, path)
            except (OSError, ImportError):
                continue
            code = seen.code if seen is not None else None
            frame = locate.module_frame(module.__dict__) if code is None else None
            tracked = Tracked(module, path, snapshot, code if frame is None else frame.f_code)
            self.tracked[module.__name__] = tracked
            self.files.add(path, snapshot)
            if not os.path.exists(path):
                self._fileless.add(path)
            if code is None:
                unseen.append(tracked)
        if unseen:
            found = functions_of_files({tracked.filename for tracked in unseen})
            for tracked in unseen:
                tracked.adopt(found.get(tracked.filename, ()))
                self._verify(tracked)

    def _track_again(self, module: ModuleType, memory: Memory) -> None:
        tracked = self.tracked[module.__name__] = Tracked.again(module, memory)
        self.files.add(tracked.path, tracked.snapshot)
        if not os.path.exists(tracked.path):
            self._fileless.add(tracked.path)
        if not tracked.in_step:
            self.dirty[tracked.path] = _Dirty(tracked.snapshot)

    def _verify(self, tracked: Tracked) -> None:
        """A file that changed between its import and now, where the import was not seen."""
        try:
            edits, unsure = edits_unseen(tracked)
        except SyntaxError:
            # The first poll says so.
            self.files.add(tracked.path, None)
            self.dirty[tracked.path] = _Dirty(tracked.snapshot)
            return
        if edits or unsure:
            self.unseen[tracked.name] = (edits, unsure)
            self.dirty[tracked.path] = _Dirty(tracked.snapshot)

    # ---- reloading -------------------------------------------------------------------------------

    def held(self) -> _Held:
        """The session's lock; RuntimeError when another thread's reload does not end."""
        return _Held(self.lock)

    def poll(self, *, strict: bool = False) -> Report:
        """Brings all watched modules to the state of the disk."""
        with self.held():
            if self._busy:
                return Report("nothing")
            started = time.perf_counter()
            self.discover()
            gone = self._look(None)
            return self._reload(None, gone, strict=strict, started=started)

    def reload(self, selection: _Selection, *, strict: bool = False) -> Report:
        """Brings some modules, or some of their definitions, to the state of the disk."""
        with self.held():
            if self._busy:
                return Report("nothing")
            started = time.perf_counter()
            self.discover()
            paths = [self.tracked[name].path for name in selection.modules if name in self.tracked]
            gone = self._look(paths)
            for path in paths:
                if path in self.dirty:
                    self.dirty[path].undone = False
                    self.dirty[path].report = None
            return self._reload(selection, gone, strict=strict, started=started)

    def _look(self, paths: list[str] | None) -> list[Reason]:
        """Notes what changed on disk; returns what is to be said of files that went."""
        reasons: list[Reason] = []
        for path, snapshot, why in self.files.look(paths):
            if snapshot is None:
                tracked = next(iter(self.tracked.of(path)), None)
                if tracked is not None and not self._from_loader(tracked):
                    self._gone[path] = why
                    reasons.append(Reason.of("RL213", module=tracked.name, qualname="", path=path, line=0, why=why))
                continue
            self._gone.pop(path, None)
            if snapshot.is_blank and path not in self._empty:
                # An editor that truncates before it writes; an empty file is believed the second time.
                self._empty.add(path)
                self.files.add(path, self._running(path))
                continue
            self._empty.discard(path)
            self.dirty[path] = _Dirty(snapshot)
        return reasons

    def _running(self, path: str) -> Snapshot:
        return self.tracked.of(path)[0].snapshot

    def _from_loader(self, tracked: Tracked) -> bool:
        """A module without a file of its own, such as one in a zip: its loader is asked."""
        try:
            snapshot = snapshot_from_loader(tracked.module, tracked.path)
        except (OSError, ImportError):
            return False
        if snapshot.hash != tracked.snapshot.hash:
            self.dirty[tracked.path] = _Dirty(snapshot)
        self.files.add(tracked.path, None)
        self._fileless.add(tracked.path)
        return True

    def _virtual(self) -> None:
        for path in list(self._fileless):
            for tracked in self.tracked.of(path):
                if path in self.files and not os.path.exists(path) and path not in self._gone:
                    self._from_loader(tracked)

    def _reload(self, selection: _Selection | None, gone: list[Reason], *, strict: bool, started: float) -> Report:
        self._virtual()
        for path, dirty in self.dirty.items():
            if dirty.undone and dirty.mark != _mark(path):
                dirty.undone, dirty.report = False, None
        ready = {
            path: dirty
            for path, dirty in self.dirty.items()
            if not dirty.undone
            and (selection is None or any(tracked.name in selection.modules for tracked in self.tracked.of(path)))
        }
        fresh = {path: dirty for path, dirty in ready.items() if dirty.report is None}
        if not fresh:
            return self._done(Report(worst(r.verdict for r in gone), (), tuple(gone), time.perf_counter() - started))
        self._busy = True
        try:
            report = self._attempt(ready, selection, gone, strict=strict, started=started)
            if report.rejected and len(fresh) < len(ready):
                # A file that was broken before must not keep the others back.
                report = self._attempt(fresh, selection, gone, strict=strict, started=started)
        finally:
            self._busy = False
            if self._leaving:
                self._prune()
        return self._done(report)

    def _done(self, report: Report) -> Report:
        if report.verdict != "nothing":
            self.log.append(report)
            for hook in hooks.after_hooks():
                try:
                    hook(report)
                except Exception as error:
                    warnings.warn(f"an after-reload hook raised {error!r}", RuntimeWarning, stacklevel=4)
            self._tell(report)
        return report

    def _tell(self, report: Report) -> None:
        for listener in self.listeners:
            listener(report)

    def _attempt(
        self,
        dirty: dict[str, _Dirty],
        selection: _Selection | None,
        gone: list[Reason],
        *,
        strict: bool,
        started: float,
    ) -> Report:
        batch: Batch | None = None
        try:
            works = self._works(dirty, selection)
            previous = self._last.batch.swaps if self._last is not None else ()
            batch = Batch(self.tracked, order.in_import_order(works), previous)
            if works:
                self._before_hooks(works)
            carry_out(batch)
            if strict and any(work.refused for work in works):
                batch.take_back()
                return self._strictly(batch, dirty, gone, started)
            batch.finish()
        except Rejected as rejected:
            if batch is not None:
                batch.take_back()
            return self._reject(rejected, dirty, gone, started)
        except CommitFailed as failed:
            assert batch is not None
            batch.take_back()
            return self._impossible(batch, failed, dirty, gone, started)
        except BaseException:
            if batch is not None:
                batch.take_back()
            raise
        outlines = {work.tracked.path: (work.tracked.outline, work.outline) for work in works}
        for work in works:
            self._unseen_reason(batch, work)
        reasons = (*batch.reasons, *gone)
        applied: list[Verdict] = ["live"] if batch.changes else []
        verdict = worst([*(reason.verdict for reason in reasons), *applied])
        if verdict == "nothing" and any(work.diff.shifts or work.diff.edits for work in works):
            verdict = "live"
        elapsed = time.perf_counter() - started
        report = Report(verdict, tuple(batch.changes), reasons, elapsed, Diffs(outlines))
        self._settle(batch, works, dirty, report)
        return report

    def _works(self, dirty: dict[str, _Dirty], selection: _Selection | None) -> list[Work]:
        works: list[Work] = []
        for path, each in dirty.items():
            for tracked in self.tracked.of(path):
                if selection is not None and tracked.name not in selection.modules:
                    continue
                works.append(self._work(tracked, each.snapshot, selection))
        return works

    def _unseen_reason(self, batch: Batch, work: Work) -> None:
        unseen, unsure = self.unseen.pop(work.tracked.name, ([], False))
        left = [edit for edit in unseen if edit not in work.edits]
        if left and not work.whole:
            self.unseen[work.tracked.name] = (left, unsure)
        elif unsure:
            batch.reason("RL220", work.tracked, "", 0)

    def _work(self, tracked: Tracked, snapshot: Snapshot, selection: _Selection | None) -> Work:
        try:
            outline = parse(snapshot, tracked.filename, tracked.outline)
        except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
            raise self._no_python(tracked, snapshot, error) from error
        late = outline.late_future()
        if late is not None:
            wrong = SyntaxError("from __future__ imports must occur at the beginning of the file")
            wrong.lineno = late
            raise self._no_python(tracked, snapshot, wrong)
        diff: Diff = compare(tracked.outline, outline, tracked.filename)
        picks = None if selection is None else selection.picks(tracked.name)
        edits = edits_of(diff, picks)
        whole = sum(len(edit.numbers) for edit in edits) == len(diff.edits)
        unseen, _ = self.unseen.get(tracked.name, ([], False))
        if snapshot.hash == tracked.snapshot.hash:
            wanted = [edit for edit in unseen if picks is None or picks(edit.node)]
            whole = whole and len(wanted) == len(unseen)
            edits = [*edits, *wanted]
        if whole and set(outline.future) != set(tracked.outline.future):
            edits = everything_else(edits, tracked.outline, outline)
        return Work(tracked, snapshot, outline, diff, edits, Space(tracked.namespace, tracked.namespace), whole)

    def _no_python(self, tracked: Tracked, snapshot: Snapshot, error: Exception) -> Rejected:
        wrong = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
        try:
            text = snapshot.text()
        except SyntaxError:
            return self._wrong(tracked, "RL403", wrong, "")
        return self._wrong(tracked, "RL401", wrong, text)

    def _wrong(self, tracked: Tracked, code: str, error: SyntaxError, text: str) -> Rejected:
        line = error.lineno or 1
        reason = Reason.of(
            code,
            module=tracked.name,
            qualname="",
            path=tracked.path,
            line=line,
            error=f"{type(error).__name__}: {error.msg}",
            excerpt=excerpt(text, line, error.offset),
        )
        return Rejected(reason, error)

    def _before_hooks(self, works: list[Work]) -> None:
        names = frozenset(work.tracked.name for work in works)
        for hook in hooks.before_hooks():
            try:
                hook(names)
            except Exception as error:
                tracked = works[0].tracked
                text = f"a before-reload hook raised {type(error).__name__}: {error}"
                reason = Reason.of("RL404", module=tracked.name, qualname="", path=tracked.path, line=0, error=text)
                raise Rejected(reason, error) from error

    def _reject(self, rejected: Rejected, dirty: dict[str, _Dirty], gone: list[Reason], started: float) -> Report:
        elapsed = time.perf_counter() - started
        report = Report("rejected", (), (rejected.reason, *gone), elapsed, error=rejected.error)
        for each in dirty.values():
            each.report = report
        return report

    def _impossible(
        self, batch: Batch, failed: CommitFailed, dirty: dict[str, _Dirty], gone: list[Reason], started: float
    ) -> Report:
        """The interpreter refused a swap: everything is as it was, and waits for a restart."""
        reasons = [
            Reason.of(
                "RL301",
                module=work.tracked.name,
                qualname=edit.node.qualname,
                path=work.tracked.path,
                line=edit.node.line,
                name=edit.node.qualname or "the module",
                why=str(failed),
            )
            for work in batch.works
            for edit in work.edits
            if edit.node.kind == "class" or edit.node.scopes
        ]
        report = Report("restart", (), (*reasons, *gone), time.perf_counter() - started)
        for each in dirty.values():
            each.report = report
        return report

    def _strictly(self, batch: Batch, dirty: dict[str, _Dirty], gone: list[Reason], started: float) -> Report:
        """All or nothing: what could have been applied waits for the restart as well."""
        reasons = [reason for reason in batch.reasons if reason.verdict == "restart"]
        for work in batch.works:
            for edit in work.edits:
                node = edit.new or edit.old
                if node is not None and work.refused.isdisjoint(edit.numbers):
                    tracked = work.tracked
                    reasons.append(
                        Reason.of(
                            "RL305", module=tracked.name, qualname=node.qualname, path=tracked.path, line=node.line
                        )
                    )
        report = Report("restart", (), (*reasons, *gone), time.perf_counter() - started)
        for each in dirty.values():
            each.report = report
        return report

    def _settle(self, batch: Batch, works: list[Work], dirty: dict[str, _Dirty], report: Report) -> None:
        """Moves the baselines forward, for the edits that were applied."""
        baselines: list[tuple[Tracked, Snapshot, Outline, bool, Snapshot]] = []
        finished: dict[str, bool] = {}
        partial: set[str] = set()
        for work in works:
            tracked = work.tracked
            if not work.whole:
                partial.add(tracked.path)
            baselines.append((tracked, tracked.snapshot, tracked.outline, tracked.in_step, work.snapshot))
            if work.complete:
                tracked.outline, tracked.in_step = work.outline, True
            else:
                applied = {number for edit in work.edits for number in edit.numbers} - work.refused
                text = work.diff.splice(applied)
                tracked.outline, tracked.in_step = parse(text, tracked.filename), False
            tracked.snapshot = work.snapshot
            self.tracked.changed(tracked.name)
            finished[tracked.path] = finished.get(tracked.path, True) and work.complete
            capture.release(tracked.module)
            linecache.cache.pop(tracked.filename, None)
            linecache.cache.pop(tracked.path, None)
        stale = {
            tracked.path
            for path, each in dirty.items()
            for tracked in self.tracked.of(path)
            if tracked.snapshot.hash != each.snapshot.hash
        }
        for path, each in dirty.items():
            if path in stale:
                # Another module of the same file.
                partial.add(path)
            if path in partial:
                each.report = None
            elif finished.get(path, True):
                self.dirty.pop(path, None)
            else:
                each.report = report
        if self._last is not None:
            self._last.batch.close()
        self._last = _Transaction(report, batch, baselines)

    def adopt(self, report: Report, batch: Batch) -> None:
        """Takes in a batch that was carried out outside of the watched files, by a notebook's cell: it is in the
        history, and `undo` takes it back."""
        with self.held():
            if self._last is not None:
                self._last.batch.close()
            self._last = _Transaction(report, batch, [])
            self._done(report)

    # ---- looking back ----------------------------------------------------------------------------

    def undo(self) -> Report:
        """Takes the last transaction back; its files stay pending until they are saved again."""
        with self.held():
            last = self._last
            if last is None or self._busy:
                return Report("nothing")
            started = time.perf_counter()
            last.batch.take_back()
            for tracked, snapshot, outline, in_step, saved in last.baselines:
                tracked.outline, tracked.in_step, tracked.snapshot = outline, in_step, snapshot
                self.tracked.changed(tracked.name)
                self.dirty[tracked.path] = _Dirty(saved, last.report, undone=True, mark=_mark(tracked.path))
                linecache.cache.pop(tracked.filename, None)
            self._last = None
            changes = tuple(
                Change("undo", change.module, change.qualname, change.path, change.line, change.action)
                for change in last.report.changes
            )
            report = Report("live", changes, (), time.perf_counter() - started)
            self.log.append(report)
            self._tell(report)
            return report

    def status(self) -> Status:
        """What runs but is not what is saved."""
        with self.held():
            self.discover()
            pending, errors = self.waiting()
            return Status(pending, errors, tuple(sorted(self.tracked)))

    def waiting(self) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
        """What is pending, and what is wrong. The lock is held."""
        pending: list[Reason] = []
        errors: list[Reason] = []
        for path, each in self.dirty.items():
            if each.undone or each.report is None:
                why = "it was undone" if each.undone else "it was not asked for"
                pending += self._waiting(path, why)
            elif each.report.rejected:
                errors += [reason for reason in each.report.reasons if reason.verdict == "rejected"]
            else:
                kept = [reason for reason in each.report.reasons if reason.verdict == "restart"]
                pending += kept or self._waiting(path, "it was not asked for")
        pending += [
            Reason.of("RL213", module=tracked.name, qualname="", path=tracked.path, line=0, why=why)
            for path, why in self._gone.items()
            for tracked in self.tracked.of(path)
        ]
        return tuple(dict.fromkeys(pending)), tuple(dict.fromkeys(errors))

    def _waiting(self, path: str, why: str) -> list[Reason]:
        found: list[Reason] = []
        for tracked in self.tracked.of(path):
            try:
                outline = parse(self.dirty[path].snapshot, tracked.filename)
                edits = edits_of(compare(tracked.outline, outline, tracked.filename))
            except SyntaxError:
                continue
            for edit in edits:
                node = edit.node
                if edit.action == "formatted":
                    continue
                found.append(
                    Reason.of("RL222", module=tracked.name, qualname=node.qualname, path=path, line=node.line, why=why)
                )
        return found


def _mark(path: str) -> tuple[int, ...]:
    """Tells one save of a file from the next."""
    try:
        seen = os.stat(path)
    except OSError:
        return ()
    return (seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size)


class _Held:
    """The lock, with a bound on the wait: code that a reload runs may wait for a thread that wants it."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=PATIENCE):
            raise RuntimeError(
                f"another thread's reload has not ended in {PATIENCE:.0f} s; "
                "does code that it runs wait for this thread?"
            )

    def __exit__(self, *_: object) -> None:
        self._lock.release()


session = Session()
