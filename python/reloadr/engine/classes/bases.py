"""Other bases for a living class, where its layout and its metaclass allow it; else it has to be made anew."""

from __future__ import annotations

import types
import typing

from reloadr._core import Node, descriptor_for
from reloadr.engine.batch import Works
from reloadr.engine.classes import metaclasses
from reloadr.engine.classes.host import Host
from reloadr.engine.classes.kinds import HARMLESS_HOOKS, is_generated
from reloadr.engine.classes.layout import same_layout
from reloadr.engine.classes.plan import Plan
from reloadr.engine.evaluate.failures import failure
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL215
from reloadr.source.edits import Edit
from reloadr.source.statements import mangled, owner_of
from reloadr.stage.stage import Stage
from reloadr.stage.steps import CLASS, DICT, MISSING


def change_header(module: Host, edit: Edit) -> Plan | None:
    """Gives a plain class the bases of its new header; a plan where it must be made anew for that."""
    batch, work = module.batch, module.work
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    cls = locate.class_of(module.tracked, old)
    if cls is None:
        return None
    sources = [part.source for keyword, part in new.bases if keyword is None]
    values = _evaluate_bases(module, new, sources)
    resolved = types.resolve_bases(values)
    wanted: tuple[type, ...] = tuple(base for base in resolved if is_a(base, type)) or (object,)
    alike = len(wanted) == max(1, len(resolved)) and same_layout(cls, wanted)
    if not alike or not _settle_metaclass(batch.works, batch.stage, cls, wanted, new):
        return Plan(cls, old, new, [edit])
    set_bases(batch.stage, cls, wanted)
    _as_written(batch.stage, cls, resolved, values)
    _generic_parameters(batch.stage, cls, wanted, values)
    for base in wanted:
        hook = locate.class_dict(base).get("__init_subclass__")
        if hook is not None and base.__module__ not in HARMLESS_HOOKS and not locate.is_below(cls, base):
            batch.findings.reason(
                RL215(name=new.qualname, reader=f"{base.__qualname__}.__init_subclass__"),
                work.tracked,
                new.qualname,
                new.line,
            )
    batch.classes.regenerated.append((work, new))
    batch.findings.change("update", module.tracked, new.qualname, new.line, "bases")
    return None


def rebase(module: Host, node: Node, cls: type) -> Plan | None:
    """Gives an unchanged class what the names of its bases mean now; a plan where it must be made anew for that."""
    batch = module.batch
    if is_generated(cls):
        return Plan.of_itself(cls, node)
    values = _evaluate_bases(module, node, [part.source for keyword, part in node.bases if keyword is None])
    resolved = types.resolve_bases(values)
    wanted = tuple(base for base in resolved if is_a(base, type)) or (object,)
    if any(step[1] is cls and step[2] == "__bases__" for step in batch.stage.steps):
        return None
    if wanted == cls.__bases__:
        if "__orig_bases__" in locate.class_dict(cls):
            _as_written(batch.stage, cls, resolved, values)
            _generic_parameters(batch.stage, cls, wanted, values)
        return None
    if not same_layout(cls, wanted) or not _settle_metaclass(batch.works, batch.stage, cls, wanted, node):
        return Plan.of_itself(cls, node)
    set_bases(batch.stage, cls, wanted)
    _as_written(batch.stage, cls, resolved, values)
    _generic_parameters(batch.stage, cls, wanted, values)
    batch.findings.change("update", module.tracked, node.qualname, node.line, "bases")
    return None


def _as_written(stage: Stage, cls: type, resolved: tuple[object, ...], values: tuple[object, ...]) -> None:
    """`__orig_bases__`, which a class has where its bases as written are no classes: `Base[int]`."""
    space = stage.class_space(cls)
    if resolved is not values:
        stage.set(space, "__orig_bases__", values)
    elif "__orig_bases__" in space.live:
        stage.set(space, "__orig_bases__", MISSING)


