"""The folders of templates and static files that the program's frameworks have, told by their plug-ins."""

from __future__ import annotations

import os
import time
from typing import Final

from reloadr import plugins
from reloadr.browser.news import news
from reloadr.watching.others import others

__all__ = ["folders"]

#: Not oftener than this it is asked which folders there are, seconds.
RARELY: Final = 10.0


class _Folders:
    """Looked for when somebody listens: who holds a folder may come at any time."""

    def __init__(self) -> None:
        self._watched: set[str] = set()
        self._at = 0.0
        self._state = ""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_child)

    def add(self, folder: str) -> None:
        """One that somebody has named."""
        folder = os.path.abspath(folder)
        if folder not in self._watched and os.path.isdir(folder):
            self._watched.add(folder)
            others.watch(folder, ["*"], news.saved, last=True)

    def look(self) -> None:
        """Asks the plug-ins, if something may have changed."""
        if time.monotonic() < self._at and self._state == news.now:
            return
        self._at, self._state = time.monotonic() + RARELY, news.now
        for plugin in plugins.awake():
            for folder in plugin.folders():
                if "site-packages" not in folder:
                    self.add(folder)

    def _in_child(self) -> None:
        self._at = 0.0


folders = _Folders()
