"""What functions made before they changed: cached results, classes."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from reloadr._core import instances
from reloadr.engine.batch import Swaps, Works
from reloadr.engine.classes.collectors import with_other_members
from reloadr.engine.classes.hooks import MAKING_CLASSES, Made, made_by
from reloadr.engine.evaluate.reach import called_by, remembering
from reloadr.engine.follow.call import meaning_another
from reloadr.engine.follow.instances import made_otherwise, making
from reloadr.engine.follow.readers import home_of
from reloadr.live import locate
from reloadr.live.codes import all_codes, names_in
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL219, RL224, RL227
from reloadr.report.findings import Findings
from reloadr.report.reasons import plural
from reloadr.stage.stage import Stage

if TYPE_CHECKING:
    from reloadr.engine.batch import Batch, Swap, Work
    from reloadr.live.caches import Cache

#: Who has a cache writes one of these words.
_CACHING = ["functools", "lru_cache"]


def name_stale_classes(findings: Findings, swaps: Swaps) -> None:
    """A caveat for classes that a function made, where their bodies changed in more than their methods."""
    sought: dict[str, Swap] = {}
    for swap in swaps:
        if swap.edit.new is None or swap.edit.same or swap.edit.action == "formatted":
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


def name_made_classes(batch: Batch, made: list[Made], left: list[Made]) -> None:
    """A caveat for each living class that a changed `__init_subclass__`, `__set_name__` or metaclass had a part in, or
    one that comes to what changed, or would have one that came: its class statement does not run again. `made`: those
    that are known to be made with what changed; `left`: those of them for which that does not run again."""
    found: dict[tuple[Tracked, str], tuple[int, list[str]]] = {}
    known = {id(each.cls) for each in made}
    # What collects the members of these, and of those below, has seen to it.
    known |= {id(each) for *_, cls in with_other_members(batch.works) for each in (cls, *locate.subclasses(cls))}
    coming = [
        (each, [source])
        for cls, method, source in _coming(batch)
        for each in made_by(cls, method, False)
        if id(each) not in known
    ]
    for cls, sources in [*((each.cls, each.sources) for each in left), *coming]:
        tracked = home_of(batch.works, cls)
        name = locate.qualname_of(cls)
        nodes = batch.works.of(tracked).outline.find(name) if tracked is not None else []
        if tracked is not None and nodes and not batch.agenda.has_run(tracked, nodes[0]):
            told = found.setdefault((tracked, name), (nodes[0].line, []))[1]
            told += [source for source in sources if source not in told]
    for (tracked, name), (line, sources) in found.items():
        batch.findings.reason(RL227(name=name, source=", ".join(sources)), tracked, name, line)


def _coming(batch: Batch) -> Iterator[tuple[type, str, str]]:
    """The methods with a part in making classes that come to what changed, by whatever way: class, name, qualified
    name."""
    #: Whether they mean something else: many are asked for the same names.
    known: dict[frozenset[tuple[int, str]], bool] = {frozenset(): True}
    for cls, names, because in batch.noted.coming:
        making = sorted(names & MAKING_CLASSES)
        if making and because not in known:
            known[because] = bool(meaning_another(batch.stage, because))
        yield from ((cls, each, f"{locate.qualname_of(cls)}.{each}") for each in making if known[because])


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
    changed, running = _changed(batch)
    bound = _bound_anew(batch.works, batch.stage)
    if not changed and not bound:
        return
    defining = [work.tracked for work in batch.works if _may_define(work) and work.mentions(_CACHING)]
    caches = batch.works.modules.caches
    caches.look(batch.works.modules.mentioning(_CACHING), defining)
    # Also where it has another name than the function's.
    batch.journal.caches += [cache.cache_clear for function in running for cache in caches.around(function)]
    filled = list(caches.filled())
    if filled:
        with remembering(batch.works):
            _name_filled(batch, filled, changed, bound)


def _name_filled(
    batch: Batch,
    caches: list[tuple[Tracked, FunctionType, Cache]],
    changed: dict[int, str],
    bound: dict[int, set[str]],
) -> None:
    for tracked, function, cache in caches:
        filled = cache.cache_info().currsize
        if not filled or id(function.__code__) in changed:
            continue
        called = called_by(batch.works, batch.stage, function.__code__, function.__globals__)
        reached = changed.keys() & called.ids
        read = set[str]()
        for code, namespace in [(function.__code__, function.__globals__), *called.functions]:
            if id(namespace) in bound:
                read |= bound[id(namespace)] & names_in(all_codes(code))
        if reached or read:
            name = function.__qualname__
            line = function.__code__.co_firstlineno
            sources = ", ".join(sorted({changed[key] for key in reached} | read))
            batch.findings.reason(RL224(name=name, count=plural(filled, "result"), source=sources), tracked, name, line)


def _changed(batch: Batch) -> tuple[dict[int, str], set[FunctionType]]:
    """The code that does something else now, by its id, with its name; and the functions that run it."""
    changed: dict[int, str] = {}
    running: set[FunctionType] = set()
    for swap in batch.swaps:
        edit = swap.edit
        if edit.new is not None and {"body", "signature", "defaults", "kind"} & set(edit.facets):
            changed[id(swap.old)] = changed[id(swap.new)] = edit.new.qualname
            running.update(found.function for found in swap.living)
    for tracked, qualname in made_otherwise(batch.works, handed=not batch.noted.unreached):
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
