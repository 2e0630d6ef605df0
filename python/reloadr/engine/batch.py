"""A batch: the edits of one or several modules that become live together, and what is known of them on the way.

The order is always the same:

1. *compile*: the code of everything that changed. A syntax error ends it here.
2. *locate*: the living functions that run the old code; at most one pass over the heap.
3. *evaluate*: new and changed statements, defaults, decorators, class attributes run, in import order and
   source order. What they bind goes to a stage beside the live namespace, which functions do not see.
   Only when an evaluation may call code that this very batch changes, what is ready so far is committed
   first (`flush`), under the journal.
4. *derive*: what was computed from changed names follows, in the batch's modules and in their importers.
5. *commit*: all swaps in one native call during which no other thread runs.

Why not run the statements first and patch afterwards: an exception half-way would leave half of both.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import CodeType, FunctionType
from typing import Any

from reloadr._core import Diff, Node, Outline, Saved, Snapshot
from reloadr.engine.agenda import Agenda
from reloadr.engine.memory import Memory
from reloadr.hooks import Migrate
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.live.modules import Modules
from reloadr.report.findings import Findings, NeedsRestart
from reloadr.report.refusals import RL301
from reloadr.running.rests import Rest
from reloadr.source.edits import Edit, are_reordered, renamed_classes, renamed_in
from reloadr.source.filling import Says
from reloadr.source.statements import mangled, owner_of
from reloadr.stage.journal import Journal
from reloadr.stage.spaces import Space
from reloadr.stage.stage import Savepoint, Stage
from reloadr.stage.steps import Step


@dataclass
class Work:
    """One module's share of a batch: its old and new source, and the edits to carry out."""

    tracked: Tracked
    snapshot: Snapshot
    outline: Outline
    diff: Diff
    #: The edits to carry out, by number; the others stay pending.
    edits: list[Edit]
    space: Space
    #: Whether all edits of the file are to be carried out.
    whole: bool = True
    #: Numbers of edits that turned out to need a restart.
    refused: set[int] = field(default_factory=set)
    #: Names of other modules that had their new value before any line of this one ran.
    rebound: set[str] = field(default_factory=set)
    #: What its imports bind, once somebody has asked: see `readers.imports_of`.
    imports: list[tuple[str, str, str, int]] | None = None
    #: Those of them by which a module can be read, for each that was asked for: see `readers.imports_about`.
    about: dict[str, list[tuple[str, str, str, int]]] = field(default_factory=dict)
    #: The words that were looked for in its source, and whether one was there.
    _said: dict[tuple[str, ...], bool] = field(default_factory=dict)

    def mentions(self, words: list[str]) -> bool:
        """Whether its source holds one of these words at all."""
        key = tuple(words)
        if key not in self._said:
            self._said[key] = self.snapshot.mentions(words)
        return self._said[key]

    def class_now(self, old: Node) -> Node | None:
        """The class statement of the new source that a class of the old one became."""
        names = {before: after for after, before in self._earlier_names.items()}
        return self._statement(self.outline, renamed_in(old.qualname, names))

    def class_before(self, new: Node) -> Node | None:
        """The class statement of the old source that became this one."""
        return self._statement(self.tracked.outline, renamed_in(new.qualname, self._earlier_names))

    @cached_property
    def _earlier_names(self) -> dict[str, str]:
        return renamed_classes(self.edits)

    @staticmethod
    def _statement(outline: Outline, qualname: str) -> Node | None:
        return next((node for node in outline.find(qualname) if node.kind == "class"), None)

    @cached_property
    def reordered(self) -> bool:
        """Whether some lines changed places with others."""
        return are_reordered(self.diff, self.edits)

    @property
    def complete(self) -> bool:
        """Whether every edit of the file is carried out, so that the baseline becomes the file's text."""
        return not self.refused and self.whole


