"""aiohttp: its pages, and the folders that it serves. What its router holds, the engine follows in general."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from reloadr.integrations.servers import Ending
from reloadr.plugins import Plugin, host, instances


def _folders() -> Iterator[str]:
    from aiohttp.web import StaticResource

    for each in instances(StaticResource):
        yield str(each.get_info()["directory"])


def _pages(web_app: ModuleType) -> None:
    host.pages(web_app.Application, "aiohttp")


plugin = Plugin(
    "aiohttp",
    stand_ins={"aiohttp.web_app": _pages},
    folders=_folders,
    # Its sites are stopped first; then it waits for those who are answered.
    is_ending=Ending("aiohttp.web_runner", "BaseRunner", lambda each: each.server is not None and not each.sites),
)
