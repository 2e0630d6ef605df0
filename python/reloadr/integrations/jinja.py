"""Jinja2: where templates are loaded from, for open pages; it reads by itself what was saved."""

from __future__ import annotations

from collections.abc import Iterator

from reloadr.plugins import Plugin, instances


def _folders() -> Iterator[str]:
    from jinja2 import FileSystemLoader, PackageLoader

    for loader in instances(FileSystemLoader, PackageLoader):
        yield from getattr(loader, "searchpath", None) or [str(getattr(loader, "_template_root", ""))]


plugin = Plugin("jinja2", folders=_folders)
