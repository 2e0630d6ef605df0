"""What depends on what changed: derived statements, defaults, annotations, bases, decorators, importers.

The rule: an unchanged statement, default or decorator argument that was computed from a changed name is
computed again if nobody can notice (`judge/purity`) and if its live value is still what the old source gave.
Otherwise it is kept, and named in the report.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.classes import twins
from reloadr.engine.evaluate.worlds import node_is_pure
from reloadr.engine.follow import called, class_imports, definitions, handed, made_anew, midst, statements
from reloadr.engine.follow.derivation import Derivation, Walk, derivation_of
from reloadr.engine.follow.kept_objects import keeps
from reloadr.engine.follow.readers import home_of, imports_of, readers_of, watched
from reloadr.engine.follow.sequence import all_before, may_see
from reloadr.engine.follow.signatures import check_signatures
from reloadr.engine.order import load_order
from reloadr.judge.same import COMMON, indistinguishable
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.statements import class_binds, whole_suite
from reloadr.source.stores import stores
from reloadr.stage.spaces import Space
from reloadr.stage.stage import Stage
from reloadr.stage.steps import MISSING

#: The line that stores under a name from elsewhere, if one does.
Stored = tuple[Work, Node] | None
Reader = tuple[Work, Node, set[str]]


def begin(
    batch: Batch, walk_of: Callable[[Work], Walk], repeat_suite: Callable[[Any, Node, set[str]], bool]
) -> Derivation:
    """Gives a batch its work list."""
    batch.noted.derivation = following = Derivation(batch, walk_of, repeat_suite)
    batch.agenda.follow_above = partial(_follow_above, batch)
    return following


def derive(batch: Batch) -> None:
    """Follows every changed name to what depends on it, until nothing changes any more."""
    following = derivation_of(batch)
    settle = partial(_follow_all, following)
    settle()
    if twins.settle_derived(batch):
        _follow_all(following)
    # Who asks which names a module has is asked again below.
    following.importers.stars()
    called.called(following, settle)
    made_anew.heirs(following)
    following.importers.stars()
    _follow_all(following)
    while called.called(following, settle, again=True):
        _follow_all(following)
    handed.behind(following)
    handed.freed(following)
    while handed.hand_on_again(following):
        _follow_all(following)
    following.importers.removed()
    statements.told(following)
    check_signatures(batch)


def follow_before(batch: Batch, work: Work) -> None:
    """Follows what changed so far to what modules computed of it that a module imports: its own lines, which run next,
    may read that.

    import base                        # unchanged; its `TABLE = rates.load()` is computed again
    SIZE = len(base.TABLE) + 1         # edited
    """
    following = derivation_of(batch)
    if not (following.computed.keys() - {work.tracked.name} or any(batch.stage.before.values())):
        return
    following.within = frozenset(all_before(batch.works, work))
    try:
        # Who asks which names a module has is asked again below.
        following.importers.stars(following.within)
        ranks = load_order(batch.works, set(following.within)) if following.within else {}
        for name in sorted(ranks.keys() & following.within, key=ranks.__getitem__):
            # What reads names comes before what asks for what is live.
            _follow_all(following)
            home = batch.works.of(batch.works.listed.by_name[name])
            called.called_above(following, home, sys.maxsize, asks=True)
        _follow_all(following)
    finally:
        following.within = None


def follow(batch: Batch) -> None:
    """Follows what changed since `derive`."""
    _follow_all(derivation_of(batch))


def run_again(batch: Batch, work: Work, node: Node) -> bool:
    """Runs an unchanged statement once more; False where that needs a restart, which is said."""
    return derivation_of(batch).run_again(work, node)


def live(batch: Batch, work: Work, node: Node) -> bool:
    """Whether a statement stands in a branch that runs."""
    return derivation_of(batch).walk(work).liveness(node) == "live"


def reader(batch: Batch, work: Work, node: Node, names: set[str], source: str) -> None:
    """Follows up one statement or definition that reads what changed."""
    _reader(derivation_of(batch), work, node, names, source)


def before_decorators(batch: Batch, work: Work, node: Node) -> None:
    """Follows up what the header of a definition reads, before its function is handed to its decorators."""
    definitions.before_decorators(derivation_of(batch), work, node)


def rebuild_for(batch: Batch, work: Work, node: Node, cls: type) -> None:
    """Builds a generated class anew because of one of its members."""
    made_anew.rebuild(derivation_of(batch), work, node, cls)


def stale(batch: Batch, work: Work, node: Node, name: str, source: str) -> None:
    """Names what keeps the value that it had, and what was computed from that in turn."""
    derivation_of(batch).stale(work, node, name, source)


def _follow_above(batch: Batch, tracked: Tracked, line: int) -> None:
    """Before the statement at `line` runs, what stands above it and depends on what changed is computed: names, members
    of classes, defaults."""
    work, agenda = batch.works.of(tracked), batch.agenda
    for _ in range(20):
        called.called_above(derivation_of(batch), work, line)
        before = batch.stage.before.get(id(work.space.owner))
        if not before:
            return
        changed = {
            name
            for name, old in before.items()
            if old is not MISSING and not indistinguishable(old, work.space.get(name))
        }
        found = False
        for node in list(work.outline.readers(changed)) if changed else ():
            names = changed & set(node.reads)
            if node.line >= line or node.kind not in ("assignment", "function"):
                continue
            if agenda.is_first("above", tracked.name, node.line, frozenset(names)):
                found = True
                for name in () if agenda.has_run(tracked, node) else sorted(names):
                    _reader(derivation_of(batch), work, node, names, name)
        if not found:
            return


def between(batch: Batch, work: Work, name: str, first: int, last: int) -> None:
    """Follows up what reads a name between two lines."""
    for node in list(work.outline.readers({name})):
        if first < node.line < last and not batch.agenda.has_run(work.tracked, node):
            _reader(derivation_of(batch), work, node, {name}, name)


def read_after(batch: Batch, home: Tracked, name: str, work: Work, at: Node) -> None:
    """Follows up what reads a name of a module after a line has run, of that module or another, which bound it."""
    for other, node, names in list(readers_of(batch.works, home, {name})):
        if may_see(batch.works, other, node, work, at) and not batch.agenda.has_run(other.tracked, node):
            _reader(derivation_of(batch), other, node, names, name)


def asked_below(batch: Batch, work: Work, name: str, line: int) -> None:
    """Follows up plain values that lines below one asked an object for, in which that line may have changed something
    that nobody sees.

    parser.add_argument("--port")      # new
    USAGE = parser.format_usage()      # due
    """
    said = {reason.line for reason in batch.findings.reasons if reason.module == work.tracked.name}
    # What is an edit itself runs in its turn, and what else is known to be due is computed then.
    said |= {edit.new.line for edit in work.edits if edit.new is not None and edit.action != "formatted"}
    said |= {call.node.line for call in derivation_of(batch).calls if call.work is work and call.holds}
    for node in list(work.outline.readers({name})):
        plain = node.kind == "assignment" and not node.scopes and len(node.binds) == 1 and node.line not in said
        if plain and node.line > line and not batch.agenda.has_run(work.tracked, node):
            if is_a(work.space.get(node.binds[0]), *COMMON, list, dict, set):
                _reader(derivation_of(batch), work, node, {name}, name)


def _follow_all(following: Derivation) -> None:
    """Bounded: every name is followed once for each new value."""
    for _ in range(50):
        changed = list(_changed(following))
        if not changed:
            break
        for space, name, old, new in changed:
            _follow(following, space, name, old, new)


def _changed(following: Derivation) -> Iterator[tuple[Space, str, object, object]]:
    batch = following.batch
    for owner, names in list(batch.stage.before.items()):
        space = batch.stage.spaces[owner]
        for name, old in list(names.items()):
            new = space.get(name)
            if new is not old and batch.agenda.is_first("value", owner, name, id(new), following.within):
                yield space, name, old, new


def _follow(following: Derivation, space: Space, name: str, old: object, new: object) -> None:
    owner = space.owner
    by = following.batch.noted.stored.get((id(owner), name))
    if is_a(owner, type):
        tracked = home_of(following.batch.works, owner)
        old = _inherited(following.batch.stage, owner, name) if old is MISSING else old
        if tracked is not None and old is not MISSING and not indistinguishable(old, new):
            _class_attribute(following, tracked, owner, name, by)
        return
    tracked = watched(following.batch.works, str(owner.get("__name__")))
    module = str(owner.get("__name__"))
    if new is not MISSING and old is not MISSING:
        following.importers.rebind(module, name, old, new)
    if tracked is None or old is MISSING:
        return
    if new is not MISSING:
        class_imports.rebind(following, tracked, name, old, new)
    if new is MISSING:
        following.importers.stars()
    alike = new is not MISSING and indistinguishable(old, new)
    if not alike or not is_a(old, *COMMON):
        _readers(following, tracked, name, by, keeping=old if alike else None)


def _inherited(stage: Stage, cls: type, name: str) -> object:
    """What a class has from its bases under a name; MISSING if nothing."""
    for base in locate.mro(cls)[1:]:
        space = stage.spaces.get(id(base))
        value = locate.class_dict(base).get(name, MISSING) if space is None else space.get(name)
        if value is not MISSING:
            return value
    return MISSING


def _readers(following: Derivation, tracked: Tracked, name: str, by: Stored, *, keeping: object = None) -> None:
    """Those of a name; `keeping`: only those that keep this object, whose place another took that is as it was.

    ROUTES = list()                    # was `[]`: what is put in from now on is to be in `TABLE` as well
    TABLE = {"routes": ROUTES}
    SIZE = len(ROUTES)                 # as it was
    """
    for work, node, names in _that_see(following.batch.works, by, readers_of(following.batch.works, tracked, {name})):
        if keeping is None or keeps(following.batch.worlds, work, node, keeping):
            _reader(following, work, node, names, name)
    if keeping is not None:
        return
    for work, node, names in list(class_imports.readers(following.batch.works, tracked, name)):
        _reader(following, work, node, names, f"{tracked.name}.{name}")


def _that_see(works: Works, by: Stored, found: Iterator[Reader]) -> list[Reader]:
    """Of the readers of a name that a line stores under from elsewhere, those that run after it.

    _go = Thing.go                     # has the function of the class
    Thing.go = go                      # stored here
    """
    return [each for each in found if by is None or may_see(works, each[0], each[1], *by)]


def _class_attribute(following: Derivation, tracked: Tracked, cls: type, name: str, by: Stored) -> None:
    batch = following.batch
    work = batch.works.of(tracked)
    dotted = f"{cls.__qualname__}.{name}"
    old = next((node for node in tracked.outline.find(cls.__qualname__) if node.kind == "class"), None)
    now = work.class_now(old) if old is not None else None
    # It may get another name in this batch.
    names = {cls.__qualname__, now.qualname if now is not None else cls.__qualname__}
    for node in work.outline.readers({name}):
        if node.scopes and node.scopes[-1].qualname in names:
            _reader(following, work, node, {name}, dotted)
    for each in [cls, *locate.subclasses(cls)]:
        if each is not cls and next((c for c in each.__mro__ if name in locate.class_dict(c)), cls) is not cls:
            # It has one of its own.
            continue
        home = tracked if each is cls else home_of(batch.works, each)
        found = readers_of(batch.works, home, {f"{locate.qualname_of(each)}.{name}"}) if home else iter(())
        for other, node, names in _that_see(batch.works, by, found):
            _reader(following, other, node, names, dotted)


def _reader(following: Derivation, work: Work, node: Node, names: set[str], source: str) -> None:
    batch, tracked = following.batch, work.tracked
    if following.within is not None and tracked.name not in following.within:
        return
    # One that reads `rates.VAT` and `VAT` reads two names.
    if not batch.agenda.is_first("reader", tracked.name, node.line, node.source, source, frozenset(names)):
        return
    suite = None if node.name else whole_suite(node)
    if suite is not None:
        statements.suite(following, work, suite, node, names, source)
        return
    if any(following.batch.agenda.has_run(tracked, block) for block, _ in node.guards):
        # It ran with its block.
        return
    if following.batch.agenda.has_run(work.tracked, node):
        # It ran before what it reads was followed up: once more, if nobody can notice.
        once = node.scopes or set(node.binds) & set(node.reads) or _ran_below(following, work, node, names)
        if node.kind == "assignment" and not once:
            if node_is_pure(batch.worlds, work, node):
                following.run_again(work, node)
            elif _ran_too_early(following, work, node, names):
                for name in node.binds:
                    following.stale(work, node, name, source)
        return
    if any(names <= set(class_binds(scope)) for scope in node.scopes) and "." not in source:
        return
    liveness = following.walk(work).liveness
    if liveness(node) != "live":
        return
    if liveness.is_running(node) and not (node.kind == "if" and midst.has_read(following, work, node)):
        midst.told(following, work, node, source)
        return
    if all(following.means_as_before(work, name, node) for name in names):
        return
    with batch.findings.waiting(tracked, node.qualname, node.line):
        _by_kind(following, work, node, names, source)


def _ran_below(following: Derivation, work: Work, node: Node, names: set[str]) -> bool:
    """Whether the lines above that bind what a line reads ran in this batch, as it did: it has seen what they gave.

    RATE = 2                           # edited
    RATES = [RATE]                     # new; run once more, it would have lost what the next line puts in
    RATES.append(3)
    """
    liveness = following.walk(work).liveness
    for name in names - work.rebound:
        if "." in name:
            if not _is_carried_out(following.batch.works, work, name):
                return False
            continue
        above = [each for each in liveness.live_binders(name, "") if each.line < node.line]
        if not above or not following.batch.agenda.has_run(work.tracked, above[-1]):
            return False
        if following.batch.agenda.ran_after(work.tracked, above[-1], node):
            return False
    return True


def _ran_too_early(following: Derivation, work: Work, node: Node, names: set[str]) -> bool:
    """Whether a line above that binds what a line reads ran after it."""
    liveness, agenda = following.walk(work).liveness, following.batch.agenda
    return any(
        agenda.ran_after(work.tracked, each, node)
        for name in names
        for each in liveness.live_binders(name, "")
        if each.line < node.line and each != node
    )


def _is_carried_out(works: Works, work: Work, name: str) -> bool:
    """Whether a name is of a module whose edits come before those of this one: `rates.VAT`."""
    head, saved = name.partition(".")[0], [each.tracked.name for each in works]
    modules = [
        full if imported in ("", "as") else f"{full}.{imported}"
        for full, imported, bound, _ in imports_of(work)
        if bound == head
    ]
    before = saved[: saved.index(work.tracked.name)] if work.tracked.name in saved else []
    return bool(modules) and all(each in before for each in modules)


def _by_kind(following: Derivation, work: Work, node: Node, names: set[str], source: str) -> None:
    if node.kind == "assignment" or stores(node):
        statements.assignment(following, work, node, names, source)
    elif node.kind == "function":
        definitions.function(following, work, node, names, source)
    elif node.kind == "class":
        made_anew.bases(following, work, node, names, source)
    elif node.branches:
        statements.block(following, work, node, names, source)
    elif node.kind == "statement":
        statements.statement(following, work, node, source)
