"""Stores in places that are no names, when their line changed or went.

settings["debug"] = True           # before
                                   # after: the key goes, if it still is what the line put there
"""

from __future__ import annotations

import ast
import collections
import os
import sys
from types import FunctionType, ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate import places, runner
from reloadr.engine.evaluate.places import Place
from reloadr.engine.evaluate.worlds import evaluate, is_pure, new_world, node_is_pure
from reloadr.engine.follow import places as followed
from reloadr.engine.follow.readers import home_of, watched
from reloadr.judge.same import same_value
from reloadr.live import locate
from reloadr.live.codes import docstring_of
from reloadr.source.filling import fills
from reloadr.source.snippets import quoted
from reloadr.source.statements import parse_expression, scope_of, value_of
from reloadr.source.stores import root_of, stores, stores_otherwise
from reloadr.stage.steps import DICT, MISSING, Step

_UNKNOWN = object()


def run(walk: Walk, new: Node) -> dict[str, object]:
    """Runs a new or changed statement. A place that an unchanged line below stores in keeps what that gave.

    D["a"] = 1                         # changed to 3
    D["a"] = 2                         # the place keeps 2
    """
    batch = walk.batch
    below, fresh = [], []
    for place in places.places_of(batch, walk.work, new):
        if place.item and places.held(batch, place) is MISSING:
            fresh.append(place)
        last = followed.binders(batch, walk.liveness, place, new)[-1:]
        if last and last[0].line > new.line and not _is_edited(walk, last[0]):
            below.append((place, places.held(batch, place)))
    bound = followed.run(batch, walk.work, new)
    for place, value in below:
        places.write(batch, place, value)
    for place in fresh:
        _put_in_order(walk, new, place)
    return bound


def _put_in_order(walk: Walk, new: Node, place: Place) -> None:
    """A new key of a dict stands before those that lines below put there.

    D["a"] = 1
    D["b"] = 2                         # new
    D["c"] = 3
    """
    owner = place.owner
    if type(owner) not in (dict, collections.defaultdict):
        return
    assert isinstance(owner, dict)
    keys = list(owner)
    for node in walk.work.outline.readers({root_of(place.store.owner) or ""}):
        if node.line > new.line and scope_of(node) == scope_of(new):
            for other in places.places_of(walk.batch, walk.work, node):
                if other.owner is owner and other.key in keys and not other.same(place):
                    keys = keys[: keys.index(other.key)]
    behind = [key for key in list(owner)[len(keys) :] if not same_value(key, place.key)]
    steps: list[Step] = [(DICT, owner, key, MISSING) for key in reversed(behind)]
    walk.batch.stage.steps += [*steps, *((DICT, owner, key, owner[key]) for key in behind)]


def _is_edited(walk: Walk, node: Node) -> bool:
    return any(edit.new is not None and edit.new == node and edit.action != "formatted" for edit in walk.work.edits)


def gone(walk: Walk, old: Node, new: Node | None = None) -> None:
    """Takes back what a line that went, or stores elsewhere now, had put into places; what cannot be is named."""
    wanted = stores(old)
    line = old.line if new is None else new.line
    found = places.places_of(walk.batch, walk.work, old, old=True) if wanted else []
    for place in found:
        if not _take_back(walk, old, place):
            _name(walk, old, line, place)
    if new is not None and wanted and {store.text for store in wanted} <= {store.text for store in stores(new)}:
        return
    if len(found) < len(wanted) or (not wanted and stores_otherwise(old)):
        if old.scopes or not walk.chains.built_anew(old):
            _name(walk, old, line, None)


def gone_with(walk: Walk, block: Node) -> None:
    """The same for all that a block stored that went."""
    for _, _, suite in block.branches:
        for node in suite:
            if node.kind == "assignment" and walk.liveness(node, old=True) == "live":
                gone(walk, node)
            elif node.branches:
                gone_with(walk, node)


def _name(walk: Walk, old: Node, line: int, place: Place | None) -> None:
    where = ast.unparse(place.store.owner) if place is not None else _owner_named(old)
    qualname = f"{scope_of(old)}.{where}".strip(".")
    walk.batch.findings.reason("RL208", walk.tracked, qualname, line, name=quoted(old))


def _owner_named(old: Node) -> str:
    return next((name for name in old.reads if "." not in name), old.qualname)


def _take_back(walk: Walk, old: Node, place: Place) -> bool:
    """Gives a place back what it held but for a line; False where that is not known."""
    batch, work = walk.batch, walk.work
    if _is_another(walk, old, place):
        return True
    left = followed.binders(batch, walk.liveness, place, old)
    if any(batch.has_run(walk.tracked, node) for node in left):
        return True
    if followed.binders(batch, walk.liveness, place, old, old=True)[-1:] != [old]:
        # A line below had put something else there.
        return True
    now = places.held(batch, place)
    if now is MISSING:
        return True
    put = followed.put(batch, work, old, place)
    if put is MISSING:
        return False
    if not same_value(now, put):
        # The program's own by now.
        return True
    if left:
        if not followed.may_run(batch, work, left[-1]):
            return False
        followed.run(batch, work, left[-1])
        return True
    base = _base(walk, old, place)
    if base is _UNKNOWN:
        return False
    noted = followed.readers_before(batch, work, old, place)
    places.write(batch, place, base)
    followed.due(batch, now, base, noted)
    return True


