"""A definition that moved to another module, where names that it read as it was made mean something else.

class Shop(Base):                  # `Base` is another class there: it is the base now
    currency = CURRENCY            # and this is computed from what is called so there
    def pay(self, rate=RATE): ...
"""

from __future__ import annotations

from collections.abc import Iterable

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate.runner import run
from reloadr.engine.evaluate.worlds import evaluate, node_is_pure, old_world
from reloadr.engine.follow import definitions, made_anew, values
from reloadr.engine.follow.derivation import derivation_of
from reloadr.judge.same import same_value
from reloadr.live import locate
from reloadr.source.statements import value_of
from reloadr.stage.steps import MISSING

__all__ = ["settle"]


def settle(batch: Batch, source: Work, old: Node, target: Work, new: Node) -> None:
    """Brings what the definition and its members read at load time in step with the module that it is in now."""
    for was, node in [(old, new), *zip(old.members, new.members, strict=False)]:
        names = {name for name in node.reads if _means_another(batch, source, target, name)}
        if not names:
            continue
        # It is found by the names that it has there.
        batch.flush()
        following, because = derivation_of(batch), ", ".join(sorted(names))
        if node.kind == "class":
            made_anew.bases(following, target, node, names, because)
        elif node.kind == "function":
            # Who reads what changed in this module is followed up with the others.
            changed = batch.stage.before.get(id(target.space.owner), {})
            names = {name for name in names if changed.get(name.partition(".")[0], MISSING) is MISSING}
            definitions.function(following, target, node, names, because)
        elif node.kind != "assignment":
            continue
        elif _still_holds(batch, source, old, was, target, node):
            run(batch, target, node)
            _said(batch, target, node, names)
        else:
            for name in node.binds:
                values.stale(batch, target, node, f"{node.qualname}.{name}", because)


def _means_another(batch: Batch, source: Work, target: Work, name: str) -> bool:
    head = name.partition(".")[0]
    before = batch.stage.before.get(id(source.space.owner), {})
    was = before.get(head, source.space.live.get(head, MISSING))
    return was is not MISSING and target.space.get(head) is not was


def _still_holds(batch: Batch, source: Work, home: Node, old: Node, target: Work, new: Node) -> bool:
    """Whether an attribute has what its line gave in the other module, and can be computed unseen."""
    value = value_of(old)
    cls = locate.class_of(target.tracked, new.scopes[-1])
    if value is None or cls is None or len(old.binds) != 1 or not node_is_pure(batch.worlds, target, new):
        return False
    gave = evaluate(value, old_world(batch.worlds, source, home), source.tracked.filename)
    return gave is not MISSING and same_value(locate.class_dict(cls).get(old.binds[0], MISSING), gave)


def _said(batch: Batch, target: Work, node: Node, names: Iterable[str]) -> None:
    for name in node.binds:
        qualname = f"{node.qualname}.{name}"
        batch.findings.change("recompute", target.tracked, qualname, node.line, f"from {', '.join(sorted(names))}")