class Works(list[Work]):
    """The modules of a batch: the work on each saved file, in order, and what is asked of all that are watched. A list,
    since an edit goes through it some twenty times."""

    def __init__(self, modules: Modules, saved: Sequence[Work], stage: Stage) -> None:
        super().__init__(saved)
        self.modules = modules
        self._stage = stage
        #: All watched modules, as they were at the beginning.
        self.listed = modules.listed
        self.watched = self.listed.all
        #: The watched modules by the ids of their namespaces.
        self.namespaces = self.listed.by_namespace
        self.by_name: dict[str, Work] = {work.tracked.name: work for work in saved}
        #: Where definitions go that move to another module, by their module and name.
        self.moved: dict[tuple[str, str], Tracked] = {}
        #: Who reads a name of a module, once somebody has asked: see `readers.readers_anywhere`.
        self.readers: dict[tuple[str, ...], list[tuple[Work, Node, set[str]]]] = {}
        #: What calling something comes to while nothing is live yet, by module and text: see `facets`.
        self.reached: dict[tuple[str, str], tuple[frozenset[str], frozenset[str]]] = {}
        #: What is known of code and of values, as long as nothing is staged, committed or run: see `reach`.
        self.memory: Memory | None = None
        #: What the text of a function says, and its tree, once somebody has asked, by module and qualified name: no
        #: text changes within a batch.
        self.says: dict[tuple[str, str], Says] = {}
        self.trees: dict[tuple[str, str], ast.FunctionDef | ast.Lambda | None] = {}
        stage.spaces.update((id(work.space.owner), work.space) for work in saved)
        self._saved = Saved([(work.tracked.number, work.snapshot) for work in saved])
        #: Answers, as long as no module comes or goes: no text changes within a batch.
        self._mentioning: dict[tuple[str, ...], list[Tracked]] = {}
        self._asked_at = modules.version

    def of(self, tracked: Tracked) -> Work:
        """The work on a module; one without edits where the batch does not touch its file."""
        work = self.by_name.get(tracked.name)
        if work is None:
            space = self._stage.module_space(tracked.module)
            work = Work(tracked, tracked.snapshot, tracked.outline, tracked.outline.diff(tracked.outline), [], space)
            self.by_name[tracked.name] = work
        return work

    def mentioning(self, words: list[str], *, beside: Tracked | None = None) -> list[Tracked]:
        """The watched modules, beside one, whose source holds one of these words at all."""
        if self._asked_at != self.modules.version:
            self._asked_at = self.modules.version
            self._mentioning.clear()
        key = tuple(words)
        found = self._mentioning.get(key)
        if found is None:
            found = self._mentioning[key] = self.modules.mentioning(words, self._saved)
        return [each for each in found if each is not beside]

    def mentions(self, tracked: Tracked, words: list[str]) -> bool:
        """Whether the source of a module holds one of these words at all."""
        work = self.by_name.get(tracked.name)
        return tracked.snapshot.mentions(words) if work is None else work.mentions(words)


class Worlds:
    """The names of all modules before the batch and after it. Who is given them can evaluate; it can run no statement,
    make nothing due, and has no word in the report."""

    def __init__(self, works: Works, stage: Stage, journal: Journal, renamed: Mapping[tuple[str, str], str]) -> None:
        self.works = works
        self.stage = stage
        self.journal = journal
        #: What classes were renamed to, by module and old qualified name.
        self._renamed = renamed
        #: What completes the stage before each commit: what is computed of all members of a class.
        self.settlers: list[Callable[[Worlds], object]] = []

    def space_of(self, work: Work, node: Node, *, old: bool = False) -> Space:
        """The space that a node of the new (or old) source binds in. Raises NeedsRestart where its class is gone."""
        found = self._innermost(work, node, old=old)
        if isinstance(found, Node):
            raise NeedsRestart(RL301(name=found.qualname, why="its class is not where its source put it"))
        return found

    def find_space(self, work: Work, node: Node, *, old: bool = False) -> Space | None:
        """The space that a node binds in; None where its class is gone."""
        found = self._innermost(work, node, old=old)
        return None if isinstance(found, Node) else found

    def _innermost(self, work: Work, node: Node, *, old: bool) -> Space | Node:
        """The namespace around a node, or the class statement whose class is not where its source put it."""
        space = work.space
        for scope in node.scopes:
            name = self._renamed.get((work.tracked.name, scope.qualname)) if old else None
            held = space.get(mangled(name or scope.name or "", owner_of(scope)))
            cls = held if is_a(held, type) else locate.class_behind(held, scope, work.tracked)
            if not is_a(cls, type) or (not scope.scopes and locate.is_of_another(cls, scope, work.tracked)):
                return scope
            space = self.stage.class_space(cls)
        return space

    def flush(self) -> None:
        """Commits what is ready, so that the next evaluation sees it."""
        for settle in self.settlers:
            settle(self)
        self.journal.commit(self.stage)


