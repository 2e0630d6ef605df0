"""What a place holds in a fresh process where no statement has stored in it: what the line that makes its owner gives.

D = {"a": 0}                       # 0, of the place `D["a"]`
"""

from __future__ import annotations

import ast
import os
import sys
from types import FunctionType, ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Works, Worlds
from reloadr.engine.evaluate import places, runner
from reloadr.engine.evaluate.places import Place
from reloadr.engine.evaluate.worlds import evaluate, is_pure, new_world, node_is_pure
from reloadr.engine.follow.readers import home_of, watched
from reloadr.engine.follow.stored import at_home
from reloadr.engine.follow.ways import views_of
from reloadr.judge.same import COMMON
from reloadr.live import locate
from reloadr.live.codes import docstring_of
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.filling import fills, root_of
from reloadr.source.statements import parse_expression, scope_of, value_of
from reloadr.source.stores import stores
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

#: What binds names of a module that no line says it binds.
_UNSAID = ("import *", "globals", "vars", "locals", "exec", "__dict__", "setattr", "global", "__getattr__")

UNKNOWN = object()
"""In the place of a value: there may be one, which is not known."""


def base_of(batch: Batch, work: Work, old: Node, place: Place) -> object:
    """What a place would hold if no statement had stored in it: what the line that makes its owner gives. MISSING
    for nothing."""
    owner = place.owner
    if is_a(owner, os._Environ):
        found = places.variable_at_start(str(place.key))
        return UNKNOWN if found is None else found
    if places.space_of(batch.works, batch.stage, place) is not None:
        return _of_namespace(batch, place)
    if is_a(owner, FunctionType):
        return _of_function(batch.works, owner, str(place.key))
    home, _ = at_home(batch.works, work, old, place.store.owner)
    if place.item and home is not None:
        # The dict of an object's attributes is made with the object.
        for view in views_of(home, place):
            return base_of(batch, batch.works.of(home), old, view)
    return _of_made(batch.worlds, work, old, place)


def _of_namespace(batch: Batch, place: Place) -> object:
    """What the class or module itself binds by that name: that line once more."""
    owner, name = place.owner, str(place.key)
    if is_a(owner, ModuleType):
        home, scope = watched(batch.works, owner.__name__), ""
    elif is_a(owner, dict):
        home, scope = batch.works.namespaces[id(owner)], ""
    else:
        assert is_a(owner, type)
        home, scope = home_of(batch.works, owner), locate.qualname_of(owner)
    if home is None:
        return UNKNOWN
    work = batch.works.of(home)
    binders = work.outline.binders({name}, scope)
    if not binders:
        return MISSING
    last = binders[-1]
    plain = last.kind == "function" and not last.decorators
    living = _living(batch.stage, home, last) if plain else []
    if len(living) == 1:
        return living[0]
    if not last.guards and (plain or node_is_pure(batch.worlds, work, last)):
        return runner.run(batch, work, last).get(locate.bound_name(last) if last.name else name, UNKNOWN)
    return UNKNOWN


def bound_by_itself(worlds: Worlds, place: Place) -> object:
    """What a class or module itself binds a name to, whatever has been stored there since: the function of a plain
    definition, or what an assignment gives; UNKNOWN where that cannot be told, or the function lives no more."""
    works = worlds.works
    if is_a(place.owner, type):
        home, scope = home_of(works, place.owner), locate.qualname_of(place.owner)
    else:
        home, scope = watched(works, str(getattr(place.owner, "__name__", ""))), ""
    binders = _binders(works, home, scope, str(place.key)) if home is not None else []
    last = binders[-1] if binders else None
    if home is not None and last is None and not scope:
        # What no line says that it binds, one may have bound otherwise.
        return UNKNOWN if works.mentions(home, [*_UNSAID]) else MISSING
    if home is None or last is None or last.decorators or last.guards:
        return UNKNOWN
    if last.kind == "function":
        living = _living(worlds.stage, home, last)
        return living[0] if len(living) == 1 else UNKNOWN
    work, value = works.of(home), value_of(last) if last.kind == "assignment" and len(last.binds) == 1 else None
    world = new_world(worlds, work, last)
    found = evaluate(value, world, home.filename) if value is not None and is_pure(works, value, world) else MISSING
    # What lines below it put into a container, it would not have.
    return found if is_a(found, *COMMON) else UNKNOWN


