"""Definitions that come and go, where their decorators or bases register them."""

from __future__ import annotations

import dis
from collections.abc import Callable, Collection
from functools import partial
from types import FunctionType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Worlds
from reloadr.engine.registrations import outside
from reloadr.engine.registrations.hand_on import trial
from reloadr.engine.registrations.known import asks_about, may_register
from reloadr.engine.registrations.measuring import measure
from reloadr.engine.registrations.named import has_owned
from reloadr.engine.registrations.reach import Reach, of_library_class
from reloadr.engine.registrations.recording import taken_back
from reloadr.engine.registrations.roots import decorator_roots, found_in, roots_of, say
from reloadr.engine.registrations.settling import Settling, settling_of
from reloadr.engine.registrations.taking import stays, take_out
from reloadr.engine.registrations.ties import walk
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL215
from reloadr.stage.steps import MISSING


def registering(
    batch: Batch, work: Work, node: Node, run: Callable[[], dict[str, object]], *, again: bool = False
) -> dict[str, object]:
    """Runs a definition whose decorators or bases may register it: what it is registered as stands where the source
    has it. What it wrote is taken back where it raises."""
    roots = decorator_roots(batch.worlds, work, node) if may_register(work, node) else {}
    roots |= class_roots(batch.worlds, work, node)
    if not roots:
        return run()
    settling = settling_of(batch.works, batch.swaps, work, node, roots)
    say(settling.tokens, None, node)
    if again:
        settling.tokens.thing(*found_in(batch.worlds.space_of(work, node).live.get(locate.bound_name(node), MISSING)))
    try:
        with taken_back(batch.journal, [each for each in roots.values() if is_a(each, type)]):
            bound = run()
    except BaseException:
        settling.recording.restore()
        raise
    settling.tokens.thing(*(each for value in bound.values() for each in found_in(value)))
    settling.settle(again=again)
    settling.journal(batch)
    return bound


def removed(batch: Batch, work: Work, old: Node, function: FunctionType | None = None) -> list[str] | None:
    """A decorated definition that went is taken out of what its decorators can write to. Where it stays, as reports
    call it; None where it is not known whether they registered it. `function`: its own, where its name means another
    definition."""
    space = batch.worlds.find_space(work, old, old=True)
    if space is None:
        return None
    decorators = decorator_roots(batch.worlds, work, old, old=True) if may_register(work, old) else {}
    roots = decorators | class_roots(batch.worlds, work, old, old=True)
    if not roots:
        return None
    settling = settling_of(batch.works, batch.swaps, work, old, roots)
    say(settling.tokens, old, None)
    bound = function or space.live.get(locate.bound_name(old), MISSING)
    settling.tokens.thing(*found_in(bound), *_wrapping(settling, function))
    living = _function(bound, old)
    measured = False
    if living is not None and not has_owned(work, old):
        measured = measure(settling, partial(trial, batch.worlds, work, old, living, settling))
    taken = measured or take_out(settling)
    settling.settle(again=False)
    settling.journal(batch)
    left = stays(settling, by_name=not measured)
    return left if taken or left else None


def _wrapping(settling: Settling, function: FunctionType | None) -> list[object]:
    """What registries have that is made of a function: where its name means another, nothing else leads to that."""
    entries = [value for _, content in settling.recording.before for _, value in content] if function else []
    return [each for each in entries if any(found.function is function for found in locate.unwrap(each))]


