"""Containers of modules that hold definitions, and who read one in which a definition may stand otherwise than it does.

@on("start")                       # `on` records something else now: `first` is named (RL205), and `COUNT` with it
def first(): ...
COUNT = len(HANDLERS)
"""

from __future__ import annotations

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.follow.derivation import derivation_of
from reloadr.engine.registrations.ties import walk
from reloadr.source.statements import decorator_name

__all__ = ["holding", "told"]

_CONTAINERS = (list, tuple, set, frozenset, dict)
#: What says that something was not recorded again.
_NOT_RECORDED = frozenset({"RL205", "RL215", "RL227"})
#: Of how many containers the readers are named.
_MANY = 20


def holding(works: Works, wanted: set[int]) -> dict[int, dict[str, set[str]]]:
    """By the id of a definition: the containers of watched modules that hold it, by module and name."""
    found: dict[int, dict[str, set[str]]] = {}
    own = {each.name for each in works.watched}
    for tracked in works.watched if wanted else ():
        for name, value in list(tracked.namespace.items()):
            if any(type(value) is kind for kind in _CONTAINERS) or type(value).__module__ in own:
                for key in wanted.intersection(id(each) for _, each in walk(value, "", ())):
                    found.setdefault(key, {}).setdefault(tracked.name, set()).add(name)
    return found


def told(batch: Batch) -> None:
    """Names who read, as modules were loaded, a container that holds a definition which is named for what was recorded
    of it."""
    named: dict[int, str] = {}
    for work, node in _named(batch):
        value = work.space.get(node.name or "") if not node.scopes else None
        if value is not None:
            named[id(value)] = node.qualname
    for key, held in holding(batch.works, set(named)).items():
        for home, names in list(held.items())[:_MANY]:
            work = batch.works.of(batch.works.listed.by_name[home])
            for name in sorted(names):
                derivation_of(batch).stale_readers(work, None, name, named[key])


def _named(batch: Batch) -> list[tuple[Work, Node]]:
    """The definitions that are named for what was recorded of them, or for what their decorators were given."""
    found: list[tuple[Work, Node]] = []
    for reason in batch.findings.reasons:
        tracked = batch.works.listed.by_name.get(reason.module)
        if tracked is None or reason.code not in {*_NOT_RECORDED, "RL206"}:
            continue
        work = batch.works.of(tracked)
        for node in work.outline.find(reason.qualname):
            sources = {source.rpartition(".")[2] for source in batch.findings.sources(reason)}
            given = any(
                sources & {name.rpartition(".")[2] for name in {*part.reads} - {decorator_name(part)}}
                for part in node.decorators
            )
            if reason.code in _NOT_RECORDED or given:
                found.append((work, node))
    return found
