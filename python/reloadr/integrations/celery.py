"""Celery: an application that has a task of a name gives that one, whatever is decorated under the name again.

So what an application was told of a function goes before that is decorated otherwise: the task, the one that is still
to be made, and what would tell it to an application that comes later. Else the task stays, and is told what it keeps of
the function. The process of a worker has looks of its own at the files: `reloadr.celery`.
"""

from __future__ import annotations

import functools
import inspect
from types import FunctionType
from typing import Any

from reloadr.plugins import Change, Plugin, Reload, Rule, cell_content, is_a


def _edited(change: Change, reload: Reload) -> None:
    from celery import _state

    if change.action in ("added", "followed", "moved"):
        return
    if change.action != "removed" and "decorators" not in change.facets:
        for app in list(_state._get_active_apps()):
            for task in [each for each in app._tasks.values() if _is_of(each, change)]:
                reload.after(functools.partial(_follow, app, task))
        return
    for app in list(_state._get_active_apps()):
        tasks = {name: task for name, task in app._tasks.items() if _is_of(task, change)}
        pending = [each for each in app._pending if each is change.old]
        reload.do(functools.partial(_know, app, change, {}, []), functools.partial(_know, app, change, tasks, pending))
    tellers = {each for each in _state._on_app_finalizers if _tells_of(each, change)}
    reload.do(functools.partial(_tell, change, set()), functools.partial(_tell, change, tellers))


def _know(app: Any, change: Change, tasks: dict[str, Any], pending: list[Any]) -> None:
    """An application has these tasks of a definition, and no others."""
    for name in [name for name, task in app._tasks.items() if _is_of(task, change)]:
        dict.pop(app._tasks, name)
    dict.update(app._tasks, tasks)
    # One that is still to be made would be made by a comparison.
    others = [each for each in app._pending if not _is_of(_to_be_made_of(each), change)]
    app._pending.clear()
    app._pending.extend([*others, *pending])


def _tell(change: Change, tellers: set[Any]) -> None:
    """Applications that come later are told of a definition by these, and by no others."""
    from celery import _state

    _state._on_app_finalizers -= {each for each in _state._on_app_finalizers if _tells_of(each, change)}
    _state._on_app_finalizers |= tellers


def _to_be_made_of(pending: Any) -> object:
    """The function of a task that is still to be made, which looks as the task, and would be made by a look."""
    return object.__getattribute__(pending, "_Proxy__args")[0]


def _tells_of(teller: object, change: Change) -> bool:
    cells = (is_a(teller, FunctionType) and teller.__closure__) or ()
    return any(_is_of(cell_content(each), change) for each in cells)


def _follow(app: Any, task: Any) -> None:
    """What a task keeps of its function, as `Celery.task` takes it."""
    cls = type(task)
    run = cls.__dict__["run"]
    function = run.__func__ if is_a(run, staticmethod) else run
    cls.__doc__ = function.__doc__
    cls.__annotations__ = inspect.get_annotations(function)
    cls.__header__ = app.type_checker(function, bound=function is run)
    if cls.__name__ != function.__name__:
        was = app.gen_task_name(cls.__name__, function.__module__)
        cls.__name__, task.__qualname__ = function.__name__, function.__qualname__
        if app._tasks.get(was) is task:
            del app._tasks[was]
            cls.name = app.gen_task_name(function.__name__, function.__module__)
            app._tasks[cls.name] = task


def _is_of(thing: Any, change: Change) -> bool:
    """Whether it is what a definition was, or a task that was made of it."""
    return (getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)) == (change.module, change.name)


def _told(change: Change, reload: Reload) -> bool:
    """It was seen to before."""
    return True


plugin = Plugin(
    "celery",
    rules=[
        Rule(
            calls=["celery.app.base.Celery.task", "celery.app.shared_task"],
            registers=True,
            before=_edited,
            answers=dict.fromkeys(["RL204", "RL208", "RL218"], _told),
        )
    ],
)
