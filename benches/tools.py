"""How each tool is driven: told of a change, it makes it live before it returns."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType


class Tool:
    """One hot reloader. `start` is called before any measured module is imported. That an edit took effect is checked
    by whoever drives it."""

    name = ""
    #: Whether it finds out by itself which files changed: only then is a poll without a change its work.
    looks = False

    def start(self, root: Path) -> None:
        """Gets ready to follow the files below `root`."""

    def ready(self, modules: list[ModuleType]) -> None:
        """All measured modules are imported now."""

    def apply(self, paths: list[str]) -> None:
        """These files were rewritten: makes it take effect before it returns."""

    def idle(self) -> None:
        """Looks for changes where there are none."""


class Nothing(Tool):
    """No tool: what the others' memory and import times are compared with."""

    name = "none"


class Reloadr(Tool):
    name = "reloadr"
    looks = True

    def start(self, root: Path) -> None:
        import reloadr

        self.root = root
        self.reloadr = reloadr

    def ready(self, modules: list[ModuleType]) -> None:
        self.watcher = self.reloadr.watch(self.root, on="look")

    def apply(self, paths: list[str]) -> None:
        report = self.watcher.poll()
        if report.rejected or report.needs_restart:
            raise RuntimeError(str(report))

    def idle(self) -> None:
        self.watcher.poll()


class Jurigged(Tool):
    name = "jurigged"

    def start(self, root: Path) -> None:
        import jurigged

        self.errors: list[BaseException] = []
        self.watcher = jurigged.watch(f"{root}/*", logger=self._log, autostart=False)

    def _log(self, event: object) -> None:
        if isinstance(event, BaseException):
            self.errors.append(event)

    def apply(self, paths: list[str]) -> None:
        for path in paths:
            if self.watcher.registry.get(path) is not None:
                self.watcher.refresh(path)
        if self.errors:
            raise self.errors[0]


class IPython2(Tool):
    name = "%autoreload 2"
    looks = True

    def start(self, root: Path) -> None:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "NoColor"
        shell = InteractiveShell.instance(config=config)
        shell.run_line_magic("load_ext", "autoreload")
        shell.run_line_magic("autoreload", "2")
        self.magics = shell.magics_manager.registry["AutoreloadMagics"]

    def ready(self, modules: list[ModuleType]) -> None:
        self.magics.post_execute_hook()
        self.idle()

    def apply(self, paths: list[str]) -> None:
        self.idle()

    def idle(self) -> None:
        self.magics.pre_run_cell(None)


class Pydevd(Tool):
    name = "pydevd"

    def start(self, root: Path) -> None:
        import _pydevd_bundle.pydevd_reload

        self.xreload = _pydevd_bundle.pydevd_reload.xreload

    def ready(self, modules: list[ModuleType]) -> None:
        self.by_path = {os.path.realpath(module.__file__ or ""): module for module in modules}

    def apply(self, paths: list[str]) -> None:
        for path in paths:
            self.xreload(self.by_path[os.path.realpath(path)])


class Reload(Tool):
    """The standard library's own."""

    name = "importlib.reload"

    def apply(self, paths: list[str]) -> None:
        changed = set(map(os.path.realpath, paths))
        for module in list(sys.modules.values()):
            if os.path.realpath(getattr(module, "__file__", None) or "") in changed:
                importlib.reload(module)


TOOLS: dict[str, type[Tool]] = {tool.name: tool for tool in (Nothing, Reloadr, Jurigged, IPython2, Pydevd, Reload)}

#: What an import of each tool is, for a process of its own.
IMPORTS = {
    "reloadr": "import reloadr",
    "jurigged": "import jurigged",
    "%autoreload 2": "import IPython.core.interactiveshell, IPython.extensions.autoreload",
    "pydevd": "import _pydevd_bundle.pydevd_reload",
}

sys.dont_write_bytecode = True
