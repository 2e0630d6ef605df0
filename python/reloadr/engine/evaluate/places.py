"""Places that statements store in beside names: keys of dicts, attributes of functions, classes, modules, instances.

settings["debug"] = True           # binds the place `settings["debug"]`
settings["page"] = 10              # another place of the same owner

An attribute of a class or module is a name of its namespace, and is staged as one. The others are written where they
are, under the journal.
"""

from __future__ import annotations

import ast
import copy
import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType, MemberDescriptorType, ModuleType, SimpleNamespace
from typing import Any

from reloadr._core import Node
from reloadr.engine.batch import Work, Works, Worlds
from reloadr.engine.evaluate.worlds import World, evaluate, is_pure, make_seen, new_world, old_world, unwrapped
from reloadr.judge.operable import has_plain_attributes, hashed_by_type, keys_are_plain
from reloadr.judge.same import same_value
from reloadr.judge.static import NOTHING, instance_namespace, static_attribute, stored
from reloadr.live.kinds import is_a
from reloadr.source.statements import written
from reloadr.source.stores import Store, in_loop, stores
from reloadr.stage.journal import Journal
from reloadr.stage.spaces import Space
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, DICT, MISSING, TYPE, Step

#: Attributes that a function keeps outside of its dict.
_OF_FUNCTIONS = frozenset({"__doc__", "__name__", "__qualname__", "__module__", "__defaults__", "__kwdefaults__"})


@dataclass(frozen=True, eq=False)
class Place:
    """Where a statement stores something that no name means."""

    owner: object
    key: object
    #: A key of the owner, or an attribute of it.
    item: bool
    store: Store

    def same(self, other: Place) -> bool:
        """Whether two stores go to the same place; an attribute of an object is a key of its `__dict__`."""
        mine, theirs = (self.owner, self.item), (other.owner, other.item)
        if self.item is not other.item:
            mine, theirs = (own_dict(self) or self.owner, True), (own_dict(other) or other.owner, True)
        return mine[0] is theirs[0] and mine[1] == theirs[1] and same_value(self.key, other.key)


def places_of(worlds: Worlds, work: Work, node: Node, *, old: bool = False) -> list[Place]:
    """The places that a statement stores in, of those that can be told, read and written without effects."""
    return [place for place in told_places(worlds, work, node, stores(node), old=old) if supported(place)]


def told_places(
    worlds: Worlds, work: Work, node: Node, found: list[Store], *, old: bool = False, loops: bool = False
) -> list[Place]:
    """The places of stores, as far as they can be told without effects; `loops`: also of those in loops, whose owners
    stay the same."""
    if not found or (in_loop(node) and not loops) or worlds.find_space(work, node) is None:
        return []
    world = old_world(worlds, work, node) if old else new_world(worlds, work, node)
    for tree in () if old else [tree for each in found for tree in (each.owner, each.key)]:
        if not isinstance(tree, str):
            make_seen(worlds, work, node, tree)
    places = (_place(worlds.works, work, each, world) for each in found)
    return [place for place in places if place is not None]


def owner_now(worlds: Worlds, work: Work, node: Node, store: Store) -> object:
    """What owns the place of a store after the batch; MISSING where that cannot be told."""
    if worlds.find_space(work, node) is None:
        return MISSING
    return _value(worlds.works, work, store.owner, new_world(worlds, work, node))


def _place(works: Works, work: Work, store: Store, world: World) -> Place | None:
    owner = _value(works, work, store.owner, world)
    if isinstance(store.key, str):
        return None if owner is MISSING else Place(owner, store.key, False, store)
    key = _value(works, work, store.key, world)
    return None if owner is MISSING or key is MISSING else Place(owner, key, True, store)


