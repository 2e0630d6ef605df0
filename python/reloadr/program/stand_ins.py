"""Under `reloadr run`: what plug-ins put in the place of a framework's own reloader, once its module is imported.

A reloader that starts the program a second time would leave us with the process that only waits for the other.
"""

from __future__ import annotations

from collections.abc import Callable

from reloadr import plugins
from reloadr.program.after_import import AfterImport

__all__ = ["install"]


class _StandIns(AfterImport):
    """Wakes the plug-ins that have something to put in a module's place."""

    def __init__(self) -> None:
        super().__init__()
        self._asleep = set(plugins.standing_in())

    def asked_for(self, name: str) -> None:
        """A module is about to be imported."""
        if name in self._asleep:
            self._asleep.discard(name)
            for plugin in plugins.wake(name):
                for module, stand_in in plugin.stand_ins.items():
                    self.after.setdefault(module, []).append(stand_in)


def install(restart: Callable[[str], object]) -> None:
    """From now on. `restart` has the program started again."""
    plugins.host.restart = restart
    _StandIns().install()
