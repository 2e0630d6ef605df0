"""What has a part in making classes and changed: `__init_subclass__`, `__set_name__`, a metaclass's methods, and what
they call or read.

class Base:
    def __init_subclass__(cls): cls.label = name_of(cls)     # edited, or `name_of` is
class Page(Base): ...              # made with the old one

What writes on nothing but the class runs again, as what collects members does: on a twin with the old code and on one
with the new (`twins.py`). Other classes are named: RL227.
"""

from __future__ import annotations

import dis
import enum
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType

from reloadr._core import instances
from reloadr.engine.batch import Batch, Swap
from reloadr.engine.classes import twins
from reloadr.engine.classes.collectors import collectors, written_by
from reloadr.engine.classes.kinds import foreign_meta
from reloadr.engine.evaluate.reach import called_by
from reloadr.judge.static import static_attribute
from reloadr.live import locate
from reloadr.live.codes import all_codes, names_in
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.edits import only_describes
from reloadr.source.using import is_special

__all__ = ["MAKING_CLASSES", "Made", "attributes_of", "made_by", "prepare", "settle"]

#: What an enumeration calls to make its members, as it is made itself; to its `__init__` something else is said.
_MAKING_MEMBERS = frozenset({"__new__", "_generate_next_value_"})
#: Methods that run when a class is made: those of the class's base, of an attribute's class, of its metaclass.
MAKING_CLASSES = _MAKING_MEMBERS | {"__init_subclass__", "__set_name__", "__init__", "__prepare__", "__mro_entries__"}
#: Who has such methods writes one of these words.
_WORDS = ["__init_subclass__", "__set_name__", "(type", "Meta"]


@dataclass
class Made:
    """A living class that was made with what changed."""

    cls: type
    #: What that is, as a report says it.
    sources: list[str]
    #: Whether it is handed the class, and not a member.
    on_class: bool
    #: What it writes, to be found out again; none where that is not known.
    case: twins.Case | None = None


def prepare(batch: Batch) -> list[Made]:
    """The classes that were made with what this batch changes, while the old code is live."""
    found: dict[int, Made] = {}
    for cls, method, source, inherits in [*_edited(batch), *_reaching(batch)]:
        told = method in ("__set_name__", "_generate_next_value_")
        for made in made_by(cls, method, inherits):
            each = found.setdefault(id(made), Made(made, [], True))
            each.sources += [source] if source not in each.sources else []
            each.on_class &= not told
    for each in found.values():
        case = twins.case_of(batch.works, each.cls, uncollected=True) if each.on_class else None
        if case is not None:
            twins.begin(batch.worlds, case)
            each.case = case if case.twin else None
    return list(found.values())


def attributes_of(made: list[Made]) -> Iterator[tuple[Tracked, type, set[str]]]:
    """What may become others of the attributes of these classes."""
    for case in (each.case for each in made):
        if case is not None:
            yield case.work.tracked, case.cls, written_by(case.work, case.cls, case.old)


def settle(batch: Batch, made: list[Made]) -> list[Made]:
    """What the hooks write now, put on the classes; gives those that cannot be made so."""
    left: list[Made] = []
    for each in sorted(made, key=lambda each: len(locate.mro(each.cls))):
        if each.case is None:
            left.append(each)
        elif not batch.agenda.has_run(each.case.work.tracked, each.case.new):
            batch.flush()
            case = each.case
            case.collectors = collectors(case.work, case.cls, case.new) or case.collectors
            try:
                twins.follow_hook(batch, case)
            except twins.NotKnown:
                left.append(each)
    return left


def _edited(batch: Batch) -> Iterator[tuple[type, str, str, bool]]:
    """The methods with a part in making classes that changed, came or went, by their class; those besides that only
    what makes a class calls, which it inherits."""
    for swap in batch.swaps:
        old, new = swap.edit.old, swap.edit.new
        if old is None or new is None or "body" not in swap.edit.facets or swap.revoked or not old.scopes:
            continue
        cls = locate.class_of(swap.work.tracked, old.scopes[-1])
        if cls is not None and old.name in MAKING_CLASSES:
            yield cls, new.name or "", new.qualname, False
        elif cls is not None and _is_called_by_hook(cls, old.name or ""):
            yield cls, old.name or "", old.qualname, True
    for work in batch.works:
        for edit in work.edits:
            node = edit.node
            if edit.action in ("added", "removed") and node.scopes and node.name in MAKING_CLASSES:
                cls = locate.class_of(work.tracked, (edit.old or node).scopes[-1])
                if cls is not None:
                    yield cls, node.name, node.qualname, False


