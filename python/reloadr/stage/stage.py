"""What is to become true: names, attributes and code as they will be once the stage is committed."""

from __future__ import annotations

from types import CodeType, FunctionType, ModuleType
from typing import cast

from reloadr._core import Node
from reloadr.live import locate
from reloadr.stage.spaces import Space
from reloadr.stage.steps import ATTR, CODE, MISSING, Step

Savepoint = tuple[int, dict[int, dict[str, object]]]


class NewCodes:
    """New code by the code that it is for. By identity: what hashes code looks through all of it."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[CodeType, CodeType]] = {}
        #: The names of modules, by their numbers, that may hold functions that run such code, and those of which it is
        #: known, once somebody has asked: see `held_code.leading`.
        self.candidates: dict[str, list[int]] | None = None
        self.leading: dict[str, set[int]] = {}

    def add(self, old: CodeType, new: CodeType) -> None:
        """Notes that functions which run `old` are to run `new`."""
        self._of[id(old)] = old, new
        self._forget()

    def after(self, code: CodeType) -> CodeType:
        """What a function that runs some code is going to run: something else or, mostly, the same."""
        found = self._of.get(id(code))
        return code if found is None else found[1]

    def before(self, code: CodeType) -> list[CodeType]:
        """What functions still run that are to run some code."""
        return [old for old, new in self._of.values() if new is code]

    def olds(self) -> list[CodeType]:
        """What is going to be replaced."""
        return [old for old, _ in self._of.values()]

    def ids(self) -> set[int]:
        """The ids of the new code."""
        return {id(new) for _, new in self._of.values()}

    def clear(self) -> None:
        """All of it is live, or nothing will be."""
        self._of.clear()
        self._forget()

    def _forget(self) -> None:
        self.candidates = None
        self.leading.clear()


class Stage:
    """What a batch has prepared and not committed yet; nothing of it is live."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        #: By the id of what owns the names: a module's namespace or a class.
        self.spaces: dict[int, Space] = {}
        self._classes: list[tuple[type, Space]] = []
        #: Values before the batch, by namespace and name: the old world, for comparisons.
        self.before: dict[int, dict[str, object]] = {}
        #: Every value that a name had on the way, for importers that took one of them.
        self.trail: dict[tuple[int, str], list[object]] = {}
        #: Simple names of functions whose new code or defaults are not live yet.
        self.pending_names: set[str] = set()
        self.pending_codes = NewCodes()

    def class_space(self, cls: type) -> Space:
        """The space of a living class."""
        space = self.spaces.get(id(cls))
        if space is None:
            space = self.spaces[id(cls)] = Space(locate.class_dict(cls), cls)
            self._classes.append((cls, space))
        return space

    def of_classes(self) -> list[tuple[type, Space]]:
        """The classes that have a space, in the order in which they got one."""
        return list(self._classes)

    def module_space(self, module: ModuleType) -> Space:
        """The space of any module."""
        namespace = module.__dict__
        space = self.spaces.get(id(namespace))
        if space is None:
            space = self.spaces[id(namespace)] = Space(namespace, namespace)
        return space

    def forget_spaces(self) -> None:
        """Drops what is staged for names, of which nothing is to be committed any more."""
        self.spaces.clear()
        self._classes.clear()

    def set(self, space: Space, name: str, value: object) -> None:
        """Stages a name, remembering what it was."""
        self.before.setdefault(id(space.owner), {}).setdefault(name, space.live.get(name, MISSING))
        self.trail.setdefault((id(space.owner), name), []).append(space.get(name))
        space.stage[name] = value

    def current(self, function: FunctionType, name: str) -> object:
        """An attribute of a function as it will be, prepared steps included."""
        for kind, target, key, value in reversed(self.steps):
            if kind == ATTR and target is function and key == name:
                return value
        return getattr(function, name)

    def code(self, function: FunctionType) -> CodeType:
        """The code of a function as it will be: its defaults as they will be belong to that."""
        for kind, target, _, value in reversed(self.steps):
            if kind == CODE and target is function:
                return cast("tuple[CodeType, object]", value)[0]
        return function.__code__

    def pend(self, new: Node) -> None:
        """Notes that a function, and the class that it makes instances of, are not yet what they will be."""
        self.pending_names.add(new.name or "")
        if new.name == "__init__" and new.scopes:
            self.pending_names.add(new.scopes[-1].name or "")

    def savepoint(self) -> Savepoint:
        """Where to go back to if an edit turns out to need a restart."""
        return len(self.steps), {key: dict(space.stage) for key, space in self.spaces.items() if space.stage}

    def restore(self, point: Savepoint) -> None:
        """Forgets what was prepared since the savepoint, unless an evaluation had it committed already."""
        steps, stages = point
        if len(self.steps) >= steps:
            del self.steps[steps:]
        for key, space in self.spaces.items():
            space.stage.clear()
            space.stage.update(stages.get(key, {}))

    def take(self) -> list[Step]:
        """Hands out all that is prepared, to be committed; the stage is empty afterwards."""
        steps, self.steps = self.steps, []
        for space in self.spaces.values():
            steps += space.steps()
            space.stage.clear()
        self.pending_names.clear()
        self.pending_codes.clear()
        return steps
