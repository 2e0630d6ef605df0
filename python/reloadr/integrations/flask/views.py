"""Classes of views: which methods they answer was computed when they were made, and is read when they get a path."""

from __future__ import annotations

import functools
from typing import Any

from reloadr.integrations.flask.recording import holders, log_of
from reloadr.integrations.flask.saving import save
from reloadr.plugins import Change, Reload


def _computed(cls: Any) -> set[str]:
    from flask.views import http_method_funcs

    methods: set[str] = set()
    for base in cls.__bases__:
        methods |= set(getattr(base, "methods", None) or ())
    return methods | {name.upper() for name in http_method_funcs if hasattr(cls, name)}


def edited(change: Change, reload: Reload) -> bool:
    """A class of views gets or loses something; it takes nothing else of its body but `methods`."""
    from flask.views import MethodView

    cls = change.owners[0] if len(change.owners) == 1 else None
    if cls is None or not issubclass(cls, MethodView):
        return cls is not None
    if change.action in ("added", "removed", "renamed"):
        save.begin(reload)
        todo = [cls]
        for each in todo:
            todo += each.__subclasses__()
            if vars(each).get("methods") == (_computed(each) or None):
                again = functools.partial(_again, each)
                reload.do(_nothing, again)
                save.first.append(again)
    return True


def _nothing() -> None:
    pass


def _again(cls: Any) -> None:
    cls.methods = _computed(cls) or None
    for entry in _entries():
        given: tuple[Any, ...] = (*entry.arguments, *entry.options.values())
        for view in given:
            if view is not None and getattr(view, "view_class", None) is cls:
                view.methods = cls.methods  # type: ignore[union-attr]


def _entries() -> list[Any]:
    return [entry for each in list(holders) for entry in log_of(each) or ()]
