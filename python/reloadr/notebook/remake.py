"""One definition of a cell that ran again: what the new object is goes over to the old one, which lives on."""

from __future__ import annotations

import types
from collections.abc import Iterator, MutableMapping
from types import CellType, CodeType, FunctionType
from typing import Any, cast

from reloadr._core import Outline, references
from reloadr.engine.annotations import of_functions
from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes import living, rebuild, replace
from reloadr.engine.classes.layout import movable
from reloadr.engine.classes.plan import Plan
from reloadr.engine.classes.taking import Taking
from reloadr.engine.commit import migrate
from reloadr.judge.same import unchanged_value
from reloadr.live import locate
from reloadr.live.codes import nested_pairs
from reloadr.live.module import Tracked
from reloadr.report.at_work import RL201
from reloadr.report.caveats import RL202, RL203, RL223
from reloadr.report.reasons import plural
from reloadr.source.edits import edits_of
from reloadr.source.outlines import compare
from reloadr.stage.spaces import Space
from reloadr.stage.steps import ATTR, CELL, CODE, GLOBALS, MISSING, TYPE

__all__ = ["Remake"]

#: What a function takes over besides its code and annotations.
_ATTRIBUTES = ("__defaults__", "__kwdefaults__", "__doc__", "__name__", "__qualname__", "__module__")


