"""Programs that run hot as they are, from the command line."""

from __future__ import annotations

# `typing` is not loaded by all programs.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from reloadr.tree.wire import Wire


def join() -> None:
    """Called by a line in site-packages when Python starts below a program that runs under `reloadr run`."""
    from reloadr.program.joining import join

    global _has_joined
    # Python may come by that line more than once: a folder can be among its paths twice.
    if not _has_joined:
        _has_joined = True
        join(_begin)


_has_joined = False


def _begin(wire: Wire, settings: str) -> Callable[[], object]:
    from reloadr.program.member import begin

    return begin(wire, settings)
