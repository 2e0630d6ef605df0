"""Jinja2: it reads templates again by itself, but computes `{{ 2 | price }}` as it compiles one, by the filter of then.

So templates are compiled anew where an environment has filters or tests of the user's. Where they are loaded from, open
pages want to know.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from reloadr.plugins import Change, Plugin, Reload, Rule, instances


def _edited(change: Change, reload: Reload) -> None:
    """Any of the code may have had a part in a constant."""
    reload.after(_compile_again)


def _compile_again() -> None:
    from jinja2 import Environment, Template

    found = [each for each in instances(Environment) if _has_own(each)]
    for each in found:
        if each.cache:
            each.cache.clear()
    for template in instances(Template) if found else ():
        if template.name is not None and any(template.environment is each for each in found):
            # Somebody holds it beside the cache.
            with contextlib.suppress(Exception):
                vars(template).update(vars(template.environment.get_template(template.name)))


def _has_own(environment: Any) -> bool:
    """Whether some filter or test is the user's."""
    functions = (*environment.filters.values(), *environment.tests.values())
    return any(
        str(getattr(each, "__module__", "")).partition(".")[0] not in ("jinja2", "markupsafe", "builtins", "_operator")
        for each in functions
    )


def _folders() -> Iterator[str]:
    from jinja2 import FileSystemLoader, PackageLoader

    for loader in instances(FileSystemLoader, PackageLoader):
        yield from getattr(loader, "searchpath", None) or [str(getattr(loader, "_template_root", ""))]


plugin = Plugin("jinja2", rules=[Rule(names=["*"], types=["builtins.object"], before=_edited)], folders=_folders)
