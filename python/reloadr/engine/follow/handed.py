"""Functions whose decorators may have recorded what followed a change: they are handed to them once more.

LIMIT = 1                          # edited
@route                             # `route` asks for the signature of `page`: the default follows, and `route` sees it
def page(size=LIMIT): ...
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from reloadr._core import Node, Part
from reloadr.engine.batch import Work
from reloadr.engine.follow.derivation import Derivation
from reloadr.engine.follow.readers import readers_anywhere
from reloadr.engine.follow.stored import at_home
from reloadr.engine.registrations import handing
from reloadr.engine.registrations.calls import call_of
from reloadr.engine.registrations.hand_on import hand_on
from reloadr.engine.registrations.known import may_register
from reloadr.engine.registrations.named import has_owned, value_of
from reloadr.engine.registrations.roots import constants
from reloadr.live import locate
from reloadr.live.capture import is_user_code
from reloadr.report.caveats import RL204
from reloadr.report.findings import NeedsRestart, Waiting
from reloadr.source.snippets import called
from reloadr.source.statements import decorator_name, parse_expression

_FACETS = frozenset({"signature", "defaults", "annotations", "docstring", "kind", "name"})


def due(following: Derivation, work: Work, node: Node, facets: Collection[str]) -> None:
    """Notes that a function's decorators have to see it again, if they may have read one of these facets of it."""
    key = (work.tracked.name, node.line)
    if key in following.handed or following.batch.agenda.has_run(work.tracked, node):
        return
    if may_register(work, node):
        if handing.asked(following.batch.worlds, work, node, facets):
            following.handed[key] = work, node


def behind(following: Derivation) -> None:
    """Hands functions to their decorators again whose default or annotation is a function that changed: signatures may
    be recorded.

    def paging(limit=10): ...          # changed
    @app.get("/")                      # has recorded what `paging` takes
    def index(page=Depends(paging)): ...
    """
    batch = following.batch
    for swap in batch.swaps:
        new, facets = swap.edit.new, _FACETS & set(swap.edit.facets)
        if new is None or new.name is None or not facets or swap.revoked:
            continue
        for work, node, names in list(readers_anywhere(batch.works, swap.work.tracked, {new.qualname})):
            parts = [part for _, _, *both in node.params for part in both] if node.kind == "function" else []
            if any(part is not None and names & set(part.reads) for part in parts):
                due(following, work, node, facets)
            given = [part for part in node.decorators if names & set(part.reads) and _is_foreign(work, part, names)]
            if given and not has_owned(work, node) and not batch.agenda.has_run(work.tracked, node):
                # `@get(..., dependencies=[Provide(paging)])`: it may have been asked what it takes.
                following.stale(work, node, node.qualname, new.qualname)


def _is_foreign(work: Work, part: Part, names: set[str]) -> bool:
    """Whether a decorator is a library's, of which nobody knows what it asks for. What `functools.wraps` copies follows
    by itself, and what the user's own ask for is followed where they do."""
    called = decorator_name(part)
    functions = [found.function for found in locate.unwrap(value_of(work.space.get, called))]
    own = any(is_user_code(function.__code__.co_filename) for function in functions)
    return called not in names and called.rpartition(".")[2] != "wraps" and not own


def freed(following: Derivation) -> None:
    """Hands on again what had a key of a registry before the definition that has given it free.

    @on("start")                       # had `start`, until the line below
    def first(): ...
    @on("stop")                        # was `@on("start")`: `first` has it again
    def second(): ...
    """
    batch = following.batch
    todo, batch.noted.freed[:] = list(batch.noted.freed), []
    for work, node, key in todo:
        found: list[tuple[int, int, Work, Node]] = []
        for tree in _registering(node):
            home, name = at_home(batch.works, work, node, tree) if tree is not None else (None, "")
            for other, reader, names in readers_anywhere(batch.works, home, {name}) if home is not None else ():
                own = other.tracked is work.tracked and reader.line == node.line and reader.source == node.source
                if not own and _says(reader, names, key):
                    found.append((other.tracked.number, reader.line, other, reader))
        if found:
            _, _, other, reader = max(found, key=lambda each: each[:2])
            if batch.agenda.has_run(other.tracked, reader):
                continue
            if reader.kind != "function":
                following.stale(other, reader, called(reader), called(node))
            else:
                following.handed.setdefault((other.tracked.name, reader.line), (other, reader))


def _registering(node: Node) -> list[ast.expr]:
    """What registers: the decorators of a definition, or what a call is of."""
    if node.name:
        found = [parse_expression(decorator_name(part)) for part in node.decorators]
        return [tree for tree in found if tree is not None]
    tree: ast.expr | None = call_of(node)
    while isinstance(tree, ast.Call):
        tree = tree.func
    return [] if tree is None else [tree]


def _says(reader: Node, names: set[str], key: object) -> bool:
    """Whether a definition or a call registers something with a key."""
    parts = [part.source for part in reader.decorators if decorator_name(part) in names]
    if not reader.name and any(ast.unparse(tree) in names for tree in _registering(reader)):
        parts.append(reader.source)
    return any(type(value) is type(key) and value == key for part in parts for _, value in constants(part))


def hand_on_again(following: Derivation) -> bool:
    """Hands those that are due to their decorators; whether there were any."""
    batch = following.batch
    todo = [key for key, each in following.handed.items() if each is not None]
    for key in todo:
        found = following.handed[key]
        assert found is not None
        following.handed[key] = None
        _again(following, *found)
    if todo:
        batch.flush()
    return bool(todo)


def _again(following: Derivation, work: Work, node: Node) -> None:
    batch = following.batch

    def kept(needs: NeedsRestart) -> None:
        for part in node.decorators:
            called = decorator_name(part)
            batch.findings.reason(RL204(name=node.qualname, decorator=called), work.tracked, node.qualname, node.line)

    with Waiting(kept):
        space = batch.worlds.space_of(work, node)
        name = locate.bound_name(node)
        functions = [found.function for found in locate.unwrap(space.get(name))]
        living = next((each for each in functions if each.__code__.co_qualname == node.qualname), None)
        if living is None or following.walk(work).liveness(node) != "live":
            return
        batch.stage.set(space, name, hand_on(batch, work, (node, node), living, batch.flush))
        batch.agenda.note_run(work.tracked, node)
        said = " ".join(f"@{decorator_name(part)}" for part in node.decorators)
        batch.findings.change("run", work.tracked, node.qualname, node.line, said)


__all__ = ["behind", "due", "freed", "hand_on_again"]
