"""What loops that are held need of the session: who can mend them, and where their functions stand."""

from __future__ import annotations

import time
from functools import partial
from types import CodeType
from typing import Protocol

from reloadr.live.module import Tracked
from reloadr.live.modules import Modules
from reloadr.running.holding import holding
from reloadr.running.news import Whose
from reloadr.running.texts import Place, Text
from reloadr.running.unwinding import Known, watch
from reloadr.session.pending import mark_of
from reloadr.session.rules import Wanting

__all__ = ["serve"]


class Host(Protocol):
    """Of the session."""

    tracked: Modules
    watchers: list[Wanting]

    @property
    def is_entered(self) -> bool:
        """Whether this thread is in the midst of a reload."""
        ...

    def poll(self) -> object:
        """Brings all watched modules to the state of the disk."""
        ...


def serve(host: Host) -> None:
    """Loops are held by what a session does."""
    holding.look = _Looking(host)
    holding.is_watched = partial(_can_mend, host)
    holding.is_old = partial(_is_old, host)
    watch.finders.insert(0, partial(_find, host))


def _can_mend(host: Host) -> bool:
    """Whether a save would be seen. Not by a thread that is in the midst of a reload, which would wait for itself."""
    return bool(host.watchers) and not host.is_entered


#: Seconds for which a file has to stay as it is.
_SETTLES = 0.05


class _Looking:
    """Looks for saves, where no thread of ours applies them: whoever does it otherwise may be who waits."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._seen: dict[str, tuple[int, ...]] = {}
        self._since = 0.0

    def __call__(self) -> None:
        if any(_applies(watcher) for watcher in self._host.watchers):
            return
        now = {tracked.path: mark_of(tracked.path) for tracked in list(self._host.tracked.values())}
        if now != self._seen:
            self._seen, self._since = now, time.monotonic()
        # Nobody asked for this very moment: a file that is just being written is left alone until it is whole.
        elif time.monotonic() - self._since >= _SETTLES:
            self._host.poll()


def _applies(watcher: Wanting) -> bool:
    return getattr(watcher, "on", "") == "save" and not getattr(watcher, "is_paused", False)


def _is_old(host: Host, code: CodeType) -> bool:
    """Whether the function that a code object was made for runs another text by now."""
    for tracked in host.tracked.values():
        if tracked.filename == code.co_filename:
            current = tracked.retired.beside()
            olds = tracked.retired.of(code.co_qualname)
            return any(code is old for old in olds) and all(code is not each for each in current)
    return False


def _find(host: Host, code: CodeType) -> Known | None:
    for tracked in host.tracked.values():
        if tracked.filename == code.co_filename:
            return _known(tracked, code)
    return None


def _known(tracked: Tracked, code: CodeType) -> Known:
    name = "" if code.co_name == "<module>" else code.co_qualname
    text = tracked.snapshot.text() if tracked.in_step else tracked.outline.text
    place = Place(Text(text, is_module=True), code.co_firstlineno - 1)
    whose = Whose(tracked.name, name, tracked.path, code.co_firstlineno)
    # An edit is of the definition in which it stands.
    return Known(place, whose, partial(tracked.retired.learn, name.partition(".<locals>")[0]))
