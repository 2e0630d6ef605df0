"""click: a group that was given a command by a function holds the command that its decorators made first."""

from __future__ import annotations

import functools
from typing import Any

from reloadr.plugins import Change, Plugin, Reload, Rule, instances, is_a


def _changed(change: Change, reload: Reload) -> None:
    import click

    old: Any = change.old
    new: Any = change.new
    if is_a(old, click.Command) and is_a(new, click.Command):
        reload.after(functools.partial(_replace, old, new), functools.partial(_replace, new, old))


def _replace(old: Any, new: Any) -> None:
    """Groups hold the command of now, under its name of now, where they held the other; it has the other's commands."""
    import click

    if is_a(old, click.Group) and is_a(new, click.Group):
        new.commands.update({name: command for name, command in old.commands.items() if name not in new.commands})
    for group in instances(click.Group):
        if any(each is old for each in group.commands.values()):
            held = dict(group.commands)
            group.commands.clear()
            for name, command in held.items():
                if command is old:
                    group.commands[new.name if name == old.name else name] = new
                elif command is not new:
                    group.commands[name] = command


def _in_group(change: Change, reload: Reload) -> bool:
    """A command of a group that is another one now, and has it."""
    import click

    return change.old is not change.new and is_a(change.new, click.Command)


plugin = Plugin("click", rules=[Rule(types=["click.core.Command"], changed=_changed, answers={"RL206": _in_group})])
