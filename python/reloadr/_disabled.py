"""Whether all of it is a no-op: in production decorators and `watch` stay in the code and cost nothing."""

from __future__ import annotations

import os
from collections.abc import Callable

#: Called once when reloadr is disabled by a call.
undo: list[Callable[[], object]] = []

_disabled = os.environ.get("RELOADR_DISABLE", "").strip().lower() not in ("", "0", "false", "no")


def is_disabled() -> bool:
    """Whether `RELOADR_DISABLE` was set at the start, or `disable()` was called."""
    return _disabled


def disable() -> None:
    """From now on decorators hand back what they get, and `watch` gives a watcher that watches nothing.

    Call it before they are used: watchers that run already are stopped, and objects that were wrapped in a
    proxy stay so. The environment variable `RELOADR_DISABLE=1` does the same from the start.
    """
    global _disabled
    if not _disabled:
        _disabled = True
        for step in undo:
            step()
