"""Members that are told their name and class: `__set_name__`, and what it registers them in.

class Model:
    fields = []                    # `Field.__set_name__` appends itself here
    price = Field(2)               # was `Field(1)`: takes the earlier one's place in the list
"""

from __future__ import annotations

import collections
import gc
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes.collectors import hook_of
from reloadr.engine.classes.kinds import binders
from reloadr.engine.registrations import places
from reloadr.engine.registrations.recording import Growth, take_back, taken_back
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.statements import mangled
from reloadr.stage.journal import Journal
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

#: By identity: a metaclass may say what its classes are equal to.
_PLAIN = frozenset(map(id, (list, dict, set, collections.OrderedDict, collections.defaultdict)))
Container = list[object] | dict[object, object] | set[object]


def tell(stage: Stage, journal: Journal, cls: type, name: str, value: object) -> None:
    """Tells a member its name, as the class statement does. Where that puts it into containers which hold the member
    that it takes the place of, the earlier one goes from them. Raises what `__set_name__` raises."""
    hook = getattr(type(value), "__set_name__", None)
    if hook is None or is_a(value, type):
        return
    was = stage.before.get(id(cls), {}).get(name, MISSING)
    holding = [*_of_class(cls), *_holding(stage, was)] if hook_of(value) is not None else []
    kept = [(each, each.copy()) for each in holding]
    with taken_back(journal, [cls]):
        hook(value, cls, name)
    for container, content in kept:
        if any(each is value for each in _values(container)):
            if any(each is was for each in _values(content)):
                _put(container, _replaced(content, was, value, container))
            journal.on_undo.append(partial(_put, container, content))


def settle(batch: Batch, work: Work, cls: type, node: Node) -> None:
    """After members came and went: those that are gone go from the containers that they were put into when they were
    told their name, by themselves or by that name, and the others stand there as the source has them."""
    space = batch.stage.class_space(cls)
    before = batch.stage.before.get(id(cls), {})
    gone = {name: was for name, was in before.items() if space.get(name) is MISSING and hook_of(was) is not None}
    names = dict.fromkeys(mangled(name, node.name or "") for name in binders(node))
    members = {name: value for name in names if hook_of(value := space.get(name)) is not None}
    fresh = [members[name] for name, was in before.items() if name in members and members[name] is not was]
    if not gone and not fresh:
        return
    kinds = {type(each) for each in (*gone.values(), *members.values())}
    holders = {id(each): each for owner in (cls, *kinds) for each in _of_class(owner)}
    for holder in holders.values():
        place = places.container(holder, (), (), None)
        if place is None:
            continue
        content = place.read()
        place.write(_in_order(_without(content, gone, members), list(members.values())))
        growth = Growth(place, content, place.read())
        if not places.same(growth.before, growth.after):
            earlier = [each for each in content if not any(each[1] is value for value in fresh)]
            batch.journal.on_undo.append(partial(take_back, place, earlier, growth.after))
            batch.regrown(batch, work, node, [growth], ())


def _without(content: places.Content, gone: dict[str, object], members: dict[str, object]) -> places.Content:
    """What a container holds but those that are gone; names of members, where it has that of each."""
    held = {value for _, value in content if type(value) is str}
    named = bool(members) and held.issuperset(members)
    return [
        (key, value)
        for key, value in content
        if not any(value is each for each in gone.values()) and not (named and type(value) is str and value in gone)
    ]


def _in_order(content: places.Content, members: list[object]) -> places.Content:
    """The members of a class among others, in their order."""
    at = [index for index, (_, value) in enumerate(content) if any(value is each for each in members)]
    order = {id(each): number for number, each in enumerate(members)}
    wanted = sorted((content[index] for index in at), key=lambda item: order[id(item[1])])
    found = list(content)
    for index, item in zip(at, wanted, strict=True):
        found[index] = item
    return found


def _of_class(cls: type) -> list[Container]:
    """The plain containers that are attributes of a class or of its bases."""
    values = [value for base in locate.mro(cls) for value in locate.class_dict(base).values()]
    return [cast("Container", value) for value in values if id(type(value)) in _PLAIN]


def _holding(stage: Stage, was: object) -> list[Container]:
    """The plain containers elsewhere that hold a member."""
    if hook_of(was) is None:
        return []
    ours = {id(each) for each in (*stage.before.values(), *stage.trail.values())}
    return [each for each in gc.get_referrers(was) if id(type(each)) in _PLAIN and id(each) not in ours]


def _values(container: Container) -> Iterator[object]:
    return iter(list(container.values() if is_a(container, dict) else container))


def _replaced(content: Container, was: object, value: object, now: Container) -> Container:
    """What a container held, with a member in the place of another, under its key by `now`; or without that."""
    if is_a(content, dict) and is_a(now, dict):
        keys = [key for key, each in now.items() if each is value]
        pairs = [(keys[-1:] or [key], value) if each is was else ([key], each) for key, each in content.items()]
        return {key: each for (key,), each in pairs if each is not MISSING}
    replaced = [value if each is was else each for each in content]
    left = [each for each in replaced if each is not MISSING]
    return left if is_a(content, list) else set(left)


def _put(container: Any, content: Any) -> None:
    """Gives a container this content."""
    if is_a(container, list):
        container[:] = content
    else:
        container.clear()
        container.update(content)


__all__ = ["settle", "tell"]
