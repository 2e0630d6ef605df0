"""Classes of views: what `as_view` read of them when they got a path, and which methods they answer."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from reloadr.integrations.flask.recording import holders, log_of
from reloadr.integrations.flask.saving import save
from reloadr.plugins import Change, Reload

__all__ = ["answered", "edited", "record"]

#: Attributes that `as_view` reads.
_READ = frozenset({"decorators", "init_every_request", "methods", "provide_automatic_options"})


@dataclasses.dataclass
class _Made:
    """A view that `as_view` made."""

    view: Any
    cls: Any
    #: What makes it once more.
    again: Callable[[], Any]


#: By the view, which may be of any type: decorators have the last word.
_made: dict[int, _Made] = {}


def record(views: ModuleType) -> None:
    """Under `reloadr run`: what `as_view` was called with is known."""
    plain: Callable[..., Any] = views.View.as_view.__func__

    @functools.wraps(plain)
    def as_view(cls: Any, *arguments: Any, **options: Any) -> Any:
        view = plain(cls, *arguments, **options)
        _made[id(view)] = _Made(view, cls, lambda: cls.as_view(*arguments, **options))
        return view

    views.View.as_view = classmethod(as_view)


def _computed(cls: Any) -> set[str]:
    from flask.views import http_method_funcs

    methods: set[str] = set()
    for base in cls.__bases__:
        methods |= set(getattr(base, "methods", None) or ())
    return methods | {name.upper() for name in http_method_funcs if hasattr(cls, name)}


def edited(change: Change, reload: Reload) -> bool:
    """A class of views gets or loses something, or one of its attributes that `as_view` reads is another."""
    from flask.views import MethodView

    cls = change.owners[0] if len(change.owners) == 1 else None
    if cls is None:
        return False
    comes_or_goes = change.action in ("added", "removed", "renamed") and issubclass(cls, MethodView)
    if comes_or_goes or change.name.rpartition(".")[2] in _READ:
        save.begin(reload)
        todo = [cls]
        for each in todo:
            todo += each.__subclasses__()
            if comes_or_goes and vars(each).get("methods") == (_computed(each) or None):
                methods = functools.partial(_methods, each)
                reload.do(_nothing, methods)
                save.first.append(methods)
        save.first.append(functools.partial(_views_again, todo))
    return True


def answered(change: Change, reload: Reload) -> bool:
    """A value in the body of a class of views was computed from what changed."""
    if change.owners and change.name.rpartition(".")[2] in _READ:
        reload.restart("as_view has read it")
    return False


def _nothing() -> None:
    pass


def _methods(cls: Any) -> None:
    cls.methods = _computed(cls) or None


def _views_again(classes: list[Any]) -> None:
    """Calls that were given a view of some classes are given the one that `as_view` makes now."""
    fresh: dict[int, Any] = {}

    def now(given: Any) -> Any:
        made = _made.get(id(given))
        if made is None or made.view is not given or not any(made.cls is each for each in classes):
            return given
        if id(given) not in fresh:
            fresh[id(given)] = made.again()
        return fresh[id(given)]

    for holder in list(holders):
        log = log_of(holder) or []
        for at, entry in enumerate(log):
            arguments = tuple(map(now, entry.arguments))
            options = {name: now(given) for name, given in entry.options.items()}
            given = (*entry.arguments, *entry.options.values())
            if any(one is not other for one, other in zip(given, (*arguments, *options.values()), strict=True)):
                log[at] = dataclasses.replace(entry, arguments=arguments, options=options)
