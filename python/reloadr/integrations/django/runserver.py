"""`manage.py runserver` as typed: Django's own reloader is stood in for.

Django starts itself a second time and watches from there; its parent would be what is patched. Here the server runs in
the one process, in its main thread. Who listens for `autoreload_started` and `file_changed` (templates, translations, a
project's own) is told of saved files as by Django's; what it would start again for, `reloadr run` does.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from reloadr.integrations.django.folders import watch_apps
from reloadr.plugins import host, say


def _stand_in(autoreload: ModuleType) -> None:
    """Puts ours in the place of what starts and watches."""

    class Reloader(autoreload.BaseReloader):  # type: ignore[misc, name-defined]
        """Asks who listens what is to be watched, and has it watched."""

        def run(self, django_main_thread: object = None) -> None:
            autoreload.autoreload_started.send(sender=self)
            for folder, patterns in list(self.directory_globs.items()):
                host.watch(str(folder), patterns, self._saved)
            for path in list(self.extra_files):
                host.watch(str(Path(path).parent), [Path(path).name], self._saved)

        def _saved(self, path: str) -> None:
            # What is Python is live already.
            if not path.endswith(".py"):
                self.notify_file_changed(Path(path))

        @classmethod
        def check_availability(cls) -> bool:
            return True

    def get_reloader() -> Reloader:
        return Reloader()

    def trigger_reload(filename: object) -> None:
        host.restart(f"{filename} changed")

    def run_with_reloader(main: Callable[..., object], *arguments: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        # Projects ask by this whether they are the process that serves.
        os.environ[autoreload.DJANGO_AUTORELOAD_ENV] = "true"
        say(logging.INFO, "in the place of Django's reloader: what is saved is live in this process")
        _when_ready(Reloader())
        with contextlib.suppress(KeyboardInterrupt):
            main(*arguments, **options)

    autoreload.get_reloader = get_reloader  # type: ignore[attr-defined]
    autoreload.trigger_reload = trigger_reload  # type: ignore[attr-defined]
    autoreload.run_with_reloader = run_with_reloader  # type: ignore[attr-defined]


def _when_ready(reloader: Any) -> None:
    """Apps are ready before a server is run, unless their setup failed: then it is about to say so."""
    from django.apps import apps

    if apps.ready and not _begun:
        _begun.append(True)
        reloader.run()
        watch_apps()


#: Whether templates and what else is no module are watched already.
_begun: list[bool] = []


def _served(base: ModuleType) -> None:
    """Under any other server, as `runserver_plus`, gunicorn or uvicorn: from when the application is made."""
    load_middleware: Callable[..., object] = base.BaseHandler.load_middleware

    @functools.wraps(load_middleware)
    def stand_in(self: Any, *arguments: Any, **options: Any) -> object:
        from django.utils import autoreload

        _when_ready(autoreload.get_reloader())
        return load_middleware(self, *arguments, **options)

    base.BaseHandler.load_middleware = stand_in


def _waits(management: ModuleType) -> None:
    """A server waits for the mend of whatever keeps it from starting, settings included."""
    host.serves = not {"runserver", "runserver_plus"}.isdisjoint(sys.argv)


def _wsgi_pages(wsgi: ModuleType) -> None:
    host.pages(wsgi.WSGIHandler, "wsgi")


def _asgi_pages(asgi: ModuleType) -> None:
    host.pages(asgi.ASGIHandler, "asgi")


STAND_INS: Mapping[str, Callable[[ModuleType], object]] = {
    "django.core.handlers.asgi": _asgi_pages,
    "django.core.handlers.base": _served,
    "django.core.handlers.wsgi": _wsgi_pages,
    "django.core.management": _waits,
    "django.utils.autoreload": _stand_in,
}
