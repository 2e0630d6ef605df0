"""Containers as they are at a line: what lines below it put into them is not there yet.

HANDLERS = []
COUNT = len(HANDLERS)              # new: 0, though `first` lives in it
@register
def first(): ...
"""

from __future__ import annotations

import ast
import contextlib
from collections import ChainMap
from collections.abc import Iterator

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Worlds
from reloadr.engine.evaluate.worlds import World, node_is_pure, source_of
from reloadr.engine.follow.derivation import derivation_of
from reloadr.engine.follow.readers import candidates, home_of, local_names
from reloadr.engine.follow.sequence import all_before, loaded_below
from reloadr.engine.follow.stored import at_home
from reloadr.engine.order import load_order
from reloadr.engine.registrations.lines import Lines
from reloadr.engine.registrations.named import value_of
from reloadr.engine.registrations.places import Content, Place, container, plain_container
from reloadr.judge import purity
from reloadr.judge.same import COMMON, same_value
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL206
from reloadr.source.asking import SUBCLASSES
from reloadr.source.filling import built_upon
from reloadr.source.statements import below_scope, parse_statements, written
from reloadr.source.stores import stores
from reloadr.stage.steps import MISSING

__all__ = ["without_later"]


@contextlib.contextmanager
def without_later(batch: Batch, work: Work, node: Node, *, runs: bool) -> Iterator[None]:
    """Shows a statement that only computes the containers that it reads without what came from lines below. `runs`:
    where that cannot be told, it is named."""
    reads = node.kind == "assignment" and bool(node.binds) and not node.scopes and not stores(node)
    hidden: list[tuple[Place, Content]] = []
    for name in sorted(set(node.reads) - set(node.binds)) if reads else ():
        value = value_of(work.space.get, name)
        if runs and is_a(value, type) and any(word in node.source for word in SUBCLASSES):
            _tell_subclasses(batch, work, node, name, value)
        place = plain_container(value)
        content = place.read() if place is not None else []
        if place is None or not content or not node_is_pure(batch.worlds, work, node):
            continue
        earlier = _by_lines(batch, work, node, name, content, runs=runs)
        if earlier is None:
            earlier = _by_chain(batch, work, node, name, place, runs=runs)
        if earlier is not None:
            place.write(earlier)
            hidden.append((place, content))
    try:
        yield
    finally:
        for place, content in hidden:
            place.write(content)


def _by_lines(batch: Batch, work: Work, node: Node, name: str, content: Content, *, runs: bool) -> Content | None:
    """What a registry holds of the lines above, where some of it is known to be of lines below."""
    if all(is_a(value, *COMMON) and not is_a(value, str) for _, value in content):
        return None
    last = name.rpartition(".")[2]
    using = {each for tracked in batch.works.mentioning([last]) for each in tracked.users({last})}
    lines = Lines(batch.works, batch.swaps, work, (), using)
    known, own = lines.at(content), lines.own(node.line)
    earlier = [entry for entry, at in zip(content, known, strict=True) if at is None or at < own]
    below = {lines.rank(each) for each in loaded_below(batch.works, work, node)} if runs else set()
    if any(at is not None and at < own and at[0] in below for at in known):
        # `COUNT = len(HANDLERS)` above `import plugins`: of them, if nobody had loaded them before.
        _tell(batch, work, node, name)
    return earlier if len(earlier) < len(content) else None


#: A statement that goes on with a container: the module, the line, and what the module calls the container.
_Filling = tuple[Work, Node, str]
_HELD = "__reloadr_held__"