class Remake:
    """Carries one definition over. What it does is in the batch's journal."""

    def __init__(
        self,
        batch: Batch,
        tracked: Tracked,
        namespace: MutableMapping[str, Any],
        before: Outline,
        after: Outline,
        name: str,
    ) -> None:
        self.batch = batch
        self.tracked = tracked
        self.name = name
        diff = compare(before, after, tracked.filename)
        self.edits = edits_of(diff)
        owner = cast("dict[str, object]", namespace)
        self.work = Work(tracked, tracked.snapshot, after, diff, self.edits, Space(owner, owner))
        batch.works.by_name[tracked.name] = self.work
        batch.stage.spaces[id(owner)] = self.work.space
        self.before, self.after = before, after
        #: Code objects of functions that were given new ones, and the new ones.
        self._codes: list[tuple[CodeType, CodeType]] = []
        self._given: set[int] = set()
        #: What the name is bound to: it may be a closure of the decorator's.
        self._top: object = None
        self._pairs: dict[int, object] = {}
        self._shared = False

    # ---- the whole -------------------------------------------------------------------------------

    def carry_out(self, old: object, new: object) -> object:
        """Returns what is to be bound: `old` where it could take over everything, else `new`."""
        self._top = old
        kept = self.take(old, new)
        self._others()
        batch = self.batch
        batch.flush()
        for migration in batch.classes.migrations:
            migrate(batch.findings, batch.journal, *migration)
        batch.classes.migrations.clear()
        replace.told(batch)
        batch.journal.finish()
        batch.stage.forget_spaces()
        if kept is new and type(old) is not type(new):
            self._anew("it is of another kind now")
        return kept

    def failed(self, old: object, error: Exception) -> None:
        """Says that the new object stands alone."""
        self._anew(f"{type(error).__name__}: {error}")

    def _anew(self, why: str) -> None:
        kind = RL223(name=self.name, why=why)
        self.batch.findings.reason(kind, self.tracked, self.name, self.after.roots()[0].line)

    def take(self, old: object, new: object) -> object:
        """The one of two corresponding objects that lives on; functions inside of both are handed over anyhow."""
        known = self._pairs.get(id(new), MISSING)
        if known is not MISSING:
            return known
        kept = self._pairs[id(new)] = self._take(old, new)
        return kept

    def _take(self, old: object, new: object) -> object:
        if old is new:
            return old
        if isinstance(old, FunctionType) and isinstance(new, FunctionType):
            if not self._is_own(old, new):
                return new
            self._function(old, new)
            return old
        if isinstance(old, type) and isinstance(new, type):
            return self._class(old, new) if self._is_own(old, new) else new
        if isinstance(old, type) or isinstance(new, type):
            return new
        lives_on = isinstance(old, (staticmethod, classmethod, property)) or (
            locate.is_cache(old) and locate.is_cache(new) and _parameters(old) == _parameters(new)
        )
        shared, self._shared = self._shared, not lives_on
        # A wrapper that goes by the name of what it wraps has a code object of another name.
        inner = [each.function for each in locate.unwrap(new)]
        for each in locate.unwrap(old):
            key = (each.function.__qualname__, each.function.__code__.co_qualname)
            for other in inner:
                if (other.__qualname__, other.__code__.co_qualname) == key:
                    self.take(each.function, other)
                    inner.remove(other)
                    break
        self._shared = shared
        if locate.is_cache(old) and locate.is_cache(new):
            return self._cache(old, new)
        return old if self._is_as_good(old, new) else new

    def _is_own(self, old: FunctionType | type, new: FunctionType | type) -> bool:
        """Whether both were made by the definition, and are no values that it only mentions."""
        name = new.__qualname__
        if old.__qualname__ != name:
            return False
        if old is self._top and "<locals>" in name:
            return True
        inside = name == self.name or name.startswith(f"{self.name}.")
        return inside and old.__module__ == new.__module__ == self.tracked.name

    def _cache(self, old: Any, new: Any) -> object:
        """A cache keeps its object and forgets what the old code gave, unless it is made differently now."""
        wrapped = old.__wrapped__
        if _parameters(old) != _parameters(new) or self._pairs.get(id(new.__wrapped__)) is not wrapped:
            return new
        for name, value in vars(new).items():
            if name != "__wrapped__":
                self.batch.stage.steps.append((ATTR, old, name, value))
        self.batch.journal.caches.append(old.cache_clear)
        return cast(object, old)

    def _is_as_good(self, old: object, new: object) -> bool:
        """Whether a descriptor wraps, in the same way, functions that live on."""
        if type(old) is not type(new):
            return False
        if isinstance(old, (staticmethod, classmethod)) and isinstance(new, (staticmethod, classmethod)):
            return self._pairs.get(id(new.__func__), MISSING) is old.__func__
        if isinstance(old, property) and isinstance(new, property):
            parts = [(getattr(old, part), getattr(new, part)) for part in ("fget", "fset", "fdel")]
            return all(a is b is None or self._pairs.get(id(b), MISSING) is a for a, b in parts)
        return False

    # ---- functions -------------------------------------------------------------------------------

    def _function(self, old: FunctionType, new: FunctionType) -> None:
        steps = self.batch.stage.steps
        self._given.add(id(old))
        self._codes.append((old.__code__, new.__code__))
        cells = dict(zip(old.__code__.co_freevars, old.__closure__ or (), strict=False))
        for name, cell in zip(new.__code__.co_freevars, new.__closure__ or (), strict=False):
            # What a decorator wrapped is wrapped by the new one as well: the old function, with its new code.
            content, was = _content(cell), _content(cells.get(name))
            if isinstance(content, FunctionType) and isinstance(was, FunctionType) and content is not new:
                if content.__qualname__ == was.__qualname__ and was is not content:
                    steps.append((CELL, cell, None, self.take(was, content)))
        if old.__globals__ is not new.__globals__:
            steps.append((GLOBALS, old, None, new.__globals__))
        # A code object of its own, or the next run would find by it the function that is let go of now. Where that
        # lives on, under a wrapper that is bound anew, this is how the next run finds both.
        code = new.__code__ if self._shared else new.__code__.replace()
        steps.append((CODE, old, None, (code, new.__closure__)))
        if not of_functions.same_annotations(old, new):
            steps += of_functions.steps_to(old, new)
        names = [*_ATTRIBUTES]
        names += ["__type_params__"] if hasattr(new, "__type_params__") else []
        for name in names:
            value = getattr(new, name)
            if getattr(old, name) is not value:
                steps.append((ATTR, old, name, value))
        attributes = {name: value for name, value in vars(old).items() if name != "__wrapped__"} | vars(new)
        wrapped = attributes.get("__wrapped__")
        if id(wrapped) in self._pairs:
            attributes["__wrapped__"] = self._pairs[id(wrapped)]
        if attributes != vars(old):
            steps.append((ATTR, old, "__dict__", attributes))

    def _others(self) -> None:
        """Whoever else runs the old code: copies of functions, closures that they made, generators, frames."""
        wanted: dict[int, CodeType | None] = {}
        if not self._codes:
            return
        for old, new in self._codes:
            wanted |= {id(inner): None for inner in _inner(old)}
            wanted |= {id(a): b for a, b in nested_pairs(old, new)}
            wanted[id(old)] = new
        del old, new
        codes = [each for old, _ in self._codes for each in (old, *_inner(old))]
        tops = {id(old) for old, _ in self._codes}
        # A function's code is held by the function and by us twice, an inner one by its outer one and by us once.
        heap = locate.search(code for code in codes if references(code) > (_ALONE if id(code) in tops else _ALONE - 1))
        living = [f for functions in heap.functions.values() for f in functions if id(f) not in self._given]
        for function in living:
            self._other(function, wanted[id(function.__code__)], living)
        running: dict[str, dict[str, int]] = {}
        for code in codes:
            counts = running.setdefault(code.co_qualname, {})
            for runner in heap.runners.get(id(code), ()):
                kind = type(runner).__name__.replace("_", " ")
                counts[kind] = counts.get(kind, 0) + 1
        for key, frames in locate.running_frames(set(wanted)).items():
            counts = running[next(code.co_qualname for code in codes if id(code) == key)]
            counts["frame"] = counts.get("frame", 0) + len(frames)
        if any(edit.action != "formatted" for edit in self.edits):
            for qualname, counts in running.items():
                if counts:
                    words = " and ".join(plural(count, kind) for kind, count in counts.items())
                    why = "it is code of a cell"
                    self.batch.findings.reason(
                        RL201(name=qualname, count=words, why=why), self.tracked, qualname, self._line(qualname)
                    )

    def _line(self, qualname: str) -> int:
        found = self.after.find(qualname.partition(".<locals>")[0])
        return found[0].line if found else 0

    def _other(self, function: FunctionType, new: CodeType | None, living: list[FunctionType]) -> None:
        """A function that shares the code of one that was given new code, or was made by it."""
        name = function.__qualname__
        if new is None:
            self.batch.findings.reason(RL203(name=name, count="1 function"), self.tracked, name, self._line(name))
            return
        cells: dict[str, CellType] = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=False))
        for other in living:
            held = dict(zip(other.__code__.co_freevars, other.__closure__ or (), strict=False))
            if any(cells.get(each) is cell for each, cell in held.items()):
                cells = {**held, **cells}
        absent = [each for each in new.co_freevars if each not in cells]
        if absent:
            self.batch.findings.reason(
                RL202(name=name, count="1 function", variables=", ".join(absent)), self.tracked, name, self._line(name)
            )
            return
        self.batch.stage.steps.append(
            (CODE, function, None, (new, tuple(cells[each] for each in new.co_freevars) or None))
        )

    # ---- classes ---------------------------------------------------------------------------------

    def _class(self, old: type, new: type) -> type:
        """The class that lives on."""
        olds = [node for node in self.before.find(old.__qualname__) if node.kind == "class"]
        news = [node for node in self.after.find(new.__qualname__) if node.kind == "class"]
        if len(olds) != 1 or len(news) != 1:
            return new
        plan = Plan(old, olds[0], news[0], [])
        is_kept = rebuild.put(_Taking(self, plan), new)
        for edit in self.edits:
            if edit.action == "changed" and edit.new is not None and edit.new.name == "__init__":
                if edit.new.scopes and edit.new.scopes[-1].qualname == new.__qualname__:
                    living.lacking_attributes(self.batch.findings, self.batch.classes, self.work, edit)
        return old if is_kept else new


