"""Gives a living class the name that its statement has now."""

from __future__ import annotations

import re

from reloadr._core import Node, instances
from reloadr.engine.annotations import of_functions
from reloadr.engine.classes.forms import first_forms
from reloadr.engine.classes.host import Host
from reloadr.engine.classes.kinds import slots_of, with_nested
from reloadr.judge.static import instance_namespace
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.report.findings import NeedsRestart
from reloadr.report.refusals import RL301
from reloadr.source.edits import Edit
from reloadr.source.statements import mangled
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, CLASS, DICT, MISSING


def rename(module: Host, edit: Edit) -> None:
    """Gives a living class the name that its statement has now."""
    batch, old, new = module.batch, edit.old, edit.new
    assert old is not None and new is not None
    space = batch.worlds.space_of(module.work, old, old=True)
    cls = space.get(locate.bound_name(old))
    if not is_a(cls, type):
        raise NeedsRestart(RL301(name=old.qualname, why="nothing is bound to that name"))
    for inner in with_nested(cls):
        qualname = new.qualname + inner.__qualname__[len(old.qualname) :]
        for each in (inner, *first_forms(inner)):
            batch.stage.steps.append((CLASS, each, "__name__", qualname.rpartition(".")[2]))
            batch.stage.steps.append((CLASS, each, "__qualname__", qualname))
            _rename_generated(batch.stage, each, old.qualname, new.qualname)
    _rename_private(batch.stage, cls, old, new)
    batch.stage.set(space, locate.bound_name(new), cls)
    batch.classes.renamed[module.tracked.name, old.qualname] = new.name or ""
    batch.classes.reidentified = True
    module.unbind({old.name or ""}, old)
    batch.findings.change("rename", module.tracked, old.qualname, new.line, f"to {new.qualname}")


def _rename_private(stage: Stage, cls: type, old: Node, new: Node) -> None:
    """Private names carry the name of the class, in itself and in its instances. Raises NeedsRestart for slots.

    _Cart__total                       # before
    _Basket__total                     # after
    """
    before, after = (mangled("__x", name or "").removesuffix("x") for name in (old.name, new.name))
    if before == after:
        return
    private = [name for name in locate.class_dict(cls) if name.startswith(before) and not name.endswith("__")]
    if any(name in slots_of(cls) for name in private):
        raise NeedsRestart(RL301(name=old.qualname, why="its private slots carry its name"))
    space = stage.class_space(cls)
    for name in private:
        stage.set(space, after + name.removeprefix(before), locate.class_dict(cls)[name])
        stage.set(space, name, MISSING)
    for instance in instances([cls]):
        held = instance_namespace(instance)
        for name in [each for each in held or () if each.startswith(before) and not each.endswith("__")]:
            assert held is not None
            stage.steps.append((DICT, held, after + name.removeprefix(before), held[name]))
            stage.steps.append((DICT, held, name, MISSING))


def _rename_generated(stage: Stage, cls: type, old: str, new: str) -> None:
    """Methods that `dataclass` and its like made, and the docstring that it made of the name."""
    for value in list(locate.class_dict(cls).values()):
        for found in locate.unwrap(value):
            qualname = found.function.__qualname__
            if qualname.startswith(f"{old}.") and qualname != found.function.__code__.co_qualname:
                stage.steps.append((ATTR, found.function, "__qualname__", new + qualname[len(old) :]))
                annotate = of_functions.annotate_of(found.function)
                if annotate is not None and annotate.__qualname__.startswith(f"{old}."):
                    text = new + annotate.__qualname__[len(old) :]
                    stage.steps.append((ATTR, annotate, "__qualname__", text))
    own, space = locate.class_dict(cls), stage.class_space(cls)
    doc, before, after = own.get("__doc__"), old.rpartition(".")[2], new.rpartition(".")[2]
    is_named_tuple = issubclass(cls, tuple) and "_fields" in own
    if (is_named_tuple or "__dataclass_fields__" in own) and isinstance(doc, str) and doc.startswith(f"{before}("):
        stage.set(space, "__doc__", after + doc[len(before) :])
    for name in ("__new__", "_make", "_replace") if is_named_tuple else ():
        for found in locate.unwrap(own.get(name)):
            # `namedtuple` writes its name into them: "Make a new Point object from a sequence or iterable".
            text = re.sub(rf"\b{re.escape(before)}\b", after, found.function.__doc__ or "")
            stage.steps.append((ATTR, found.function, "__doc__", text))
            if found.function.__module__ == f"namedtuple_{before}":
                stage.steps.append((ATTR, found.function, "__module__", f"namedtuple_{after}"))


__all__ = ["rename"]
