"""Instances that were made before what makes them changed.

class Client:
    def __init__(self): self.retries = 5       # was 3
client = Client()                              # made anew, or named: see `calls`
def handler(): pool.append(Client())           # those keep 3, which is said once
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from types import FunctionType

from reloadr._core import Node, instances
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.classes.kinds import fields_of, is_generated
from reloadr.engine.classes.plan import in_another_order
from reloadr.engine.follow import code_uses
from reloadr.engine.follow.readers import home_of, readers_anywhere
from reloadr.hooks import migration_of
from reloadr.judge.static import static_attribute
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL231
from reloadr.report.reasons import plural
from reloadr.source.edits import Edit, only_describes
from reloadr.source.initialising import given_otherwise
from reloadr.source.statements import value_of

#: Methods that give an instance its attributes.
_GIVING = frozenset({"__init__", "__post_init__"})
#: What a field is handed that gives an instance nothing.
_CHECKING = frozenset({"validator", "metadata", "on_setattr", "repr", "eq", "order", "hash"})
#: Methods that run when an instance is made.
MAKING = _GIVING | {"__new__"}


def made_otherwise(works: Works, *, handed: bool = True) -> Iterator[tuple[Tracked, str]]:
    """The classes whose instances this batch makes otherwise, and those below them: module and qualified name.
    `handed`: whether lines of classes may have been handed functions that change."""
    for work in works:
        for shuffled, _, _ in in_another_order(work):
            yield from _of_field(works, work, shuffled)
        edits = [edit for edit in work.edits if edit.action != "formatted" and not _only_says(edit)]
        for edit in edits:
            if edit.node.scopes and (cls := locate.class_of(work.tracked, edit.node.scopes[-1])) is not None:
                yield from _of_member(works, work, edit, cls)
        names = {edit.old.name or "" for edit in edits if edit.old is not None and not edit.old.scopes} - {""}
        users = work.tracked.users(names) if names else set()
        for name in users:
            user = work.tracked.namespace.get(name)
            if is_a(user, type) and any(code_uses.any_reads(member, names) for member in making(user)):
                yield work.tracked, name
        functions = {each for each in names | users if is_a(work.tracked.namespace.get(each), FunctionType)}
        if handed and functions:
            yield from _handed_to_fields(works, work.tracked, functions)


def _handed_to_fields(works: Works, tracked: Tracked, names: set[str]) -> Iterator[tuple[Tracked, str]]:
    """The classes that handed functions which change, or what calls those, to their fields: they run as an instance is
    made. `names`: those functions.

    class Item: name: str = field(converter=clean)
    """
    for work, node, read in readers_anywhere(works, tracked, names):
        if node.kind != "assignment" or not node.scopes or len(node.binds) != 1:
            continue
        cls = locate.class_of(work.tracked, node.scopes[-1])
        if cls is not None and _is_field(cls, node.binds[0]) and not _only_checks(node, read):
            yield from _of_field(works, work, cls)


def _is_field(cls: type, name: str) -> bool:
    """Whether what is stored under a name of an instance goes through what the class has there, or is a field."""
    held = locate.class_dict(cls).get(name)
    return name in fields_of(cls) or is_a(static_attribute(type(held), "__set__"), FunctionType)


def _only_checks(node: Node, read: set[str]) -> bool:
    """Whether a field was handed functions that give an instance nothing: `field(validator=positive)`."""
    value = value_of(node)
    if not isinstance(value, ast.Call):
        return False
    giving = [*value.args, *(each.value for each in value.keywords if each.arg not in _CHECKING)]
    inner = (each for part in giving for each in ast.walk(part))
    used = {ast.unparse(each) for each in inner if isinstance(each, (ast.Name, ast.Attribute))}
    return read.isdisjoint(used)


def _only_says(edit: Edit) -> bool:
    return bool(edit.facets) and only_describes(edit.facets)


def _of_member(works: Works, work: Work, edit: Edit, cls: type) -> Iterator[tuple[Tracked, str]]:
    """The classes whose instances a changed member has a part in: a field, `__init__`, or what that calls."""
    node = edit.node
    field = node.kind == "assignment" and is_generated(cls) and not is_a(cls, enum.EnumMeta)
    if field:
        yield from _of_field(works, work, cls)
        return
    for each in [cls, *locate.subclasses(cls)]:
        called = node.kind == "function" and any(code_uses.any_loads(made, {node.name or ""}) for made in making(each))
        if node.name in MAKING or called:
            home = work.tracked if each is cls else home_of(works, each)
            if home is not None:
                yield home, locate.qualname_of(each)


def _of_field(works: Works, work: Work, cls: type) -> Iterator[tuple[Tracked, str]]:
    for each in [cls, *locate.subclasses(cls)]:
        home = work.tracked if each is cls else home_of(works, each)
        if home is not None:
            yield home, locate.qualname_of(each)


def making(cls: type) -> list[object]:
    """What runs when an instance of a class is made."""
    return [held[name] for base in locate.mro(cls) for name in MAKING if name in (held := locate.class_dict(base))]


def told(batch: Batch) -> None:
    """Says once how many living instances keep what an `__init__` gave them that gives something else now."""
    for swap in batch.swaps:
        old, new = swap.edit.old, swap.edit.new
        if old is None or new is None or new.name not in _GIVING or not new.scopes or swap.revoked:
            continue
        given = given_otherwise(old, new) if "body" in swap.edit.facets else []
        cls = locate.class_of(swap.work.tracked, new.scopes[-1]) if given else None
        if cls is None or type in locate.mro(cls) or migration_of(cls) is not None:
            # Of the classes that a metaclass made, `classes/hooks.py` knows.
            continue
        living = instances([cls], True)
        if not living:
            continue
        named = {id(value) for tracked in batch.works.watched for value in list(tracked.namespace.values())}
        named |= {id(value) for space in batch.stage.spaces.values() for value in space.stage.values()}
        named |= {id(value) for names in batch.stage.before.values() for value in names.values()}
        count = sum(id(each) not in named for each in living)
        if count:
            name = locate.qualname_of(cls)
            kind = RL231(
                count=plural(count, "instance"),
                name=name,
                keep="keeps" if count == 1 else "keep",
                attributes=", ".join(given),
            )
            batch.findings.reason(kind, swap.work.tracked, name, new.line)
