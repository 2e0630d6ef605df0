"""Who reads the places that statements store in; and statements that store what follows from something else.

settings["rate"] = RATE            # follows when `RATE` changes, if the place still is what the line put there
NET = 1 - settings["rate"]         # reads the place: follows, or is named
"""

from __future__ import annotations

import ast
import collections
import copy
import os
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType

from reloadr._core import Node, Part
from reloadr.engine.batch import Batch, Notes, Work, Works, Worlds
from reloadr.engine.evaluate import places, runner
from reloadr.engine.evaluate.places import Place
from reloadr.engine.evaluate.worlds import is_pure, new_world
from reloadr.engine.follow import calls
from reloadr.engine.follow.absence import trying
from reloadr.engine.follow.as_of import as_of, put_at
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.conditions import with_choice
from reloadr.engine.follow.derivation import derivation_of
from reloadr.engine.follow.in_sight import in_sight
from reloadr.engine.follow.readers import candidates, local_names, readers_anywhere
from reloadr.engine.follow.sequence import may_see
from reloadr.engine.follow.stored import at_home, binders, names_anywhere
from reloadr.engine.follow.ways import comes_to, views_of, ways_to
from reloadr.judge.same import indistinguishable, same_value
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.filling import root_of
from reloadr.source.statements import parse_statements, scope_of, written
from reloadr.source.stores import ANY, Store, augmented, consumes, filled, put_alone, stored_alone, stores
from reloadr.stage.steps import MISSING

_LOOPS = ("for", "while")
#: What to ask for something that is not there may raise.
_LOOKUPS = ("KeyError", "IndexError", "LookupError", "AttributeError")
CONTAINERS = (list, dict, set, collections.deque, collections.OrderedDict, collections.defaultdict)
#: By identity: a metaclass may say what its classes are equal to.
_CONTAINERS = frozenset(map(id, CONTAINERS))


def is_container(value: object) -> bool:
    """Whether it is one of the library's, whose methods are not the user's code."""
    return id(type(value)) in _CONTAINERS


def run(batch: Batch, work: Work, node: Node, *, source: str | None = None) -> dict[str, object]:
    """Runs a statement or block; what it stores in places is under the journal, and due is what read them."""
    told = places.told_places(batch.worlds, work, node, stores(node) or augmented(node) or _within(node))
    found = [place for place in told if places.supported(place)]
    noted = [(place, places.held(batch.worlds, place), readers_before(batch, work, node, place)) for place in found]
    others = [call for place in told if place not in found for call in readers_before(batch, work, node, place)]
    all_told = bool(found) and len(found) == len(stores(node))
    filled_here = [] if all_told else _filled(batch.worlds, work, node)
    full = [(each, copy.copy(each.owner), readers_of_all(batch, work, node, each)) for each in filled_here]
    of_each = list(_readers_of_each(batch, work, node))
    staged = [places.open_for(batch.worlds, place) for place in found]
    note_stored(batch.worlds, batch.noted, work, node, found)
    with as_of(batch, work, node, runs=True):
        bound = runner.run(batch, work, node, source=source)
    due(batch, MISSING, None, of_each)
    for (place, before, calls_noted), was in zip(noted, staged, strict=True):
        places.settle(batch.works, batch.stage, place, was)
        due(batch, before, places.held(batch.worlds, place), calls_noted)
        due_between(batch, work, node, place, calls_noted)
    # Of what is computed where it is stored, nobody can be asked what it was.
    due(batch, MISSING, None, others)
    for place, before, calls_noted in full:
        if not same_value(before, place.owner):
            places.restore_later(batch.journal, place.owner, before)
            due(batch, MISSING, None, calls_noted)
    return bound


def note_stored(worlds: Worlds, noted: Notes, work: Work, node: Node, found: list[Place]) -> None:
    """Notes which line gives names of modules and classes another value: what ran before it does not follow."""
    for place in found:
        space = places.space_of(worlds.works, worlds.stage, place)
        if space is not None:
            noted.stored[id(space.owner), str(place.key)] = work, node


def _within(block: Node) -> list[Store]:
    """What the lines of a block store in places."""
    return [each for _, _, suite in block.branches for node in suite for each in (*stores(node), *_within(node))]


def _readers_of_each(batch: Batch, work: Work, block: Node) -> Iterator[Call]:
    """Who may have read an attribute of what a loop goes through, and sets it on: by no name of its own.

    for rate in RATES:
        rate.label = f"{rate.percent} %"
    FIRST = RATES[0].label             # due
    """
    tree = parse_statements(block.segment) if block.kind == "for" else None
    loop = tree.body[0] if tree is not None else None
    if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
        return
    each = loop.target.id
    attributes = {store.key for store in _within(block) if isinstance(store.key, str) and written(store.owner) == each}
    names = frozenset(f"{each}.{name}" for name in attributes)
    for other, reader in _reading_what_is_gone_through(batch.works, work, loop.iter) if attributes else ():
        told = any(f".{name}" in reader.source for name in attributes)
        if (told or "(" in reader.source) and not reader.name and may_see(batch.works, other, reader, work, block):
            yield from (call for call in readers_call(batch, other, reader, names) if told or call.holds)


