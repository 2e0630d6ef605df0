"""Texts that are handed over instead of saved become live, or are tried."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reloadr.live.module import Tracked
from reloadr.report.reasons import Reason
from reloadr.report.report import Report
from reloadr.session.attempt import Attempt, Trial
from reloadr.session.handed import pending_of, refusals
from reloadr.session.selection import selection_of
from reloadr.session.session import Session

__all__ = ["running_in", "take", "try_out"]


def running_in(owner: Session, names: Iterable[str]) -> dict[str, str]:
    """The hash of what runs in some modules, which are taken in. Raises ValueError for one without source here."""
    with owner.held():
        chosen = sorted(names)
        selection_of(owner.discovery, chosen)
        return {name: owner.tracked[name].running for name in chosen}


def take(
    owner: Session, texts: Mapping[str, str], base: Mapping[str, str], *, strict: bool, said: Sequence[Reason] = ()
) -> Report:
    """Brings modules to texts that are handed over. `said`: is to be said of it as well. Raises ValueError for a
    module that has no source here."""
    with owner.held():
        attempt, modules = _given(owner, texts, said, strict)
        wrong = refusals(modules, base, texts)
        if wrong:
            return owner.done(_refused(attempt, modules, wrong))
        files = pending_of(modules, texts)
        with owner.under_way():
            report = owner.carry_out(attempt, files)
        owner.handed.took(files)
        for path in files:
            owner.pending.leave(path, report, "another text was handed over")
        return owner.done(report)


def try_out(owner: Session, texts: Mapping[str, str], base: Mapping[str, str], *, strict: bool) -> Trial:
    """What `take` would do: everything but the last swap is done and taken back. The hashes of the report are those
    of what runs."""
    with owner.held():
        attempt, modules = _given(owner, texts, (), strict)
        wrong = refusals(modules, base, texts)
        if wrong:
            return Trial(_refused(attempt, modules, wrong))
        files = pending_of(modules, texts)
        with owner.under_way():
            trial = attempt.tried(files, owner.history.swaps)
        return replace(trial, report=trial.report.with_sources(owner.running(files)))


def _given(
    owner: Session, texts: Mapping[str, str], said: Sequence[Reason], strict: bool
) -> tuple[Attempt, list[Tracked]]:
    if owner.is_busy:
        raise RuntimeError("a reload is under way: a text cannot be handed over by what it runs")
    started = time.perf_counter()
    selection = selection_of(owner.discovery, sorted(texts))
    attempt = Attempt(owner.tracked, selection, owner.discovery.unseen, said, strict, started)
    return attempt, [owner.tracked[name] for name in texts]


def _refused(attempt: Attempt, modules: Iterable[Tracked], wrong: tuple[Reason, ...]) -> Report:
    sources = {each.name: each.running for each in modules}
    return Report("restart", (), wrong, time.perf_counter() - attempt.started, sources=sources)