def _value(works: Works, work: Work, tree: ast.expr, world: World) -> object:
    if isinstance(tree, ast.Constant):
        return tree.value
    if isinstance(tree, ast.Name):
        return unwrapped(world.get(tree.id, MISSING))
    if isinstance(tree, ast.Call) and written(tree) in ("globals()", "vars()", "locals()"):
        return work.tracked.namespace
    of = asked_for_dict(tree)
    if of is not None:
        owner = _value(works, work, of, world)
        return MISSING if owner is MISSING or is_a(owner, type) else dict_of(owner) or MISSING
    if not is_pure(works, tree, world):
        return MISSING
    return unwrapped(evaluate(tree, world, work.tracked.filename))


def asked_for_dict(tree: ast.expr) -> ast.expr | None:
    """What an expression asks for the dict of its attributes: `x.__dict__`, `vars(x)`."""
    if isinstance(tree, ast.Attribute) and tree.attr == "__dict__":
        return tree.value
    one = isinstance(tree, ast.Call) and len(tree.args) == 1 and not tree.keywords
    return tree.args[0] if one and isinstance(tree, ast.Call) and written(tree.func) == "vars" else None


def supported(place: Place) -> bool:
    """Whether a place can be read and written with nothing of the user's running."""
    owner, key = place.owner, place.key
    if place.item:
        if is_a(owner, os._Environ):
            return type(key) is str
        if type(owner) is list:
            return type(key) is int and -len(owner) <= key < len(owner)
        plain = type(owner) is OrderedDict or all(
            static_attribute(type(owner), name) is getattr(dict, name)
            for name in ("__setitem__", place.store.method)
            if name
        )
        return is_a(owner, dict) and plain and (keys_are_plain([key]) or hashed_by_type(type(key)))
    if is_a(owner, ModuleType):
        return type(owner) is ModuleType
    if is_a(owner, type):
        return static_attribute(type(owner), "__setattr__") is type.__setattr__
    if type(owner) is FunctionType:
        return key in _OF_FUNCTIONS or not str(key).startswith("__")
    return type(owner) is SimpleNamespace or _is_plain_attribute(owner, str(key))


def _is_plain_attribute(owner: object, name: str) -> bool:
    kind = type(owner)
    if not has_plain_attributes(kind) or static_attribute(kind, "__setattr__") is not object.__setattr__:
        return False
    held = static_attribute(kind, name)
    if type(held) is MemberDescriptorType:
        return True
    data = held is not NOTHING and static_attribute(type(held), "__set__") is not NOTHING
    return instance_namespace(owner) is not None and not data


def _is_slot(place: Place) -> bool:
    return not place.item and type(static_attribute(type(place.owner), str(place.key))) is MemberDescriptorType


def dict_of(owner: object) -> Mapping[str, object] | None:
    """The dict that an object keeps its attributes in; None if there is none."""
    return owner.__dict__ if type(owner) in (SimpleNamespace, FunctionType, ModuleType) else instance_namespace(owner)


def own_dict(place: Place) -> Mapping[str, object] | None:
    """The dict that has an attribute as one of its keys; None for a key of a dict, and where no dict has it."""
    owner = place.owner
    if place.item or is_a(owner, type) or _is_slot(place):
        return None
    if is_a(owner, ModuleType):
        return owner.__dict__
    return None if type(owner) is FunctionType and place.key in _OF_FUNCTIONS else dict_of(owner)


def space_of(works: Works, stage: Stage, place: Place) -> Space | None:
    """The namespace that a place is a name of; None where it is another kind of place."""
    if not place.item and is_a(place.owner, ModuleType):
        return stage.module_space(place.owner)
    if not place.item and is_a(place.owner, type):
        return stage.class_space(place.owner)
    if place.item and id(place.owner) in works.namespaces and type(place.key) is str:
        return works.of(works.namespaces[id(place.owner)]).space
    return None


def held(worlds: Worlds, place: Place) -> object:
    """What a place holds now, with what is staged."""
    space = space_of(worlds.works, worlds.stage, place)
    if space is not None:
        return space.get(str(place.key))
    return _held(place)


