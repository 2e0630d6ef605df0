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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import CodeType

from reloadr._core import Node, instances, keys_of
from reloadr.engine.batch import Batch, Swap, Work
from reloadr.engine.follow import calls, code_uses, method_uses, through_defaults
from reloadr.engine.follow.given import is_open
from reloadr.engine.follow.instances import MAKING
from reloadr.engine.follow.reached import OPERATING, Reached, is_read, name_of
from reloadr.engine.follow.readers import askers, candidates, imported_within, local_names, never_ran, readers_anywhere
from reloadr.engine.follow.through_values import Sought, readers_of_holders
from reloadr.engine.follow.units import Unit
from reloadr.live import locate
from reloadr.live.codes import all_codes, bare, inner_codes, nested_pairs, run_at_once, shows
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.edits import Edit, only_describes
from reloadr.source.evaluating import run_in_place
from reloadr.source.statements import decorator_name, mangled
from reloadr.source.using import calls_in, is_special

__all__ = ["Further"]

#: Names that methods of the interpreter's own containers and texts have: who uses them need not mean the user's.
_COMMON = frozenset(name for kind in (dict, list, set, str, bytes) for name in dir(kind) if not name.startswith("_"))
#: How often in a row it is guessed by the name of an attribute alone who uses a method.
_GUESSES = 1
#: What makes a text of an object.
_SHOWING = frozenset({"__str__", "__repr__", "__format__"})


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

    def is_told_by(self, call: calls.Call) -> bool:
        """Whether a call says all of it: one that matters for some names alone does not of what changed itself."""
        return not call.because or (bool(self.because) and self.because <= call.because)

    def beside(self, other: _Found) -> _Found:
        """The same statement, found twice. What comes to changed code matters whatever the names are."""
        because = self.because | other.because if self.because and other.because else frozenset()
        return replace(self, read=self.read | other.read, because=because, asks=self.asks or other.asks)


