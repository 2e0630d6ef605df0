"""What read a container in which decorators, class statements or calls registered something: it is due.

@on("begin")                       # was "start": `HANDLERS` has another key
def first(): ...
NAMES = sorted(HANDLERS)           # follows, if nobody can notice and it is what the old keys gave; else named
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Collection, Iterator, Sequence
from types import FunctionType, MappingProxyType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.evaluate.places import Place
from reloadr.engine.follow import values
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.derivation import Derivation
from reloadr.engine.follow.places import due as make_due
from reloadr.engine.follow.places import readers_call, reading
from reloadr.engine.follow.readers import readers_anywhere
from reloadr.engine.follow.sequence import may_see
from reloadr.engine.follow.ways import ways_to
from reloadr.engine.order import needs_of
from reloadr.engine.registrations import places
from reloadr.engine.registrations.calls import call_of
from reloadr.engine.registrations.reach import of_library_class
from reloadr.engine.registrations.recording import Growth
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.statements import written
from reloadr.source.stores import ANY, Store
from reloadr.stage.steps import MISSING


def due(
    batch: Batch, work: Work, node: Node, growths: Sequence[Growth], names: Collection[tuple[Tracked, str]]
) -> None:
    """After a line registered something, what it had registered went, or functions bound names when it ran."""
    if not isinstance(batch.noted.derivation, Derivation):
        return
    for home, name in names:
        values.read_after(batch, home, name, work, node)
    found = [each for each in growths if isinstance(each.place, (places.Table, places.Row, places.Bag))]
    make_due(batch, MISSING, None, list(_callers(batch, work, node, found)))
    tops = {id(top.holder): top for top in (_outermost(each.place) for each in found)}
    named = [(top, home, text) for top in tops.values() for home, text in _named(batch.works, top.holder)]
    if named:
        now = [(each.place, each.place.read()) for each in found]
        for growth in found:
            growth.place.write(growth.before)
        try:
            noted = list(_readers(batch, work, node, named))
        finally:
            for place, content in now:
                place.write(content)
        make_due(batch, MISSING, None, noted)


def _outermost(place: places.Place) -> places.Place:
    """The container that holds all those that a container is in."""
    while "*" in place.shape and place.parent is not None and isinstance(place.parent, (places.Table, places.Row)):
        place = place.parent
    return place


def _readers(batch: Batch, work: Work, node: Node, named: list[tuple[places.Place, Tracked, str]]) -> Iterator[Call]:
    """Who read these containers below the line. Asked while they hold what they held: whether readers have what that
    gave can be told only then."""
    after = set(_importing(batch.works, work))

    def below(other: Work, reader: Node) -> bool:
        return may_see(batch.works, other, reader, work, node)

    for top, home, text in named:
        of_home = batch.works.of(home)
        at = next((each for each in of_home.outline.roots() if not each.scopes), node)
        place = Place(top.holder, ANY, True, Store(ast.parse(text, mode="eval").body, "", None, text))
        for call, alone in reading(batch, of_home, at, place, below):
            # Of what was loaded before, or was handed the container, only what it has tells that it read this.
            later = call.work is work or call.work.tracked.name in after
            if below(call.work, call.node) and (call.holds or (alone and later)) and not _is_beside(node, call.node):
                yield call


def _is_beside(node: Node, other: Node) -> bool:
    """Whether a line calls what another one calls, and gets nothing of it: both register something, side by side.

    parser.add_argument("--port")      # edited
    parser.add_argument("--host")      # has not read what the other one put in
    """
    calls = call_of(node), call_of(other)
    return calls[0] is not None and calls[1] is not None and written(calls[0].func) == written(calls[1].func) != ""


def _named(works: Works, holder: object) -> Iterator[tuple[Tracked, str]]:
    """How watched modules write a container: `HANDLERS`, `Base.registry`, `app.routes`."""
    for tracked in works.watched:
        direct = False
        for name, value in list(tracked.namespace.items()):
            if value is holder and works.of(tracked).outline.binders({name}, ""):
                direct = True
                yield tracked, name
            elif is_a(value, type) and is_a(value, type) and locate.made_in(value, tracked.name):
                own = locate.class_dict(value)
                yield from ((tracked, f"{name}.{key}") for key, each in list(own.items()) if each is holder)
            elif is_a(value, FunctionType) and _is_table(value.__dict__.get("registry"), holder):
                yield tracked, f"{name}.registry"
        for name, rest in ways_to(tracked, holder) if not direct else ():
            if rest:
                yield tracked, name + rest
            if rest.startswith(".") and rest.count(".") == 1 and of_library_class(type(tracked.namespace[name])):
                # A container of the library's that keeps what it holds in a dict: `WeakValueDictionary`.
                yield tracked, name


def _callers(batch: Batch, work: Work, node: Node, growths: list[Growth]) -> Iterator[Call]:
    """Who called a function that `singledispatch` made, whose table holds something else now."""
    for tracked in batch.works.watched:
        for name, value in list(tracked.namespace.items()):
            table = value.__dict__.get("registry") if is_a(value, FunctionType) else None
            if table is not None and any(_is_table(table, each.place.holder) for each in growths):
                for other, reader, local in readers_anywhere(batch.works, tracked, {name}):
                    called = any(f"{each}(" in reader.source for each in local)
                    if not reader.name and called and may_see(batch.works, other, reader, work, node):
                        yield from readers_call(batch, other, reader, frozenset({name}))


def _is_table(view: object, holder: object) -> bool:
    """Whether it is the read-only view of a dict, as `singledispatch` gives of its table."""
    return is_a(view, MappingProxyType) and any(each is holder for each in gc.get_referents(view))


def _importing(works: Works, work: Work) -> Iterator[str]:
    """The watched modules that were loaded after another one, which they import, by themselves or through others."""
    needs = {tracked.name: needs_of(works.of(tracked)) for tracked in works.watched}
    found = {work.tracked.name}
    while fresh := {name for name, needed in needs.items() if name not in found and needed & found}:
        found |= fresh
        yield from fresh


__all__ = ["due"]
