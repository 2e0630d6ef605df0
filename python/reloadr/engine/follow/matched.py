"""Who matched instances of a class by position, where its `__match_args__` are others now.

class Point:
    __match_args__ = ("y", "x")        # edited: they were the other way round; or fields of a dataclass
def first(point):
    match point:
        case Point(value): return value
FIRST = first(Point(1, 2))             # due, though nothing that it reads by name changed
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType

from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.classes.kinds import is_generated
from reloadr.engine.classes.plan import in_another_order
from reloadr.engine.follow import calls
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.readers import home_of, readers_anywhere
from reloadr.live import locate
from reloadr.live.codes import all_codes
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked

__all__ = ["asked"]

_MATCHES = dis.opmap["MATCH_CLASS"]


def asked(batch: Batch) -> list[Call]:
    """Statements that matched by position, and those that called functions which do."""
    found: dict[object, Call] = {}
    homes = batch.works.mentioning(["match"])
    for tracked, cls, because in _classes(batch.works) if homes else ():
        for work, node, read in readers_anywhere(batch.works, tracked, {locate.qualname_of(cls)}):
            if node.kind == "match":
                found.setdefault((work.tracked.name, node.line), Call(work, node, frozenset(read), because=because))
        for home in homes:
            if local := {each for each, value in list(home.namespace.items()) if value is cls}:
                for call in calls.reading(batch.worlds, home, local, because, [], _matches):
                    found.setdefault(call.key, call)
    return list(found.values())


def _classes(works: Works) -> Iterator[tuple[Tracked, type, frozenset[calls.Name]]]:
    """The classes that may be matched otherwise, and those that inherit it."""
    for work in works:
        for cls in _edited(work):
            because = frozenset({(id(cls), "__match_args__")})
            for each in [cls, *locate.subclasses(cls)]:
                home = work.tracked if each is cls else home_of(works, each)
                if home is not None and (each is cls or "__match_args__" not in locate.class_dict(each)):
                    yield home, each, because


def _edited(work: Work) -> list[type]:
    found: list[type | None] = [cls for cls, _, _ in in_another_order(work)]
    for edit in work.edits:
        node = edit.old or edit.node
        if edit.action == "formatted":
            continue
        if node.kind == "class":
            found.append(locate.class_of(work.tracked, node) if "decorators" in edit.facets else None)
        elif len(node.scopes) == 1 and not node.name:
            cls = locate.class_of(work.tracked, node.scopes[0])
            states = any("__match_args__" in each.binds for each in (edit.old, edit.new) if each is not None)
            found.append(cls if states or (is_a(cls, type) and is_generated(cls)) else None)
    return list({id(cls): cls for cls in found if cls is not None}.values())


def _matches(code: CodeType) -> bool:
    """Whether code matches instances of some class by position."""
    return any(
        step == _MATCHES and argument
        for each in all_codes(code)
        for step, argument in zip(each.co_code[::2], each.co_code[1::2], strict=True)
    )
