"""Litestar: its pages, and the folders that it serves. What its routers hold, the engine follows in general."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from reloadr.plugins import Plugin, host, instances


def _folders() -> Iterator[str]:
    from litestar.static_files.base import StaticFiles

    for each in instances(StaticFiles):
        yield from map(str, each.directories)


def _pages(app: ModuleType) -> None:
    host.pages(app.Litestar, "asgi")


plugin = Plugin("litestar", stand_ins={"litestar.app": _pages}, folders=_folders)
