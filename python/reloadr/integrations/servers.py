"""Servers that bring a reloader of their own: Werkzeug's (`flask run --debug`, `runserver_plus`) and uvicorn's.

Each starts the program a second time, and again for every save; the process that we are in would only wait. Under
`reloadr run` it serves by itself, and says in a line that the reloader was left out.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from reloadr.plugins import Plugin, host, say

__all__ = ["uvicorn", "werkzeug"]


def _left_out(whose: str) -> None:
    say(logging.INFO, f"in the place of {whose} reloader: what is saved is live in this process")


def _watch(files: Iterable[object]) -> None:
    """Files that are no modules: the program is started again for them."""
    for each in files:
        path = os.path.abspath(str(each))
        host.watch(os.path.dirname(path), [os.path.basename(path)], lambda path: host.restart(f"{path} changed"))


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
        if self.reload and "reload" not in said:
            said.add("reload")
            _left_out("uvicorn's")
        return False

    config.Config.should_reload = property(should_reload)


werkzeug = Plugin(
    "werkzeug", stand_ins={"werkzeug.serving": _werkzeug_serving, "werkzeug._reloader": _werkzeug_reloader}
)
uvicorn = Plugin("uvicorn", stand_ins={"uvicorn.config": _uvicorn_config})
