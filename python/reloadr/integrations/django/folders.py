"""Folders of templates and static files that come while the server runs: Django looks for them once.

A person who begins an app makes them by and by, and a server that starts fresh finds them.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reloadr.integrations.django.registrations import forget_templates
from reloadr.plugins import host

__all__ = ["shown", "watch_apps", "watch_templates"]


def watch_apps() -> None:
    """What is saved in the folders of the project's own apps, and is no module of theirs."""
    from django.apps import apps

    for each in apps.get_app_configs():
        if "site-packages" not in each.path:
            # A new library of tags, which no module imports.
            host.watch(each.path, ["templatetags/*.py"], _library)
            host.watch(each.path, ["*"], functools.partial(_saved, Path(each.path)))


def shown() -> Iterator[str]:
    """What pages are made of, beside code: templates, static files and translations."""
    from django.apps import apps
    from django.conf import settings
    from django.template.autoreload import get_template_directories

    if apps.ready:
        yield from map(str, get_template_directories())
        for each in apps.get_app_configs():
            yield from (os.path.join(each.path, name) for name in ("templates", "static", "locale"))
        for named in settings.STATICFILES_DIRS:
            yield str(named[1] if isinstance(named, (list, tuple)) else named)
        yield from map(str, settings.LOCALE_PATHS)


def watch_templates() -> None:
    """The folders of templates that the settings name by now."""
    from django.template.autoreload import get_template_directories

    for each in get_template_directories():
        host.watch(str(each), ["*"], _template)


def _library(path: str) -> None:
    forget_templates()


def _template(path: str) -> None:
    if not path.endswith(".py"):
        forget_templates()


def _saved(app: Path, path: str) -> None:
    folder = Path(path).relative_to(app).parts[0]
    if folder == "templates":
        _forget_folders()
        _template(path)
    elif folder == "static":
        finders: Any = sys.modules.get("django.contrib.staticfiles.finders")
        if finders is not None:
            finders.get_finder.cache_clear()


def _forget_folders() -> None:
    """Which apps have templates is looked for anew."""
    from django.template import engines
    from django.template.utils import get_app_template_dirs

    get_app_template_dirs.cache_clear()
    for each in engines.all():
        vars(each).pop("template_dirs", None)