class Further:
    """Who called what comes to changed functions and methods by way of others."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._tables: dict[str, dict[str, list[Unit]]] = {}
        #: What comes to names that are bound anew, of which more become known; and who came to that so far.
        self._names = Reached(batch, self._tables)
        self._seeded = 0
        self._by_names: list[_Found] = []
        #: Likewise of what definitions say of themselves.
        self._facets = Reached(batch, self._tables, asks=True)
        self._asked = 0
        self._by_facets: list[_Found] = []
        self._coming: list[tuple[type, set[str], frozenset[calls.Name]]] = []

    def called(self, known: list[calls.Call]) -> list[calls.Call]:
        """Who did, but those that are known."""
        come = list(_through_methods(self._batch, self._tables))
        self._coming = self._batch.noted.coming
        return _made(self._batch, [*come, *self._through_facets(), *self._through_names()], known)

    def by_names(self, known: list[calls.Call]) -> list[calls.Call]:
        """The same, of what reads names that are computed anew."""
        return _made(self._batch, [*self._through_facets(), *self._through_names()], known)

    def _through_facets(self) -> list[_Found]:
        """Who comes to what asks a definition for what changes of it: its docstring, its annotations, its members."""
        asking, reached = self._batch.noted.asking, self._facets
        for tracked, names, really in asking[self._asked :]:
            for last in {name.rpartition(".")[2] for name in names}:
                for unit in reached.users(tracked, last):
                    if any(code_uses.reads(code, names) and really(code) for code in unit.codes):
                        reached.add(tracked, unit.holder, unit.name, late=_is_late(unit, names))
        self._asked = len(asking)
        self._by_facets += _come_to(reached)
        return self._by_facets

    def _through_names(self) -> list[_Found]:
        """Who comes to what reads names, or attributes of classes, that edits bind anew."""
        noted, reached = self._batch.noted, self._names
        for tracked, names, because in noted.read_anew[self._seeded :]:
            reached.because |= because
            reached.add_names(tracked, names)
            _seed_names(reached, tracked, names)
        self._seeded = len(noted.read_anew)
        for tracked, cls, names in noted.attributes_anew:
            reached.because |= {(id(cls), name) for name in names}
            family = {name_of(each) for each in (cls, *locate.subclasses(cls))}
            for name in sorted(names):
                if reached.ran_around([name, *sorted(family)], {name, *family}):
                    reached.add_method(tracked, cls, mangled(name, name_of(cls)))
            through_defaults.seed_attributes(reached, tracked, cls, names)
        self._by_names += _come_to(reached)
        # Whichever of the names has another value: what comes to one may come to all.
        self._by_names = [replace(each, because=reached.because) for each in self._by_names]
        noted.coming = [*self._coming, *((*each, frozenset()) for each in self._facets.methods.values())]
        noted.coming += [(*each, reached.because) for each in reached.methods.values()]
        return self._by_names


def _made(batch: Batch, come: Iterable[_Found], known: list[calls.Call]) -> list[calls.Call]:
    found: dict[object, _Found] = {}
    for each in come:
        if never_ran(each.work, each.node):
            continue
        key = calls.Call(each.work, each.node, frozenset()).key
        found[key] = each.beside(found[key]) if key in found else each
    for call in known:
        if call.key in found and not is_open(call) and found[call.key].is_told_by(call):
            del found[call.key]
    used = [(each, calls.used(batch.worlds, each.work, each.node, each.read, each.because)) for each in found.values()]
    return [replace(call, asks=call.asks or each.asks) for each, made in used for call in made]


def _through_methods(batch: Batch, tables: dict[str, dict[str, list[Unit]]]) -> Iterator[_Found]:
    edited = [swap for swap in batch.swaps if swap.edit.action != "formatted" and not swap.edit.same]
    changed = [swap for swap in edited if not only_describes(swap.edit.facets)]
    codes = {id(code) for swap in changed for code in (swap.old, *_changed_within(swap))}
    reached = Reached(batch, tables, codes | set(_lambdas(batch)))
    for work in batch.works:
        for edit in work.edits:
            if edit.action == "formatted" or edit.same or not edit.node.name:
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
    batch.noted.coming = [(*each, frozenset()) for each in reached.methods.values()]


def _seed_names(reached: Reached, tracked: Tracked, names: set[str]) -> None:
    for codes in list(tracked.codes.values()):
        reached.codes |= {id(code) for code in codes if code_uses.reads(code, names)}
    through_defaults.seed_names(reached, tracked, names)
    ran = is_read(reached.batch.works, [(tracked, {part for name in names for part in name.split(".")})])
    for last in sorted({name.rpartition(".")[2] for name in names}):
        for unit in reached.users(tracked, last):
            reached.codes |= {id(code) for code in unit.codes if code_uses.reads(code, names)}
            if ran and any(code_uses.reads(each, names) for each in unit.codes):
                reached.add(tracked, unit.holder, unit.name, late=_is_late(unit, names))


def _lambdas(batch: Batch) -> Iterator[int]:
    """The code of lambdas in statements that change."""
    for work in batch.works:
        lambdas = work.tracked.codes.get("<lambda>", [])
        for edit in work.edits if lambdas else ():
            old = edit.old
            if old is not None and not old.name and edit.action != "formatted":
                yield from (id(each) for each in lambdas if old.line <= each.co_firstlineno <= old.end_line)


def _changed_within(swap: Swap) -> list[CodeType]:
    """What a function makes functions of that do something else now: others may hold those."""
    pairs = {id(old): new for old, new in nested_pairs(swap.old, swap.new)}
    inner = [(each, pairs.get(id(each))) for each in inner_codes(swap.old)]
    return [each for each, new in inner if new is None or bare(each) != bare(new)]


def _changing(edit: Edit) -> list[Node]:
    """What a name comes to means, or does, something else: of a method that comes, goes or is renamed, in the classes
    below as well."""
    node = edit.old or edit.node
    if edit.old is None or edit.new is None or edit.old.name != edit.new.name:
        return [each for each in (edit.old, edit.new) if each is not None and each.scopes]
    return [] if only_describes(edit.facets) else [node]


def _come_to(reached: Reached) -> Iterator[_Found]:
    """Statements that come to what was reached so far, directly or through others."""
    batch, because = reached.batch, reached.because
    _drain(reached)
    yield from _by_values(reached)
    for tracked, names in reached.functions.values():
        if "__getattr__" in names:
            yield from (_Found(*each, because, asks=True) for each in askers(batch.works, tracked))
        for work, node, read in readers_anywhere(batch.works, tracked, names):
            # What comes to it only later has not as it was called here.
            read = read & local_names(
                work, tracked, {name for name in names if (tracked.name, name) not in reached.late}
            )
            sure = local_names(work, tracked, {name for name in names if (tracked.name, name) not in reached.guessed})
            made = any(decorator_name(part) in read & sure for part in node.decorators)
            # What is handed a class and asks it, or writes on it, is seen to by `collectors`.
            own = id(locate.class_of(work.tracked, node)) in reached.methods
            made = made and not (node.kind == "class" and (reached.asks or (because and own)))
            if made or any(calls_in(source, read - names) for source, names in run_in_place(node)):
                yield _Found(work, node, read, because, reached.asks)
    methods = [(cls, names - MAKING) for cls, names in reached.methods.values()]
    # What calls a special method writes no name of it: until it is live, or gone, its class has the earlier one.
    asks = reached.asks or any(map(_brings_special, batch.works))
    for work, node, read in method_uses.users(batch, methods):
        yield _Found(work, node, read, because, asks)


def _brings_special(work: Work) -> bool:
    """Whether a module gets, loses or renames special methods."""
    edits = [edit for edit in work.edits if edit.node.scopes and edit.action in ("added", "removed", "renamed")]
    return any(is_special(edit.node.name or "") for edit in edits)


def _drain(reached: Reached) -> None:
    """Finds who uses what was reached, and who uses those, until there is nobody more."""
    while reached.todo:
        name, owners, tracked, reached.guesses = reached.todo.pop()
        if tracked is None:
            _who_uses(reached, name, owners)
        else:
            _who_calls(reached, tracked, name)
    reached.guesses = 0


def _by_values(reached: Reached) -> Iterator[_Found]:
    """Who came to it by way of tables, aliases and attributes; functions that do are followed in turn."""
    batch, found = reached.batch, reached.found
    while fresh := _unsought(reached):
        for work, node, read, function in list(readers_of_holders(batch, reached.sought, fresh, found)):
            if (work.tracked.name, node.line) in found:
                continue
            found.add((work.tracked.name, node.line))
            if not function:
                yield _Found(work, node, read, reached.because, asks=True)
            elif node.scopes and (cls := locate.class_of(work.tracked, node.scopes[-1])) is not None:
                reached.add_method(work.tracked, cls, locate.bound_name(node))
            else:
                value = work.tracked.namespace.get(locate.bound_name(node))
                codes_at_once = [code for each in locate.unwrap(value) for code in run_at_once(each.function.__code__)]
                late = not any(code_uses.reads(code, read) for code in codes_at_once)
                reached.add_function(work.tracked, node.qualname, late=late)
        _drain(reached)


def _unsought(reached: Reached) -> Sought:
    """What was reached and not sought yet by way of values; from now on it is."""
    codes = set(reached.codes)
    for tracked, names in reached.functions.values():
        for name in names:
            functions = [each.function for each in locate.unwrap(tracked.namespace.get(name))]
            ours = [each.__code__ for each in functions if each.__globals__ is tracked.namespace]
            # What they make comes to it as well, as does what methods make.
            within = inner_codes if (tracked.name, name) in reached.late else all_codes
            codes |= {id(code) for each in ours for code in within(each)}
    for owner, names in reached.methods.values():
        made = [each.function for name in names for each in locate.unwrap(locate.class_dict(owner).get(name))]
        codes |= {id(code) for each in made for code in inner_codes(each.__code__)}
    methods = {key: (cls, names - MAKING) for key, (cls, names) in reached.methods.items() if names - MAKING}
    modules = {key: (tracked, set(names)) for key, (tracked, names) in reached.modules.items()}
    before, reached.sought = reached.sought, Sought(reached.sought.codes | codes, methods, modules)
    return reached.sought.beyond(before)


def _seed(reached: Reached, work: Work, node: Node) -> None:
    """Begins with what changed, where something that ran as modules were loaded may have come to it."""
    name, tracked = locate.bound_name(node), work.tracked
    cls = locate.class_of(tracked, node.scopes[-1]) if node.scopes else None
    if node.scopes and cls is None:
        return
    family = [] if cls is None else [cls, *locate.subclasses(cls)]
    if cls is not None and locate.is_below(cls, type):
        # Who uses a class that it made uses it.
        family += [each for each in instances([cls], True) if is_a(each, type)]
    sought = {name, *(name_of(each) for each in family)}
    words = [node.name or "", *(name_of(each) for each in family)]
    if cls is not None and reached.ran_around(words, sought):
        reached.add_method(tracked, cls, name)
    elif cls is None:
        homes = candidates(reached.batch.works, tracked, {name})
        if is_read(reached.batch.works, [(each, sought) for each in homes]):
            reached.follow(name, (), tracked)


def _seed_dispatch(reached: Reached, work: Work, edit: Edit) -> None:
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


def _seed_bases(reached: Reached, work: Work, node: Node) -> None:
    """With other bases, any method that a class has of them may be another."""
    cls = locate.class_of(work.tracked, node)
    if cls is None or not is_read(reached.batch.works, [(work.tracked, {name_of(cls)})]):
        return
    homes = {each.name for each in reached.batch.works.watched}
    namespaces = reached.batch.works.namespaces
    for base in locate.mro(cls):
        if str(locate.class_dict(base).get("__module__")) in homes:
            for name, value in list(locate.class_dict(base).items()):
                # What a library puts into a class, as `Protocol` does, is the same for all.
                if any(id(each.function.__globals__) in namespaces for each in locate.unwrap(value)):
                    reached.add_method(work.tracked, cls, name)


def _who_uses(reached: Reached, name: str, owners: tuple[type, ...]) -> None:
    """Methods and functions that ask something for an attribute of this name."""
    short = name
    for cls in owners:
        short = short.removeprefix(f"_{name_of(cls).lstrip('_')}")
    for tracked in reached.batch.works.mentioning([short]):
        for unit in reached.users(tracked, name):
            if reached.because and not any(code_uses.loads(each, name) for each in unit.codes):
                # It only sets the attribute.
                continue
            guessed = not _is_of(tracked, owners, unit)
            if guessed and (reached.guesses >= _GUESSES or not _means(tracked, name, owners, unit)):
                continue
            late = not any(name in each.co_names for each in code_uses.at_once(unit.codes))
            reached.guesses += guessed
            reached.add(tracked, unit.holder, unit.name, late=late)
            reached.guesses -= guessed
    if is_special(name):
        names = {name_of(each) for each in owners}
        # By their ids: a metaclass may say what its classes are equal to.
        own, above = set(map(id, owners)), {id(base) for each in owners for base in locate.mro(each)}
        for tracked in reached.batch.works.mentioning(sorted(names)):
            for unit in reached.users(tracked, OPERATING):
                if name in _SHOWING and not any(shows(code) for code in unit.codes):
                    continue
                # It is of one of these classes, or of one above or below it, or names one.
                holder = unit.holder
                kin = holder is not None and (id(holder) in above or not own.isdisjoint(map(id, locate.mro(holder))))
                if kin or not names.isdisjoint(unit.names):
                    reached.add(tracked, holder, unit.name)


def _who_calls(reached: Reached, tracked: Tracked, name: str) -> None:
    """Methods and functions of any module that read the name of a function or class."""
    for other in candidates(reached.batch.works, tracked, {name}):
        local = local_names(reached.batch.works.of(other), tracked, {name})
        local |= imported_within(reached.batch.works, other, tracked, {name})
        for last in {each.rpartition(".")[2] for each in local}:
            for unit in reached.users(other, last):
                if last in unit.held or any(code_uses.reads(each, local) for each in unit.codes):
                    reached.add(other, unit.holder, unit.name, late=_is_late(unit, local))
    if name == "__getattr__":
        _who_asks(reached, tracked)


def _who_asks(reached: Reached, tracked: Tracked) -> None:
    """Methods and functions that ask a module for a name which it has not."""
    for other in reached.batch.works.mentioning([tracked.name.rpartition(".")[2]], beside=tracked):
        for name in {name for _, name in keys_of([other.namespace], tracked.module)}:
            for unit in reached.users(other, name):
                asked = {f"{name}.{each}" for each in unit.names - tracked.namespace.keys()}
                if any(code_uses.reads(each, asked) for each in unit.codes):
                    reached.add(other, unit.holder, unit.name)


def _is_late(unit: Unit, names: set[str]) -> bool:
    """Whether a function reads some names only in what it makes, as most decorators do."""
    return not any(code_uses.reads(each, names) for each in code_uses.at_once(unit.codes))


def _is_of(tracked: Tracked, owners: tuple[type, ...], unit: Unit) -> bool:
    """Whether code names one of these classes or an instance of one, or is a method of one, or of one around it."""
    if not unit.names.isdisjoint(name_of(each) for each in owners):
        return True
    if unit.holder is not None and any(
        locate.is_below(unit.holder, each) or locate.is_below(each, unit.holder) for each in owners
    ):
        return True
    kinds = {id(each) for each in owners}
    return any(id(type(tracked.namespace[each])) in kinds for each in unit.names & tracked.namespace.keys())


def _means(tracked: Tracked, name: str, owners: tuple[type, ...], unit: Unit) -> bool:
    """Whether code that uses a name may mean the attribute of these classes: it names one of them, or nothing else
    that it is likely to mean has an attribute of that name."""
    if not unit.names.isdisjoint(name_of(each) for each in owners):
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
