"""Pending files to an outcome: they become live as one batch, or nothing of them does and the report says why."""

from __future__ import annotations

import linecache
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reloadr import hooks
from reloadr._core import Diff, Outline, Snapshot
from reloadr.engine.batch import Batch, Swap, Work, Works
from reloadr.engine.carry_out import begin, carry_out
from reloadr.engine.commit import finish
from reloadr.engine.registrations import effects
from reloadr.live import capture
from reloadr.live.module import Tracked
from reloadr.live.modules import Modules
from reloadr.report.caveats import RL220, RL245
from reloadr.report.diffs import Diffs
from reloadr.report.findings import Findings, Rejected
from reloadr.report.reasons import Reason, Verdict, worst
from reloadr.report.refusals import RL301, RL305, RL401, RL403, RL404
from reloadr.report.report import Report
from reloadr.session.pending import Pending, PendingFiles
from reloadr.session.selection import Selection
from reloadr.source.edits import Edit, edits_of, everything_else
from reloadr.source.outlines import compare, parse
from reloadr.source.snippets import excerpt
from reloadr.stage.journal import CommitFailed
from reloadr.stage.spaces import Space

__all__ = ["Attempt", "Baseline", "Outcome", "Trial", "settle"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt."""

    report: Report
    #: What is live now; None when everything is as it was.
    batch: Batch | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of an attempt."""

    report: Report
    #: What ran for it and may have done more than can be taken back: it does that again with the attempt itself.
    ran: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a module ran before a batch, for `undo`, and the saved text that the batch brought."""

    tracked: Tracked
    snapshot: Snapshot
    outline: Outline
    in_step: bool
    saved: Snapshot


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is asked for."""

    tracked: Modules
    selection: Selection | None
    #: Modules whose file changed between an import that was not seen and now: what their functions need.
    unseen: dict[str, tuple[list[Edit], bool]]
    #: What is to be said of files that went.
    gone: Sequence[Reason]
    #: All of a batch or nothing.
    strict: bool
    #: When the look at the files began.
    started: float
    #: Modules that watched ones did without, and whose file has come.
    came: frozenset[str] = frozenset()

    def of(self, files: Mapping[str, Pending], previous: Sequence[Swap]) -> Outcome:
        """Carries saved states of files out. `previous`: the swaps of the batch before, which `undo` keeps."""
        batch: Batch | None = None
        try:
            works = list(self._works(files))
            batch = begin(self.tracked, works, tuple(previous), self.came)
            if works:
                _before_hooks(works)
            carry_out(batch)
            if self.strict and any(work.refused for work in works):
                batch.take_back()
                return self._report("restart", _strictly(batch.works, batch.findings))
            finish(batch)
        except Rejected as rejected:
            if batch is not None:
                batch.take_back()
            return self._report("rejected", [rejected.reason], rejected.error)
        except CommitFailed as failed:
            assert batch is not None
            batch.take_back()
            return self._report("restart", _impossible(batch.works, failed))
        except BaseException:
            if batch is not None:
                batch.take_back()
            raise
        return self._live(batch, works)

    def tried(self, files: Mapping[str, Pending], previous: Sequence[Swap]) -> Trial:
        """Everything up to the last swap, then all of it is taken back. The user's hooks are not called: nothing
        becomes live."""
        batch: Batch | None = None
        try:
            works = list(self._works(files))
            batch = begin(self.tracked, works, tuple(previous), self.came)
            carry_out(batch)
            refused = self.strict and any(work.refused for work in works)
            found = (
                self._report("restart", _strictly(batch.works, batch.findings))
                if refused
                else self._outcome(batch, works)
            )
        except Rejected as rejected:
            found = self._report("rejected", [rejected.reason], rejected.error)
        except CommitFailed as failed:
            assert batch is not None
            found = self._report("restart", _impossible(batch.works, failed))
        finally:
            # While it is prepared, since it is judged by what it would have called.
            ran = _twice(batch) if batch is not None else ()
            if batch is not None:
                batch.take_back()
        return Trial(found.report, ran)

    def _report(self, verdict: Verdict, reasons: list[Reason], error: BaseException | None = None) -> Outcome:
        """Nothing of it is live."""
        elapsed = time.perf_counter() - self.started
        text = "" if error is None else _as_text(error)
        return Outcome(Report(verdict, (), (*reasons, *self.gone), elapsed, error=error, traceback=text))

    def _live(self, batch: Batch, works: list[Work]) -> Outcome:
        for work in works:
            self._unseen_reason(batch.findings, work)
        return self._outcome(batch, works)

    def _outcome(self, batch: Batch, works: list[Work]) -> Outcome:
        outlines = {work.tracked.path: (work.tracked.outline, work.outline) for work in works}
        reasons = (*batch.findings.reasons, *self.gone)
        applied: list[Verdict] = ["live"] if batch.findings.changes else []
        verdict = worst([*(reason.verdict for reason in reasons), *applied])
        if verdict == "nothing" and any(work.diff.shifts or work.diff.edits for work in works):
            verdict = "live"
        elapsed = time.perf_counter() - self.started
        return Outcome(Report(verdict, tuple(batch.findings.changes), reasons, elapsed, Diffs(outlines)), batch)

    def _unseen_reason(self, findings: Findings, work: Work) -> None:
        unseen, unsure = self.unseen.pop(work.tracked.name, ([], False))
        left = [edit for edit in unseen if edit not in work.edits]
        if left and not work.whole:
            self.unseen[work.tracked.name] = (left, unsure)
        elif unsure:
            findings.reason(RL220(), work.tracked, "", 0)

    # ---- saved text to work ----------------------------------------------------------------------

    def _works(self, files: Mapping[str, Pending]) -> Iterator[Work]:
        for path, each in files.items():
            for tracked in self.tracked.of(path):
                if self.selection is None or tracked.name in self.selection.modules:
                    yield self._work(tracked, each.snapshot)

    def _work(self, tracked: Tracked, snapshot: Snapshot) -> Work:
        outline = _outline(tracked, snapshot)
        # Behind the outline, which has just gone through both texts.
        snapshot.follow(tracked.snapshot)
        diff: Diff = compare(tracked.outline, outline, tracked.filename)
        picks = None if self.selection is None else self.selection.picks(tracked.name)
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


def _as_text(error: BaseException) -> str:
    """An exception and what caused it as Python prints them, but without names that may have been meant instead: to
    find those, Python imports a module of its own and asks the user's objects what they have."""
    lines: list[str] = []
    if error.__cause__ is not None:
        lines = [
            _as_text(error.__cause__),
            "\nThe above exception was the direct cause of the following exception:\n\n",
        ]
    frames = traceback.extract_tb(error.__traceback__)
    lines += ["Traceback (most recent call last):\n", *traceback.format_list(frames)] if frames else []
    if isinstance(error, (NameError, AttributeError, ImportError)):
        lines.append(f"{type(error).__name__}: {error}\n")
    else:
        lines += traceback.format_exception_only(error)
    return "".join(lines)


def _outline(tracked: Tracked, snapshot: Snapshot) -> Outline:
    """The outline of a saved text. Raises Rejected for what is no Python."""
    try:
        outline = parse(snapshot, tracked.filename, tracked.outline)
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise _no_python(tracked, snapshot, error) from error
    late = outline.late_future()
    if late is not None:
        wrong = SyntaxError("from __future__ imports must occur at the beginning of the file")
        wrong.lineno = late
        raise _no_python(tracked, snapshot, wrong)
    return outline


def _no_python(tracked: Tracked, snapshot: Snapshot, error: Exception) -> Rejected:
    wrong = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
    try:
        text = snapshot.text()
    except SyntaxError:
        return _wrong(tracked, RL403, wrong, "")
    return _wrong(tracked, RL401, wrong, text)


def _wrong(tracked: Tracked, kind: type[RL401 | RL403], error: SyntaxError, text: str) -> Rejected:
    line = error.lineno or 1
    reason = Reason.of(
        kind(error=f"{type(error).__name__}: {error.msg}"),
        module=tracked.name,
        qualname="",
        path=tracked.path,
        line=line,
        excerpt=excerpt(text, line, error.offset),
    )
    return Rejected(reason, error)


def _before_hooks(works: list[Work]) -> None:
    """Calls the user's hooks. Raises Rejected where one of them raises."""
    names = frozenset(work.tracked.name for work in works)
    for hook in hooks.before_hooks():
        try:
            hook(names)
        except Exception as error:
            tracked = works[0].tracked
            text = f"a before-reload hook raised {type(error).__name__}: {error}"
            reason = Reason.of(RL404(error=text), module=tracked.name, qualname="", path=tracked.path, line=0)
            raise Rejected(reason, error) from error


def _impossible(works: Works, failed: CommitFailed) -> list[Reason]:
    """The interpreter refused a swap: everything is as it was, and waits for a restart."""
    return [
        Reason.of(
            RL301(name=edit.node.qualname or "the module", why=str(failed)),
            module=work.tracked.name,
            qualname=edit.node.qualname,
            path=work.tracked.path,
            line=edit.node.line,
        )
        for work in works
        for edit in work.edits
        if edit.node.kind == "class" or edit.node.scopes
    ]


def _strictly(works: Works, findings: Findings) -> list[Reason]:
    """All or nothing: what could have been applied waits for the restart as well."""
    reasons = [reason for reason in findings.reasons if reason.verdict == "restart"]
    for work in works:
        for edit in work.edits:
            node = edit.new or edit.old
            if node is not None and work.refused.isdisjoint(edit.numbers):
                tracked = work.tracked
                reasons.append(
                    Reason.of(RL305(), module=tracked.name, qualname=node.qualname, path=tracked.path, line=node.line)
                )
    return reasons


def _twice(batch: Batch) -> tuple[Reason, ...]:
    """RL245 for each line that ran in a trial and may have done what is not taken back."""
    return tuple(
        dict.fromkeys(
            Reason.of(
                RL245(name=(node.qualname if node.name else ", ".join(node.binds)) or f"line {node.line}"),
                module=work.tracked.name,
                qualname=node.qualname,
                path=work.tracked.path,
                line=node.line,
            )
            for work, node in effects.beyond(batch)
        )
    )


# ---- moving on -----------------------------------------------------------------------------------


def settle(
    tracked: Modules, pending: PendingFiles, asked: Mapping[str, Pending], works: Works, report: Report
) -> list[Baseline]:
    """Moves the baselines forward, for the edits that were applied; files that run as they are saved wait no more.

    Returns the baselines before, for `undo`. `asked`: the files of the attempt.
    """
    baselines = [_move_on(work) for work in works]
    for work in works:
        tracked.changed(work.tracked)
    unfinished = {work.tracked.path for work in works if not work.complete}
    partial = {work.tracked.path for work in works if not work.whole}
    for path, each in asked.items():
        # A file may have been left behind by another module that comes from it as well.
        if path in partial or any(module.snapshot.hash != each.snapshot.hash for module in tracked.of(path)):
            each.report = None
        elif path in unfinished:
            each.report = report
        else:
            pending.pop(path, None)
    return baselines


def _move_on(work: Work) -> Baseline:
    tracked = work.tracked
    before = Baseline(tracked, tracked.snapshot, tracked.outline, tracked.in_step, work.snapshot)
    if work.complete:
        tracked.outline, tracked.in_step = work.outline, True
    else:
        applied = {number for edit in work.edits for number in edit.numbers} - work.refused
        tracked.outline, tracked.in_step = parse(work.diff.splice(applied), tracked.filename), False
    tracked.snapshot = work.snapshot
    capture.release(tracked.module)
    linecache.cache.pop(tracked.filename, None)
    linecache.cache.pop(tracked.path, None)
    return before
