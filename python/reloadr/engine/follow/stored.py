"""The statements that store in a place, and what they put there; where the owner of a place comes from."""

from __future__ import annotations

import ast
from collections.abc import Callable

from reloadr._core import Node, keys_of
from reloadr.engine.batch import Work, Works, Worlds
from reloadr.engine.evaluate import places
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.engine.evaluate.places import Place
from reloadr.engine.evaluate.worlds import evaluate, is_pure, new_world, old_world
from reloadr.engine.follow.readers import imports_of, watched
from reloadr.engine.follow.ways import views_of
from reloadr.engine.order import load_order
from reloadr.live.module import Tracked
from reloadr.source.filling import root_of
from reloadr.source.statements import scope_of, written
from reloadr.source.stores import may_go_to, stores
from reloadr.stage.steps import MISSING


def put(worlds: Worlds, work: Work, node: Node, place: Place) -> object:
    """What a statement of the old source put into a place; MISSING where that is not known."""
    value = place.store.value
    world = old_world(worlds, work, node)
    if value is None or not is_pure(worlds.works, value, world):
        return MISSING
    return evaluate(value, world, work.tracked.filename)


def builds_on(place: Place) -> bool:
    """Whether what a statement stores in a place is made of what is there: `n.f = logged(n.f)`."""
    value, text = place.store.value, place.store.text
    reads = (each for each in ast.walk(value) if isinstance(each, ast.expr)) if value is not None else ()
    return any(isinstance(each, (ast.Attribute, ast.Subscript)) and written(each) == text for each in reads)


def may_run(worlds: Worlds, work: Work, node: Node) -> bool:
    """Whether nothing but the places that a statement stores in could tell that it ran again."""
    world = new_world(worlds, work, node)
    found = stores(node)
    pure = all(each.value is not None and is_pure(worlds.works, each.value, world) for each in found)
    # Another place may be one of a class that does what it likes when something is put there.
    return bool(found) and pure and len(places.places_of(worlds, work, node)) == len(found)


def binders(worlds: Worlds, liveness: Liveness, place: Place, node: Node, *, old: bool = False) -> list[Node]:
    """The statements of a node's scope that store in a place, in the old source or the new one."""
    work = liveness.work
    outline = work.tracked.outline if old else work.outline
    root = root_of(place.store.owner)
    owners = [place.owner, places.own_dict(place) or place.owner]
    owners += [view.owner for view in views_of(work.tracked, place)]
    names = {name for name, value in list(work.space.live.items()) if any(value is each for each in owners)}
    names.add(root or "")
    found = []
    for each in outline.readers(names):
        if not any(may_go_to(store, place.key) for store in stores(each)):
            continue
        if scope_of(each) == scope_of(node) and liveness(each, old=old) != "dead":
            if any(place.same(other) for other in places.places_of(worlds, work, each, old=old)):
                found.append(each)
    # What is there already stays.
    return [each for at, each in enumerate(found) if at == 0 or not _if_absent(each)]


def binders_anywhere(
    worlds: Worlds, liveness_of: Callable[[Work], Liveness], work: Work, node: Node, place: Place
) -> list[tuple[Work, Node]]:
    """The statements of all modules, in the order in which they are loaded, that store in a place in the new source."""
    own = [(work, each) for each in binders(worlds, liveness_of(work), place, node)]
    names = {} if node.scopes else names_anywhere(worlds.works, place.owner)
    others = [
        (other, each)
        for other, called in ((worlds.works.of(tracked), called) for tracked, called in names.items())
        if other is not work
        for each in other.outline.readers(called)
        if _stores_in(worlds, liveness_of, other, each, place)
    ]
    if not others:
        return own
    ranks = load_order(worlds.works, {each.tracked.name for each, _ in (*own, *others)})
    found = sorted([*own, *others], key=lambda each: (ranks.get(each[0].tracked.name, 0), each[1].line))
    return [each for at, each in enumerate(found) if at == 0 or not _if_absent(each[1])]


def names_anywhere(works: Works, owner: object) -> dict[Tracked, set[str]]:
    """What modules call an object, by a name of their own or that of a module which has it."""
    modules = works.watched
    spaces = [each.namespace for each in modules]
    found: dict[Tracked, set[str]] = {}
    for number, name in keys_of(spaces, owner):
        found.setdefault(modules[number], set()).add(name)
    for work in works:
        # What a line of this batch has imported by now.
        names = {name for name, value in work.space.stage.items() if value is owner}
        if names:
            found.setdefault(work.tracked, set()).update(names)
    for tracked in list(found):
        for number, name in keys_of(spaces, tracked.module):
            found.setdefault(modules[number], set()).add(name)
    return found


def _stores_in(worlds: Worlds, liveness_of: Callable[[Work], Liveness], work: Work, node: Node, place: Place) -> bool:
    if node.scopes or not any(may_go_to(store, place.key) for store in stores(node)):
        return False
    found = places.places_of(worlds, work, node)
    return any(place.same(other) for other in found) and liveness_of(work)(node) != "dead"


def _if_absent(node: Node) -> bool:
    return any(store.method == "setdefault" for store in stores(node))


def is_overwritten(worlds: Worlds, liveness: Liveness, node: Node) -> bool:
    """Whether each place that a statement stores in gets another value from a line below."""
    found = places.places_of(worlds, liveness.work, node)
    return bool(found) and all(binders(worlds, liveness, place, node)[-1:] != [node] for place in found)


def at_home(works: Works, work: Work, node: Node, owner: ast.expr) -> tuple[Tracked | None, str]:
    """The watched module that an expression's first name comes from, and the expression as that module writes it;
    from outside of the class, if the name is one of a class. None where it is no watched module's.

    import b                           # `b.D` is `D` of `b`
    """
    text, root, scope = ast.unparse(owner), root_of(owner) or "", scope_of(node)
    if scope and work.outline.binders({root}, scope):
        return work.tracked, f"{scope}.{text}"
    rest = text[len(root) :]
    for full, imported, bound, _ in imports_of(work):
        if bound != root:
            continue
        module = full if imported in ("", "as") else f"{full}.{imported}"
        home = watched(works, module)
        if home is not None:
            return home, rest.lstrip(".")
        return (None, text) if imported in ("", "as") else (watched(works, full), imported + rest)
    if not work.outline.binders({root}, "") and root in work.tracked.namespace:
        # From a module of which it took all names.
        value = work.tracked.namespace[root]
        for full, imported, _, _ in imports_of(work):
            home = watched(works, full) if imported == "*" else None
            if home is not None and home.namespace.get(root) is value:
                return home, text
    return work.tracked, text
