"""The judge of exceptions: whether a source is wrong, or only this process refuses it.

`settings.configure(page=20)` raises "already configured" where a fresh process would run it: to ask for its mending
would be wrong, and to guess as well. So a fresh process is asked. It imports the module whose line raised, and what
that imports; only if this does not settle it, the program's modules in their order.
"""

from __future__ import annotations

import builtins
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reloadr import plugins
from reloadr.live.module import Tracked
from reloadr.proof.fresh import Failed, Job, run
from reloadr.proof.ours import at_work, live_modules, main_of
from reloadr.proof.pace import Pace, Stopped
from reloadr.report.reasons import Reason
from reloadr.report.refusals import RL306
from reloadr.report.report import Report
from reloadr.session.session import session
from reloadr.source.outlines import parse

__all__ = ["hurrying", "judge", "thread"]

#: How long fresh processes are given to judge an exception, seconds.
LIMIT = 20.0

#: Of a thread: `is_ours`, for nobody is handed what it reports; `hurries`, for it must not wait for what is found.
thread = threading.local()


@contextmanager
def hurrying() -> Iterator[None]:
    """Inside the block this thread does not wait: that a source is right is another report."""
    thread.hurries = True
    try:
        yield
    finally:
        thread.hurries = False


def judge(report: Report) -> Report:
    """A rejection as it stands when it was judged. The session's lock is held.

    Where it is asked by a thread that must not wait, it stays as it is, and another report follows.
    """
    found = next((each for each in report.reasons if each.code == "RL402"), None)
    tracked = None if found is None else session.tracked.get(found.module)
    if found is None or tracked is None or not _may_ask(tracked) or _is_own(tracked, report):
        return report
    jobs = _jobs(tracked)
    if getattr(thread, "hurries", False):
        threading.Thread(target=_judge_later, args=(report, found, jobs), name="reloadr-judge", daemon=True).start()
        return report
    return session.overrule(report, _refused(found)) if _is_right(found, jobs, None) else report


def _judge_later(report: Report, found: Reason, jobs: list[Job]) -> None:
    """In a thread of its own; a newer save ends it."""

    def still_waits() -> bool:
        return any(each.report == report for each in list(session.pending.values()))

    thread.is_ours = True
    if _is_right(found, jobs, lambda: not still_waits()):
        with session.held():
            if still_waits():
                session.tell(session.overrule(report, _refused(found)))


def _may_ask(tracked: Tracked) -> bool:
    """Whether all who watch a module let a fresh process import it, and one can."""
    watchers = [each for each in session.watchers if each.wants(tracked.module, tracked.path)]
    return all(each.judges for each in watchers) and not at_work(tracked)


def _is_own(tracked: Tracked, report: Report) -> bool:
    """Whether the error is the source's own beyond doubt: a name that nothing in it binds."""
    error = report.error
    if not isinstance(error, NameError) or isinstance(error, UnboundLocalError) or error.name is None:
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    waiting = session.pending.get(tracked.path)
    if trace is None or trace.tb_frame.f_globals is not tracked.namespace or waiting is None:
        return False
    nodes = parse(waiting.snapshot, tracked.filename).nodes()
    return not hasattr(builtins, error.name) and not any(
        node.name == error.name or not {error.name, "*"}.isdisjoint(node.binds) for node in nodes
    )


def _jobs(tracked: Tracked) -> list[Job]:
    """The module alone, and all modules in their order, with what is saved; and all with what was loaded."""
    live = [each for each in live_modules() if not at_work(each)]
    names, main = [each.name for each in live], main_of(live)
    saved: dict[str, bytes | None] = dict.fromkeys(each.path for each in live)
    loaded: dict[str, bytes | None] = {each.path: each.first.data for each in live}
    return [
        Job([tracked.name], main, saved, plugins.begins(), describes=False),
        Job(names, main, saved, plugins.begins(), describes=False),
        Job(names, main, loaded, plugins.begins(), describes=False),
    ]


def _is_right(found: Reason, jobs: list[Job], stop: Callable[[], bool] | None) -> bool:
    """Whether a fresh process starts with a source of which a line raised here."""
    pace, end = Pace(stop), time.monotonic() + LIMIT
    alone, saved, loaded = jobs
    try:
        failed = run(alone, end, pace).failed.get(found.module)
        if failed is not None and found.message.startswith(failed):
            return False
        failed_by_now = run(saved, end, pace).failed
        if found.module in failed_by_now:
            return False
        # What cannot be imported twice at a time, such as a module that opens a port, could not be before the edit.
        return not failed_by_now or failed_by_now.keys() <= run(loaded, end, pace).failed.keys()
    except (Failed, Stopped):
        return False


def _refused(found: Reason) -> Reason:
    return Reason.of(
        RL306(error=found.message.partition("\n")[0]),
        module=found.module,
        qualname=found.qualname,
        path=found.path,
        line=found.line,
        excerpt=found.excerpt,
    )