def remade(batch: Batch, work: Work, nodes: tuple[Node, Node], carry_out: Callable[[], None]) -> None:
    """A class whose statement may run once more: what it was registered as gives way to what it is registered as.

    class Csv(Format, key="csv"): ...  # before: Format.__init_subclass__ put it into a table
    class Csv(Format, key="tsv"): ...  # after: in the table under its new key alone
    """
    old, new = nodes
    cls = locate.class_of(work.tracked, old)
    outside.dropped(batch.worlds, batch.findings, work, old, new, cls)
    roots = class_roots(batch.worlds, work, old, old=True) | class_roots(batch.worlds, work, new)
    if cls is None or not roots:
        carry_out()
        if cls is not None:
            outside.name_left_on(batch.worlds, batch.findings, work, old, new, cls)
        return
    settling = settling_of(batch.works, batch.swaps, work, new, roots)
    say(settling.tokens, old, new)
    settling.tokens.thing(*found_in(batch.worlds.space_of(work, old, old=True).get(locate.bound_name(old))), cls)
    left = [part.fingerprint for part in new.decorators]
    if may_register(work, old) and any(part.fingerprint not in left for part in old.decorators):
        take_out(settling)
    try:
        carry_out()
    except BaseException:
        settling.recording.restore()
        raise
    made = [each for each in _classes_entered(settling, new.qualname) if each is not cls]
    asks = asks_about(settling.recording.reach.words, {"name"}) or any(map(_is_given_name, roots.values()))
    if old.name != new.name and not made and asks:
        reader = ", ".join(sorted(roots))
        batch.findings.reason(RL215(name=new.qualname, reader=reader), work.tracked, new.qualname, new.line)
    settling.tokens.thing(*made)
    settling.settle(again=True)
    if batch.worlds.space_of(work, new).get(locate.bound_name(new)) is cls:
        settling.put_for({id(each): cls for each in made})
        outside.name_left_on(batch.worlds, batch.findings, work, old, new, cls)
    settling.journal(batch)


def _classes_entered(settling: Settling, qualname: str) -> list[type]:
    """The classes of a name that registries have since."""
    return [
        value
        for growth in settling.recording.growths()
        for at in growth.fresh()
        for _, value in walk(growth.after[at][1], "", settling.recording.reach.spine)
        if is_a(value, type) and locate.qualname_of(value) == qualname
    ]


def _is_given_name(root: object) -> bool:
    """Whether a metaclass, or that of a base, does more with the name that it is given than to pass it on to `type`."""
    if not is_a(root, type):
        return False
    meta = root if issubclass(root, type) else type(root)
    for each in locate.mro(meta):
        for method in ("__new__", "__init__") if not of_library_class(each) else ():
            for found in locate.unwrap(locate.class_dict(each).get(method)):
                code = found.function.__code__
                name = code.co_varnames[1] if code.co_argcount > 1 else None
                loaded = [word for step in dis.get_instructions(code) for word in _loads(step)]
                if loaded.count(name) > (method in code.co_names):
                    return True
    return False


def _loads(step: dis.Instruction) -> tuple[object, ...]:
    """The variables that an instruction loads, which may be two at once."""
    if not step.opname.startswith("LOAD_"):
        return ()
    return step.argval if is_a(step.argval, tuple) else (step.argval,)


def class_roots(worlds: Worlds, work: Work, node: Node, *, old: bool = False) -> dict[str, object]:
    """What may register a class when it is made: its decorators, and bases that are not the library's."""
    roots = decorator_roots(worlds, work, node, old=old) if may_register(work, node) else {}
    found = roots_of(worlds, work, node, [name for _, part in node.bases for name in part.reads], old=old)
    for name, value in found.items():
        if is_a(value, type) and any(not of_library_class(base) for base in locate.mro(value)):
            roots[name] = value
    return roots


def _function(value: object, old: Node) -> FunctionType | None:
    """The function of a definition under what its decorators made of it."""
    functions = [found.function for found in locate.unwrap(value)] if old.kind == "function" else []
    return next((each for each in functions if each.__code__.co_qualname == old.qualname), None)


def asked(worlds: Worlds, work: Work, node: Node, facets: Collection[str]) -> bool:
    """Whether decorators of a function may have read one of these facets of it."""
    return asks_about(Reach(decorator_roots(worlds, work, node).items()).words, facets)


__all__ = ["asked", "class_roots", "registering", "remade", "removed"]
