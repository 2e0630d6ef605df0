"""Servers that bring a reloader of their own: Werkzeug's (`flask run --debug`, `runserver_plus`), uvicorn's,
gunicorn's, hypercorn's and granian's.

Each starts the program or its workers again for every save; the process that we are in would only wait. Under
`reloadr run` it serves by itself, or from workers that were forked of it, and says in a line that the reloader was left
out. Where workers are processes that start from nothing, no save arrives in them: a line says what to type.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from reloadr.plugins import Plugin, host, instances, say

__all__ = ["Ending", "granian", "gunicorn", "hypercorn", "uvicorn", "werkzeug"]


def _left_out(whose: str) -> None:
    say(logging.INFO, f"in the place of {whose} reloader: what is saved is live in this process")


def _watch(files: Iterable[object]) -> None:
    """Files that are no modules: the program is started again for them."""
    for each in files:
        path = os.path.abspath(str(each))
        host.watch(os.path.dirname(path), [os.path.basename(path)], lambda path: host.restart(f"{path} changed"))


class Ending:
    """Whether a server of this process is about to end. It waits for open streams, so they have to ask."""

    def __init__(self, module: str, cls: str, asked: Callable[[Any], object]) -> None:
        self._module = module
        self._class = cls
        self._asked = asked
        self._found: list[Any] = []

    def __call__(self) -> bool:
        # It is there before it is asked, and stays.
        module = sys.modules.get(self._module)
        if not self._found and module is not None:
            self._found = instances(getattr(module, self._class))
        return any(self._asked(each) for each in self._found)


def _debugger(debug: ModuleType) -> None:
    """What it shows of an error is a page as well."""
    host.pages(debug.DebuggedApplication, "wsgi")


def _werkzeug_serving(serving: ModuleType) -> None:
    run_simple: Callable[..., object] = serving.run_simple
    names = list(inspect.signature(run_simple).parameters)

    @functools.wraps(run_simple)
    def stand_in(*arguments: Any, **options: Any) -> object:
        options.update(zip(names, arguments, strict=False))
        if options.get("use_reloader"):
            _left_out("Werkzeug's")
            _watch(options.get("extra_files") or ())
        options["use_reloader"] = False
        return run_simple(**options)

    serving.run_simple = stand_in  # type: ignore[attr-defined]


def _werkzeug_reloader(reloader: ModuleType) -> None:
    def run_with_reloader(main_func: Callable[[], object], extra_files: Any = None, *_: Any, **__: Any) -> None:
        _left_out("Werkzeug's")
        _watch(extra_files or ())
        main_func()

    reloader.run_with_reloader = run_with_reloader  # type: ignore[attr-defined]


def _uvicorn_config(config: ModuleType) -> None:
    said: set[str] = set()

    def should_reload(self: Any) -> bool:
        host.serves = True
        if self.reload and "reload" not in said:
            said.add("reload")
            _left_out("uvicorn's")
        return False

    config.Config.should_reload = property(should_reload)


def _hypercorn_run(run: ModuleType) -> None:
    plain: Callable[..., object] = run.run

    @functools.wraps(plain)
    def stand_in(config: Any) -> object:
        host.serves = True
        if config.use_reloader:
            _left_out("hypercorn's")
            config.use_reloader = False
        if config.workers <= 1:
            # Its one worker would be another process as well.
            config.workers = 0
        return plain(config)

    run.run = stand_in  # type: ignore[attr-defined]


def _gunicorn_reloader(reloader: ModuleType) -> None:
    class Reloader:
        """Watches what is no module; for all else it is not needed."""

        def __init__(self, extra_files: Any = None, callback: Any = None) -> None:
            _left_out("gunicorn's")
            _watch(extra_files or ())

        def start(self) -> None:
            pass

        def add_extra_file(self, filename: str) -> None:
            """The application could not be loaded: its workers are made anew when that is mended."""
            _watch([filename])

    reloader.reloader_engines.update(dict.fromkeys(reloader.reloader_engines, Reloader))


def _granian_server(common: ModuleType) -> None:
    plain: Callable[..., None] = common.AbstractServer.__init__

    @functools.wraps(plain)
    def __init__(self: Any, *arguments: Any, **options: Any) -> None:
        if options.get("reload"):
            _left_out("granian's")
            options["reload"] = False
        plain(self, *arguments, **options)

    common.AbstractServer.__init__ = __init__


granian = Plugin("granian", stand_ins={"granian.server.common": _granian_server})
gunicorn = Plugin("gunicorn", stand_ins={"gunicorn.reloader": _gunicorn_reloader})
hypercorn = Plugin(
    "hypercorn",
    stand_ins={"hypercorn.run": _hypercorn_run},
    is_ending=Ending("hypercorn.asyncio.worker_context", "WorkerContext", lambda each: each.terminated.is_set()),
)
werkzeug = Plugin(
    "werkzeug",
    stand_ins={
        "werkzeug.serving": _werkzeug_serving,
        "werkzeug._reloader": _werkzeug_reloader,
        "werkzeug.debug": _debugger,
    },
)
uvicorn = Plugin(
    "uvicorn",
    stand_ins={"uvicorn.config": _uvicorn_config},
    is_ending=Ending("uvicorn.server", "Server", lambda each: each.should_exit),
)