class _Taking(Taking):
    """A class that the cell has made anew already, and all of it counts, whether its source changed or not."""

    def __init__(self, remake: Remake, plan: Plan) -> None:
        super().__init__(remake.batch, remake.work, plan)
        self._remake = remake

    def carry_over(self, made: type, functions: bool) -> None:
        """Functions keep their objects, unless instances of the old class stay with it."""
        if not functions or not movable(self.cls, made):
            return
        old = locate.class_dict(self.cls)
        for name, value in list(locate.class_dict(made).items()):
            if isinstance(value, FunctionType) and isinstance(old.get(name), FunctionType):
                self.batch.stage.steps.append((TYPE, made, name, self._remake.take(old[name], value)))

    def take(self, name: str, old: object, new: object) -> None:
        if isinstance(new, (types.MemberDescriptorType, types.GetSetDescriptorType)):
            return
        kept = new if old is MISSING else self._remake.take(old, new)
        if kept is old or (old is not MISSING and kept is new and unchanged_value(old, new)):
            return
        self.batch.stage.set(self.batch.stage.class_space(self.cls), name, kept)
        hook = getattr(type(kept), "__set_name__", None)
        if hook is not None and not isinstance(kept, type):
            hook(kept, self.cls, name)


def _parameters(cache: Any) -> object:
    return cache.cache_parameters()


def _content(cell: CellType | None) -> object:
    try:
        return None if cell is None else cell.cell_contents
    except ValueError:
        return None


def _inner(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inner(constant)


def _alone() -> int:
    """The references to a code object that one function or one outer code object holds, and our two lists."""
    namespace: dict[str, Any] = {}
    exec("def f(): pass", namespace)
    pairs = [(namespace["f"].__code__, None)]
    codes = [code for code, _ in pairs]
    return next(references(code) for code in codes)


_ALONE = _alone()
