"""What a program can say about its own reloads: before and after hooks, and migrations of living instances."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reloadr.report.report import Report

__all__ = ["Hook", "Migration", "on_reload"]

Before = Callable[[frozenset[str]], object]
After = Callable[[Report], object]


@dataclass(frozen=True, slots=True)
class Migration:
    """What a migration hook is told about one living instance."""

    #: Attributes that the new source sets on instances and the old one did not.
    added: frozenset[str]
    #: Attributes that the old source set and the new one does not.
    removed: frozenset[str]
    #: The instance's attributes as they were: a copy.
    old: Mapping[str, object]


Migrate = Callable[[Any, Migration], object]


@dataclass(frozen=True, slots=True, eq=False)
class Hook:
    """A registered hook. Call `remove()` to end it."""

    before: Before | None
    after: After | None
    migrate: Migrate | None
    cls: type | None

    def remove(self) -> None:
        """Ends the hook; harmless when it has ended already."""
        if self in _HOOKS:
            _HOOKS.remove(self)


_HOOKS: list[Hook] = []


def on_reload(
    cls: type | None = None,
    *,
    before: Before | None = None,
    after: After | None = None,
    migrate: Migrate | None = None,
) -> Hook:
    """Registers hooks.

    `before(modules)` is called with the names of the modules that are about to be patched, before anything
    is evaluated; an exception rejects the batch (RL404). `after(report)` is called once the batch is live;
    what it raises is reported as a warning. `migrate(instance, migration)` is called for each living
    instance of `cls` whose set of attributes changed, inside the transaction: an exception takes the whole
    batch back (RL404).

    Raises TypeError when `migrate` is given without a class, or nothing is given.
    """
    if migrate is not None and not isinstance(cls, type):
        raise TypeError("a migration is for a class: on_reload(Class, migrate=function)")
    if before is None and after is None and migrate is None:
        raise TypeError("on_reload() wants before=, after= or migrate=")
    hook = Hook(before, after, migrate, cls)
    _HOOKS.append(hook)
    return hook


def before_hooks() -> list[Before]:
    """The hooks to call first."""
    return [hook.before for hook in _HOOKS if hook.before is not None]


def after_hooks() -> list[After]:
    """The hooks to call last."""
    return [hook.after for hook in _HOOKS if hook.after is not None]


def migration_of(cls: type) -> Migrate | None:
    """The migration for instances of a class: its own or that of the nearest base, the newest first."""
    for base in cls.__mro__:
        for hook in reversed(_HOOKS):
            if hook.migrate is not None and hook.cls is base:
                return hook.migrate
    return None