def _generic_parameters(stage: Stage, cls: type, bases: tuple[type, ...], written: tuple[object, ...]) -> None:
    """`__parameters__`, which `typing.Generic` computes for each class below it, from the bases as written."""
    space = stage.class_space(cls)
    if not any(issubclass(base, typing.Generic) for base in bases):
        for each in [cls, *locate.subclasses(cls)]:
            if "__parameters__" in locate.class_dict(each) and _generic_through(each, cls):
                stage.set(stage.class_space(each), "__parameters__", MISSING)
        return
    named = [base for base in written if typing.get_origin(base) in (typing.Generic, typing.Protocol)]
    found: list[object] = []
    for base in named or written:
        found += [each for each in getattr(base, "__parameters__", ()) if each not in found and base not in bases]
    if space.live.get("__parameters__") != tuple(found):
        stage.set(space, "__parameters__", tuple(found))
    for each in locate.subclasses(cls):
        if "__parameters__" not in locate.class_dict(each):
            stage.set(stage.class_space(each), "__parameters__", ())


def _generic_through(sub: type, cls: type) -> bool:
    """Whether a class is generic only because `cls` was."""
    return sub is cls or all(not issubclass(base, typing.Generic) or issubclass(base, cls) for base in sub.__bases__)


def _evaluate_bases(module: Host, new: Node, sources: list[str]) -> tuple[object, ...]:
    batch, work = module.batch, module.work
    if any(not source.isidentifier() for source in sources) and (batch.stage.steps or batch.stage.spaces):
        # Attributes, subscriptions and calls ask modules and classes that this batch may change.
        batch.flush()
    text = "\n" * (new.def_line - 1) + f"_ = ({''.join(f'{source}, ' for source in sources)})"
    space = batch.worlds.space_of(work, new)
    local = {name: value for name, value in {**space.live, **space.stage}.items() if value is not MISSING}
    local |= {name: value for name, value in work.space.stage.items() if value is not MISSING and name not in local}
    # As they are written in the body of a class, beside as they are kept there.
    private = mangled("__x", owner_of(new)).removesuffix("x")
    local |= {f"__{name.removeprefix(private)}": local[name] for name in list(local) if name.startswith(private)}
    try:
        code = compile(text, module.tracked.filename, "exec", dont_inherit=True)
        exec(code, module.tracked.namespace, local)
    except Exception as error:
        raise failure(batch.swaps, batch.noted, work, new, error) from error
    values = local["_"]
    assert is_a(values, tuple)
    return values


def set_bases(stage: Stage, cls: type, bases: tuple[type, ...]) -> None:
    """Prepares other bases. What instances have from a base that goes, a place for attributes and for weak references,
    they keep; the class itself has to say so then."""
    having = [cls, *(each for base in bases for each in base.__mro__)]
    for name, offset in (("__dict__", cls.__dictoffset__), ("__weakref__", cls.__weakrefoffset__)):
        if offset and not any(name in locate.class_dict(each) for each in having):
            giver = next((each for each in cls.__mro__ if name in locate.class_dict(each)), None)
            if giver is not None:
                mine = descriptor_for(cls, locate.class_dict(giver)[name])
                # `type.__setattr__` takes these names for its own. The change of bases clears what is cached.
                stage.steps.append((DICT, locate.own_dict(cls), name, mine))
    stage.steps.append((CLASS, cls, "__bases__", bases))
    # What follows from its bases is computed once all is staged.
    stage.class_space(cls)


def _settle_metaclass(works: Works, stage: Stage, cls: type, bases: tuple[type, ...], node: Node) -> bool:
    """Gives a class the metaclass that goes with its new bases; False if it has to be made anew for that."""
    have, meta = metaclasses.current(stage, cls), metaclasses.asked_for(stage, cls, bases, node)
    if meta is have:
        return True
    if meta is None or metaclasses.PROTOCOL in (have, meta):
        # What makes a protocol is written into it when it is made.
        return False
    return metaclasses.exchange(works, stage, cls, meta) or issubclass(have, meta)


__all__ = ["change_header", "rebase", "set_bases"]