def _reading_what_is_gone_through(works: Works, work: Work, iterable: ast.expr) -> Iterator[tuple[Work, Node]]:
    """The statements that read what a loop goes through, by whatever name of any module."""
    name = root_of(iterable)
    owner = work.space.get(name) if name is not None else MISSING
    for tracked, called in names_anywhere(works, owner).items() if owner is not MISSING else ():
        yield from ((other, reader) for other, reader, _ in readers_anywhere(works, tracked, called))


def due_between(batch: Batch, work: Work, node: Node, place: Place, noted: list[Call]) -> None:
    """Makes due what reads a place between a line that stores in it and a later one, which decides what it holds
    now."""
    last = binders(batch.worlds, derivation_of(batch).walk(work).liveness, place, node)[-1:]
    if last and last[0].line > node.line:
        due(batch, MISSING, None, [each for each in noted if each.work is work and each.node.line < last[0].line])


def _filled(worlds: Worlds, work: Work, node: Node) -> list[Place]:
    """The lists, dicts and sets that a statement changes as a whole: `L.append(x)`, or key by key in a loop."""
    told = places.told_places(worlds, work, node, filled(node), loops=True)
    found = [Place(each.owner, ANY, True, each.store) for each in told if is_container(each.owner)]
    if node.kind == "statement" and "[" in node.source:
        # To read a key that is missing puts it in.
        held = {name: work.space.get(name) for name in node.reads if f"{name}[" in node.source}
        found += [
            Place(owner, ANY, True, Store(ast.Name(name, ast.Load()), "", None, name))
            for name, owner in held.items()
            if is_a(owner, collections.defaultdict)
        ]
    return found


def readers_of_all(batch: Batch, work: Work, node: Node, place: Place) -> list[Call]:
    """What read anything that a container holds. What was handed the container itself has it as it is now: that counts
    only where it can be computed again."""
    return [call for call in readers_before(batch, work, node, place) if call.holds or _reads_by_itself(call, place)]


def _reads_by_itself(call: Call, place: Place) -> bool:
    trees = [tree for source in evaluated(call.node) if (tree := parse_statements(source)) is not None]
    return consumes(trees, {place.store.text}, place.key, item=True, handed=False)


def due(batch: Batch, before: object, now: object, noted: list[Call]) -> None:
    """After a place got another value: what was noted as its readers is due."""
    if before is now or (before is not MISSING and now is not MISSING and indistinguishable(before, now)):
        return
    following = derivation_of(batch)
    known = {call.key for call in following.calls if call.asks}
    for call in noted:
        ran = batch.agenda.has_run(call.work.tracked, call.node)
        if call.key not in known:
            following.take([call])
            # Should it run yet, as an edit of its own, it sees the place as it is at its line.
            following.unrun |= set() if ran else {call.key}
        elif ran:
            following.unrun.discard(call.key)


def holds(batch: Batch, work: Work, node: Node) -> bool:
    """Whether a statement that only stores in places may run again unseen, and they are what it put there."""
    worlds = batch.worlds
    found = places.places_of(worlds, work, node, old=True)
    if not found or len(found) != len(stores(node)):
        return False
    for place in found:
        value, space = place.store.value, places.space_of(worlds.works, worlds.stage, place)
        if value is None or not is_pure(worlds.works, value, new_world(worlds, work, node)):
            return False
        now = places.held(worlds, place)
        if space is not None:
            now = worlds.stage.before.get(id(space.owner), {}).get(str(place.key), now)
        if now is MISSING or not same_value(now, put_at(batch, work, node, place)):
            return False
    return True


# ---- who reads a place -------------------------------------------------------------------------------


def readers_before(batch: Batch, work: Work, node: Node, place: Place) -> list[Call]:
    """What read a place as modules were loaded. Asked while it still is what it was: whether they hold what they
    computed from it can be told then only."""
    found = {call.key: call for call in _readers(batch, work, node, place)}
    home, _ = at_home(batch.works, work, node, place.store.owner)
    for view in views_of(home, place) if home is not None else ():
        for call in _readers(batch, batch.works.of(home or work.tracked), node, view):
            found.setdefault(call.key, call)
    return list(found.values())


