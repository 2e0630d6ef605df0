"""What called changed code while modules were loaded, or was decorated by it.

def load(): ...                    # its body was edited
TABLE = load()                     # computed again if that has no effects, else named
"""

from __future__ import annotations

import enum
from types import CodeType

from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.engine.evaluate.reach import touched
from reloadr.engine.follow import calls, made_anew, places, statements
from reloadr.engine.follow.derivation import Derivation
from reloadr.engine.follow.readers import readers_of
from reloadr.judge.same import indistinguishable
from reloadr.live.codes import own_work
from reloadr.source.snippets import quoted
from reloadr.source.statements import augments, decorator_name, whole_suite
from reloadr.source.stores import stores


def called(following: Derivation) -> None:
    """Goes through all that called, at load time, what changed."""
    batch = following.batch
    for work, new in batch.changed_functions:
        _decorated_by(following, work, new)
    for call in following.calls:
        work, node = call.work, call.node
        liveness = following.walk(work).liveness
        if batch.has_run(work.tracked, node) or liveness(node) == "dead":
            continue
        if liveness.is_running(node) and not node.name:
            # What it comes to next is the new code; what is in the middle of the old is counted.
            continue
        because = calls.matter(batch, call, lambda old, new: not indistinguishable(old, new))
        if call.because and not because:
            continue
        if call.asks:
            # What it reads is no name: it shows in what is live alone.
            batch.flush()
        if places.comes_out_as_it_did(batch, call):
            continue
        suite = None if node.name else whole_suite(node)
        if suite is not None:
            source = ", ".join(because or sorted(call.names))
            statements.suite(following, work, suite, node, set(call.names), source)
        elif call.holds is not None:
            _called(following, call, ", ".join(because))
        elif node.name and call.asks:
            following.stale(work, node, node.qualname, ", ".join(sorted(call.names)))
        elif node.name:
            _made_through(following, call, ", ".join(because))
        elif node.branches and call.asks and statements.tried_again(following, work, node, sorted(call.names)):
            pass
        elif node.branches:
            source = ", ".join(because or sorted(call.names))
            batch.findings.reason("RL216", work.tracked, node.qualname, node.line, name=quoted(node), source=source)
        else:
            source = ", ".join(because or sorted(call.names))
            batch.findings.reason("RL206", work.tracked, node.qualname, node.line, name=quoted(node), source=source)
            for held in touched(batch, work, node)[:20]:
                if held != source:
                    batch.findings.reason("RL206", work.tracked, held, node.line, name=held, source=source)


def _called(following: Derivation, call: calls.Call, source: str) -> None:
    batch, work, node = following.batch, call.work, call.node
    names = [f"{node.qualname}.{name}" if node.qualname else name for name in node.binds]
    changed = sorted(name for name in node.reads if name.rpartition(".")[2] in batch.changed_names())
    source = source or ", ".join(changed or sorted(call.names))
    if following.walk(work).liveness.is_running(node):
        return
    if not names and stores(node):
        statements.store(following, work, node, source, holds=bool(call.holds))
        return
    if not call.holds or not names:
        for name in names or [quoted(node)]:
            following.stale(work, node, name, source)
        return
    space = batch.space_of(work, node)
    if isinstance(space.owner, type):
        made_anew.rebuild(following, work, node, space.owner)
        if batch.has_run(work.tracked, node) or made_anew.followed(following, work, node, space.owner):
            return
        if isinstance(space.owner, enum.EnumMeta):
            for name in names:
                following.stale(work, node, name, source)
            return
    walk = following.walk(work)
    if augments(node) and walk.repeat(node, node.qualname):
        return
    if not following.run_again(work, node):
        return
    for name in names:
        batch.findings.change("recompute", work.tracked, name, node.line, f"from {source}")


def _decorated_by(following: Derivation, work: Work, new: Node) -> None:
    """Definitions that a changed decorator made: what it did besides wrapping is not repeated."""
    batch = following.batch
    swap = next((swap for swap in batch.swaps if swap.edit.new is not None and swap.edit.new == new), None)
    if swap is None or new.name is None:
        return
    own = own_work(swap.old) != own_work(swap.new)
    inner = [own_work(a) for a in _functions_in(swap.old)] != [own_work(b) for b in _functions_in(swap.new)]
    for other, node, names in list(readers_of(batch, work.tracked, {new.name})):
        for part in node.decorators:
            called = decorator_name(part)
            if called in names and (own or (inner and "(" in part.source)):
                batch.findings.reason(
                    "RL205", other.tracked, node.qualname, node.line, name=node.qualname, decorator=called
                )


def _made_through(following: Derivation, call: calls.Call, source: str) -> None:
    """A decorator, default or base that calls changed code, or code that reads what changed, made a definition."""
    batch, work, node = following.batch, call.work, call.node
    done = False
    for part in node.decorators:
        called = decorator_name(part)
        if called not in call.names - call.direct and (called not in call.inner or "(" not in part.source):
            continue
        done = True
        if source:
            following.stale(work, node, node.qualname, source)
        else:
            batch.findings.reason("RL205", work.tracked, node.qualname, node.line, name=node.qualname, decorator=called)
    parts = [*node.decorators, *(part for _, part in node.bases)]
    for parameter, _, _, default in node.params:
        if default is not None and (work.tracked.name, node.line, parameter) not in batch.defaults:
            parts.append(default)
    direct = {decorator_name(part) for part in node.decorators}
    if not done and any(calls.calls_in(part.source, call.names - direct) for part in parts):
        following.stale(work, node, node.qualname, source or ", ".join(sorted(call.names)))


def _functions_in(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]
