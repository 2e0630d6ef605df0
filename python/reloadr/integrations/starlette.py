"""Starlette: its pages, and the folders that it serves. What its routes hold, the engine follows in general."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from reloadr.plugins import Plugin, host, instances


def _folders() -> Iterator[str]:
    from starlette.staticfiles import StaticFiles

    for each in instances(StaticFiles):
        yield from map(str, each.all_directories)


def _pages(applications: ModuleType) -> None:
    host.pages(applications.Starlette, "asgi")


plugin = Plugin("starlette", stand_ins={"starlette.applications": _pages}, folders=_folders)
