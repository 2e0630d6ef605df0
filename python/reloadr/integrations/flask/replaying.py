"""The tables of applications and blueprints, made anew of the calls that set them up.

What somebody put into a table past those calls stays: it is what the living table has and the calls do not explain.
"""

from __future__ import annotations

import collections
import copy
from types import MethodType
from typing import Any

from reloadr.integrations.flask.recording import Entry, Silently, is_app, log_of
from reloadr.plugins import is_a

_HOOKS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)
_OF_APP = ("view_functions", "error_handler_spec", *_HOOKS, "blueprints")
_LISTS = ("teardown_appcontext_funcs", "shell_context_processors")
_OF_JINJA = ("filters", "tests", "globals")
_NONE = object()


class Tables:
    """The tables of an application, by name, as its calls make them."""

    def __init__(self, app: Any) -> None:
        """As they are."""
        self.app = app
        self.tables: dict[str, Any] = {name: getattr(app, name) for name in (*_OF_APP, *_LISTS)}
        self.tables.update({f"jinja {name}": getattr(app.jinja_env, name) for name in _OF_JINJA})
        self.tables["commands"] = app.cli.commands
        self.rules = list(app.url_map.iter_rules())

    def copied(self) -> dict[str, Any]:
        """What they hold."""
        return {name: _copy(table, _depth_of(name)) for name, table in self.tables.items()}


def played(app: Any) -> Tables:
    """What the calls of now make, in an application beside that nobody else holds."""
    beside = copy.copy(app)
    for name in _OF_APP:
        setattr(beside, name, _empty(getattr(app, name)))
    beside.template_context_processors[None] = list(app.template_context_processors.get(None, ())[:1])
    for name in _LISTS:
        setattr(beside, name, [])
    beside.url_map = copy.copy(app.url_map)
    beside.url_map._matcher = type(app.url_map._matcher)(app.url_map.merge_slashes)
    beside.url_map._rules_by_endpoint, beside.url_map._remap = {}, True
    beside.cli = copy.copy(app.cli)
    beside.cli.commands = {}
    beside.__dict__["jinja_env"] = env = copy.copy(app.jinja_env)
    env.filters, env.tests, env.globals = {}, {}, {}
    beside._got_first_request = False
    with Silently():
        for entry in log_of(app) or ():
            entry.play(beside)
    return Tables(beside)


def settle(app: Any, base: Tables) -> Tables:
    """Has an application hold what its calls of now make, where it held what they made before."""
    theirs = played(app)
    ours = Tables(app)
    before = ours.copied()
    for name, table in ours.tables.items():
        _merge(table, base.tables[name], theirs.tables[name], _depth_of(name))
    explained = collections.Counter(_key(base.tables, rule) for rule in base.rules)
    explained |= collections.Counter(_key(theirs.tables, rule) for rule in theirs.rules)
    extra = []
    for rule in ours.rules:
        if explained[_key(before, rule)] > 0:
            explained[_key(before, rule)] -= 1
        else:
            extra.append(rule)
    _fill(app.url_map, [*theirs.rules, *extra])
    return theirs


def _key(tables: dict[str, Any], rule: Any) -> object:
    """By the view, whose name may be another one by now."""
    view = tables["view_functions"].get(rule.endpoint, rule.endpoint)
    return rule.rule, view if is_a(view, MethodType) else id(view), frozenset(rule.methods or ()), rule.host


def _fill(living: Any, rules: list[Any]) -> None:
    """Whoever holds the map holds the new one."""
    made = copy.copy(living)
    made._matcher = type(living._matcher)(living.merge_slashes)
    made._rules_by_endpoint, made._remap = {}, True
    for rule in rules:
        fresh = rule.empty()
        fresh.provide_automatic_options = getattr(rule, "provide_automatic_options", None)
        made.add(fresh)
    vars(living).update(vars(made))


def rebuild_blueprints(holders: list[Any]) -> None:
    """Blueprints hold what their calls of now make."""
    for blueprint in holders:
        if is_app(blueprint):
            continue
        log = log_of(blueprint) or []
        blueprint.deferred_functions, blueprint._blueprints = [], []
        given = list(blueprint.template_context_processors.get(None, ())[:1])
        for name in ("view_functions", "error_handler_spec", *_HOOKS):
            getattr(blueprint, name).clear()
        blueprint.template_context_processors[None] = given
        _play(blueprint, log)


def _play(blueprint: Any, log: list[Entry]) -> None:
    vars(blueprint)["_check_setup_finished"] = lambda *_: None
    try:
        with Silently():
            for entry in log:
                entry.play(blueprint)
    finally:
        vars(blueprint).pop("_check_setup_finished", None)


# ---- tables -----------------------------------------------------------------------------------------


def _empty(table: Any) -> Any:
    made = copy.copy(table)
    made.clear()
    return made


def _depth_of(name: str) -> int:
    """How many levels of a table are tables: what lies deeper is the user's."""
    return 3 if name == "error_handler_spec" else 2 if name in _HOOKS else 1


def _copy(table: Any, depth: int) -> Any:
    if depth == 0:
        return table
    if is_a(table, dict):
        made = _empty(table)
        made.update({key: _copy(value, depth - 1) for key, value in table.items()})
        return made
    return list(table)


def put_back(name: str, table: Any, held: Any) -> None:
    """A table holds what it held."""
    if is_a(table, dict):
        table.clear()
        table.update(_copy(held, _depth_of(name)))
    else:
        table[:] = held


def _merge(living: Any, base: Any, theirs: Any, depth: int) -> None:
    """Takes what calls make now in the place of what they made before, and leaves all else."""
    if is_a(living, list):
        # New lines have told the living table already.
        left, beside = list(base), list(base)
        left += [each for each in theirs if not _take(beside, each)]
        extra = [each for each in living if not _take(left, each)]
        living[:] = [*theirs, *extra]
        return
    made = {}
    # A function has its name of now in both, and the one of then where it lives.
    renamed = {id(value) for key, value in base.items() if key not in living}
    for key in [*theirs, *(key for key in living if key not in theirs)]:
        was, now, held = base.get(key, _NONE), theirs.get(key, _NONE), living.get(key, _NONE)
        if depth > 1:
            kept = _empty(next(each for each in (held, now) if each is not _NONE)) if held is _NONE else held
            none = _empty(kept)
            _merge(kept, none if was is _NONE else was, none if now is _NONE else now, depth - 1)
            if kept or now is not _NONE:
                made[key] = kept
        elif held is not _NONE and not _is_like(held, was) and id(held) not in renamed:
            # Somebody put it there past the calls.
            made[key] = held
        elif now is not _NONE:
            made[key] = now
    living.clear()
    living.update(made)


def _is_like(one: object, other: object) -> bool:
    """Whether they are the same, or the same method of whatever object: that of an application beside is as good."""
    if is_a(one, MethodType) and is_a(other, MethodType):
        return one.__func__ is other.__func__
    return one is other


def _is_bound(value: object) -> bool:
    """A method of an object is another one each time it is asked for."""
    return type(value) is MethodType


def _take(items: list[Any], item: object) -> bool:
    for at, each in enumerate(items):
        if each is item or (_is_bound(item) and each == item):
            del items[at]
            return True
    return False