def _held(place: Place) -> object:
    owner, key = place.owner, place.key
    if place.item:
        if is_a(owner, list):
            return owner[key] if isinstance(key, int) and supported(place) else MISSING
        assert is_a(owner, dict, os._Environ)
        return owner.get(key, MISSING)
    if is_a(owner, FunctionType) and key in _OF_FUNCTIONS:
        return getattr(owner, str(key))
    if _is_slot(place):
        found = stored(owner, str(key))
        return MISSING if found is NOTHING else found
    space = dict_of(owner)
    return MISSING if space is None else space.get(str(key), MISSING)


def write(worlds: Worlds, place: Place, value: object) -> None:
    """Puts a value into a place; MISSING takes it away. A name of a class or module is staged, the others are written
    at once, for whatever is evaluated next to see, under the journal."""
    space = space_of(worlds.works, worlds.stage, place)
    if space is not None:
        worlds.stage.set(space, str(place.key), value)
    elif not has_step(place):
        _put_back_later(worlds.journal, place)
        put_directly(place, value)
    else:
        worlds.journal.carry_out([step(place, value)])


def open_for(worlds: Worlds, place: Place) -> object:
    """Before a statement stores in a place by itself: what is there comes back if the batch is taken back. Gives what
    is staged there, for `settle`."""
    space = space_of(worlds.works, worlds.stage, place)
    if not has_step(place):
        _put_back_later(worlds.journal, place)
        return None
    before = _held(place) if space is None else space.live.get(str(place.key), MISSING)
    if space is not None:
        worlds.stage.before.setdefault(id(space.owner), {}).setdefault(str(place.key), before)
    worlds.journal.commits.append([step(place, before)])
    return None if space is None else space.stage.get(str(place.key))


def settle(works: Works, stage: Stage, place: Place, staged: object) -> None:
    """After a statement has stored in a place by itself: for a name of a class or module, that is what is staged, but
    where the statement was made to stage it itself."""
    space = space_of(works, stage, place)
    if space is not None and space.stage.get(str(place.key)) is staged:
        stage.set(space, str(place.key), space.live.get(str(place.key), MISSING))


def has_step(place: Place) -> bool:
    """Whether a commit can set a place."""
    return not is_a(place.owner, os._Environ, list, OrderedDict)


def step(place: Place, value: object) -> Step:
    """What sets a place in a commit."""
    owner, key = place.owner, place.key
    if is_a(owner, ModuleType):
        return DICT, owner.__dict__, key, value
    if is_a(owner, type):
        return TYPE, owner, key, value
    if (is_a(owner, FunctionType) and key in _OF_FUNCTIONS) or _is_slot(place):
        return ATTR, owner, key, value
    return DICT, owner if place.item else dict_of(owner), key, value


def _put_back_later(journal: Journal, place: Place) -> None:
    journal.on_undo.append(partial(put_directly, place, _held(place)))


def put_directly(place: Place, value: object) -> None:
    """For what a commit has no step: environment variables, which the system knows as well, items of lists, and dicts
    that keep an order of their own."""
    owner, key = place.owner, place.key
    if is_a(owner, list) and isinstance(key, int) and supported(place):
        owner[key] = value
    elif is_a(owner, os._Environ, OrderedDict) and value is MISSING:
        owner.pop(key, None)
    elif is_a(owner, os._Environ, OrderedDict):
        owner[key] = value


def restore_later(journal: Journal, owner: object, before: object) -> None:
    """A container that a statement has filled is as it was if the batch is taken back, and nobody else changed it."""
    journal.on_undo.append(partial(_restore, owner, before, copy.copy(owner)))


def _restore(owner: Any, before: Any, after: object) -> None:
    if same_value(owner, after):
        owner.clear()
        (owner.update if is_a(owner, dict, set) else owner.extend)(before)


def variable_at_start(name: str) -> object:
    """An environment variable as the process was given it; None where the system does not tell."""
    try:
        text = Path("/proc/self/environ").read_bytes()
    except OSError:
        return None
    for line in text.split(b"\0"):
        key, equals, value = line.partition(b"=")
        if equals and os.fsdecode(key) == name:
            return os.fsdecode(value)
    return MISSING
