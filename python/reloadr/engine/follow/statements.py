"""Statements and blocks that read what changed.

RATE = 0.1                         # edited
NET = 1 - RATE                     # runs again, if nobody can notice and it still is what the old source gave
"""

from __future__ import annotations

import ast
import textwrap

from reloadr._core import Node, facts, reads_later
from reloadr.engine.annotations import of_scopes
from reloadr.engine.batch import Work, Worlds
from reloadr.engine.evaluate import places as evaluate_places
from reloadr.engine.evaluate.going_on import given_above
from reloadr.engine.evaluate.runner import run
from reloadr.engine.evaluate.worlds import (
    evaluate,
    evaluate_new,
    is_pure,
    new_world,
    node_is_pure,
    old_world,
    still_holds,
)
from reloadr.engine.follow import made_anew, midst, places, rebound, trying
from reloadr.engine.follow.as_made import is_as_made
from reloadr.engine.follow.as_of import as_of
from reloadr.engine.follow.derivation import Derivation
from reloadr.engine.follow.giving_back import give_back
from reloadr.engine.follow.readers import watched
from reloadr.engine.follow.stored import is_overwritten
from reloadr.judge.same import indistinguishable, same_value
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL206, RL216
from reloadr.report.findings import Findings, Rejected
from reloadr.source.compiling import DEFERRED, body_code
from reloadr.source.filling import filled
from reloadr.source.outlines import context_of, unit_of
from reloadr.source.snippets import first_line, quoted
from reloadr.source.statements import below_scope, parse_expression, value_of
from reloadr.source.stores import stores
from reloadr.stage.steps import MISSING


def assignment(following: Derivation, work: Work, node: Node, read: set[str], source: str) -> None:
    """An assignment that reads what changed: computed again if nobody can notice, else named as stale."""
    batch = following.batch
    if node.once or reads_later(node, read):
        return
    if not node.binds and stores(node):
        store(following, work, node, source, holds=places.holds(batch, work, node))
        return
    space = batch.worlds.find_space(work, node)
    if space is None:
        return
    if is_a(space.owner, type):
        anew = made_anew.rebuild(following, work, node, space.owner)
        if anew or batch.agenda.has_run(work.tracked, node) or made_anew.followed(following, work, node, space.owner):
            return
    if node.annotates is not None and _only_annotation(following, work, node, source):
        return
    if rebound.made_of_lines_above(batch.worlds, batch.findings, following.walk(work).liveness, node, source):
        return
    with as_of(batch, work, node):
        may_run = _may_run(batch.worlds, work, node)
    if not may_run:
        if any(call.holds and call.work is work and call.node == node for call in following.calls):
            # It held what the old code gave, as long as that was to be seen: it is computed in its turn.
            return
        _kept(following, work, node, source)
        return
    if facts(node).augments:
        _repeat(following, work, node, source)
        return
    try:
        places.run(batch, work, node)
    except Rejected as rejected:
        if not trying.meant(following, work, node, rejected, source):
            raise
        return
    for name in _bound_by(node):
        batch.findings.change("recompute", work.tracked, name, node.line, f"from {source}")


def _kept(following: Derivation, work: Work, node: Node, source: str) -> None:
    """Names an assignment that may not be computed anew, unless its block is tried again, or it holds what it would."""
    block = trying.guarding(node)
    if block is None or not tried_again(following, work, block, [source]):
        if not is_as_made(following.batch, work, node):
            _name(following, work, node, source)


def _repeat(following: Derivation, work: Work, node: Node, source: str) -> None:
    """Computes `N += 1` again with the lines above it; it is named where an import gives what it adds to: what the
    program has made of that since cannot be told."""
    batch = following.batch
    if not following.walk(work).repeat(node, node.qualname) and given_above(batch.works, batch.stage, work, node):
        _name(following, work, node, source)


def store(following: Derivation, work: Work, node: Node, source: str, *, holds: bool) -> None:
    """A statement that stores in places what was computed from what changed: once more, else named as stale.

    settings["rate"] = RATE
    """
    batch = following.batch
    if is_overwritten(batch.worlds, following.walk(work).liveness, node):
        return
    found = stores(node)
    if not holds:
        for each in found:
            at = below_scope(node.qualname, ast.unparse(each.owner))
            label = f"`{node.source.partition(chr(10))[0]}`"
            batch.findings.reason(RL206(name=label, source=source), work.tracked, at, node.line)
        return
    before = evaluate_places.places_of(batch.worlds, work, node, old=True)
    places.run(batch, work, node)
    now = evaluate_places.places_of(batch.worlds, work, node)
    for place in before:
        if not any(place.same(other) for other in now):
            give_back(batch, following.walk(work).liveness, node, place)
    for each in found:
        batch.findings.change(
            "recompute", work.tracked, below_scope(node.qualname, each.text), node.line, f"from {source}"
        )