def _is_another(walk: Walk, old: Node, place: Place) -> bool:
    """Whether the owner of a place is made anew, or goes itself."""
    root = root_of(place.store.owner) or ""
    if any(bound == root for _, _, bound, _ in walk.tracked.outline.imported()):
        return False
    try:
        world = new_world(walk.batch, walk.work, old)
        owner = place.store.owner
        if isinstance(owner, ast.Name):
            return world.get(owner.id, MISSING) is not place.owner
        return evaluate(owner, world, walk.tracked.filename) is not place.owner
    except Exception:
        return True


# ---- what a place held before ------------------------------------------------------------------------


def _base(walk: Walk, old: Node, place: Place) -> object:
    """What a place holds in a fresh process but for the line: MISSING for nothing."""
    owner = place.owner
    if isinstance(owner, os._Environ):
        found = places.variable_at_start(str(place.key))
        return _UNKNOWN if found is None else found
    if places.space_of(walk.batch, place) is not None:
        return _of_namespace(walk.batch, place)
    if isinstance(owner, FunctionType):
        return _of_function(walk, owner, str(place.key))
    return _of_made(walk, old, place)


def _of_namespace(batch: Batch, place: Place) -> object:
    """What the class or module itself binds by that name: that line once more."""
    owner, name = place.owner, str(place.key)
    if isinstance(owner, ModuleType):
        home, scope = watched(batch, owner.__name__), ""
    else:
        assert isinstance(owner, type)
        home, scope = home_of(batch, owner), locate.qualname_of(owner)
    if home is None:
        return _UNKNOWN
    work = batch.work_of(home)
    binders = work.outline.binders({name}, scope)
    if not binders:
        return MISSING
    last = binders[-1]
    plain = last.kind == "function" and not last.decorators
    if not last.guards and (plain or node_is_pure(batch, work, last)):
        return runner.run(batch, work, last).get(locate.bound_name(last) if last.name else name, _UNKNOWN)
    return _UNKNOWN


def _of_function(walk: Walk, function: FunctionType, name: str) -> object:
    special = {
        "__doc__": docstring_of(function.__code__),
        "__name__": function.__code__.co_name,
        "__qualname__": function.__code__.co_qualname,
        "__module__": function.__globals__.get("__name__", _UNKNOWN),
    }
    if name in special:
        return special[name]
    home = watched(walk.batch, str(function.__globals__.get("__name__")))
    nodes = walk.batch.work_of(home).outline.find(function.__code__.co_qualname) if home is not None else []
    decorated = any(node.decorators for node in nodes) or not nodes
    return _UNKNOWN if decorated or name.startswith("__") else MISSING


def _of_made(walk: Walk, old: Node, place: Place) -> object:
    """What the owner of a place holds there when it is made anew for a look, if that has no effects.

    D = {"a": 0}                       # gives 0 back
    D["a"] = 1                         # gone
    """
    batch = walk.batch
    home, text = followed.at_home(batch, walk.work, old, place.store.owner)
    scope = scope_of(old)
    if home is None:
        return _UNKNOWN
    if scope and text.startswith(f"{scope}."):
        text = text[len(scope) + 1 :]
    else:
        scope = ""
    owner = parse_expression(text)
    root = root_of(owner) if owner is not None else None
    work = batch.work_of(home)
    line = old.line if home is walk.tracked else sys.maxsize
    made = [node for node in work.outline.binders({root or ""}, scope) if node.line < line]
    if owner is None or root is None or not made or made[-1].kind != "assignment" or made[-1].guards:
        return _UNKNOWN
    between = [node for node in work.outline.readers({root}) if made[-1].line < node.line < line]
    if any(scope_of(node) == scope and fills(node, root) and not stores(node) for node in between):
        return _UNKNOWN
    found = _made_anew(batch, work, made[-1], root, owner)
    fresh = Place(found, place.key, place.item, place.store)
    return places.held(batch, fresh) if type(found) is type(place.owner) and places.supported(fresh) else _UNKNOWN


def _made_anew(batch: Batch, work: Work, node: Node, root: str, owner: ast.expr) -> object:
    """What an expression gives with its first name made anew by its assignment."""
    value, world = value_of(node), new_world(batch, work, node)
    if value is None or not is_pure(batch, work.tracked, value, world):
        return MISSING
    found = evaluate(value, world, work.tracked.filename)
    if found is MISSING or isinstance(owner, ast.Name):
        return found
    code = compile(ast.Expression(owner), work.tracked.filename, "eval")
    try:
        return eval(code, {**world.of(owner), root: found})
    except Exception:
        return MISSING
