"""What a rule can ask for while a batch is carried out: `plugins.Reload`, on a batch.

What a plug-in raises is no fault of the source: the change cannot be carried into this process then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from reloadr.engine.batch import Batch
from reloadr.engine.rules import running, twins
from reloadr.live.kinds import is_a
from reloadr.plugins import Change, Do, Plugin
from reloadr.report.caveats import RL240
from reloadr.report.findings import NeedsRestart, Rejected
from reloadr.report.reasons import Reason
from reloadr.report.refusals import RL310

__all__ = ["Asking"]


class _Refused(Exception):
    """A rule asks for a restart."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Asking:
    """One batch, as plug-ins see it."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        #: What takes back the calls that were made for the edit at hand.
        self._done: list[Callable[[], object]] = []
        #: By call and arguments: what is to be done once all is live.
        self._after: dict[object, Callable[[], object]] = {}
        #: Whether something ran that others may follow.
        self.has_run = False

    def ask(self, plugin: Plugin, do: Do, change: Change) -> object:
        """Asks one rule; what it returned. Raises NeedsRestart where it asks for that, or raises."""
        try:
            return do(change, self)
        except _Refused as refused:
            raise NeedsRestart(_refusal(plugin, change, refused.why)) from None
        except (NeedsRestart, Rejected):
            # A line that it had run again raises, as it would in a fresh process.
            raise
        except Exception as error:
            why = f"its plug-in raised {type(error).__name__}: {error}"
            raise NeedsRestart(_refusal(plugin, change, why)) from error

    def begin(self) -> None:
        """Forgets the calls that were made for the edit before: another one begins."""
        self._done.clear()

    @property
    def is_waiting(self) -> bool:
        """Whether a call was made for the edit at hand: what is ready belongs before it."""
        return bool(self._done)

    def take_back(self) -> None:
        """The edit at hand has to wait: calls that were made for it are taken back."""
        for undo in reversed(self._done):
            undo()
            self._batch.journal.on_undo.remove(undo)
        self._done.clear()

    # ---- what rules ask for ----------------------------------------------------------------------

    def restart(self, why: str) -> None:
        """The change cannot be carried into this process."""
        raise _Refused(why)

    def run(self, module: str, name: str) -> bool:
        """Runs what binds a name of a watched module again."""
        ran = running.run_binders(self._batch, module, name)
        self.has_run = self.has_run or ran
        return ran

    def do(self, call: Callable[[], object], undo: Callable[[], object]) -> None:
        """Calls something at once; `undo` is called if the edit has to wait, or is taken back."""
        call()
        # Another object each time, to be found again.
        undo = partial(undo)
        self._done.append(undo)
        self._batch.journal.on_undo.append(undo)

    def after(self, call: Callable[[], object], undo: Callable[[], object] | None = None) -> None:
        """Calls once all is live."""
        key = (call.func, *map(id, call.args)) if is_a(call, partial) and not call.keywords else call
        # It may have been forgotten with an edit that has to wait.
        if not any(each is self._after.get(key) for each in self._batch.journal.afterwards):
            self._after[key] = calling = partial(self._call, call)
            self._batch.journal.afterwards.append(calling)
            self._batch.journal.on_undo.insert(0, partial(self._call, undo or call))

    def twin(self, cls: type) -> type | None:
        """A class made once more of its statement."""
        return twins.twin_of(self._batch.worlds, cls)

    def read(self, holder: object, name: str) -> None:
        """An attribute of an object changed, as the source does not show."""
        running.read_elsewhere(self._batch, holder, name)

    def _call(self, call: Callable[[], object]) -> None:
        # They know this object, which knows the batch.
        self._after.clear()
        try:
            call()
        except Exception as error:
            # All is live by now.
            named = (each for each in (call, getattr(call, "func", None)) if hasattr(each, "__qualname__"))
            work = next(iter(self._batch.works))
            reason = Reason.of(
                RL240(
                    name=getattr(next(named, None), "__qualname__", "a call"), error=f"{type(error).__name__}: {error}"
                ),
                module=work.tracked.name,
                qualname="",
                path=work.tracked.path,
                line=0,
            )
            self._batch.findings.reasons.append(reason)


def _refusal(plugin: Plugin, change: Change, why: str) -> RL310:
    return RL310(framework=plugin.framework, name=change.name or f"`{change.source}`", why=why)
