"""The methods and functions that come to what changes, while it is found out which they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import FunctionType

from reloadr.engine.batch import Batch, Works
from reloadr.engine.follow import calls
from reloadr.engine.follow.readers import candidates, home_of, readers_anywhere
from reloadr.engine.follow.units import HOLDING, Unit, units
from reloadr.live import locate
from reloadr.live.codes import operates
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.using import dispatchers

__all__ = ["MAKING", "OPERATING", "Reached", "name_of", "ran_around", "ran_behind"]

#: Methods that run when their class is called.
MAKING = frozenset({"__init__", "__new__", "__post_init__"})
#: In the place of a name, for the operators that stand for special methods.
OPERATING = "<operators>"
#: Bounds what is followed where everything calls everything.
_MOST = 1000


@dataclass
class Reached:
    """The methods and functions that come to what changes, by module."""

    batch: Batch
    #: The functions and methods of modules, by the names that they use: shared by those who ask within a batch.
    tables: dict[str, dict[str, list[Unit]]]
    #: The code objects that change, by identity.
    codes: set[int] = field(default_factory=set)
    #: The names that matter, where it is no changed code that is come to.
    because: frozenset[calls.Name] = frozenset()
    #: Whether what is come to shows only once it is live.
    asks: bool = False
    methods: dict[int, tuple[type, set[str]]] = field(default_factory=dict)
    functions: dict[str, tuple[Tracked, set[str]]] = field(default_factory=dict)
    #: Those of them that come to it as they are called, and not only by what they make, as most decorators do.
    at_once: set[tuple[str, str]] = field(default_factory=set)
    #: What is still to be followed: a method by its name, and the classes that have it; a function by its module.
    todo: list[tuple[str, tuple[type, ...], Tracked | None]] = field(default_factory=list)
    _seen: set[tuple[object, ...]] = field(default_factory=set)
    _ran: dict[tuple[frozenset[str], frozenset[str]], bool] = field(default_factory=dict)

    def ran_around(self, words: list[str], sought: set[str]) -> bool:
        """Whether something ran as modules were loaded that may have come to a method; methods of one name are asked
        about once, in however many modules they are.
        """
        key = (frozenset(words), frozenset(sought))
        if key not in self._ran:
            homes = self.batch.works.mentioning(words)
            self._ran[key] = any(ran_around(self.batch.works, each, sought) for each in homes)
        return self._ran[key]

    def add_method(self, tracked: Tracked, cls: type, name: str) -> None:
        """A method comes to it: whoever calls it by its name, or makes an instance, does."""
        family = (cls, *(each for each in locate.subclasses(cls) if name not in locate.class_dict(each)))
        for each in family:
            self.methods.setdefault(id(each), (each, set()))[1].add(name)
        for other in _other_names(cls, name) - self.methods[id(cls)][1]:
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

    def add_function(self, tracked: Tracked, name: str) -> None:
        """A function, or a class that is called, comes to it."""
        names = self.functions.setdefault(tracked.name, (tracked, set()))[1]
        names.add(name)
        self.follow(name, (), tracked)
        # Who calls the function that an implementation is registered with calls that.
        for node in self.batch.works.of(tracked).outline.find(name):
            for other in dispatchers(node) - names:
                self.add_function(tracked, other)

    def follow(self, name: str, owners: tuple[type, ...], tracked: Tracked | None) -> None:
        """Who uses a name is to be found, once; of a function in what it is called there."""
        key = (name, tracked.name if tracked is not None else "", *map(id, owners[:1]))
        if key not in self._seen and len(self._seen) < _MOST:
            self._seen.add(key)
            self.todo.append((name, owners, tracked))

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


def ran_around(works: Works, tracked: Tracked, sought: set[str]) -> bool:
    """Whether a statement of any module, or the head of a definition, reads a definition of this one that comes to one
    of these names."""
    around = tracked.users(sought) | (sought & tracked.namespace.keys())
    if "__getattr__" in around:
        # Who asks for a name that is not there does not write it.
        return True
    if works.mentions(tracked, [".register"]):
        around |= {
            other for name in around for node in works.of(tracked).outline.find(name) for other in dispatchers(node)
        }
    if around and any(True for _ in readers_anywhere(works, tracked, around)):
        return True
    # Names of classes within classes are read there alone.
    return any(node.scopes and not node.name for node in works.of(tracked).outline.readers(sought))


def ran_behind(works: Works, tracked: Tracked, sought: set[str]) -> bool:
    """The same, also of definitions anywhere that use those of this module."""
    if ran_around(works, tracked, sought):
        return True
    around = tracked.users(sought)
    return bool(around) and any(ran_around(works, each, around) for each in candidates(works, tracked, around))


def _other_names(cls: type, name: str) -> set[str]:
    """What else a class calls a method: `total = property(get_total)`, `__radd__ = __add__`."""
    members = locate.class_dict(cls)
    own = {id(found.function) for found in locate.unwrap(members.get(name))}
    return {
        other
        for other, value in list(members.items())
        if is_a(value, FunctionType, *HOLDING) and any(id(each.function) in own for each in locate.unwrap(value))
    }


def name_of(cls: type) -> str:
    """The simple name of a class, past any metaclass."""
    return locate.qualname_of(cls).rpartition(".")[2]
