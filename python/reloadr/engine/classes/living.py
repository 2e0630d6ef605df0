"""What living instances lack or keep once their class is another: said, or left to a migration hook."""

from __future__ import annotations

import types

from reloadr._core import Node, instances
from reloadr.engine.batch import Batch, ClassNotes, Work
from reloadr.hooks import migration_of
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL209, RL211
from reloadr.report.findings import Findings
from reloadr.report.reasons import plural
from reloadr.source.edits import Edit
from reloadr.source.statements import mangled, owner_of
from reloadr.stage.steps import MISSING


def lacking_attributes(findings: Findings, classes: ClassNotes, work: Work, edit: Edit) -> None:
    """`__init__` now sets attributes that living instances lack."""
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    cls = locate.class_of(work.tracked, old.scopes[-1])
    if cls is None:
        return
    before, after = set(old.scopes[-1].self_stores), set(new.scopes[-1].self_stores)
    added = {mangled(name, owner_of(new)) for name in set(new.self_stores) - before}
    removed = {mangled(name, owner_of(new)) for name in set(old.self_stores) - after}
    added -= locate.class_dict(cls).keys()
    if added or (removed and migration_of(cls) is not None):
        _lacking(findings, classes, work, new, cls, frozenset(added), frozenset(removed))


def lacking_fields(batch: Batch, work: Work, node: Node, cls: type) -> None:
    """Fields without a default that instances made earlier do not have."""
    space = batch.stage.class_space(cls)
    fields = space.get("__dataclass_fields__")
    names = set(fields) if is_a(fields, dict) else set()
    attrs = space.get("__attrs_attrs__")
    if is_a(attrs, tuple):
        names |= {str(getattr(each, "name", "")) for each in attrs}
    before = space.live.get("__dataclass_fields__") or {}
    known = set(before) if is_a(before, dict) else set()
    known |= {str(getattr(each, "name", "")) for each in getattr(cls, "__attrs_attrs__", ())}
    added = {name for name in names - known if space.get(name) is MISSING}
    if added:
        _lacking(batch.findings, batch.classes, work, node, cls, frozenset(added), frozenset(known - names))


def _lacking(
    findings: Findings,
    classes: ClassNotes,
    work: Work,
    node: Node,
    cls: type,
    added: frozenset[str],
    removed: frozenset[str],
) -> None:
    """Instances migrate where their class has a hook for that; else what they lack is said."""
    hook = migration_of(cls)
    if hook is not None:
        classes.migrations.append((work, node, cls, hook, added, removed))
        return
    lacking = [each for each in instances([cls], True) if any(not hasattr_static(each, name) for name in added)]
    if lacking:
        findings.reason(
            RL209(
                name=node.qualname if node.kind == "class" else node.scopes[-1].qualname,
                count=plural(len(lacking), "instance"),
                lack="lacks" if len(lacking) == 1 else "lack",
                attributes=", ".join(sorted(added)),
            ),
            work.tracked,
            node.qualname,
            node.line,
        )


def cached_values(findings: Findings, work: Work, edit: Edit) -> None:
    """A `cached_property` whose function changed: values computed before stay in the instances."""
    new, old = edit.new, edit.old
    assert old is not None and new is not None
    cls = locate.class_of(work.tracked, old.scopes[-1]) if old.scopes else None
    if cls is None:
        return
    name = locate.bound_name(new)
    holding = 0
    for each in instances([cls], True):
        holding += name in (locate.attributes_of(each) or ())
    if holding:
        count = plural(holding, "instance")
        findings.reason(RL211(name=new.qualname, count=count), work.tracked, new.qualname, new.line)


def hasattr_static(instance: object, name: str) -> bool:
    """Whether an instance or its class has an attribute, without running anyone's code."""
    if name in (locate.attributes_of(instance) or ()):
        return True
    for cls in locate.mro(type(instance)):
        value = locate.class_dict(cls).get(name, MISSING)
        if is_a(value, types.MemberDescriptorType):
            try:
                value.__get__(instance)
            except AttributeError:
                return False
            return True
        if value is not MISSING:
            return True
    return False


__all__ = ["cached_values", "hasattr_static", "lacking_attributes", "lacking_fields"]
