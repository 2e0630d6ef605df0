"""What came to changed code while modules were loaded by way of methods of other classes, or of functions of others;
and to code that reads a name or an attribute of a class which may change.

class Cart:
    def total(self): ...           # edited
class Shop:
    def sum(self): return Cart().total()
SUM = Shop().sum()                 # due, though it mentions nothing of `Cart`

Who calls whom is told by names alone. Asked before anything is live, as `calls.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import FunctionType

from reloadr._core import Node, instances
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.follow import calls, code_uses, method_uses
from reloadr.engine.follow.given import is_open
from reloadr.engine.follow.readers import candidates, home_of, imported_within, local_names, readers_anywhere
from reloadr.engine.follow.through_values import Sought, readers_of_holders
from reloadr.engine.follow.units import HOLDING, Unit, units_of
from reloadr.live import locate
from reloadr.live.codes import operates, shows
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.edits import Edit, only_describes
from reloadr.source.statements import decorator_name, mangled
from reloadr.source.using import calls_one, is_special

__all__ = ["further"]

#: Methods that run when their class is called.
_MAKING = frozenset({"__init__", "__new__", "__post_init__"})
#: Names that methods of the interpreter's own containers and texts have: who uses them need not mean the user's.
_COMMON = frozenset(name for kind in (dict, list, set, str, bytes) for name in dir(kind) if not name.startswith("_"))
#: What makes a text of an object.
_SHOWING = frozenset({"__str__", "__repr__", "__format__"})
#: In the place of a name, for the operators that stand for special methods.
_OPERATING = "<operators>"
#: Bounds what is followed where everything calls everything.
_MOST = 400


@dataclass
class _Reached:
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
    methods: dict[int, tuple[type, set[str]]] = field(default_factory=dict)
    functions: dict[str, tuple[Tracked, set[str]]] = field(default_factory=dict)
    #: What is still to be followed: a method by its name, and the classes that have it; a function by its module.
    todo: list[tuple[str, tuple[type, ...], Tracked | None]] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _ran: dict[tuple[frozenset[str], frozenset[str]], bool] = field(default_factory=dict)

    def ran_around(self, words: list[str], sought: set[str]) -> bool:
        """Whether something ran as modules were loaded that may have come to a method; methods of one name are asked
        about once, in however many modules they are.
        """
        key = (frozenset(words), frozenset(sought))
        if key not in self._ran:
            homes = self.batch.works.mentioning(words)
            self._ran[key] = any(_ran_around(self.batch.works, each, sought) for each in homes)
        return self._ran[key]

    def add_names(self, tracked: Tracked, names: set[str]) -> None:
        """Names of a module mean, or come to, something else."""
        self.modules.setdefault(id(tracked.module), (tracked, set()))[1].update(names)

    def add_method(self, tracked: Tracked, cls: type, name: str) -> None:
        """A method comes to it: whoever calls it by its name, or makes an instance, does."""
        family = (cls, *(each for each in locate.subclasses(cls) if name not in locate.class_dict(each)))
        for each in family:
            self.methods.setdefault(id(each), (each, set()))[1].add(name)
        for other in _other_names(cls, name) - self.methods[id(cls)][1]:
            self.add_method(tracked, cls, other)
        if name not in _MAKING:
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
        self.functions.setdefault(tracked.name, (tracked, set()))[1].add(name)
        self.add_names(tracked, {name})
        self.follow(name, (), tracked)

    def follow(self, name: str, owners: tuple[type, ...], tracked: Tracked | None) -> None:
        """Who uses a name is to be found, once; of a function in what it is called there."""
        key = (name, tracked.name if tracked is not None else "")
        if key not in self._seen and len(self._seen) < _MOST:
            self._seen.add(key)
            self.todo.append((name, owners, tracked))

    def users(self, tracked: Tracked, name: str) -> list[Unit]:
        """The functions and methods of a module whose code mentions a name."""
        if tracked.name not in self.tables:
            found = self.tables[tracked.name] = {}
            for unit in units_of(tracked):
                for each in unit.names | unit.held:
                    found.setdefault(each, []).append(unit)
                if any(operates(code) for code in unit.codes):
                    found.setdefault(_OPERATING, []).append(unit)
        return self.tables[tracked.name].get(name, [])


@dataclass(frozen=True)
class _Found:
    """A statement that comes to it, with what it reads of that."""

    work: Work
    node: Node
    read: set[str]
    #: The names that matter; none where it is changed code that is come to.
    because: frozenset[calls.Name]
    #: Whether it can run again only once the new code is live: by no name does its text come to it.
    asks: bool = False

    def beside(self, other: _Found) -> _Found:
        """The same statement, found twice. What comes to changed code matters whatever the names are."""
        because = self.because | other.because if self.because and other.because else frozenset()
        return replace(self, read=self.read | other.read, because=because, asks=self.asks or other.asks)


def further(batch: Batch, known: list[calls.Call]) -> list[calls.Call]:
    """Who called what comes to changed functions and methods by way of others; but those that are known."""
    found: dict[object, _Found] = {}
    for each in _through_methods(batch):
        key = calls.Call(each.work, each.node, frozenset()).key
        found[key] = each.beside(found[key]) if key in found else each
    for call in known:
        if call.key in found and not is_open(call) and (not call.because or found[call.key].because <= call.because):
            del found[call.key]
    used = [(each, calls.used(batch.worlds, each.work, each.node, each.read, each.because)) for each in found.values()]
    return [replace(call, asks=call.asks or each.asks) for each, made in used for call in made]


def _through_methods(batch: Batch) -> Iterator[_Found]:
    changed = [swap for swap in batch.swaps if swap.edit.action != "formatted" and not only_describes(swap.edit.facets)]
    reached = _Reached(batch, {}, {id(swap.old) for swap in changed} | set(_lambdas(batch)))
    for work in batch.works:
        for edit in work.edits:
            if edit.action == "formatted" or not edit.node.name:
                continue
            if not edit.node.scopes:
                reached.add_names(work.tracked, {edit.node.name})
            if edit.node.kind == "function":
                for node in _changing(edit):
                    _seed(reached, work, node)
                _seed_dispatch(reached, work, edit)
            elif "bases" in edit.facets:
                _seed_bases(reached, work, edit.old or edit.node)
    yield from _come_to(reached)
    yield from _through_names(batch, reached.tables)


def _through_names(batch: Batch, tables: dict[str, dict[str, list[Unit]]]) -> Iterator[_Found]:
    """Who comes to what reads names, or attributes of classes, that edits bind anew."""
    names_anew, attributes_anew = batch.noted.read_anew, batch.noted.attributes_anew
    because = {each for _, _, names in names_anew for each in names}
    because |= {(id(cls), name) for _, cls, names in attributes_anew for name in names}
    reached = _Reached(batch, tables, because=frozenset(because))
    for tracked, names, _ in names_anew:
        reached.add_names(tracked, names)
        _seed_names(reached, tracked, names)
    for tracked, cls, names in attributes_anew:
        family = {_name_of(each) for each in (cls, *locate.subclasses(cls))}
        for name in sorted(names):
            if reached.ran_around([name, *sorted(family)], {name, *family}):
                reached.add_method(tracked, cls, mangled(name, _name_of(cls)))
    yield from _come_to(reached)


def _seed_names(reached: _Reached, tracked: Tracked, names: set[str]) -> None:
    for codes in list(tracked.codes.values()):
        reached.codes |= {id(code) for code in codes if code_uses.reads(code, names)}
    ran = _ran_behind(reached.batch.works, tracked, {part for name in names for part in name.split(".")})
    for last in sorted({name.rpartition(".")[2] for name in names}):
        for unit in reached.users(tracked, last):
            reached.codes |= {id(code) for code in unit.codes if code_uses.reads(code, names)}
            if ran and any(code_uses.reads(each, names) for each in code_uses.at_once(unit.codes)):
                _add(reached, tracked, unit.holder, unit.name)


def _lambdas(batch: Batch) -> Iterator[int]:
    """The code of lambdas in statements that change."""
    for work in batch.works:
        lambdas = work.tracked.codes.get("<lambda>", [])
        for edit in work.edits if lambdas else ():
            old = edit.old
            if old is not None and not old.name and edit.action != "formatted":
                yield from (id(each) for each in lambdas if old.line <= each.co_firstlineno <= old.end_line)


def _changing(edit: Edit) -> list[Node]:
    """What a name comes to means, or does, something else: of a method that comes, goes or is renamed, in the classes
    below as well."""
    node = edit.old or edit.node
    if edit.old is None or edit.new is None or edit.old.name != edit.new.name:
        return [each for each in (edit.old, edit.new) if each is not None and each.scopes]
    return [] if only_describes(edit.facets) else [node]


def _come_to(reached: _Reached) -> Iterator[_Found]:
    """Statements that come to what was reached so far, directly or through others."""
    batch, because = reached.batch, reached.because
    _drain(reached)
    yield from _by_values(reached)
    for tracked, names in reached.functions.values():
        for work, node, read in readers_anywhere(batch.works, tracked, names):
            if not node.name and node.kind in ("assignment", "statement") and calls_one(node, read):
                yield _Found(work, node, read, because)
    methods = [(cls, names - _MAKING) for cls, names in reached.methods.values()]
    for work, node, read in method_uses.users(batch, methods):
        yield _Found(work, node, read, because)


def _drain(reached: _Reached) -> None:
    """Finds who uses what was reached, and who uses those, until there is nobody more."""
    while reached.todo:
        name, owners, tracked = reached.todo.pop()
        if tracked is None:
            _who_uses(reached, name, owners)
        else:
            _who_calls(reached, tracked, name)


def _by_values(reached: _Reached) -> Iterator[_Found]:
    """Who came to it by way of tables, aliases and attributes; functions that do are followed in turn."""
    batch = reached.batch
    codes = set(reached.codes)
    seen: set[tuple[str, int]] = set()
    while codes or reached.methods or reached.modules:
        for tracked, names in reached.functions.values():
            functions = [each.function for name in names for each in locate.unwrap(tracked.namespace.get(name))]
            codes |= {id(each.__code__) for each in functions if each.__globals__ is tracked.namespace}
        methods = {key: (cls, names - _MAKING) for key, (cls, names) in reached.methods.items() if names - _MAKING}
        for work, node, read, function in list(readers_of_holders(batch, Sought(codes, methods, reached.modules))):
            if (work.tracked.name, node.line) in seen:
                continue
            seen.add((work.tracked.name, node.line))
            if not function:
                yield _Found(work, node, read, reached.because, asks=True)
            elif node.scopes and (cls := locate.class_of(work.tracked, node.scopes[-1])) is not None:
                reached.add_method(work.tracked, cls, locate.bound_name(node))
            else:
                reached.add_function(work.tracked, node.qualname)
        if not reached.todo:
            return
        _drain(reached)


def _seed(reached: _Reached, work: Work, node: Node) -> None:
    """Begins with what changed, where something that ran as modules were loaded may have come to it."""
    name, tracked = locate.bound_name(node), work.tracked
    cls = locate.class_of(tracked, node.scopes[-1]) if node.scopes else None
    if node.scopes and cls is None:
        return
    family = [] if cls is None else [cls, *locate.subclasses(cls)]
    if cls is not None and type in locate.mro(cls):
        # Who uses a class that it made uses it.
        family += [each for each in instances([cls], True) if is_a(each, type)]
    sought = {name, *(_name_of(each) for each in family)}
    words = [node.name or "", *(_name_of(each) for each in family[1:])]
    if cls is not None and reached.ran_around(words, sought):
        reached.add_method(tracked, cls, name)
    elif cls is None:
        homes = candidates(reached.batch.works, tracked, {name})
        if any(_ran_around(reached.batch.works, each, sought) for each in homes):
            reached.follow(name, (), tracked)


def _other_names(cls: type, name: str) -> set[str]:
    """What else a class calls a method: `total = property(get_total)`, `__radd__ = __add__`."""
    members = locate.class_dict(cls)
    own = {id(found.function) for found in locate.unwrap(members.get(name))}
    return {
        other
        for other, value in list(members.items())
        if is_a(value, FunctionType, *HOLDING) and any(id(each.function) in own for each in locate.unwrap(value))
    }


def _name_of(cls: type) -> str:
    """The simple name of a class, past any metaclass."""
    return locate.qualname_of(cls).rpartition(".")[2]


def _seed_dispatch(reached: _Reached, work: Work, edit: Edit) -> None:
    """What dispatches by type goes another way where an implementation comes, goes or changes: `@area.register`."""
    for node in (edit.old, edit.new):
        for part in node.decorators if node is not None else ():
            name, dot, what = decorator_name(part).rpartition(".")
            if dot and what == "register" and node is not None and node.scopes:
                cls = locate.class_of(work.tracked, node.scopes[-1])
                if cls is not None and name in locate.class_dict(cls):
                    reached.add_method(work.tracked, cls, name)
            elif (
                dot
                and what == "register"
                and "dispatch" in (locate.attributes_of(work.tracked.namespace.get(name)) or {})
            ):
                reached.add_function(work.tracked, name)


def _seed_bases(reached: _Reached, work: Work, node: Node) -> None:
    """With other bases, any method that a class has of them may be another."""
    cls = locate.class_of(work.tracked, node)
    if cls is None or not _ran_around(reached.batch.works, work.tracked, {_name_of(cls)}):
        return
    homes = {each.name for each in reached.batch.works.watched}
    for base in locate.mro(cls):
        if str(locate.class_dict(base).get("__module__")) in homes:
            for name, value in list(locate.class_dict(base).items()):
                if any(True for _ in locate.unwrap(value)):
                    reached.add_method(work.tracked, cls, name)


def _ran_around(works: Works, tracked: Tracked, sought: set[str]) -> bool:
    """Whether a statement of any module reads a definition of this one that comes to one of these names."""
    around = tracked.users(sought) | (sought & tracked.namespace.keys())
    if around and any(not node.name for _, node, _ in readers_anywhere(works, tracked, around)):
        return True
    # Names of classes within classes are read there alone.
    return any(node.scopes and not node.name for node in works.of(tracked).outline.readers(sought))


def _ran_behind(works: Works, tracked: Tracked, sought: set[str]) -> bool:
    """The same, also of definitions anywhere that use those of this module."""
    if _ran_around(works, tracked, sought):
        return True
    around = tracked.users(sought)
    return bool(around) and any(_ran_around(works, each, around) for each in candidates(works, tracked, around))


def _who_uses(reached: _Reached, name: str, owners: tuple[type, ...]) -> None:
    """Methods and functions that ask something for an attribute of this name."""
    short = name
    for cls in owners:
        short = short.removeprefix(f"_{_name_of(cls).lstrip('_')}")
    for tracked in reached.batch.works.mentioning([short]):
        for unit in reached.users(tracked, name):
            if reached.because and not any(name in each.co_names for each in code_uses.at_once(unit.codes)):
                continue
            if _means(tracked, name, owners, unit):
                _add(reached, tracked, unit.holder, unit.name)
    if is_special(name):
        names = {_name_of(each) for each in owners}
        # By their ids: a metaclass may say what its classes are equal to.
        own, above = set(map(id, owners)), {id(base) for each in owners for base in locate.mro(each)}
        for tracked in reached.batch.works.mentioning(sorted(names)):
            for unit in reached.users(tracked, _OPERATING):
                if name in _SHOWING and not any(shows(code) for code in unit.codes):
                    continue
                # It is of one of these classes, or of one above or below it, or names one.
                holder = unit.holder
                kin = holder is not None and (id(holder) in above or not own.isdisjoint(map(id, locate.mro(holder))))
                if kin or not names.isdisjoint(unit.names):
                    _add(reached, tracked, holder, unit.name)


def _who_calls(reached: _Reached, tracked: Tracked, name: str) -> None:
    """Methods and functions of any module that read the name of a function or class."""
    for other in candidates(reached.batch.works, tracked, {name}):
        local = local_names(reached.batch.works.of(other), tracked, {name})
        local |= imported_within(reached.batch.works, other, tracked, {name})
        for last in {each.rpartition(".")[2] for each in local}:
            for unit in reached.users(other, last):
                if last in unit.held or any(code_uses.reads(each, local) for each in unit.codes):
                    _add(reached, other, unit.holder, unit.name)


def _add(reached: _Reached, tracked: Tracked, holder: type | None, member: str) -> None:
    if holder is None:
        reached.add_function(tracked, member)
    elif member not in reached.methods.get(id(holder), (holder, ()))[1]:
        reached.add_method(tracked, holder, member)


def _means(tracked: Tracked, name: str, owners: tuple[type, ...], unit: Unit) -> bool:
    """Whether code that uses a name may mean the attribute of these classes: it names one of them, or nothing else
    that it is likely to mean has an attribute of that name."""
    if not unit.names.isdisjoint(_name_of(each) for each in owners):
        return True
    likely = [value for each in unit.names if is_a(value := tracked.namespace.get(each), type)]
    having = [
        cls
        for cls in (*likely, unit.holder)
        if cls is not None and any(name in locate.class_dict(each) for each in locate.mro(cls))
    ]
    if not having:
        return name not in _COMMON
    bases = [next(each for each in locate.mro(cls) if name in locate.class_dict(each)) for cls in having]
    return any(locate.is_below(base, each) or locate.is_below(each, base) for base in bases for each in owners)