def _binders(works: Works, home: Tracked, scope: str, name: str) -> list[Node]:
    """The lines of the new source by which a class or module has a name, also where the class is called otherwise."""
    work = works.of(home)
    old = next((node for node in home.outline.find(scope) if node.kind == "class"), None) if scope else None
    now = work.class_now(old) if old is not None and not work.outline.find(scope) else None
    return work.outline.binders({name}, scope if now is None else now.qualname)


def _living(stage: Stage, home: Tracked, node: Node) -> list[FunctionType]:
    """The functions of a definition that somebody still holds, with the variables of its module; also those that are
    about to get its code."""
    code = home.code_of(node)
    codes = [code, *stage.pending_codes.before(code)] if code is not None else []
    living = locate.search(codes).functions if codes else {}
    return [each for held in living.values() for each in held if each.__globals__ is home.namespace]


def _of_function(works: Works, function: FunctionType, name: str) -> object:
    special = {
        "__doc__": docstring_of(function.__code__),
        "__name__": function.__code__.co_name,
        "__qualname__": function.__code__.co_qualname,
        "__module__": function.__globals__.get("__name__", UNKNOWN),
    }
    if name in special:
        return special[name]
    home = watched(works, str(function.__globals__.get("__name__")))
    nodes = works.of(home).outline.find(function.__code__.co_qualname) if home is not None else []
    decorated = any(node.decorators for node in nodes) or not nodes
    return UNKNOWN if decorated or name.startswith("__") else MISSING


def _of_made(worlds: Worlds, work: Work, old: Node, place: Place) -> object:
    """What the owner of a place holds there when it is made anew for a look, if that has no effects.

    D = {"a": 0}                       # gives 0 back
    D["a"] = 1                         # gone
    """
    home, text = at_home(worlds.works, work, old, place.store.owner)
    scope = scope_of(old)
    if home is None:
        return UNKNOWN
    if scope and text.startswith(f"{scope}."):
        text = text[len(scope) + 1 :]
    else:
        scope = ""
    owner = parse_expression(text)
    root = root_of(owner) if owner is not None else None
    line = old.line if home is work.tracked else sys.maxsize
    work = worlds.works.of(home)
    made = [node for node in work.outline.binders({root or ""}, scope) if node.line < line]
    if owner is None or root is None or not made or made[-1].kind != "assignment" or made[-1].guards:
        return UNKNOWN
    between = [node for node in work.outline.readers({root}) if made[-1].line < node.line < line]
    if any(scope_of(node) == scope and fills(node, root) and not stores(node) for node in between):
        return UNKNOWN
    found = _made_anew(worlds, work, made[-1], root, owner)
    if found is place.owner:
        # The line gives another view of what lives.
        return UNKNOWN
    fresh = Place(found, place.key, place.item, place.store)
    return places.held(worlds, fresh) if type(found) is type(place.owner) and places.supported(fresh) else UNKNOWN


def _made_anew(worlds: Worlds, work: Work, node: Node, root: str, owner: ast.expr) -> object:
    """What an expression gives with its first name made anew by its assignment."""
    value, world = value_of(node), new_world(worlds, work, node)
    if value is None or not is_pure(worlds.works, value, world):
        return MISSING
    found = evaluate(value, world, work.tracked.filename)
    if found is MISSING or isinstance(owner, ast.Name):
        return found
    code = compile(ast.Expression(owner), work.tracked.filename, "eval")
    try:
        return eval(code, {**world.of(owner), root: found})
    except Exception:
        return MISSING
