"""Jinja2: it reads templates again by itself, but computes `{{ 2 | price }}` as it compiles one, by the filter of then.

So templates are compiled anew where an environment has filters or tests of the user's. Where they are loaded from, open
pages want to know.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from reloadr.integrations.known import Known
from reloadr.plugins import Change, Plugin, Reload, Rule, instances

_environments, _templates = (
    Known("jinja2.Environment", "__init__", "overlay"),
    Known("jinja2.Template", "_from_namespace"),
)


def _edited(change: Change, reload: Reload) -> None:
    """Any of the code may have had a part in a constant."""
    reload.after(_compile_again)


def _compile_again() -> None:
    found = [each for each in _environments() if _has_own(each)]
    for each in found:
        if each.cache:
            each.cache.clear()
    known = [
        each
        for each in (_templates() if found else ())
        if each.name is not None and any(each.environment is one for one in found)
    ]
    for template in _held(known):
        with contextlib.suppress(Exception):
            vars(template).update(vars(template.environment.get_template(template.name)))


def _held(templates: list[Any]) -> list[Any]:
    """Those that somebody holds beside the cache, which was cleared. A template's code holds the template, so those of
    which nobody knows live on until the collector comes: they are not worth the compiler's time."""
    alone = _references([object()])[0]
    return [
        each
        for each, count in zip(templates, _references(templates), strict=True)
        if count > alone + (each.root_render_func.__globals__.get("__jinja_template__") is each)
    ]


def _references(things: list[Any]) -> list[int]:
    return [sys.getrefcount(each) for each in things]


def _has_own(environment: Any) -> bool:
    """Whether some filter or test is the user's."""
    # One that its constructor has refused has none.
    functions = [each for name in ("filters", "tests") for each in vars(environment).get(name, {}).values()]
    return any(
        str(getattr(each, "__module__", "")).partition(".")[0] not in ("jinja2", "markupsafe", "builtins", "_operator")
        for each in functions
    )


def _folders() -> Iterator[str]:
    from jinja2 import FileSystemLoader, PackageLoader

    for loader in instances(FileSystemLoader, PackageLoader):
        yield from getattr(loader, "searchpath", None) or [str(getattr(loader, "_template_root", ""))]


plugin = Plugin("jinja2", rules=[Rule(names=["*"], types=["builtins.object"], before=_edited)], folders=_folders)
