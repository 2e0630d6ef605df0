"""Calls that register something and whose value is kept: by a name, or as a default.

EVENT = reg.add("start")           # edited to reg.add("begin"): takes the place of "start", and the id that it had
def f(a=register("x")): ...        # edited to register("y"): "x" is registered no more
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType, ModuleType
from typing import TypeVar

from reloadr._core import Node, Part
from reloadr.engine.batch import Batch, Work, Worlds
from reloadr.engine.evaluate.worlds import node_is_pure
from reloadr.engine.registrations.calls import Pair, gave_way, handed, roots_for, say_call
from reloadr.engine.registrations.places import Content, Place, Row, Table
from reloadr.engine.registrations.recording import Growth
from reloadr.engine.registrations.settling import Entry, Settling, settling_of
from reloadr.engine.registrations.taking import entries, suspects
from reloadr.engine.registrations.ties import PLAIN, walk
from reloadr.judge.same import COMMON
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL208, RL235
from reloadr.report.findings import Findings
from reloadr.source.edits import Edit
from reloadr.source.filling import root_of
from reloadr.source.statements import below_scope, parse_expression, scope_of, value_of
from reloadr.stage.journal import Journal
from reloadr.stage.steps import MISSING

T = TypeVar("T")


def kept_call(node: Node | None) -> ast.Call | None:
    """The call whose value an assignment of a module or class keeps by one name; None for anything else."""
    if node is None or node.kind != "assignment" or node.guards or len(node.binds) != 1:
        return None
    value = value_of(node)
    return value if isinstance(value, ast.Call) and node.binds[0] not in node.reads else None


def registering(
    batch: Batch, work: Work, nodes: tuple[Node | None, Node], run: Callable[[], dict[str, object]]
) -> tuple[dict[str, object], bool]:
    """Runs an assignment that is new or changed, and keeps what a call gives; whether all that the earlier call
    registered gave way."""
    old, new = nodes
    pair = kept_call(old), kept_call(new)
    if old is None:
        pair = _again(work, pair)
        old = new if pair[0] is not None else None
    gone = batch.worlds.find_space(work, new) is None
    if pair[1] is None or (old is not None and pair[0] is None) or gone or node_is_pure(batch.worlds, work, new):
        return run(), False
    if pair[0] is not None and _stands_elsewhere(work, new, pair[0]):
        # What it registered is that line's as well.
        return run(), False
    if _is_new(batch, work, pair[1]):
        # Whatever it gives out, it gave to the lines above, which ran in their order.
        return run(), False
    kept = partial(_kept, batch.worlds, batch.findings, work, (old, new), pair[1])
    bound, settling = handed(batch, work, nodes, [pair], run, kept)
    return bound, settling is not None and gave_way(settling)


def _is_new(batch: Batch, work: Work, call: ast.Call) -> bool:
    """Whether what a call asks was made by a line of the module that ran in this batch."""
    root = root_of(call.func)
    made = work.outline.binders({root}, "") if root is not None and isinstance(call.func, ast.Attribute) else []
    return len(made) == 1 and made[0].kind == "assignment" and batch.agenda.has_run(work.tracked, made[0])


def _kept(
    worlds: Worlds,
    findings: Findings,
    work: Work,
    nodes: tuple[Node | None, Node],
    call: ast.Call,
    settling: Settling,
    bound: dict[str, object],
) -> bool:
    """Sees what an assignment gave and what it registered; whether what the earlier one registered is to give way."""
    old, new = nodes
    name, space = new.binds[0], worlds.space_of(work, new)
    was = worlds.stage.before.get(id(space.owner), {}).get(name, MISSING)
    if was is MISSING or old is None or old.binds != new.binds:
        was = _taken_up(worlds.journal, work, call)
    now = bound.get(name, MISSING)
    said = (type(now), now) in settling.tokens.after if type(now) in PLAIN else False
    found = [growth for growth in settling.recording.growths() if not said and _keys(growth, now)]
    if not found:
        if was is not MISSING and type(was) not in (*PLAIN, bool, type(None)):
            settling.tokens.became([was], [now])
        return True
    if type(now) is str:
        # A key that says what it is: another one stands for something else.
        settling.tokens.pair("id", was, now)
    elif type(was) is type(now) and _retained(settling, found, was, now):
        bound[name] = was
        worlds.stage.set(space, name, was)
        return True
    if not _in_order(work, new, call, found[0]):
        _tell_ids(findings, work, new, call, found[0].place)
    return type(now) is str


def removed(batch: Batch, work: Work, old: Node) -> bool:
    """Takes an object out of where the line that made it registered it, and names what gave out ids; False where
    neither is known."""
    call = kept_call(old)
    space = batch.worlds.find_space(work, old, old=True)
    if space is None or call is None or _computes(batch.worlds, work, old) or _stands_elsewhere(work, old, call):
        return False
    was = space.live.get(old.binds[0], MISSING)
    roots = roots_for(batch.worlds, work, old, call, old=True)
    if was is MISSING or not roots:
        return False
    settling = settling_of(batch.works, batch.swaps, work, old, roots)
    say_call(batch.worlds, work, settling.tokens, (old, old), (call, None))
    if type(was) in (int, str):
        places = [each.place for each in suspects(settling) if _is_key(each.place, each.at, each.key, was)]
        for place in places[:1]:
            _stays(batch.findings, batch.journal, work, old, old.line, place, call, was)
            _tell_ids(batch.findings, work, old, call, place)
        return bool(places)
    if not is_a(roots.get(ast.unparse(call.func)), type) or type(was) is not roots[ast.unparse(call.func)]:
        # It may be somebody else's, which the call has looked up; or more came of it than the entries that hold it.
        settling.tokens.became([was], [])
        found = [each for each in entries(settling) if _was_made(settling, work, call, each, was)]
        if found:
            _stays(batch.findings, batch.journal, work, old, old.line, found[0].place, call, was)
        return bool(found)
    settling.tokens.became([was], [])
    settling.taken = [each for each in entries(settling) if "it" in each.ties.get("", ())]
    settling.recording.without([(each.place, each.at) for each in settling.taken])
    settling.settle(again=False)
    settling.journal(batch)
    return bool(settling.taken)


def _was_made(settling: Settling, work: Work, call: ast.Call, entry: Entry, value: object) -> bool:
    """Whether an object that a method gave stands in a registry of the method's object, and no other line has put it
    there: `add = commands.add_parser("add")`."""
    owner = work.space.get(root_of(call.func) or "")
    asked = isinstance(call.func, ast.Attribute) and not is_a(owner, dict, list, ModuleType, type, FunctionType)
    if not asked or entry.value is not value or is_a(value, *COMMON, type, FunctionType):
        return False
    return settling.lines.of(entry.key, entry.value) is None


def registering_defaults(batch: Batch, work: Work, edit: Edit, run: Callable[[], T]) -> T:
    """Evaluates defaults that changed: what the calls in the earlier ones registered gives way."""
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    if {"defaults", "signature"}.isdisjoint(edit.facets):
        return run()
    pairs = [_again(work, pair) for pair in _pairs(_defaults(old), _defaults(new))]
    if not pairs:
        return run()
    result, settling = handed(batch, work, (old, new), pairs, run)
    for call, now in pairs if settling is not None else ():
        if settling is not None and call is not None and (now is None or settling.left):
            for place in {id(each.place): each.place for each in suspects(settling)}.values():
                _stays(batch.findings, batch.journal, work, old, new.line, place, call, None)
    for _, now in pairs:
        if now is not None:
            _taken_up(batch.journal, work, now)
    return result


def _pairs(before: dict[str, Part], after: dict[str, Part]) -> Iterator[Pair]:
    """The defaults that are evaluated anew, and what they were; of a parameter that was renamed as well."""
    gone, come = before.keys() - after.keys(), [name for name in after if name not in before]
    for name in come:
        same = (each for each in before if each in gone and before[each].fingerprint == after[name].fingerprint)
        twin = next(same, None)
        if twin is not None:
            gone = gone - {twin}
        yield from _calls(before.get(twin or ""), after[name])
    for name, was in before.items():
        now = after.get(name)
        if name in gone or (now is not None and was.fingerprint != now.fingerprint):
            yield from _calls(was, now)


def _calls(*pair: Part | None) -> Iterator[Pair]:
    trees = [parse_expression(part.source) if part is not None else None for part in pair]
    was, now = (each if isinstance(each, ast.Call) else None for each in trees)
    if was is not None or now is not None:
        yield was, now


def _defaults(node: Node) -> dict[str, Part]:
    return {name: part for name, _, _, part in node.params if part is not None}


# ---- ids -----------------------------------------------------------------------------------------------


def _keys(growth: Growth, value: object) -> bool:
    """Whether a value is the key or index of the one entry that joined a container."""
    fresh = growth.fresh()
    return len(fresh) == 1 and growth.place.open and _is_key(growth.place, fresh[0], growth.after[fresh[0]][0], value)


def _is_key(place: Place, at: int, key: object, value: object) -> bool:
    if isinstance(place, Table):
        return type(key) is type(value) and type(value) in (int, str) and key == value
    return isinstance(place, Row) and type(value) is int and value - at in (0, 1)


def _retained(settling: Settling, growths: list[Growth], was: object, now: object) -> bool:
    """Gives what was registered the id that it had; False where it knows the new one itself."""
    spine = settling.recording.reach.spine
    written: list[tuple[Place, Content]] = []
    for growth in settling.recording.growths():
        content = list(growth.after)
        for at in growth.fresh():
            key, value = content[at]
            if growth in growths or _keys(growth, now):
                held = [
                    each for each, entry in enumerate(growth.before) if _is_key_of(growth, each, entry[0], was, now)
                ]
                if len(held) != 1 or any(_equal(each, now) for _, each in walk(value, "", spine)):
                    return False
                content = list(growth.before)
                content[held[0]] = (growth.before[held[0]][0], value)
            elif _equal(value, now):
                content[at] = (key, was)
        written.append((growth.place, content))
    for place, content in written:
        place.write(content)
    settling.overwritten = True
    return True


def _is_key_of(growth: Growth, at: int, key: object, was: object, now: object) -> bool:
    """Whether an earlier entry has an id as the one that joined has its own."""
    if not isinstance(growth.place, Row):
        return _equal(key, was)
    assert isinstance(was, int) and isinstance(now, int)
    return was - at == now - growth.fresh()[0]


def _equal(value: object, other: object) -> bool:
    return type(value) is type(other) and type(value) in PLAIN and value == other


def _in_order(work: Work, new: Node, call: ast.Call, growth: Growth) -> bool:
    """Whether all that was registered before came of the lines above: then ids are given out as in a fresh process."""
    if not isinstance(growth.place, Table):
        return False
    others = [each for each in work.outline.roots() if each != new and (other := kept_call(each)) is not None
              and ast.unparse(other.func) == ast.unparse(call.func)]  # fmt: skip
    above = [work.space.get(each.binds[0]) for each in others if each.line < new.line]
    keys = [key for key, _ in growth.before]
    return len(above) == len(others) == len(keys) and all(any(_equal(key, each) for each in above) for key in keys)


def _tell_ids(findings: Findings, work: Work, node: Node, call: ast.Call | None, place: Place) -> None:
    """Names what was given out by a registry in an order that is another one now."""
    function = ast.unparse(call.func) if call is not None else ""
    content = place.read()
    names: list[str] = []
    for each in work.outline.roots():
        other = kept_call(each) if each.line >= node.line else None
        if other is not None and ast.unparse(other.func) == function:
            value = work.space.get(each.binds[0])
            if each == node or any(_is_key(place, at, key, value) for at, (key, _) in enumerate(content)):
                names.append(each.binds[0])
    if names:
        kind = RL235(name=", ".join(names), registry=place.told() or function)
        findings.reason(kind, work.tracked, names[0], node.line)


# ---- what stays, and may be put back -------------------------------------------------------------------


def _stays(
    findings: Findings, journal: Journal, work: Work, node: Node, line: int, place: Place, call: ast.Call, gave: object
) -> None:
    text = ast.unparse(call)
    qualname = below_scope(scope_of(node), place.told())
    name = f"`{text}` in {place.told()}"
    findings.reason(RL208(name=name), work.tracked, qualname, line)
    work.tracked.stayed[text] = gave
    journal.on_undo.append(partial(work.tracked.stayed.pop, text, None))


def _again(work: Work, pair: Pair) -> Pair:
    """A call that comes back and whose work is still there: it was what it is."""
    was, now = pair
    return (now, now) if was is None and now is not None and ast.unparse(now) in work.tracked.stayed else pair


def _taken_up(journal: Journal, work: Work, call: ast.Call) -> object:
    """What the earlier call had given that comes back; it is no leftover any more."""
    text, stayed = ast.unparse(call), work.tracked.stayed
    if text not in stayed:
        return MISSING
    gave = stayed.pop(text)
    journal.on_undo.append(partial(stayed.__setitem__, text, gave))
    return gave


# ---- what the source says ------------------------------------------------------------------------------


def _computes(worlds: Worlds, work: Work, old: Node) -> bool:
    """Whether a line that went did no more than give a value."""
    return worlds.find_space(work, old) is not None and node_is_pure(worlds, work, old)


def _stands_elsewhere(work: Work, node: Node, call: ast.Call) -> bool:
    """Whether another line makes the very same call."""
    text = ast.unparse(call)
    others = (each for each in work.outline.roots() if each.line != node.line)
    return any(kept is not None and ast.unparse(kept) == text for kept in map(kept_call, others))


__all__ = ["kept_call", "registering", "registering_defaults", "removed"]
