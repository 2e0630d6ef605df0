"""Who collects the members of a class when it is made: a metaclass, an inherited `__init_subclass__`, a decorator.

class Screen(Base):                # `Base.__init_subclass__` keeps a table of the methods with `@on(...)`
    @on("start")
    def begin(self): ...           # added: the table is made once more, or it is said that it may lack this

Those that write on nothing but the class run again, on a class of the same members that nobody sees: see `twins`.
"""

from __future__ import annotations

import dis
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FunctionType

from reloadr._core import Node
from reloadr.engine.batch import Work, Works, Worlds
from reloadr.engine.classes.kinds import (
    HARMLESS_HOOKS,
    KNOWN_DECORATORS,
    OWN,
    STATED,
    binders,
    foreign_meta,
    is_method,
    slots_of,
)
from reloadr.engine.evaluate.reach import reachable
from reloadr.engine.evaluate.worlds import source_of
from reloadr.engine.registrations.known import is_known, named
from reloadr.judge.confined import Own, is_confined, makes_confined
from reloadr.judge.keeping import Asked, only_keeps
from reloadr.judge.static import NOTHING, static_attribute, stored
from reloadr.live import locate
from reloadr.live.capture import is_user_code
from reloadr.live.codes import all_codes
from reloadr.live.kinds import is_a
from reloadr.source.statements import decorator_name, mangled

#: What code that goes through the members of a class has to mention.
_LOOKING = frozenset({"vars", "dir", "__dict__", "getmembers", "getmembers_static", "items", "keys", "values"})
_INHERITING = frozenset({"dir", "getmembers", "getmembers_static", "__mro__", "mro"})
#: What code that reads signatures or docstrings has to mention.
_DESCRIBING = frozenset(
    {
        "signature", "Signature", "getfullargspec", "getdoc", "__doc__", "__annotations__", "get_type_hints",
        "get_annotations", "__annotate__", "__defaults__", "__kwdefaults__", "__code__", "__signature__",
    }
)  # fmt: skip
#: What code that goes by the names or kinds of members has to mention; other code goes by marks that they bear.
_BY_NAME_OR_KIND = frozenset(
    {
        "startswith", "endswith", "callable", "isinstance", "isfunction", "ismethod", "isroutine", "match", "fullmatch",
        "search", "type", "__name__", "__doc__", "__annotations__", "__call__", "signature",
    }
)  # fmt: skip
#: Decorators of the library that write on nothing but the class.
_CONFINED: tuple[object, ...] = (functools.total_ordering,)
#: What a function has among its attributes without anybody marking it.
_UNMARKED = frozenset({"__wrapped__", "__isabstractmethod__", "__override__", "__final__", "__deprecated__"})

#: Whose members keep their name alone.
_TELLS_NOBODY = frozenset({"builtins", "functools", "enum", "types"})

Handed = dict[int, Own]


@dataclass
class Collector:
    """One of them: what it is called, and its functions with what they are handed; those that are not known are not."""

    label: str
    functions: list[tuple[FunctionType, Handed]] = field(default_factory=list)
    known: bool = True
    #: Whether its function is called for the one that is handed the class: `@collect("name")`.
    makes: bool = False
    #: The object or metaclass whose methods they are.
    owner: object = None

    def add(self, function: object, handed: Handed) -> None:
        """Notes one more function of it."""
        function = getattr(function, "__func__", function)
        if is_a(function, FunctionType):
            self.functions.append((function, handed))
        else:
            self.known = False

    def is_confined(self, works: Works) -> bool:
        """Whether it writes on nothing but the class."""
        source = partial(source_of, works)
        return self.known and all(
            any(function is each for each in _CONFINED)
            or (makes_confined if self.makes else is_confined)(function, handed, source)
            for function, handed in self.functions
        )

    def sees(self, worlds: Worlds, name: str, values: list[object], *, marked: bool) -> bool:
        """Whether it may have to do with a member of this name, as it was, `marked` or not, or as it is."""
        marked = marked or any(is_marked(value) for value in values)
        if not all(is_method(value) for value in values):
            return not name.startswith("__") and not self._only_keeps(worlds, by_name=len(values) == 2)
        users = [function for function, _ in self.functions if is_user_code(function.__code__.co_filename)]
        if len(users) < len(self.functions) or not self.known:
            # How a library collects is not known: it goes by marks, or by names that it asks for when they are due.
            return marked
        return any(self._looks(worlds, *each, name, marked=marked) for each in self.functions)

    def _only_keeps(self, worlds: Worlds, *, by_name: bool) -> bool:
        """Whether it has read nothing of what it was handed; `by_name`: nothing but the names of the members."""
        source = partial(source_of, worlds.works)
        for function, handed in self.functions:
            owner = self.owner if self.makes or 0 not in handed else None
            asked = Asked(source, makes=self.makes, owner=owner, by_name=by_name)
            if not all(only_keeps(function, at, asked) for at in handed):
                return False
        return self.known

    def is_of_library(self) -> bool:
        """Whether none of its functions is the user's."""
        return not any(is_user_code(function.__code__.co_filename) for function, _ in self.functions)

    def inherits(self, worlds: Worlds) -> bool:
        """Whether it goes through what a class has from its bases as well."""
        return any(not self._words(worlds, function).isdisjoint(_INHERITING) for function, _ in self.functions)

    def describes(self, worlds: Worlds) -> bool:
        """Whether it may read the signatures or docstrings of members."""
        users = [function for function, _ in self.functions if is_user_code(function.__code__.co_filename)]
        return any(not self._words(worlds, function).isdisjoint(_DESCRIBING) for function in users)

    @staticmethod
    def _words(worlds: Worlds, function: FunctionType) -> set[str]:
        words = set(reachable(worlds.works, worlds.stage, function.__code__, function.__globals__))
        words.update(each for code in all_codes(function.__code__) for each in code.co_consts if isinstance(each, str))
        return words

    def _looks(self, worlds: Worlds, function: FunctionType, handed: Handed, name: str, *, marked: bool) -> bool:
        words = self._words(worlds, function)
        if name in words:
            return True
        through = not words.isdisjoint(_LOOKING) or ("space" in handed.values() and _goes_through(function.__code__))
        if through and not words.isdisjoint({"hasattr", "getattr"}) and words.isdisjoint(_BY_NAME_OR_KIND):
            return marked
        return through and not name.startswith("__")


