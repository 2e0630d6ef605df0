"""What functions made before they changed: cached results, classes."""

from __future__ import annotations

import dis
import inspect
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from reloadr._core import instances
from reloadr.engine.batch import Swaps, Works
from reloadr.engine.classes.hooks import Made
from reloadr.engine.evaluate.reach import called_by, remembering
from reloadr.engine.follow.instances import made_otherwise, making
from reloadr.engine.follow.readers import home_of
from reloadr.live import locate
from reloadr.live.codes import all_codes, names_in
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL219, RL224, RL227
from reloadr.report.findings import Findings
from reloadr.report.reasons import plural
from reloadr.stage.stage import Stage

if TYPE_CHECKING:
    from reloadr.engine.batch import Batch, Swap, Work

#: Who has a cache writes one of these words.
_CACHING = ["functools", "lru_cache"]


def name_stale_classes(findings: Findings, swaps: Swaps) -> None:
    """A caveat for classes that a function made, where their bodies changed in more than their methods."""
    sought: dict[str, Swap] = {}
    for swap in swaps:
        if swap.edit.new is None or swap.edit.action == "formatted":
            continue
        for old, new in swap.nested:
            if not old.co_flags & inspect.CO_NEWLOCALS and _own_work(old) != _own_work(new):
                sought[old.co_qualname] = swap
    if not sought:
        return
    made: set[str] = set()
    for cls in instances([type], True):
        # All classes of the process come by, with metaclasses of any kind.
        if not issubclass(type(cls), type) or (qualname := locate.qualname_of(cls)) not in sought:
            continue
        if locate.made_in(cls, sought[qualname].work.tracked.name):
            made.add(qualname)
    for qualname in sorted(made):
        swap = sought[qualname]
        node = swap.edit.new
        assert node is not None
        name = node.qualname
        findings.reason(RL219(name=name), swap.work.tracked, name, node.line)


def name_made_classes(batch: Batch, made: list[Made]) -> None:
    """A caveat for each living class that a changed `__init_subclass__`, `__set_name__` or metaclass had a part in, or
    would have one that came: its class statement does not run again."""
    for each in made:
        tracked = home_of(batch.works, each.cls)
        name = locate.qualname_of(each.cls)
        nodes = batch.works.of(tracked).outline.find(name) if tracked is not None else []
        if tracked is not None and nodes and not batch.agenda.has_run(tracked, nodes[0]):
            batch.findings.reason(RL227(name=name, source=", ".join(each.sources)), tracked, name, nodes[0].line)


def _own_work(body: CodeType) -> list[tuple[str, object]]:
    """What the code of a class body does, its methods and what the compiler notes on its own account aside."""
    done: list[tuple[str, object]] = []
    for each in dis.get_instructions(body):
        if each.opname == "STORE_NAME" and each.argval in ("__firstlineno__", "__static_attributes__"):
            done.pop()
        else:
            done.append((each.opname, None if isinstance(each.argval, CodeType) else each.argval))
    return done


def name_stale_caches(batch: Batch) -> None:
    """A caveat for each filled `functools.cache` or `lru_cache` whose function may have called an old function.

    Caches directly around a changed function are cleared; these are not, because filling them again may have
    effects: a connection that is made once is cached in just this way.
    """
    changed, running = _changed(batch.works, batch.swaps)
    bound = _bound_anew(batch.works, batch.stage)
    if not changed and not bound:
        return
    defining = {work.tracked.name for work in batch.works if _may_define(work) and work.mentions(_CACHING)}
    caches = batch.works.modules.caches
    caches.look(batch.works.modules, batch.works.modules.known_to_mention(_CACHING), defining)
    # Also where it has another name than the function's.
    batch.journal.caches += [cache.cache_clear for function in running for cache in caches.around(function)]
    with remembering(batch.works):
        _name_filled(batch, changed, bound)


def _name_filled(batch: Batch, changed: dict[int, str], bound: dict[int, set[str]]) -> None:
    for tracked, function, cache in batch.works.modules.caches.filled():
        filled = cache.cache_info().currsize
        if not filled or id(function.__code__) in changed:
            continue
        reached = changed.keys() & called_by(batch.works, batch.stage, function.__code__, function.__globals__).ids
        read = bound.get(id(function.__globals__), set()) & names_in(all_codes(function.__code__))
        if reached or read:
            name = function.__qualname__
            line = function.__code__.co_firstlineno
            sources = ", ".join(sorted({changed[key] for key in reached} | read))
            batch.findings.reason(RL224(name=name, count=plural(filled, "result"), source=sources), tracked, name, line)


def _changed(works: Works, swaps: Swaps) -> tuple[dict[int, str], set[FunctionType]]:
    """The code that does something else now, by its id, with its name; and the functions that run it."""
    changed: dict[int, str] = {}
    running: set[FunctionType] = set()
    for swap in swaps:
        edit = swap.edit
        if edit.new is not None and {"body", "signature", "defaults", "kind"} & set(edit.facets):
            changed[id(swap.old)] = changed[id(swap.new)] = edit.new.qualname
            running.update(found.function for found in swap.living)
    for tracked, qualname in made_otherwise(works):
        cls = locate.class_at(tracked, tracked.namespace.get(qualname.partition(".")[0]), qualname)
        for function in making(cls) if cls is not None else ():
            if is_a(function, FunctionType):
                changed[id(function.__code__)] = qualname
    return changed, running


def _bound_anew(works: Works, stage: Stage) -> dict[int, set[str]]:
    """The names of modules that mean another value now, functions and classes apart: by the namespace."""
    found: dict[int, set[str]] = {}
    for owner, before in stage.before.items():
        space = stage.spaces.get(owner) if owner in works.namespaces else None
        for name, old in before.items() if space is not None else ():
            new = space.get(name) if space is not None else old
            if new is not old and not is_a(old, FunctionType, type):
                found.setdefault(owner, set()).add(name)
    return found


def _may_define(work: Work) -> bool:
    """Whether a module may have other caches after the batch than before."""
    return any(
        edit.action != "changed" or edit.node.kind != "function" or "decorators" in edit.facets for edit in work.edits
    )