def _by_chain(batch: Batch, work: Work, node: Node, name: str, place: Place, *, runs: bool) -> Content | None:
    """What the lines above have put into a container of plain values that lines below go on with: `L.append(1)`."""
    home, text = at_home(batch.works, work, node, ast.parse(name, mode="eval").body)
    if home is None or not text.isidentifier():
        return None
    was, lines = (_chain(batch, home, text, old=old) for old in (True, False))
    ranks = load_order(batch.works, {work.tracked.name, *(each.tracked.name for each, *_ in lines)})
    own = ranks.get(work.tracked.name, 0), node.line
    above = [each for each in lines if (ranks.get(each[0].tracked.name, 0), each[1].line) < own]
    below = {each.fingerprint for _, each, _ in lines[len(above) :]}
    ran = [batch.agenda.has_run(other.tracked, each) for other, each, _ in above]
    # Those that are new have not run yet; nor have all, where it is made anew.
    if not above or ran[0] or below.isdisjoint(each.fingerprint for _, each, _ in was):
        return None
    made, partly = _built(batch.worlds, was, old=True), _built(batch.worlds, above, old=False)
    if not any(ran) and made is not MISSING and same_value(place.holder, made) and type(partly) is type(place.holder):
        found = container(partly, (), (), None)
        if found is not None and all(is_a(value, *COMMON) for _, value in found.read()):
            return found.read()
    if runs:
        _tell(batch, work, node, name)
    return None


def _chain(batch: Batch, home: Tracked, name: str, *, old: bool) -> list[_Filling]:
    """The line that makes what a module calls so, and those of all modules that go on with it, as they run."""
    made = home.outline if old else batch.works.of(home).outline
    found: list[_Filling] = [(batch.works.of(home), each, name) for each in made.binders({name}, "")[-1:]]
    for other in candidates(batch.works, home, {name}):
        of_other = batch.works.of(other)
        local = local_names(of_other, home, {name})
        for each in (other.outline if old else of_other.outline).readers(local) if local else ():
            called = next((each_name for each_name in sorted(local) if built_upon(each, each_name)), None)
            if called is not None and not each.scopes:
                found.append((of_other, each, called))
    ranks = load_order(batch.works, {each.tracked.name for each, *_ in found})
    walk = derivation_of(batch).walk
    found = [each for each in found if walk(each[0]).liveness(each[1], old=old) != "dead"]
    return sorted(found, key=lambda each: (ranks.get(each[0].tracked.name, 0), each[1].line))


def _built(worlds: Worlds, lines: list[_Filling], *, old: bool) -> object:
    """What these lines make of a container, one after the other; MISSING where running them could be noticed."""
    held: object = MISSING
    for work, node, name in lines:
        tree = parse_statements(node.segment)
        if tree is None or node.guards or (held is MISSING and node.binds != [name]):
            return MISSING
        body = [_Renamed(name).visit(each) for each in tree.body]
        if held is not MISSING:
            # Of a copy: what lives is not to notice.
            body.insert(0, ast.parse(f"{_HELD} = type({_HELD})({_HELD})").body[0])
        world = World(worlds, work, node, old=old)
        names = ChainMap({} if held is MISSING else {_HELD: held}, world)  # type: ignore[arg-type]
        if not purity.is_pure_body(body, names, lambda function: source_of(worlds.works, function)):
            return MISSING
        namespace = {**world.of(*body), **names.maps[0]}
        try:
            exec(compile(ast.fix_missing_locations(ast.Module(body, [])), work.tracked.filename, "exec"), namespace)
        except Exception:
            return MISSING
        held = namespace.get(_HELD, MISSING)
    return held


class _Renamed(ast.NodeTransformer):
    """Has what a statement calls so under a name of its own."""

    def __init__(self, name: str) -> None:
        self._name = name

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._instead(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        found = self._instead(node)
        return found if found is not node else self.generic_visit(node)  # type: ignore[return-value]

    def _instead(self, node: ast.Name | ast.Attribute) -> ast.expr:
        return ast.Name(_HELD, node.ctx) if written(node) == self._name else node


def _tell_subclasses(batch: Batch, work: Work, node: Node, name: str, cls: type) -> None:
    """Names a line that asks for subclasses, some of which lines below have made."""
    before = {*all_before(batch.works, work), work.tracked.name}
    for each in locate.subclasses(cls):
        home = home_of(batch.works, each) if each is not cls else None
        nodes = work.outline.find(locate.qualname_of(each)) if home is work.tracked else []
        if home is not None and (home.name not in before or any(each.line > node.line for each in nodes)):
            _tell(batch, work, node, f"subclasses of {name}")
            return


def _tell(batch: Batch, work: Work, node: Node, source: str) -> None:
    for name in node.binds:
        batch.findings.reason(RL206(name=name, source=source), work.tracked, below_scope("", name), node.line)