def collectors(work: Work, cls: type, node: Node) -> list[Collector]:
    """The metaclasses, hooks and decorators that collect members of a class, in no order."""
    found = []
    for each in node.decorators:
        name = decorator_name(each)
        if not is_known(work, name, KNOWN_DECORATORS) or name.rpartition(".")[2] == "total_ordering":
            found.append(Collector(f"@{name}", makes="(" in each.source))
            decorator = named(work, name)
            call = static_attribute(type(decorator), "__call__")
            if is_a(call, FunctionType) and not is_a(decorator, FunctionType, type):
                found[-1].owner = decorator
                found[-1].add(call, {0: "class"} if found[-1].makes else {1: "class"})
            else:
                found[-1].add(decorator, {0: "class"})
    meta = foreign_meta(cls)
    if meta is not None:
        found.append(Collector(f"the metaclass {meta.__name__}", owner=meta))
        for kind in locate.mro(meta):
            own = locate.class_dict(kind) if foreign_meta(kind, itself=True) else {}
            for name, handed in _HANDED.items():
                if name in own:
                    found[-1].add(own[name], dict(handed))
    hooks = [
        (base, hook)
        for base in locate.mro(cls)[1:]
        if (hook := locate.class_dict(base).get("__init_subclass__")) and base.__module__ not in HARMLESS_HOOKS
    ]
    if hooks:
        found.append(Collector(f"{hooks[0][0].__qualname__}.__init_subclass__"))
        for _, hook in hooks:
            found[-1].add(hook, {0: "class"})
    return found


def written_by(work: Work, cls: type, node: Node) -> set[str]:
    """The attributes of a class that those who collect its members may have written, beside the members."""
    if not collectors(work, cls, node):
        return set()
    known = OWN | STATED | {mangled(name, node.name or "") for name in binders(node)}
    return {name for name in locate.class_dict(cls) if name not in known}


def with_other_members(works: Works) -> Iterator[tuple[Work, Node, type]]:
    """The classes that have other members, or members otherwise than by their bodies alone, with their statements."""
    for work in works:
        scopes = [edit.node.scopes[-1] for edit in work.edits if edit.node.scopes and edit.facets != ["body"]]
        for scope in {node.qualname: node for node in scopes}.values():
            cls = locate.class_of(work.tracked, scope)
            if cls is not None:
                yield work, scope, cls


_HANDED: dict[str, Handed] = {"__prepare__": {}, "__new__": {3: "space"}, "__init__": {0: "class", 3: "space"}}


def hook_of(value: object) -> FunctionType | None:
    """The user's `__set_name__` that a member has."""
    hook = static_attribute(type(value), "__set_name__")
    if is_a(value, type) or not is_a(hook, FunctionType):
        return None
    return hook if is_user_code(hook.__code__.co_filename) else None


def are_confined(works: Works, found: list[Collector], members: dict[str, object]) -> bool:
    """Whether all of them, and what is told its name and class, write on nothing else."""
    told = [value for value in members.values() if hasattr(type(value), "__set_name__") and not is_a(value, type)]
    if any(hook_of(value) is None and type(value).__module__ not in _TELLS_NOBODY for value in told):
        return False
    hooks = {hook for value in members.values() if (hook := hook_of(value)) is not None}
    source = partial(source_of, works)
    return all(each.is_confined(works) for each in found) and all(
        is_confined(hook, {0: "member", 1: "class"}, source) for hook in hooks
    )


def untold(cls: type, value: object) -> bool:
    """Whether other members of this kind know their name or class, and this one knows nothing there."""
    if is_method(value):
        return False
    mine = dict(_known_by(value))
    for other, member in list(locate.class_dict(cls).items()):
        if type(member) is type(value) and member is not value:
            for key, known in _known_by(member):
                told = known is cls or (type(known) is str and known == other)
                if told and (mine.get(key) is None or mine[key] is NOTHING):
                    return True
    return False


def _known_by(member: object) -> Iterator[tuple[str, object]]:
    """What an object has in attributes and slots, past what any code of its class would say."""
    yield from (locate.attributes_of(member) or {}).items()
    for base in locate.mro(type(member)):
        for name in slots_of(base):
            yield name, stored(member, name)


def _goes_through(code: CodeType) -> bool:
    """Whether a metaclass does more with the namespace of a class body than to hand it on."""
    space = code.co_varnames[3:4]
    steps = list(dis.get_instructions(code))
    for step, following in itertools.pairwise(steps):
        read = step.argval if is_a(step.argval, tuple) else (step.argval,)
        if step.opname.startswith("LOAD_FAST") and read[-1:] == space:
            if following.opname.startswith(("GET_ITER", "CONTAINS_OP", "BINARY_", "LOAD_CONST", "LOAD_FAST")):
                return True
    return False


def is_marked(value: object) -> bool:
    """Whether a function bears attributes that a decorator may have given it."""
    return any(found.function.__dict__.keys() - _UNMARKED for found in locate.unwrap(value))


__all__ = [
    "Collector",
    "are_confined",
    "collectors",
    "hook_of",
    "is_marked",
    "untold",
    "with_other_members",
    "written_by",
]
