"""What one batch has to say so far, and how it says that it cannot go on."""

from __future__ import annotations

from collections.abc import Callable

from reloadr.live.module import Tracked
from reloadr.report.caveats import RL206, RL216
from reloadr.report.kinds import Kind
from reloadr.report.reasons import Action, Change, Reason


class Rejected(Exception):
    """The new source is wrong: nothing of the batch may stay."""

    def __init__(self, reason: Reason, error: BaseException | None = None) -> None:
        super().__init__(reason.message)
        self.reason = reason
        self.error = error


class NeedsRestart(Exception):
    """One edit cannot be carried into this process; the others can."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind.code)
        self.kind = kind


class Waiting:
    """Where something may turn out to need a restart, and what is done then. Nothing else catches `NeedsRestart`.

    with findings.waiting(tracked, node.qualname, node.line):
        run(batch, work, node)         # needs a restart: that is named, and the batch goes on below
    """

    def __init__(self, then: Callable[[NeedsRestart], object]) -> None:
        self._then = then

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, NeedsRestart):
            return False
        self._then(error)
        return True


class Findings:
    """Changes and reasons of a batch, in the order in which they were found."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.reasons: list[Reason] = []
        #: What was said of names that were computed from others, by kind, place and name.
        self._sources: dict[tuple[str, str, str, int, str], RL206 | RL216] = {}

    def change(self, action: Action, work: Tracked, qualname: str, line: int, detail: str = "") -> None:
        """Adds a line to the report."""
        self.changes.append(Change(action, work.name, qualname, work.path, line, detail))

    def reason(self, kind: Kind, tracked: Tracked, qualname: str, line: int) -> None:
        """Adds a reason of the catalogue, once; what several sources made is said once, with all of them."""
        if isinstance(kind, (RL206, RL216)):
            kind = self._with_earlier(kind, tracked, qualname, line)
        reason = Reason.of(kind, module=tracked.name, qualname=qualname, path=tracked.path, line=line)
        if reason not in self.reasons:
            self.reasons.append(reason)

    def _with_earlier(self, kind: RL206 | RL216, tracked: Tracked, qualname: str, line: int) -> RL206 | RL216:
        """The same kind of the same name, with the sources that were said of it already; that is said no more."""
        key = (kind.code, tracked.name, qualname, line, kind.name)
        before = self._sources.get(key)
        if before is None:
            joined = kind
        else:
            sources = dict.fromkeys([*before.source.split(", "), *kind.source.split(", ")])
            joined = type(kind)(name=kind.name, source=", ".join(sources))
            earlier = Reason.of(before, module=tracked.name, qualname=qualname, path=tracked.path, line=line)
            self.reasons[:] = [each for each in self.reasons if each != earlier]
        self._sources[key] = joined
        return joined

    def sources(self, reason: Reason) -> list[str]:
        """What a reason says that something was computed from."""
        kinds = (self._sources.get((reason.code, reason.module, reason.qualname, reason.line, reason.qualname)),)
        return [source for kind in kinds if kind is not None for source in kind.source.split(", ")]

    def waiting(self, tracked: Tracked, qualname: str, line: int) -> Waiting:
        """What within needs a restart is named so at a place of the source."""
        return Waiting(lambda needs: self.reason(needs.kind, tracked, qualname, line))
