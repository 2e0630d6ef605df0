"""Texts that were tried and are to become live later, or not at all: what a change of many processes at once needs.

prepare ─▶ a token ─▶ commit: live, or refused with the reason
                  └▶ abort, or the time is up: it is as if nobody had prepared anything

A trial does everything but the last swap, and takes it back; nothing is kept of it but the verdict. So nothing that the
process does between a trial and its commit can be missed: functions, closures and instances that the old code makes
meanwhile are found by the commit, which does everything once more. What was run by both and may have done more than
could be taken back is named (RL245).
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from reloadr.report.reasons import Reason, Verdict
from reloadr.report.refusals import RL319
from reloadr.report.report import Report
from reloadr.session.handed import hash_of
from reloadr.session.session import Session, session
from reloadr.session.taking import running_in, take, try_out

__all__ = ["Preparations", "Prepared", "preparations"]

#: How many tokens are remembered that are no good any more, with the reason.
REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would become of texts in this process, and the token that makes them live."""

    #: What was found. What only the living process tells when they become live (loops that move, frames that stay on
    #: their code) is in the report of `reloadr.commit`.
    report: Report
    #: For `reloadr.commit` and `reloadr.abort`; "" where there is nothing to make live: the texts are wrong, another
    #: one runs than they were made for, or with `strict` an edit needs a restart.
    token: str = ""

    @property
    def verdict(self) -> Verdict:
        """As of the report."""
        return self.report.verdict

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """As of the report."""
        return self.report.reasons

    def __bool__(self) -> bool:
        return bool(self.token)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What a token stands for."""

    texts: Mapping[str, str]
    #: What ran when it was tried.
    base: Mapping[str, str]
    strict: bool
    #: When it is no good any more, and the limit that said so.
    until: float
    limit: float
    #: What ran in the trial and will run again.
    ran: tuple[Reason, ...]
    pid: int


class Preparations:
    """The tokens of a process."""

    def __init__(self, owner: Session) -> None:
        self._session = owner
        self._waiting: dict[str, _Waiting] = {}
        #: What became of earlier tokens.
        self._past: dict[str, str] = {}

    def prepare(self, texts: Mapping[str, str], base: Mapping[str, str], *, strict: bool, limit: float) -> Prepared:
        """Tries texts. Raises ValueError for a module that has no source here."""
        with self._session.held():
            self._drop_old()
            trial = try_out(self._session, texts, base, strict=strict)
            report = trial.report
            if report.rejected or _is_refused(report) or (strict and report.needs_restart):
                return Prepared(report)
            token = f"{os.getpid()}-{secrets.token_hex(8)}"
            self._waiting[token] = _Waiting(
                dict(texts), dict(report.sources), strict, time.monotonic() + limit, limit, trial.ran, os.getpid()
            )
            return Prepared(report, token)

    def commit(self, token: str) -> Report:
        """Makes live what was prepared, or says why not."""
        with self._session.held():
            self._drop_old()
            waiting = self._waiting.pop(token, None)
            if waiting is None or waiting.pid != os.getpid():
                return self._refuse({}, self._past.get(token, "this process has not given out its token"))
            try:
                running = running_in(self._session, waiting.texts)
            except ValueError as error:
                self._end(token, str(error))
                return self._refuse({}, str(error))
            moved = [name for name, hashed in waiting.base.items() if not _may_follow(waiting, name, hashed, running)]
            if moved:
                self._end(token, "another text became live meanwhile")
                return self._refuse(running, f"another text became live meanwhile in {', '.join(sorted(moved))}")
            self._end(token, "it was made live before")
            return take(self._session, waiting.texts, {}, strict=waiting.strict, said=waiting.ran)

    def abort(self, token: str) -> bool:
        """Forgets what was prepared; whether there was something to forget."""
        with self._session.held():
            self._drop_old()
            if self._waiting.pop(token, None) is None:
                return False
            self._end(token, "it was aborted")
            return True

    def _drop_old(self) -> None:
        now = time.monotonic()
        for token, waiting in list(self._waiting.items()):
            if waiting.until <= now:
                del self._waiting[token]
                self._end(token, f"its time, {waiting.limit:g} s, is up")

    def _end(self, token: str, why: str) -> None:
        self._past[token] = why
        for stale in list(self._past)[:-REMEMBERED]:
            del self._past[stale]

    def _refuse(self, running: Mapping[str, str], why: str) -> Report:
        reason = Reason.of(RL319(why=why), module="", qualname="", path="", line=0)
        report = Report("restart", (), (reason,), sources=running)
        self._session.tell(report)
        return report


def _is_refused(report: Report) -> bool:
    return any(reason.code == "RL318" for reason in report.reasons)


def _may_follow(waiting: _Waiting, name: str, hashed: str, running: Mapping[str, str]) -> bool:
    """Whether a module runs what it ran when the texts were tried, or its text by now."""
    return running.get(name) in (hashed, hash_of(waiting.texts[name]))


preparations = Preparations(session)