@dataclass
class Swap:
    """A function whose code changes: the old code, the new one, and the functions that run it."""

    work: Work
    edit: Edit
    old: CodeType
    new: CodeType
    #: From 3.14 on: the code of the function that gives its annotations.
    annotate: CodeType | None = None
    #: Forgets that code again, where the edit has to wait or is taken back.
    unlearn: Callable[[], None] | None = None
    living: tuple[locate.Found, ...] = ()
    #: Nested code objects of old and new that correspond.
    nested: list[tuple[CodeType, CodeType]] = field(default_factory=list)
    #: The new code, as long as what has to come with it is not evaluated: see `functions.held.release`.
    held: list[Step] = field(default_factory=list)
    #: What puts everything back that was to change with the code.
    before: list[Step] = field(default_factory=list)
    revoked: bool = False
    #: How many references the steps hold that take the swap back: to the old code, and to its functions, by their ids.
    kept: int = 0
    kept_functions: dict[int, int] = field(default_factory=dict)


class Swaps:
    """The swaps of a batch, of which each edit has one at the most."""

    def __init__(self, previous: Sequence[Swap] = ()) -> None:
        #: Those of the batch before, which is kept for `undo`.
        self.previous = previous
        self._swaps: dict[int, Swap] = {}
        #: All of them, as long as none comes: they are gone through many times.
        self._all: tuple[Swap, ...] | None = None

    def __iter__(self) -> Iterator[Swap]:
        if self._all is None:
            self._all = tuple(self._swaps.values())
        return iter(self._all)

    def add(self, swap: Swap) -> None:
        """Takes in the swap of an edit."""
        self._swaps[id(swap.edit)] = swap
        self._all = None

    def of(self, edit: Edit) -> Swap | None:
        """The swap that an edit of a function brings."""
        return self._swaps.get(id(edit))

    def names(self) -> set[str]:
        """Simple names of the functions whose code the batch changes."""
        return {swap.edit.new.name for swap in self if swap.edit.new is not None and swap.edit.new.name}

    def clear(self) -> None:
        """Lets go of the functions."""
        self._swaps.clear()
        self._all = None