def _may_run(worlds: Worlds, work: Work, node: Node) -> bool:
    """Whether an assignment can be computed again unseen, and its live value is what the old source gave."""
    value = value_of(node)
    if value is not None and facts(node).augments:
        return all(
            node_is_pure(worlds, work, other)
            for other in work.outline.binders(set(node.binds), node.qualname)
            if other.kind == "assignment"
        )
    return (
        value is not None
        and is_pure(worlds.works, value, new_world(worlds, work, node))
        and still_holds(worlds, work, node, value)
    )


def _name(following: Derivation, work: Work, node: Node, source: str) -> None:
    names = _bound_by(node)
    for name in names:
        following.stale(work, node, name, source)
    if not names:
        label = f"`{node.source.partition(chr(10))[0]}`"
        following.batch.findings.reason(RL206(name=label, source=source), work.tracked, about(work, node), node.line)


def about(work: Work, node: Node) -> str:
    """What a report on a statement is about: the class of its module that it hands to what it calls, which may write
    on it, `comparable(Cart)`; else where it stands."""
    call = parse_expression(node.source) if node.kind == "statement" and not node.scopes else None
    names = [each.id for each in call.args if isinstance(each, ast.Name)] if isinstance(call, ast.Call) else []
    found = [name for name in names if is_a(work.space.live.get(name), type) and work.outline.find(name)]
    return found[0] if found else node.qualname


def _bound_by(node: Node) -> list[str]:
    """The qualified names that a statement binds."""
    return [below_scope(node.qualname, name) for name in node.binds]


def _only_annotation(following: Derivation, work: Work, node: Node, source: str) -> bool:
    """`name: T = value` where just the annotation reads what changed: that alone is evaluated again."""
    try:
        statement = ast.parse(textwrap.dedent(node.segment)).body[0]
    except (SyntaxError, IndexError):
        return False
    if not isinstance(statement, ast.AnnAssign):
        return False
    name = source.rpartition(".")[2]
    if statement.value is not None and any(
        (isinstance(each, ast.Name) and each.id == name) or (isinstance(each, ast.Attribute) and each.attr == name)
        for each in ast.walk(statement.value)
    ):
        return False
    if "annotations" in work.outline.future:
        return True
    if DEFERRED:
        space = following.batch.worlds.find_space(work, node)
        if space is not None:
            of_scopes.forget_scope(following.batch.stage, space)
    else:
        text = f"{node.indent}{ast.unparse(statement.target)}: {ast.unparse(statement.annotation)}"
        run(following.batch, work, node, source=text, record=False)
    return True


def tried_again(following: Derivation, work: Work, node: Node, names: list[str]) -> bool:
    """Runs a `try` once more that did without what is there now; False where more than names could tell.

    try: from fast import parse        # `parse` came
    except ImportError: parse = None
    """
    batch = following.batch
    if node.kind != "try" or node.scopes or following.walk(work).liveness.is_running(node):
        return False
    for label, _, suite in node.branches:
        for each in suite:
            pure = each.kind == "assignment" and bool(each.binds) and node_is_pure(batch.worlds, work, each)
            if not pure and not trying.raises(batch, work, each) and each.kind not in ("from", "import", "pass"):
                return False
            # Its first suite failed: what is held is of another.
            value = value_of(each) if pure and len(each.binds) == 1 and label in ("except", "finally") else None
            held = work.space.live.get(each.binds[0], MISSING) if value is not None else MISSING
            if value is not None and held is not MISSING:
                if not same_value(held, evaluate_new(batch.worlds, work, each, value)):
                    # The program's own by now, or what another line makes of it.
                    return False
    if not following.run_again(work, node):
        return False
    for each in (each for _, _, suite in node.branches for each in suite):
        batch.agenda.note_run(work.tracked, each)
    for name in node.binds:
        batch.findings.change("recompute", work.tracked, name, node.line, f"from {', '.join(names)}")
    return True


def suite(following: Derivation, work: Work, block_: Node, node: Node, names: set[str], source: str) -> None:
    """A line within a `with`, `for` or `while` that reads what changed: all of it runs again, or the line is named."""
    batch = following.batch
    walk = following.walk(work)
    if batch.agenda.has_run(work.tracked, block_) or walk.liveness(node) != "live":
        return
    if walk.liveness.is_running(node):
        midst.told(following, work, node, source)
        return
    if all(following.means_as_before(work, name, node) for name in names):
        return
    if facts(block_).sets_modules and block_.kind == "for" and not block_.scopes:
        _tell_modules(following, work, block_)
        return
    key = (work.tracked.name, block_.line)
    if block_.once or key in following.unrepeatable:
        pass
    elif following.repeat_suite(walk, block_, names):
        return
    following.unrepeatable.add(key)
    if node == block_:
        name_block(batch.findings, work, node, source)
    elif node.branches:
        block(following, work, node, names, source)
    elif node.kind in ("assignment", "statement") and (node.binds or not filled(node)):
        _name(following, work, node, source)
    elif node.kind in ("assignment", "statement"):
        for name in sorted(filled(node)):
            following.stale(work, node, below_scope(node.qualname, name), source)