def _readers(batch: Batch, work: Work, node: Node, place: Place) -> list[Call]:
    def below(other: Work, reader: Node) -> bool:
        return may_see(batch.works, other, reader, work, node)

    return [call for call, _ in reading(batch, work, node, place, below)]


def reading(
    batch: Batch, work: Work, node: Node, place: Place, below: Callable[[Work, Node], bool]
) -> list[tuple[Call, bool]]:
    """What read a place whose owner a node would name so, of what stands below; whether it does so by itself, not
    through what it hands the owner to."""
    found: dict[tuple[str, int, str], tuple[Call, bool]] = {}
    for other, reader, owners in _with_owner(batch.works, work, node, place):
        if _only_stores(reader, owners, place) or not below(other, reader):
            continue
        block, reader = _did_without(batch, reader, place), whole(reader)
        if _reads(reader, owners, place):
            alone = _reads(reader, owners, place, handed=False)
            for call in readers_call(batch, other, block or reader, frozenset({place.store.text})):
                found.setdefault(call.key, (call, alone))
    for other, reader in in_sight(batch, place, below):
        reader = _did_without(batch, reader, place) or whole(reader)
        for call in readers_call(batch, other, reader, frozenset({place.store.text})):
            found.setdefault(call.key, (call, True))
    for call in (*_through_functions(batch.worlds, work, node, place), *_handed_a_way(batch, work, node, place, below)):
        if below(call.work, call.node):
            found.setdefault(call.key, (call, False))
    return list(found.values())


def _did_without(batch: Batch, reader: Node, place: Place) -> Node | None:
    """The `try` whose suite a reader stands in, where it found nothing at the place.

    try: RATE = RATES["b"]             # nothing had put it there yet
    except KeyError: RATE = 0
    """
    is_told = place.key is not ANY and places.supported(place) and places.held(batch.worlds, place) is MISSING
    return trying(reader, _LOOKUPS) if is_told else None


def _only_stores(node: Node, owners: set[str], place: Place) -> bool:
    """Whether a statement does nothing with an owner but put something into it."""
    alone = None if node.guards or is_a(place.owner, os._Environ) else stored_alone(node) or put_alone(node)
    if alone is None or any(each != alone and _first(each) in node.segment for each in owners):
        return False
    if node.kind == "statement":
        return is_container(place.owner)
    # What sets the attribute may be the user's code.
    attributes = [each for each in stores(node) if isinstance(each.key, str)]
    return all(places.supported(Place(place.owner, each.key, False, each)) for each in attributes)


def _first(owner: str) -> str:
    return owner.partition(".")[0].partition("[")[0]


def _handed_a_way(
    batch: Batch, work: Work, node: Node, place: Place, below: Callable[[Work, Node], bool]
) -> Iterator[Call]:
    """What handed something that leads to the owner of a place to functions which go there: `make(app)`."""
    home, _ = at_home(batch.works, work, node, place.store.owner)
    if home is None or is_a(place.owner, type, ModuleType, FunctionType):
        return
    key = place.key if place.item else f"{place.key}"
    for name, rest in ways_to(home, place.owner):
        for other, reader, local in readers_anywhere(batch.works, home, {name}):
            if _only_stores(reader, local, place):
                # It hands it to nothing.
                continue
            reader = whole(reader)
            if below(other, reader) and any(
                comes_to(batch.works, batch.stage, other, source, (home.namespace[name], rest), key)
                for source in evaluated(reader)
            ):
                yield from readers_call(batch, other, reader, frozenset({place.store.text}))


def whole(node: Node) -> Node:
    """The outermost loop around a statement, which runs it more than once; itself where there is none."""
    return next((block for block, _ in node.guards if block.kind in _LOOPS), node)


def readers_call(batch: Batch, work: Work, node: Node, names: frozenset[str]) -> Iterator[Call]:
    """A statement that reads what is no name, and whether it may be computed again."""
    if node.kind != "assignment" and not stores(node):
        yield with_choice(batch.worlds, Call(work, node, names, asks=True))
    elif node.binds:
        with as_of(batch, work, node):
            held = [call.holds for call in calls.valued(batch.worlds, work, node, set(names))]
        yield from (Call(work, node, names, holds=each, asks=True) for each in held)
    else:
        yield Call(work, node, names, holds=holds(batch, work, node), asks=True)


def _reads(node: Node, owners: set[str], place: Place, *, handed: bool = True) -> bool:
    trees = [tree for source in evaluated(node) if (tree := parse_statements(source)) is not None]
    # A definition is handed on to be called or registered.
    handed = handed and not is_a(place.owner, type, FunctionType, ModuleType)
    if consumes(trees, owners, place.key, item=place.item, handed=handed):
        return True
    return is_a(place.owner, os._Environ) and any(
        isinstance(each, ast.Call)
        and written(each.func) in ("os.getenv", "getenv")
        and bool(each.args)
        and (not isinstance(each.args[0], ast.Constant) or each.args[0].value == place.key)
        for tree in trees
        for each in ast.walk(tree)
    )