@dataclass
class Notes:
    """What is noted while the edits are carried out, for when all files are through."""

    #: Names that were unbound, with what they meant.
    removed: list[tuple[Work, Node, str, object]] = field(default_factory=list)
    #: Functions that do something else when they are called.
    changed_functions: list[tuple[Work, Node]] = field(default_factory=list)
    signatures: list[tuple[Work, Edit]] = field(default_factory=list)
    #: Names that statements bound through `globals()`, by module: no statement of the source shows them.
    by_globals: set[tuple[str, str]] = field(default_factory=set)
    #: The lines that store under names of classes and other modules, by the id of the namespace or class and the name.
    stored: dict[tuple[int, str], tuple[Work, Node]] = field(default_factory=dict)
    #: What reads names that edits bind anew: a module, the names as it writes them, and what they are (the id of the
    #: namespace and the name there).
    read_anew: list[tuple[Tracked, set[str], frozenset[tuple[int, str]]]] = field(default_factory=list)
    #: The methods that come to code which changes, by class; or to what reads names that edits bind anew, which come
    #: last.
    coming: list[tuple[type, set[str], frozenset[tuple[int, str]]]] = field(default_factory=list)
    #: Who may ask for a facet of a definition that changes: a module, the names of the definition there, and a closer
    #: look at code that reads them.
    asking: list[tuple[Tracked, set[str], Callable[[CodeType], bool]]] = field(default_factory=list)
    #: Tell, once all is live, what functions and modules at work may still do on their earlier text.
    at_work: list[Callable[[], Iterable[Rest]]] = field(default_factory=list)
    #: Whether nothing that ran as modules were loaded can have come to what changes: see `follow.unreached`.
    unreached: bool = False
    #: The names whose readers were looked for, by module.
    named: set[tuple[str, str]] = field(default_factory=set)
    #: Containers that lines fill and that were filled anew: module and name.
    refilled: set[tuple[str, str]] = field(default_factory=set)
    #: Names that refused edits would have bound.
    withheld: set[str] = field(default_factory=set)
    #: Attributes of classes that edits bind anew, or that may follow those: the module, the class, the names.
    attributes_anew: list[tuple[Tracked, type, set[str]]] = field(default_factory=list)
    #: Those of them that what makes classes writes.
    attributes_made: list[tuple[Tracked, type, set[str]]] = field(default_factory=list)
    #: Defaults that were evaluated: module, line of the definition, parameter.
    defaults: set[tuple[str, int, str]] = field(default_factory=set)
    #: Definitions and calls that gave a key of a registry free, with the key.
    freed: list[tuple[Work, Node, object]] = field(default_factory=list)
    #: The work list of `follow`, kept for the whole batch.
    derivation: object = None

    def how_much_anew(self) -> tuple[int, int, int]:
        """How many names and attributes are known that may have another value, and definitions that may say another."""
        return len(self.named), sum(len(names) for *_, names in self.attributes_anew), len(self.asking)


@dataclass
class ClassNotes:
    """What became of classes so far."""

    #: What they were renamed to, by module and old qualified name.
    renamed: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Whether one got another name or module: until that is committed, it is found by the old one.
    reidentified: bool = False
    #: New ones that stand in the place of others: they have all that their source says already.
    replacing: list[type] = field(default_factory=list)
    #: Those that were replaced and have instances that cannot move: module, statement, earlier class, why.
    left: list[tuple[Work, Node, type, str]] = field(default_factory=list)
    #: Those that were built anew, by node.
    regenerated: list[tuple[Work, Node]] = field(default_factory=list)
    #: The members of these in the order of the new class, by the ids of the living ones.
    orders: dict[int, list[str]] = field(default_factory=dict)
    #: Members whose change those who collect them know of already, by the id of the class.
    collected: dict[int, set[str]] = field(default_factory=dict)
    #: Members of enumerations that others took the place of: module, class node, earlier and new member.
    members: list[tuple[Work, Node, object, object]] = field(default_factory=list)
    #: Living instances to migrate: module, class node, class, hook, attributes added and removed.
    migrations: list[tuple[Work, Node, type, Migrate, frozenset[str], frozenset[str]]] = field(default_factory=list)


_Around = Callable[["Batch", Work, Node, CodeType], AbstractContextManager[None]]
_Told = Callable[["Batch", Work, Node, Sequence[Any], Collection[tuple[Tracked, str]]], None]


def _none(batch: Batch, work: Work, node: Node, growths: Sequence[Any], names: Collection[Any]) -> None:
    """Nobody reads what is registered."""


