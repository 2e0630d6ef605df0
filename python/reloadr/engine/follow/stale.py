"""What functions made before they changed: cached results, classes."""

from __future__ import annotations

import dis
import enum
import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from reloadr._core import instances
from reloadr.engine.batch import Swaps, Works
from reloadr.engine.evaluate.reach import called_by, remembering
from reloadr.engine.follow.calls import meaning_another
from reloadr.engine.follow.instances import made_otherwise, making
from reloadr.engine.follow.readers import home_of
from reloadr.judge.static import static_attribute
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

#: What an enumeration calls to make its members, as it is made itself; to its `__init__` something else is said.
_MAKING_MEMBERS = frozenset({"__new__", "_generate_next_value_"})
#: Methods that run when a class is made: those of the class's base, of an attribute's class, of its metaclass.
_MAKING_CLASSES = _MAKING_MEMBERS | {"__init_subclass__", "__set_name__", "__init__", "__prepare__", "__mro_entries__"}

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


def name_made_classes(batch: Batch) -> None:
    """A caveat for each living class that a changed `__init_subclass__`, `__set_name__` or metaclass had a part in, or
    one that comes to what changed, or would have one that came: its class statement does not run again."""
    found: dict[tuple[Tracked, str], tuple[int, list[str]]] = {}
    for cls, method, source, called in _making_classes(batch):
        for made in _made_by(cls, method, called):
            tracked = home_of(batch.works, made)
            name = locate.qualname_of(made)
            nodes = batch.works.of(tracked).outline.find(name) if tracked is not None else []
            if tracked is None or not nodes or batch.agenda.has_run(tracked, nodes[0]):
                continue
            sources = found.setdefault((tracked, name), (nodes[0].line, []))[1]
            sources += [source] if source not in sources else []
    for (tracked, name), (line, sources) in found.items():
        batch.findings.reason(RL227(name=name, source=", ".join(sources)), tracked, name, line)


def _making_classes(batch: Batch) -> Iterator[tuple[type, str, str, bool]]:
    """The methods with a part in making classes that changed, came or went, or that come to what changed: their class,
    name and qualified name, and whether only what makes a class calls them."""
    for swap in batch.swaps:
        old, new = swap.edit.old, swap.edit.new
        if old is not None and new is not None and old.scopes and "body" in swap.edit.facets and not swap.revoked:
            cls = locate.class_of(swap.work.tracked, old.scopes[-1])
            called = old.name not in _MAKING_CLASSES and _is_called_by_hook(cls, old.name or "")
            if cls is not None and (called or old.name in _MAKING_CLASSES):
                yield cls, old.name or "", (old if called else new).qualname, called
    for work in batch.works:
        for edit in work.edits:
            node = edit.node
            if edit.action in ("added", "removed") and node.scopes and node.name in _MAKING_CLASSES:
                cls = locate.class_of(work.tracked, (edit.old or node).scopes[-1])
                if cls is not None:
                    yield cls, node.name, node.qualname, False
    for cls, names, because in batch.noted.coming:
        for each in sorted(names & _MAKING_CLASSES):
            if not because or meaning_another(batch.stage, because):
                yield cls, each, f"{locate.qualname_of(cls)}.{each}", False


def _is_called_by_hook(cls: type | None, name: str) -> bool:
    """Whether a method is one that `__init_subclass__` calls by its name, through others of the class as well.

    def __init_subclass__(cls): cls.collect()
    """
    reached: set[str] = set()
    todo = ["__init_subclass__"] if cls is not None else []
    while todo and cls is not None:
        for found in locate.unwrap(static_attribute(cls, todo.pop())):
            called = names_in(all_codes(found.function.__code__)) - reached
            reached |= called
            todo += called
    return name in reached


def _made_by(cls: type, method: str, called: bool) -> list[type]:
    """The living classes that a method of a class had a part in making; `called` by the hook that inherits it."""
    if called:
        own = "__init_subclass__" in locate.class_dict(cls)
        return [*([] if own else [cls]), *locate.subclasses(cls)]
    if is_a(cls, enum.EnumMeta) and method in _MAKING_MEMBERS:
        return [each for each in (cls, *locate.subclasses(cls)) if locate.class_dict(each).get("_member_map_")]
    if method == "__set_name__":
        found = (each for each in instances([type], True) if issubclass(type(each), type))
        return [each for each in found if any(type(value) is cls for value in locate.class_dict(each).values())]
    if method == "__mro_entries__":
        return [each for each in locate.subclasses(object) if any(type(base) is cls for base in _written_bases(each))]
    if method == "__init_subclass__":
        return locate.subclasses(cls)
    return [each for each in instances([cls], True) if issubclass(type(each), type)] if type in locate.mro(cls) else []


def _written_bases(cls: type) -> tuple[object, ...]:
    """What stands in the place of bases in the statement of a class."""
    bases = locate.class_dict(cls).get("__orig_bases__", ())
    return bases if is_a(bases, tuple) else ()


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
