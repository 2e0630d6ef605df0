"""Edits within the suite of a `with`, `for` or `while`: the suite runs in its context, as a suite or not at all.

    with localcontext() as ctx:        # what stands in it means something else outside of it
        ctx.prec = 3
        third = Decimal(1) / 3
        ninth = third / 3              # added: the block runs once more, `third` stays the object it is

The block runs whole where that repeats no effect: its unchanged lines, and the lines above that make what it builds
upon, only compute. Otherwise the lines wait for the next process, and what they would have changed is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reloadr._core import Node
from reloadr.engine.edits import blocks, builders, removals
from reloadr.engine.edits.running import after_definition, held_back
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.cut_short import leaves, twin
from reloadr.engine.evaluate.reach import touched
from reloadr.engine.evaluate.runner import run
from reloadr.engine.follow import values
from reloadr.engine.follow.places import CONTAINERS, is_container
from reloadr.judge.same import same_value
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL206, RL214, RL217, RL226
from reloadr.report.findings import Rejected
from reloadr.report.reasons import plural
from reloadr.source.edits import Edit
from reloadr.source.filling import filled
from reloadr.source.snippets import quoted
from reloadr.source.statements import BLOCKS, below_scope, definitions_in, scope_of, whole_suite
from reloadr.stage.steps import MISSING


@dataclass
class Suite:
    """A block of the new source that runs as one, its old form, and the edits in it."""

    new: Node
    old: Node | None
    edits: list[Edit] = field(default_factory=list)
    done: bool = False

    @property
    def line(self) -> int:
        """Where it stands."""
        return self.new.line


def plan(walk: Walk) -> dict[int, Suite]:
    """The suites in which a module's edits stand, by the id of each edit. Definitions are edits of their own, but for
    new ones with decorators: those are called in the context of the suite."""
    outline, before = walk.work.outline, walk.tracked.outline
    found: dict[int, Suite] = {}
    suites: dict[Node, Suite] = {}
    pairs = [(edit.old, edit.new) for edit in walk.work.edits]
    for edit in walk.work.edits:
        if edit.action == "formatted" or (edit.node.name and not (edit.action == "added" and edit.node.decorators)):
            continue
        if edit.new is not None:
            new = whole_suite(edit.new)
        else:
            old = whole_suite(edit.node)
            new = None if old is None or old == edit.old else twin(old, before, outline, pairs)
        if new is None or (new == edit.new and edit.old is None):
            continue
        if new not in suites:
            suites[new] = Suite(new, twin(new, outline, before, pairs))
        suites[new].edits.append(edit)
        found[id(edit)] = suites[new]
    return found


def carry_out(walk: Walk, suite: Suite) -> None:
    """Runs a suite whose lines changed, or names what it would have changed; once for all of its edits."""
    if suite.done:
        return
    suite.done = True
    new = suite.new
    walk.batch.agenda.reach(walk.tracked, new.line)
    edits = [edit for edit in suite.edits if _counts(walk, edit)]
    if walk.liveness(new) == "dead":
        edits = []
    for edit in suite.edits:
        if edit not in edits and edit.new is not None:
            blocks.is_python(walk, edit.new)
    if not edits or _only_unbinds(walk, suite, edits) or blocks.fails_no_more(walk, new):
        return
    if walk.liveness.is_running(new):
        _wait(walk, suite, edits, "is in the middle of it")
        return
    built = builders.of(walk, suite.new, suite.old, edits)
    if built is None:
        _wait(walk, suite, edits, "has run, and could not run once more without a trace")
        return
    was = walk.batch.stage.before.get(id(walk.work.space.owner), {})
    changed = {name for name, value in was.items() if walk.work.space.get(name) is not value}
    built.affected |= builders.follow(new, changed) & built.names
    try:
        _run(walk, suite, edits, built)
    except Rejected as rejected:
        if not blocks.tried(walk, new, rejected):
            raise


def _counts(walk: Walk, edit: Edit) -> bool:
    """Whether an edit is one of lines that run."""
    if edit.new is None:
        return walk.liveness(edit.node, old=True) != "dead"
    if walk.liveness(edit.new) == "dead" or held_back(walk.batch.findings, walk.liveness, edit.new):
        return False
    if edit.new.once and edit.old is not None:
        walk.batch.findings.reason(RL217(name=quoted(edit.new)), walk.tracked, edit.new.qualname, edit.new.line)
        return False
    return edit.new.kind != "pass" or edit.old is not None


def _only_unbinds(walk: Walk, suite: Suite, edits: list[Edit]) -> bool:
    """Lines that only bound names which nothing else in the suite uses went: the names go, and nothing runs."""
    if suite.old is not None and walk.liveness.unfinished(suite.old):
        return False
    inner = [suite.new, *blocks.inner_nodes(suite.new), *leaves(suite.new)]
    used = {name for node in inner for name in (*node.binds, *node.reads)}
    for edit in edits:
        old = edit.old
        if edit.new is not None or old is None or old.kind not in ("assignment", "import", "from") or not old.binds:
            return False
        if any(walk.liveness.live_binders(name, scope_of(old)) for name in old.binds):
            return False
        if not used.isdisjoint(old.binds) or not set(old.binds).isdisjoint(old.reads):
            return False
    for edit in edits:
        removals.removed(walk, edit, edit.node)
    return True


def repeat(walk: Walk, block: Node, names: set[str]) -> bool:
    """Runs an unchanged suite once more, for these names mean something else in it; False where that could be noticed,
    or what it made of them is something else by now."""
    old = twin(block, walk.work.outline, walk.tracked.outline)
    built = None if old is None else builders.of(walk, block, old, [])
    if built is None:
        return False
    built.affected = builders.follow(block, names) & built.names
    space = walk.batch.worlds.space_of(walk.work, block)
    was = walk.batch.stage.before.get(id(space.owner), {})
    for name in built.affected:
        held = was.get(name, space.live.get(name, MISSING))
        if name not in built.bound_below and not same_value(built.kept.get(name, MISSING), held):
            return False
    built.kept.clear()
    with walk.batch.agenda.at_once(walk.tracked):
        _run(walk, Suite(block, old), [], built)
    return True


def _run(walk: Walk, suite: Suite, edits: list[Edit], built: builders.Built) -> None:
    batch, new, scope = walk.batch, suite.new, scope_of(suite.new)
    space = batch.worlds.space_of(walk.work, new)
    before = {name: space.get(name) for name in built.names}
    edited = {whole_suite(edit.new) for edit in walk.work.edits if edit.new is not None and edit.action != "formatted"}
    batch.agenda.drop(walk.tracked, new)
    for node in built.above:
        if not batch.agenda.has_run(walk.tracked, node):
            run(batch, walk.work, node)
    staged = set(space.stage)
    bound = blocks.run_block(walk, new, [edit.new for edit in edits if edit.new is not None and edit.new.name])
    after_definition(batch, walk.work, new, bound)
    if suite.old is not None:
        walk.unbind(set(suite.old.binds) - set(new.binds), suite.old)
    _name_order(walk, new, edits)
    _unbind_missed(walk, new, built, {*bound, *staged})
    for node, name in [each for each in built.below if each[0] not in edited]:
        walk.chains.fill(node, scope, name)
    for name, value in before.items():
        line = built.bound_below.get(name)
        if line is not None:
            walk.chains.put_back((new.line, line), space, name, value)
        else:
            _carry_over(walk, new, built, name, value)


def _name_order(walk: Walk, new: Node, edits: list[Edit]) -> None:
    """Where a loop registers new definitions, they come behind those that it registered before."""
    for edit in edits if new.kind != "with" else ():
        if edit.node.name:
            for name in touched(walk.batch.works, walk.batch.stage, walk.work, edit.node)[:20]:
                walk.batch.findings.reason(RL206(name=name, source=quoted(new)), walk.tracked, name, edit.node.line)


def _unbind_missed(walk: Walk, new: Node, built: builders.Built, bound: set[str]) -> None:
    """Takes away names that a block bound when it ran before, and that this run did not come to."""
    space = walk.batch.worlds.space_of(walk.work, new)
    inner = set(new.binds) - {node.name for node in definitions_in(new)} - bound
    for name in inner - {each for node in built.above for each in node.binds}:
        outside = [node for node in walk.liveness.live_binders(name, scope_of(new)) if whole_suite(node) != new]
        if space.get(name) is not MISSING and not outside:
            walk.batch.stage.set(space, name, MISSING)


def _carry_over(walk: Walk, new: Node, built: builders.Built, name: str, value: object) -> None:
    """Keeps what a name holds where the edits do not change it; says what of its state is lost where they do.

    for key in ("a", "b"):             # `"b"` is new
        TABLE[key] = []                # what the program put into TABLE["a"] since is lost, and named
    """
    batch, space = walk.batch, walk.batch.worlds.space_of(walk.work, new)
    after = space.get(name)
    if value is MISSING or after is MISSING or after is value:
        return
    if name in built.kept:
        made = built.kept[name]
        if same_value(made, after):
            batch.stage.set(space, name, value)
        elif is_container(value) and not same_value(made, value):
            label = below_scope(scope_of(new), name)
            count = plural(_difference(made, value), "item")
            batch.findings.reason(RL226(name=label, count=count), walk.tracked, label, new.line)
    elif name not in built.affected:
        batch.stage.set(space, name, value)


def _difference(made: object, held: object) -> int:
    """How many items a container holds or lost that its lines did not put there; one where that cannot be counted."""
    if is_a(made, dict) and is_a(held, dict):
        return max(1, sum(key not in made for key in held) + sum(key not in held for key in made))
    sizes = [len(each) if isinstance(each, CONTAINERS) else 0 for each in (made, held)]
    return max(1, abs(sizes[0] - sizes[1]))


def _wait(walk: Walk, suite: Suite, edits: list[Edit], state: str) -> None:
    """Names lines that do not run, and what they would have changed."""
    batch, tracked, new = walk.batch, walk.tracked, suite.new
    scope = scope_of(new)
    space = batch.worlds.find_space(walk.work, new)
    if space is None:
        return
    known: set[str] = set()
    for edit in edits:
        node = edit.new
        if node is None:
            walk.unbind(set(edit.node.binds) - set(new.binds), edit.node)
            if not edit.node.binds and not filled(edit.node):
                removals.cannot_undo(walk, edit.node, new.line)
            continue
        blocks.is_python(walk, node)
        fresh = [name for name in node.binds if space.get(name) is MISSING]
        known.update(node.binds)
        batch.noted.withheld.update(fresh)
        for name in [below_scope(scope, name) for name in fresh] or [node.qualname]:
            batch.findings.reason(RL214(name=quoted(node), state=state), tracked, name, node.line)
        if edit.old is not None:
            walk.unbind(set(edit.old.binds) - set(new.binds), edit.old)
    for name in [name for name in builders.changed_by(new, edits) if space.get(name) is not MISSING]:
        values.stale(batch, walk.work, new, below_scope(scope, name), quoted(new))
    doing = [edit.node for edit in edits if edit.node.kind in ("statement", *BLOCKS)]
    for node in doing if builders.are_plain(edits) else [new]:
        for name in touched(batch.works, batch.stage, walk.work, node)[:20]:
            batch.findings.reason(RL206(name=name, source=quoted(new)), tracked, name, node.line)


__all__ = ["Suite", "carry_out", "plan", "repeat"]