def _nothing(batch: Batch, work: Work, node: Node, code: CodeType) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, eq=False)
class Batch:
    """Edits of one or several modules that become live together: what there is of each kind, which none replaces."""

    #: The modules, those of the saved files first of all.
    works: Works
    #: Their names before the batch and after it.
    worlds: Worlds
    stage: Stage
    journal: Journal
    classes: ClassNotes
    swaps: Swaps
    #: Modules that watched ones did without, and whose file has come.
    came: frozenset[str]
    #: What is around each run of a statement, to see what it does beside what it binds.
    around: _Around
    #: Told of containers that hold something else since a line ran, and of names that functions have bound anew: what
    #: reads them is due.
    regrown: _Told
    findings: Findings = field(default_factory=Findings)
    #: What ran and called something: it may have done more than is taken back.
    unsure: list[tuple[Work, Node]] = field(default_factory=list)
    #: Of these, what changed nothing that could be seen.
    beyond: list[tuple[Work, Node]] = field(default_factory=list)
    #: Modules that were imported for it, and are unloaded where it is taken back.
    imported: set[str] = field(default_factory=set)
    #: Code objects that already have their lines in the new file, by id.
    fresh: set[int] = field(default_factory=set)
    #: What is still to be done, and what was.
    agenda: Agenda = field(default_factory=Agenda)
    #: What one room of the engine leaves for another.
    noted: Notes = field(default_factory=Notes)
    #: Functions made of new definitions without their decorators, by module and line.
    templates: dict[tuple[str, int], FunctionType] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        modules: Modules,
        saved: Sequence[Work],
        previous: Sequence[Swap] = (),
        *,
        came: frozenset[str] = frozenset(),
        around: _Around = _nothing,
        regrown: _Told = _none,
    ) -> Batch:
        """A batch of the work on each saved file, imported modules first. `previous`: the swaps of the batch before,
        which `undo` keeps."""
        stage, journal, classes = Stage(), Journal(), ClassNotes()
        works = Works(modules, saved, stage)
        worlds = Worlds(works, stage, journal, classes.renamed)
        return cls(works, worlds, stage, journal, classes, Swaps(previous), came, around, regrown)

    def learn(self, tracked: Tracked, codes: Iterable[CodeType]) -> None:
        """Notes code objects that functions of a module run from now on, once the batch is live."""
        learned = list(codes)
        gone = tracked.supersede(learned)
        # Lambdas that live on beside those that a statement made once more.
        beside = [code for code in gone if code.co_name == "<lambda>" and id(code) in self.fresh]
        tracked.remember(beside)
        gone = [code for code in gone if not any(code is each for each in beside)]
        # Ids alone: what is kept for `undo` holds no code objects of living functions.
        keys = [(code.co_qualname, id(code)) for code in learned]
        # The last one is the first to be called.
        self.journal.on_undo += [partial(tracked.remember, gone), partial(tracked.forget_ids, keys)]

    def unlearn(self, tracked: Tracked, codes: Iterable[CodeType]) -> None:
        """Drops code objects whose functions the source has no more: their lines are not to follow."""
        for code in codes:
            tracked.forget(code)
            self.journal.on_undo.append(partial(tracked.remember, [code]))

    def savepoint(self) -> tuple[int, int, int, Savepoint]:
        """Where to go back to if an edit turns out to need a restart."""
        journal = self.journal
        return len(self.findings.changes), len(journal.afterwards), len(journal.caches), self.stage.savepoint()

    def restore(self, point: tuple[int, int, int, Savepoint]) -> None:
        """Forgets what was prepared since the savepoint, unless an evaluation had it committed already."""
        changes, afterwards, caches, stage = point
        del self.findings.changes[changes:]
        del self.journal.afterwards[afterwards:]
        del self.journal.caches[caches:]
        self.stage.restore(stage)

    def flush(self) -> None:
        """Commits what is ready, so that the next evaluation sees it."""
        self.worlds.flush()

    def take_back(self) -> None:
        """Undoes everything that was committed, the newest first."""
        self.journal.take_back()
        self.noted.derivation = None
        self.agenda.close()

    def close(self) -> None:
        """Lets go of what `take_back` needs: it will not be called any more."""
        self.swaps.clear()
        self.journal.close()