def _is_called_by_hook(cls: type, name: str) -> bool:
    """Whether a method is one that `__init_subclass__` or the metaclass calls by its name, through others of the class
    as well.

    def __init_subclass__(cls): cls.collect()
    """
    reached = {name for function in _of_metaclass(cls) for name in _asked_of_class(function.__code__)}
    todo = ["__init_subclass__", *reached]
    while todo:
        for found in locate.unwrap(static_attribute(cls, todo.pop())):
            called = names_in(all_codes(found.function.__code__)) - reached
            reached |= called
            todo += called
    return name in reached


def _of_metaclass(cls: type) -> Iterator[FunctionType]:
    meta = foreign_meta(cls)
    for name in ("__new__", "__init__") if meta is not None else ():
        yield from (found.function for found in locate.unwrap(static_attribute(type(cls), name)))


def _asked_of_class(code: CodeType) -> Iterator[str]:
    """The attributes that a metaclass asks of a local variable which is none of what it is given beside the class."""
    given = code.co_varnames[1:4]
    for step, following in itertools.pairwise(dis.get_instructions(code)):
        read = step.argval if is_a(step.argval, tuple) else (step.argval,)
        if step.opname.startswith("LOAD_FAST") and read[-1] not in given:
            if following.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                yield str(following.argval)


def _reaching(batch: Batch) -> Iterator[tuple[type, str, str, bool]]:
    """The methods with a part in making classes that call functions which change, or read names that do."""
    works = batch.works
    homes = works.mentioning(_WORDS)
    changed = [swap for swap in batch.swaps if _does_something_else(swap)] if homes else []
    names = {swap.edit.node.name or "" for swap in changed}
    anew: dict[int, set[str]] = {}
    for tracked, local, _ in batch.noted.read_anew if homes else ():
        anew.setdefault(id(tracked.namespace), set()).update(local)
    for each in anew.values():
        names |= {name.rpartition(".")[2] for name in each}
    for _ in range(2):
        for tracked in works.mentioning(sorted(names)) if names else ():
            names |= tracked.users(names)
    for tracked in homes if names else ():
        for cls in _classes(tracked, names):
            for method in sorted(MAKING_CLASSES & locate.class_dict(cls).keys()):
                if method in ("__init_subclass__", "__set_name__") or locate.is_below(cls, type):
                    for found in locate.unwrap(locate.class_dict(cls)[method]):
                        for source in _comes_to(batch, found.function, changed, anew):
                            yield cls, method, source, False


def _does_something_else(swap: Swap) -> bool:
    edit = swap.edit
    return edit.action != "formatted" and edit.new is not None and not only_describes(edit.facets) and not swap.revoked


def _classes(tracked: Tracked, names: set[str]) -> Iterator[type]:
    """The classes of a module, of some names."""
    for name in sorted(names & tracked.namespace.keys()):
        value = tracked.namespace[name]
        if is_a(value, type) and locate.made_by(value, tracked):
            yield value


def _comes_to(batch: Batch, function: FunctionType, changed: list[Swap], anew: dict[int, set[str]]) -> Iterator[str]:
    """What of that which changes a function calls, or reads."""
    called = called_by(batch.works, batch.stage, function.__code__, function.__globals__)
    for swap in changed:
        name = swap.edit.node.name or ""
        # Of an object it is only known that one of its methods is called.
        meant = not swap.edit.node.scopes or name in called.names or is_special(name)
        if meant and swap.old is not function.__code__ and not called.ids.isdisjoint((id(swap.old), id(swap.new))):
            yield swap.edit.node.qualname
    for code, namespace in [(function.__code__, function.__globals__), *called.functions]:
        yield from sorted(anew.get(id(namespace), set()) & names_in(all_codes(code)))


def made_by(cls: type, method: str, inherits: bool) -> list[type]:
    """The living classes that a method of a class had a part in making; `inherits`: the hook that calls it."""
    if inherits:
        own = "__init_subclass__" in locate.class_dict(cls) and foreign_meta(cls) is None
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
    return (
        [each for each in instances([cls], True) if issubclass(type(each), type)] if locate.is_below(cls, type) else []
    )


def _written_bases(cls: type) -> tuple[object, ...]:
    """What stands in the place of bases in the statement of a class."""
    bases = locate.class_dict(cls).get("__orig_bases__", ())
    return bases if is_a(bases, tuple) else ()
