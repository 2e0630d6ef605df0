"""One save: calls whose lines went are taken out of what was written down, and the tables follow."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from reloadr.integrations.flask.recording import Entry, gate, holders, is_app, log_of
from reloadr.integrations.flask.replaying import Tables, played, put_back, rebuild_blueprints, settle
from reloadr.integrations.placed import CALLABLE, Place, holds, put_in_order
from reloadr.plugins import MISSING, Change, Reload, cell_content, is_a

__all__ = ["call_edited", "definition_edited", "has_told", "save"]


def _nothing(*_: object) -> None:
    pass


class _Kept:
    """Logs and tables as they are."""

    def __init__(self, holders: list[Any], apps: list[Any]) -> None:
        self._holders = holders
        self._logs = [(log, list(log)) for log in map(log_of, holders) if log is not None]
        self._apps = [(Tables(app), Tables(app).copied(), dict(vars(app.url_map))) for app in apps]

    def put_back(self) -> None:
        gate.open()
        for log, entries in self._logs:
            log[:] = entries
        rebuild_blueprints(self._holders)
        for tables, held, paths in self._apps:
            for name, table in tables.tables.items():
                put_back(name, table, held[name])
            vars(tables.app.url_map).update(paths)
            tables.app.jinja_env.cache.clear()


class _Save:
    def __init__(self) -> None:
        self._base: dict[int, Tables] = {}
        self._known: set[int] = set()
        self._holders: list[Any] = []
        self._apps: list[Any] = []
        self._moved: list[Change] = []
        #: What is to be done before the tables are made anew.
        self.first: list[Callable[[], object]] = []

    def begin(self, reload: Reload) -> None:
        """Applications and blueprints are open to calls until all is live."""
        if not self._holders:
            self._holders = list(holders)
            self._apps = [each for each in self._holders if is_app(each)]
            self._base = {id(app): played(app) for app in self._apps}
            self._known = {id(entry) for each in self._holders for entry in log_of(each) or ()}
        kept = _Kept(self._holders, self._apps)
        reload.do(self._open, kept.put_back)
        reload.after(self._end, self._close)

    def _open(self) -> None:
        for each in self._holders:
            vars(each)["_check_setup_finished"] = _nothing

    def _close(self) -> None:
        gate.open()
        for each in self._holders:
            vars(each).pop("_check_setup_finished", None)
        self._base, self._known, self._holders, self._apps, self.first, self._moved = {}, set(), [], [], [], []

    def move(self, change: Change, reload: Reload) -> None:
        """Calls changed places in the source."""
        holders = _begin(change, reload)
        if holders:
            self._moved.append(change)

    def take_out(self, holder: Any, gone: list[Entry]) -> None:
        """Calls are none any more."""
        log = log_of(holder)
        if log is not None and gone:
            gate.close()
            log[:] = [each for each in log if not any(each is one for one in gone)]
            # What a blueprint keeps for applications, and what those have of it, is what the old lines told.
            rebuild_blueprints([holder])
            self._open()
            for app in [holder] if is_app(holder) else self._apps:
                if id(app) in self._base:
                    self._base[id(app)] = settle(app, self._base[id(app)])

    def _end(self) -> None:
        """Once all is live."""
        try:
            for each in self.first:
                each()
            for each in self._holders:
                log = log_of(each) or []
                _in_source_order(log, self._known)
                if self._moved:
                    _sorted([entry for entry in log if any(_is_of(entry, change) for change in self._moved)], log)
            rebuild_blueprints(self._holders)
            for app in self._apps:
                settle(app, self._base[id(app)])
                app.jinja_env.cache.clear()
        finally:
            self._close()


save = _Save()


def _holders(change: Change) -> list[Any]:
    """The applications and blueprints that a change is about."""
    from flask.sansio.scaffold import Scaffold

    found = [getattr(method, "__self__", None) for method, _ in (*change.called, *change.calls)]
    return list({id(each): each for each in found if is_a(each, Scaffold)}.values())


def _begin(change: Change, reload: Reload) -> list[Any]:
    holders = _holders(change)
    if any(log_of(each) is None for each in holders):
        reload.restart("how its application was set up is known under `reloadr run` only")
    if holders:
        save.begin(reload)
    return holders


def definition_edited(change: Change, reload: Reload) -> None:
    """Something that is registered by a decorator comes, goes, is renamed or registered anew."""
    gone = change.old is not MISSING and (change.action == "removed" or "decorators" in change.facets)
    if gone or change.action in ("added", "renamed") or "name" in change.facets:
        for holder in _begin(change, reload):
            if gone:
                entries = [each for each in log_of(holder) or () if each.is_decorator and _is_about(each, change.old)]
                save.take_out(holder, entries)


def call_edited(change: Change, reload: Reload) -> None:
    """`app.add_url_rule(...)`, `app.register_blueprint(...)` as statements."""
    for holder in _begin(change, reload):
        for method, arguments in change.called if change.action != "added" else ():
            if getattr(method, "__self__", None) is holder:
                name = getattr(method, "__name__", "")
                found = [each for each in log_of(holder) or () if each.fits(name, arguments)]
                if len(found) > 1:
                    found = [each for each in found if _place(each)[1] is None] or found
                if len(found) != 1:
                    reload.restart("what the old line registered is not known")
                save.take_out(holder, found)


# ---- what calls are about, and where they stand -----------------------------------------------------


def has_told(module: str) -> bool:
    """Whether a module told an application or blueprint something while it was loaded."""
    path = getattr(sys.modules.get(module), "__file__", None)
    return any(entry.is_at_load and entry.path == path for each in list(holders) for entry in log_of(each) or ())


def _is_about(entry: Entry, function: object) -> bool:
    return any(holds(each, function, 3) for each in (*entry.arguments, *entry.options.values()))


def _function_in(value: object, depth: int = 3) -> FunctionType | None:
    """The function of the project that a call was given, whatever is around it."""
    function = inspect.unwrap(value) if issubclass(type(value), CALLABLE) else None  # type: ignore[arg-type]
    if not is_a(function, FunctionType):
        return None
    if not function.__module__.startswith("flask."):
        return function
    inner = (_function_in(cell_content(cell), depth - 1) for cell in function.__closure__ or () if depth > 0)
    return next((each for each in inner if each is not None), None)


def _place(entry: Entry) -> tuple[str, int | None]:
    """The file and the line that a call stands on by now; no line where there is no such any more."""
    if entry.is_decorator:
        found = map(_function_in, (*entry.arguments, *entry.options.values()))
        function = next((each for each in found if each is not None), None)
        if function is not None:
            return function.__code__.co_filename, function.__code__.co_firstlineno
        return entry.path, entry.line
    return entry.path, entry.line_now()


def _is_of(entry: Entry, change: Change) -> bool:
    """Whether a definition or line that changed places made a call."""
    if change.name:
        return entry.is_decorator and _is_about(entry, change.new)
    module = sys.modules.get(change.module)
    return entry.is_at_load and entry.text == change.source and entry.path == getattr(module, "__file__", None)


def _sorted(moved: list[Entry], log: list[Entry]) -> None:
    """Calls that changed places share their places in the order of their lines."""
    slots = [at for at, each in enumerate(log) if any(each is one for one in moved)]
    for at, each in zip(slots, sorted(moved, key=lambda each: _place(each)[1] or 0), strict=True):
        log[at] = each


def _in_source_order(log: list[Entry], known: set[int]) -> None:
    """Calls that are new take the places of their lines."""

    def place(entry: Entry) -> Place:
        path, line = _place(entry)
        return (path, line or entry.line) if entry.is_at_load else ("", 0)

    put_in_order(log, lambda each: id(each) not in known and each.is_at_load, place)
