"""The app. What a user does with it is told in the page of the folder."""

from __future__ import annotations

import os
import sys
from types import ModuleType

from django.apps import AppConfig

from reloadr._disabled import is_disabled
from reloadr.tree.wire import TREE

__all__ = ["ReloadrConfig"]

#: Commands that bring Django's reloader.
_COMMANDS = frozenset({"runserver", "runserver_plus"})


class ReloadrConfig(AppConfig):  # type: ignore[misc]
    """An app without models."""

    name = "reloadr.django"
    label = "reloadr"
    verbose_name = "reloadr"

    def __init__(self, app_name: str, app_module: ModuleType) -> None:
        super().__init__(app_name, app_module)
        if _is_to_be_reloaded():
            command = [sys.executable, "-m", "reloadr", "run", "--", *sys.orig_argv]
            os.execv(sys.executable, command)


def _is_to_be_reloaded() -> bool:
    """Whether this process is about to watch a second one, which serves; Django says `RUN_MAIN` to that."""
    is_command = not _COMMANDS.isdisjoint(sys.argv[1:2]) and "--noreload" not in sys.argv
    is_free = TREE not in os.environ and "RUN_MAIN" not in os.environ and not is_disabled()
    # There is no supervisor on Windows.
    return is_command and is_free and sys.platform != "win32"