def block(following: Derivation, work: Work, node: Node, names: set[str], source: str) -> None:
    """A block whose header reads what changed: named, unless its condition comes out as it did."""
    batch = following.batch
    if node.kind == "for" and not node.scopes and facts(node).sets_modules:
        _tell_modules(following, work, node)
        return
    headers = [header for _, header, _ in node.branches if header is not None and names & set(header.reads)]
    if not headers:
        # What is read is no name: `if RATES["b"]:`
        name_block(batch.findings, work, node, source)
    for header in headers:
        tree = parse_expression(header.source)
        if tree is not None and names <= {each.target.id for each in ast.walk(tree) if isinstance(each, ast.NamedExpr)}:
            # It bound them itself, as it was asked.
            continue
        if tree is not None and node.kind in ("if", "while") and _mean_another(batch.worlds, work, node, names):
            old = evaluate(tree, old_world(batch.worlds, work, node), work.tracked.filename)
            new = evaluate_new(batch.worlds, work, node, tree)
            pure = is_pure(batch.works, tree, new_world(batch.worlds, work, node))
            if pure and old is not MISSING and new is not MISSING and bool(old) == bool(new):
                continue
        name_block(batch.findings, work, node, source)


def _mean_another(worlds: Worlds, work: Work, node: Node, names: set[str]) -> bool:
    """Whether all of some names are values that were others before. What a function that changed gave is not to be had
    any more once its new code is live."""
    before = old_world(worlds, work, node)
    for tree in map(parse_expression, names):
        old = evaluate(tree, before, work.tracked.filename) if tree is not None else MISSING
        new = evaluate_new(worlds, work, node, tree) if tree is not None else MISSING
        if old is MISSING or new is MISSING or indistinguishable(old, new):
            return False
    return True


def name_block(findings: Findings, work: Work, node: Node, source: str) -> None:
    """Says that a block may go another way now."""
    for name in list(node.binds) or [node.qualname]:
        findings.reason(RL216(name=quoted(node), source=source), work.tracked, name, node.line)


def _tell_modules(following: Derivation, work: Work, node: Node) -> None:
    """Runs a loop once more that only tells objects which module they are of."""
    batch, namespace = following.batch, work.tracked.namespace
    if batch.agenda.has_run(work.tracked, node):
        return
    batch.agenda.note_run(work.tracked, node)
    code = body_code(unit_of(node), context_of(work.outline, work.tracked.filename))
    taken_away = [name for name in node.binds if name not in namespace]

    def run() -> None:
        exec(code, namespace)
        for name in taken_away:
            namespace.pop(name, None)

    # With the objects that are there by then.
    batch.journal.afterwards.append(run)
    batch.findings.change("run", work.tracked, node.qualname, node.line, first_line(node))


def told(following: Derivation) -> None:
    """Modules that have new names, and a loop that goes through all of their names."""
    batch = following.batch
    for owner, names in list(batch.stage.before.items()):
        namespace = batch.stage.spaces[owner].owner
        tracked = watched(batch.works, str(namespace.get("__name__"))) if is_a(namespace, dict) else None
        new = any(value is MISSING for value in names.values())
        if tracked is None or not new or not batch.works.mentions(tracked, ["__module__"]):
            continue
        work = batch.works.of(tracked)
        for node in work.outline.readers({"locals", "globals", "vars"}):
            if node.kind == "for" and not node.scopes and facts(node).sets_modules:
                _tell_modules(following, work, node)


def statement(following: Derivation, work: Work, node: Node, source: str) -> None:
    """A statement that binds nothing and reads what changed: named, unless it does nothing."""
    block = trying.guarding(node)
    if block is not None and source in block.binds:
        # It asks whether there was one before.
        return
    if block is not None and (
        tried_again(following, work, block, [source]) or trying.gone(following, work, node, source)
    ):
        return
    tree = parse_expression(node.source)
    if tree is not None and is_pure(following.batch.works, tree, new_world(following.batch.worlds, work, node)):
        return
    if node.source.startswith(("assert", "global", "del")):
        return
    label = f"`{node.source.partition(chr(10))[0][:72]}`"
    following.batch.findings.reason(RL206(name=label, source=source), work.tracked, about(work, node), node.line)