def evaluated(node: Node) -> list[str]:
    """What of a statement or definition is evaluated where it stands."""
    parts: list[Part | None] = []
    if node.name:
        parts += [*node.decorators, *(part for _, part in node.bases), *(default for *_, default in node.params)]
        return [part.source.strip().lstrip("@") for part in parts if part is not None]
    if node.kind in _LOOPS:
        return [node.segment]
    if node.branches:
        return [part.source for _, part, _ in node.branches if part is not None]
    return [node.segment]


def _with_owner(works: Works, work: Work, node: Node, place: Place) -> Iterator[tuple[Work, Node, set[str]]]:
    """Statements of watched modules that name the owner of a place, and what each calls it."""
    owner = place.store.owner
    home, text = at_home(works, work, node, owner)
    if home is None:
        yield from _of_foreign(works, work, text)
        return
    if text != written(owner) and home is work.tracked and node.scopes:
        for each in work.outline.readers({root_of(owner) or ""}):
            if scope_of(each) == scope_of(node):
                yield work, each, {written(owner)}
    if is_a(place.owner, type) and not place.item:
        # Its instances have the attribute too.
        yield from calls.statements_with(works, home, text)
    name, bracket, tail = text.partition("[")
    roots = {name: bracket + tail} | {
        alias: "" for alias, value in list(home.namespace.items()) if value is place.owner
    }
    for name, tail in roots.items():
        for other, each, local in readers_anywhere(works, home, {name}) if name else ():
            yield other, each, {held + tail for held in local}
    for name, rest in ways_to(home, place.owner):
        if rest and roots.get(name) != rest:
            for other, each, local in readers_anywhere(works, home, {name}):
                yield other, each, {held + rest for held in local}


def _of_foreign(works: Works, work: Work, text: str) -> Iterator[tuple[Work, Node, set[str]]]:
    """Likewise, where the owner is no watched module's."""
    last = text.rpartition(".")[2]
    owners = {text, last}
    asked = owners | {"os.getenv", "getenv"} if last == "environ" else owners
    for tracked in {id(each): each for each in (*works.mentioning([last, "getenv"]), work.tracked)}.values():
        other = works.of(tracked)
        for each in other.outline.readers(asked):
            yield other, each, owners


def _through_functions(worlds: Worlds, work: Work, node: Node, place: Place) -> Iterator[Call]:
    """What called functions that read a place."""
    found = _of_functions(worlds, work, node, place)
    if not place.item and is_a(place.owner, ModuleType, type):
        found += calls.of_attribute(worlds, place.owner, str(place.key))
    for call in found:
        yield Call(call.work, call.node, call.names, call.direct, call.inner, holds=call.holds, asks=True)


def _of_functions(worlds: Worlds, work: Work, node: Node, place: Place) -> list[Call]:
    home, text = at_home(worlds.works, work, node, place.store.owner)
    if home is None or not text:
        return []
    ways = [(text.partition(".")[0].partition("[")[0], text)]
    ways += [(name, name + rest) for name, rest in ways_to(home, place.owner) if name + rest != text]
    found: list[Call] = []
    for name, way in ways:
        for other in candidates(worlds.works, home, {name}):
            for local in sorted(local_names(worlds.works.of(other), home, {name})):
                found += _reading(worlds, other, local, way.removeprefix(name), place)
    return found


def _reading(worlds: Worlds, tracked: Tracked, name: str, rest: str, place: Place) -> list[Call]:
    """Who called functions of a module that read a place of what the module calls by a name."""
    work = worlds.works.of(tracked)

    def reads(code: CodeType) -> bool:
        nodes = work.outline.find(code.co_qualname)
        trees = [tree for each in nodes if (tree := parse_statements(each.segment)) is not None]
        return consumes(trees, {name + rest}, place.key, item=place.item)

    return calls.reading(worlds, tracked, {name}, frozenset(), _given(work, name, rest, place), reads)


def _given(work: Work, name: str, rest: str, place: Place) -> list[Node]:
    """Functions that read a place by way of a parameter whose default is what a name means.

    def build(info=INFO): ...          # reads `INFO["a"]` as `info["a"]`
    """
    found: list[Node] = []
    for node in work.outline.readers({name}):
        ways = {param + rest for param, *_, default in node.params if default is not None and default.source == name}
        tree = parse_statements(node.segment) if ways else None
        if tree is not None and consumes([tree], ways, place.key, item=place.item):
            found.append(node)
    return found
