"""The methods and functions that come to what changes, while it is found out which they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FunctionType

from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.follow import calls
from reloadr.engine.follow.instances import MAKING
from reloadr.engine.follow.readers import candidates, home_of, imported_within, local_names, never_ran, readers_of
from reloadr.engine.follow.through_values import Sought
from reloadr.engine.follow.units import HOLDING, Unit, units
from reloadr.engine.registrations.known import may_register
from reloadr.live import locate
from reloadr.live.codes import operates
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.using import dispatchers

__all__ = ["OPERATING", "Reached", "is_read", "name_of"]

#: In the place of a name, for the operators that stand for special methods.
OPERATING = "<operators>"
#: Bounds what is followed where everything calls everything.
_MOST = 1000
#: From how many names on they are taken to be used all over.
_SPREAD = 400
#: Up to how many it is told from the heads of definitions.
_NEAR = 24


@dataclass
class Reached:
    """The methods and functions that come to what changes, by module."""

    batch: Batch
    #: The functions and methods of modules, by the names that they use: shared by those who ask within a batch.
    tables: dict[str, dict[str, list[Unit]]]
    #: The code objects that change, by identity.
    codes: set[int] = field(default_factory=set)
    #: The modules whose names mean something else, with those names, by the ids of the modules.
    modules: dict[int, tuple[Tracked, set[str]]] = field(default_factory=dict)
    #: The names that matter, where it is no changed code that is come to.
    because: frozenset[calls.Name] = frozenset()
    #: Whether what is come to shows only once it is live.
    asks: bool = False
    methods: dict[int, tuple[type, set[str]]] = field(default_factory=dict)
    functions: dict[str, tuple[Tracked, set[str]]] = field(default_factory=dict)
    #: Those of them that come to it only by what they make, as most decorators do: by module and name.
    late: set[tuple[str, str]] = field(default_factory=set)
    #: Those of them that are only guessed to come to it.
    guessed: set[tuple[str, str]] = field(default_factory=set)
    #: What is still to be followed: a method by its name, and the classes that have it; a function by its module.
    todo: list[tuple[str, tuple[type, ...], Tracked | None, int]] = field(default_factory=list)
    #: What was sought by way of values, and the statements and definitions that were found so, by module and line.
    sought: Sought = field(default_factory=Sought)
    found: set[tuple[str, int]] = field(default_factory=set)
    #: How often it was guessed, on the way to what is followed just now, whose attribute is meant by a name.
    guesses: int = 0
    _seen: set[tuple[object, ...]] = field(default_factory=set)
    #: By classes, which `methods` holds: the names of the functions of each, by their ids.
    _held: dict[int, dict[int, set[str]]] = field(default_factory=dict)
    _ran: dict[tuple[frozenset[str], frozenset[str]], bool] = field(default_factory=dict)

    def ran_around(self, words: list[str], sought: set[str]) -> bool:
        """Whether something ran as modules were loaded that may have come to a method; methods of one name are asked
        about once, in however many modules they are.
        """
        key = (frozenset(words), frozenset(sought))
        if key not in self._ran:
            homes = self.batch.works.mentioning(words)
            self._ran[key] = is_read(self.batch.works, [(each, sought) for each in homes])
        return self._ran[key]

    def add_names(self, tracked: Tracked, names: set[str]) -> None:
        """Names of a module mean, or come to, something else."""
        self.modules.setdefault(id(tracked.module), (tracked, set()))[1].update(names)

    def add(self, tracked: Tracked, holder: type | None, member: str, *, late: bool = False) -> None:
        """A function comes to it, or a method of a class that holds it."""
        if holder is None:
            self.add_function(tracked, member, late=late)
        elif member not in self.methods.get(id(holder), (holder, ()))[1]:
            self.add_method(tracked, holder, member)

    def add_method(self, tracked: Tracked, cls: type, name: str) -> None:
        """A method comes to it: whoever calls it by its name, or makes an instance, does."""
        family = (cls, *(each for each in locate.subclasses(cls) if name not in locate.class_dict(each)))
        for each in family:
            self.methods.setdefault(id(each), (each, set()))[1].add(name)
        for other in self._other_names(cls, name) - self.methods[id(cls)][1]:
            self.add_method(tracked, cls, other)
        if name not in MAKING:
            self.follow(name, family, None)
            return
        for each in family:
            home = tracked if each is cls else home_of(self.batch.works, each)
            qualname = locate.qualname_of(each)
            if home is not None and "." not in qualname:
                self.add_function(home, qualname)
            elif home is not None:
                self.follow(qualname.rpartition(".")[2], (each,), None)

    def _other_names(self, cls: type, name: str) -> set[str]:
        """What else a class calls a method: `total = property(get_total)`, `__radd__ = __add__`."""
        members = locate.class_dict(cls)
        if id(cls) not in self._held:
            # Asked of most methods of a class, one by one.
            held = self._held[id(cls)] = {}
            for other, value in list(members.items()):
                if is_a(value, FunctionType, *HOLDING):
                    for each in locate.unwrap(value):
                        held.setdefault(id(each.function), set()).add(other)
        own = [each.function for each in locate.unwrap(members.get(name))]
        return set[str]().union(*(self._held[id(cls)].get(id(each), ()) for each in own))

    def add_function(self, tracked: Tracked, name: str, *, late: bool = False) -> None:
        """A function, or a class that is called, comes to it, at once or only by what it makes."""
        names = self.functions.setdefault(tracked.name, (tracked, set()))[1]
        if not late:
            self.late.discard((tracked.name, name))
        elif name not in names:
            self.late.add((tracked.name, name))
        if not self.guesses:
            self.guessed.discard((tracked.name, name))
        elif name not in names:
            self.guessed.add((tracked.name, name))
        names.add(name)
        self.add_names(tracked, {name})
        self.follow(name, (), tracked)
        for other in _registered_with(self.batch.works, tracked, {name}) - names:
            self.add_function(tracked, other)

    def follow(self, name: str, owners: tuple[type, ...], tracked: Tracked | None) -> None:
        """Who uses a name is to be found, once; of a function in what it is called there."""
        key = (name, tracked.name if tracked is not None else "", *map(id, owners[:1]))
        if key not in self._seen and len(self._seen) < _MOST:
            self._seen.add(key)
            self.todo.append((name, owners, tracked, self.guesses))

    def users(self, tracked: Tracked, name: str) -> list[Unit]:
        """The functions and methods of a module whose code mentions a name."""
        if tracked.name not in self.tables:
            found = self.tables[tracked.name] = {}
            for unit in units(tracked):
                for each in unit.names | unit.held:
                    found.setdefault(each, []).append(unit)
                if any(operates(code) for code in unit.codes):
                    found.setdefault(OPERATING, []).append(unit)
        return self.tables[tracked.name].get(name, [])


def is_read(works: Works, todo: list[tuple[Tracked, set[str]]], words: Sequence[str] = ()) -> bool:
    """Whether a statement of any module, or the head of a definition, reads a definition that comes to one of some
    names; also where that is all over, or where a module on the way writes one of these words."""
    seen: set[tuple[str, str]] = set()
    while todo:
        home, names = todo.pop()
        fresh = {name for name in names if (home.name, name) not in seen}
        if not fresh:
            continue
        around = home.users(fresh)
        seen |= {(home.name, name) for name in around | fresh}
        around |= fresh & home.namespace.keys()
        around |= _registered_with(works, home, around)
        if (
            any(_is_handed_on(works.of(home), name) for name in around)
            or len(seen) > _SPREAD
            or any(name.startswith("<") or name == "__getattr__" for name in around)
        ):
            # Who asks for a name that a module has not does not write that of its `__getattr__`.
            return True
        if words and works.mentions(home, list(words)):
            return True
        # What the heads of definitions read, decorators and bases, mostly runs later: asked of what few use.
        near = bool(words) or len(seen) <= _NEAR
        readers = readers_of(works, home, around) if around else ()
        if any((near or not node.name) and not never_ran(work, node) for work, node, _ in readers):
            return True
        # Names of classes within classes are read there alone.
        if any(node.scopes and not node.name for node in works.of(home).outline.readers(fresh)):
            return True
        for other in candidates(works, home, around) if around else ():
            if other is not home:
                local = local_names(works.of(other), home, around)
                local |= imported_within(works, other, home, around)
                todo.append((other, {name.rpartition(".")[2] for name in local}))
    return False


def _registered_with(works: Works, tracked: Tracked, names: set[str]) -> set[str]:
    """The functions that some definitions are registered with as implementations: who calls those calls these."""
    if not works.mentions(tracked, [".register"]):
        return set()
    outline = works.of(tracked).outline
    return {other for name in names for node in outline.find(name) for other in dispatchers(node)}


def _is_handed_on(work: Work, name: str) -> bool:
    """Whether decorators may have called a definition, or a member of it."""
    nodes = [each for node in work.outline.find(name) for each in (node, *node.members)]
    return any(may_register(work, node) for node in nodes if node.decorators)


def name_of(cls: type) -> str:
    """The simple name of a class, past any metaclass."""
    return locate.qualname_of(cls).rpartition(".")[2]
