"""One batch of edits: prepared without a trace, committed in one step, taken back whole on any error.

The only mutator of user objects. The order is always the same:

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

import abc
import ast
import importlib
import importlib.util
import itertools
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import CellType, CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from reloadr._core import Diff, Node, Outline, Snapshot, commit, instances, references
from reloadr.engine.annotations import of_functions
from reloadr.engine.classes import metaclasses
from reloadr.engine.functions.closures import Closures
from reloadr.hooks import Migrate, Migration
from reloadr.judge.same import same_value
from reloadr.live import capture, locate
from reloadr.live.module import Alteration, Tracked, function_codes, move_each
from reloadr.live.modules import Modules
from reloadr.report.report import Action, Change, Reason, plural
from reloadr.source.compiling import ANNOTATION_NAMES, Unit, annotations_of, body_code, function_code
from reloadr.source.edits import Edit
from reloadr.source.outlines import context_of, unit_of
from reloadr.source.snippets import REACHED, called, excerpt, header_only
from reloadr.source.statements import mangled, owner_of, parse_statements
from reloadr.stage import type_caches
from reloadr.stage.steps import ATTR, CELL, CLASS, CODE, DICT, GLOBALS, MISSING, TYPE, Step

if TYPE_CHECKING:
    from reloadr.engine.follow.calls import Call

#: A name of its own, for `set` is a method of `Batch`.
Names = set[str]
Ids = set[int]
#: A function's code with its globals; by their ids, the names that it uses and the functions that it may call.
Within = tuple[CodeType, Mapping[str, object]]
Known = dict[tuple[int, int], tuple[Names, list[Within]]]


class Rejected(Exception):
    """The new source is wrong: nothing of the batch may stay."""

    def __init__(self, reason: Reason, error: BaseException | None = None) -> None:
        super().__init__(reason.message)
        self.reason = reason
        self.error = error


class NeedsRestart(Exception):
    """One edit cannot be carried into this process; the others can."""

    def __init__(self, code: str, **words: object) -> None:
        super().__init__(code)
        self.code = code
        self.words = words


class CommitFailed(Exception):
    """The interpreter refused a step of a commit; nothing of that commit is live."""


@dataclass
class Space:
    """A namespace that is being patched, and what is to become of its names."""

    live: Mapping[str, object]
    owner: dict[str, object] | type
    stage: dict[str, object] = field(default_factory=dict)

    def get(self, name: str) -> object:
        """The value a name will have; MISSING if none."""
        value = self.stage.get(name, self)
        return self.live.get(name, MISSING) if value is self else value

    def steps(self) -> list[Step]:
        """What carries the stage over."""
        kind = TYPE if isinstance(self.owner, type) else DICT
        return [(kind, self.owner, name, value) for name, value in self.stage.items()]


class Recorder(dict[str, object]):
    """A namespace that code runs in, or writes to, before it is live: sees what is there, records what is stored."""

    def __init__(self, seen: Mapping[str, object]) -> None:
        super().__init__(seen)
        self.stored: dict[str, object] = {}

    def __setitem__(self, name: str, value: object) -> None:
        self.stored[name] = value
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        self.stored[name] = MISSING
        super().__delitem__(name)

    def update(self, *more: Any, **names: object) -> None:
        for name, value in dict(*more, **names).items():
            self[name] = value

    def setdefault(self, name: str, value: object = None) -> object:
        if name not in self:
            self[name] = value
        return self[name]

    def pop(self, name: str, *default: object) -> object:
        if name in self:
            self.stored[name] = MISSING
        return super().pop(name, *default)


class Open(dict[str, object]):
    """The namespace of a module while code runs in it whose functions read what it binds: what is stored is live at
    once, under the journal. `blanked`'s notes are kept beside it."""

    def __init__(self, batch: Batch, space: Space) -> None:
        super().__init__()
        self._batch = batch
        self._space = space
        self.stored: dict[str, object] = {}

    def __getitem__(self, name: str) -> object:
        return self._space.live[name]

    def __contains__(self, name: object) -> bool:
        return name in self._space.live

    def __setitem__(self, name: str, value: object) -> None:
        self.stored[name] = value
        if not name.startswith(REACHED):
            self._batch.set(self._space, name, value)
            self._batch.flush()

    def __delitem__(self, name: str) -> None:
        if name not in self._space.live:
            raise KeyError(name)
        self[name] = MISSING

    def update(self, *more: Any, **names: object) -> None:
        for name, value in dict(*more, **names).items():
            self[name] = value


#: Facets of a function that are evaluated where it stands, and belong to its code.
_EVALUATED = frozenset({"defaults", "signature", "annotations", "type parameters"})
#: Facets of a function that `functools.wraps` copies.
_COPIED = frozenset({"docstring", "annotations", "signature", "type parameters"})


@dataclass
class Work:
    """One module of a batch."""

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

    @property
    def complete(self) -> bool:
        """Whether every edit of the file is carried out, so that the baseline becomes the file's text."""
        return not self.refused and self.whole


@dataclass
class Swap:
    """A function whose code changes, and where it lives."""

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
    #: The new code, as long as what has to come with it is not evaluated: see `Batch.release`.
    held: list[Step] = field(default_factory=list)
    #: What puts everything back that was to change with the code.
    before: list[Step] = field(default_factory=list)
    revoked: bool = False
    #: How many references to the old code the steps hold that take the swap back.
    kept: int = 0


class Batch:
    """Edits of one or several modules that become live together."""

    def __init__(self, modules: Modules, works: list[Work], previous: Iterable[Swap] = ()) -> None:
        self._modules = modules
        self.watched = list(modules.values())
        self._namespaces = {id(tracked.namespace) for tracked in self.watched}
        self.works = works
        #: The swaps of the batch before, which is kept for `undo`.
        self.previous = tuple(previous)
        self.changes: list[Change] = []
        self.reasons: list[Reason] = []
        self.steps: list[Step] = []
        self.swaps: list[Swap] = []
        self._swap_of: dict[int, Swap] = {}
        #: Undo lists of what was committed, oldest first.
        self.journal: list[list[Step]] = []
        #: Bookkeeping of ours to take back, and calls to make once everything is committed.
        self.on_undo: list[Callable[[], object]] = []
        self.afterwards: list[Callable[[], object]] = []
        self.spaces: dict[int, Space] = {id(work.space.owner): work.space for work in works}
        #: Values before the batch, by namespace and name: the old world, for comparisons.
        self.before: dict[int, dict[str, object]] = {}
        #: Every value that a name had on the way, for importers that took one of them.
        self.trail: dict[tuple[int, str], list[object]] = {}
        #: Simple names of functions whose new code or defaults are not live yet.
        self.pending_names: set[str] = set()
        self.pending_codes: dict[CodeType, CodeType] = {}
        #: Code objects that already have their lines in the new file, by id.
        self.fresh: set[int] = set()
        #: Nodes of the new outlines that were run, by module name, line and column.
        self.ran: set[tuple[str, int, str]] = set()
        #: Modules that an import of this batch loaded.
        self.new_modules: set[str] = set()
        #: Names that were unbound, functions whose own work changed, changed signatures: for `_derive`.
        self.removed: list[tuple[Work, Node, str, object]] = []
        self.changed_functions: list[tuple[Work, Node]] = []
        self.signatures: list[tuple[Work, Edit]] = []
        #: What called, while modules were loaded, code that this batch changes or that reads what it changes.
        self.calls: list[Call] = []
        #: The work list of `_derive`, kept for the whole batch.
        self.derivation: object = None
        #: Names that statements bound through `globals()`, by module: no statement of the source shows them.
        self.by_globals: set[tuple[str, str]] = set()
        #: Names that refused edits would have bound.
        self.withheld: set[str] = set()
        #: Defaults that were evaluated: module, line of the definition, parameter.
        self.defaults: set[tuple[str, int, str]] = set()
        #: What classes were renamed to, by module and old qualified name.
        self.renamed: dict[tuple[str, str], str] = {}
        #: Whether a class got another name or module: until that is committed, it is found by the old one.
        self.reidentified = False
        #: New classes that stand in the place of others: they have all that their source says already.
        self.replacing: list[type] = []
        #: Classes that were built anew, by node.
        self.regenerated: list[tuple[Work, Node]] = []
        #: Living instances to migrate: module, class node, class, hook, attributes added and removed.
        self.migrations: list[tuple[Work, Node, type, Migrate, frozenset[str], frozenset[str]]] = []
        self.by_name: dict[str, Work] = {work.tracked.name: work for work in works}

    # ---- reporting -------------------------------------------------------------------------------

    def change(self, action: Action, work: Tracked, qualname: str, line: int, detail: str = "") -> None:
        """Adds a line to the report."""
        self.changes.append(Change(action, work.name, qualname, work.path, line, detail))

    def reason(self, code: str, tracked: Tracked, qualname: str, line: int, **words: Any) -> None:
        """Adds a reason of the catalogue, once."""
        reason = Reason.of(code, module=tracked.name, qualname=qualname, path=tracked.path, line=line, **words)
        if reason not in self.reasons:
            self.reasons.append(reason)

    def work_of(self, tracked: Tracked) -> Work:
        """The work on a module; one without edits where the batch does not touch its file."""
        work = self.by_name.get(tracked.name)
        if work is None:
            space = self.module_space(tracked.module)
            work = Work(tracked, tracked.snapshot, tracked.outline, tracked.outline.diff(tracked.outline), [], space)
            self.by_name[tracked.name] = work
        return work

    def mentioning(self, words: list[str], *, beside: Tracked | None = None) -> list[Tracked]:
        """The watched modules, beside one, whose source holds one of these words at all."""
        found = self._modules.mentioning(words) - self.by_name.keys()
        if beside is not None:
            found.discard(beside.name)
        for name, work in self.by_name.items():
            if name in self._modules and work.tracked is not beside and work.snapshot.mentions(words):
                found.add(name)
        return sorted((self._modules[name] for name in found), key=lambda tracked: tracked.number)

    def mentions(self, tracked: Tracked, words: list[str]) -> bool:
        """Whether the source of a module holds one of these words at all."""
        work = self.by_name.get(tracked.name)
        return (work.snapshot if work is not None else tracked.snapshot).mentions(words)

    def changed_names(self) -> set[str]:
        """Simple names of the functions whose code this batch changes."""
        return {swap.edit.new.name for swap in self.swaps if swap.edit.new is not None and swap.edit.new.name}

    def current(self, function: FunctionType, name: str) -> object:
        """An attribute of a function as it will be, prepared steps included."""
        for kind, target, key, value in reversed(self.steps):
            if kind == ATTR and target is function and key == name:
                return value
        return getattr(function, name)

    # ---- spaces ----------------------------------------------------------------------------------

    def class_space(self, cls: type) -> Space:
        """The space of a living class."""
        space = self.spaces.get(id(cls))
        if space is None:
            space = self.spaces[id(cls)] = Space(locate.class_dict(cls), cls)
        return space

    def module_space(self, module: ModuleType) -> Space:
        """The space of any module."""
        namespace = module.__dict__
        space = self.spaces.get(id(namespace))
        if space is None:
            space = self.spaces[id(namespace)] = Space(namespace, namespace)
        return space

    def set(self, space: Space, name: str, value: object) -> None:
        """Stages a name, remembering what it was."""
        self.before.setdefault(id(space.owner), {}).setdefault(name, space.live.get(name, MISSING))
        self.trail.setdefault((id(space.owner), name), []).append(space.get(name))
        space.stage[name] = value

    def settle_abstract(self, cls: type) -> None:
        """What `abc` computes for a class when its members or bases changed, for its subclasses too."""
        if not issubclass(metaclasses.current(self, cls), abc.ABCMeta):
            return
        space = self.class_space(cls)
        merged = {**space.live, **space.stage}
        names = {name for name, value in merged.items() if getattr(value, "__isabstractmethod__", False)}
        for base in cls.__mro__[1:]:
            for name in getattr(base, "__abstractmethods__", ()):
                value = merged.get(name, MISSING)
                value = getattr(cls, name, None) if value is MISSING and name not in space.stage else value
                if getattr(value, "__isabstractmethod__", False):
                    names.add(name)
        if frozenset(names) != getattr(cls, "__abstractmethods__", frozenset()):
            self.set(space, "__abstractmethods__", frozenset(names))
        for each in [cls, *locate.subclasses(cls)]:
            # With the bases that it has by then.
            self.afterwards.append(partial(abc.update_abstractmethods, each))
            self.on_undo.append(partial(abc.update_abstractmethods, each))

    def savepoint(self) -> tuple[int, int, int, dict[int, dict[str, object]]]:
        """Where to go back to if an edit turns out to need a restart."""
        stages = {key: dict(space.stage) for key, space in self.spaces.items()}
        return len(self.steps), len(self.changes), len(self.afterwards), stages

    def restore(self, point: tuple[int, int, int, dict[int, dict[str, object]]]) -> None:
        """Forgets what was prepared since the savepoint, unless an evaluation had it committed already."""
        steps, changes, afterwards, stages = point
        del self.changes[changes:]
        del self.afterwards[afterwards:]
        if len(self.steps) >= steps:
            del self.steps[steps:]
        for key, space in self.spaces.items():
            space.stage.clear()
            space.stage.update(stages.get(key, {}))

    def flush(self) -> None:
        """Commits what is ready, so that the next evaluation sees it."""
        steps = self.steps
        self.steps = []
        for space in self.spaces.values():
            steps += space.steps()
            space.stage.clear()
        self.pending_names.clear()
        self.pending_codes.clear()
        if steps:
            try:
                self.journal.append(commit(steps, MISSING))
            except Exception as error:
                # The interpreter refused a step (a layout, an order of bases); `commit` took back the rest.
                raise CommitFailed(str(error)) from error
            type_caches.forget(steps, self.journal[-1])

    def take_back(self) -> None:
        """Undoes everything that was committed, the newest first."""
        for steps in reversed(self.journal):
            type_caches.forget(steps, commit(steps, MISSING))
        self.journal.clear()
        for undo in reversed(self.on_undo):
            undo()
        self.on_undo.clear()
        self.derivation = None
        for name in self.new_modules:
            self._unload(name)

    def _unload(self, name: str) -> None:
        module = sys.modules.pop(name, None)
        parent, _, last = name.rpartition(".")
        holder = sys.modules.get(parent)
        if holder is not None and module is not None and holder.__dict__.get(last) is module:
            del holder.__dict__[last]

    def add_swap(self, swap: Swap) -> None:
        """Takes in the swap of an edit; each edit has one at the most."""
        self.swaps.append(swap)
        self._swap_of[id(swap.edit)] = swap

    def swap_of(self, edit: Edit) -> Swap | None:
        """The swap that an edit of a function brings."""
        return self._swap_of.get(id(edit))

    def note_run(self, tracked: Tracked, node: Node) -> None:
        """Notes that a statement or definition of the new source ran."""
        self.ran.add((tracked.name, node.line, node.source))

    def has_run(self, tracked: Tracked, node: Node) -> bool:
        """Whether a statement or definition of the new source was run by this batch."""
        return (tracked.name, node.line, node.source) in self.ran

    # ---- evaluation ------------------------------------------------------------------------------

    def compiled(self, work: Work, node: Node, unit: Unit | None = None) -> CodeType:
        """The code of a node of the new source, or of a text in its place. Raises Rejected where it is no Python."""
        try:
            return body_code(unit or unit_of(node), context_of(work.outline, work.tracked.filename))
        except SyntaxError as error:
            raise self.rejected(work, node, error) from error

    def rejected(self, work: Work, node: Node, error: BaseException) -> Rejected:
        """The rejection for an exception that evaluating a node raised. Raises KeyboardInterrupt if it came of one."""
        cause = error.__cause__
        if isinstance(cause, KeyboardInterrupt):
            # CPython 3.11 makes a RuntimeError of whatever `__set_name__` raises.
            raise cause
        line = node.line
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename == work.tracked.filename and frame.lineno and node.line <= frame.lineno <= node.end_line:
                line = frame.lineno
        if isinstance(error, SyntaxError) and error.lineno:
            line = error.lineno
        text = f"{type(error).__name__}: {error}"
        if cause is not None:
            text += f" (from {type(cause).__name__}: {cause})"
        code = "RL401" if isinstance(error, SyntaxError) and error.filename == work.tracked.filename else "RL402"
        reason = Reason.of(
            code,
            module=work.tracked.name,
            qualname=node.qualname,
            path=work.tracked.path,
            line=line,
            error=text,
            excerpt=excerpt(work.outline.text, line, getattr(error, "offset", None)),
        )
        return Rejected(reason, error)

    def failure(self, work: Work, node: Node, error: BaseException) -> Rejected | NeedsRestart:
        """What it means that running a statement raised. It is no fault of the source where a function was called that
        stands below it in the same file, as a fresh process could not, or where it lacks what needs a restart."""
        rejected = self.rejected(work, node, error)
        below = {
            code: swap.edit.new.qualname
            for swap in self.swaps
            if swap.work is work and swap.edit.new is not None and swap.edit.new.line > node.end_line
            # Its new code may wait for the line of the definition.
            for code in ([swap.new, swap.old] if swap.held else [swap.new])
        }
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code in below:
                why = f"it comes to {below[frame.f_code]}, which stands below it, and fails there"
                return NeedsRestart("RL301", name=called(node), why=f"{why} ({type(error).__name__}: {error})")
        missing = getattr(error, "name_from", None) or getattr(error, "name", None)
        if not (isinstance(error, (NameError, AttributeError, ImportError)) and missing in self.withheld):
            missing = next((name for name in node.reads if name in self.withheld), None)
        if missing is not None:
            return NeedsRestart("RL301", name=called(node), why=f"it needs {missing}, which needs a restart itself")
        return rejected

    def run(self, work: Work, node: Node, *, source: str | None = None, record: bool = True) -> dict[str, object]:
        """Runs a node of the new source in its namespace; what it binds is staged and returned."""
        tracked = work.tracked
        if node.kind in ("import", "from") and source is None:
            bound = self.imported(work, node)
            space = self.space_of(work, node)
        else:
            unit = unit_of(node)
            if source is not None:
                unit = unit._replace(source=source)
            code = self.compiled(work, node, unit)
            space = self.space_of(work, node)
            if self.needs_new_world(work, code, in_class=isinstance(space.owner, type)):
                self.flush()
            if "[" in node.source:
                forget_type_expressions()
            if isinstance(space.owner, type):
                bound = self._run_in_class(work, node, code, space)
            else:
                bound = self._run_in_module(work, node, code, space)
            if record:
                # A single statement's part of its scope's annotations is no part of the scope's own function.
                own = annotations_of(code)
                codes = self._one_code(bound, (each for each in function_codes(code) if each is not own))
                if tracked.knows_code:
                    self.afterwards.append(lambda: self.learn(tracked, codes))
        for name, value in bound.items():
            self.set(space, name, value)
        self.note_run(tracked, node)
        return bound

    def _one_code(self, bound: Mapping[str, object], codes: Iterable[CodeType]) -> list[CodeType]:
        """A definition that runs again after a swap shares the inner code objects of the swap: closures that
        its earlier self made run them, and are found by them. Its own code object is another, or the earlier
        self would be found, patched and kept from one reload to the next."""
        swapped = {swap.new: swap.new.replace() for swap in self.swaps}
        if swapped:
            for value in bound.values():
                for found in locate.unwrap(value):
                    function = found.function
                    function.__code__ = swapped.get(function.__code__, function.__code__)
        return [swapped.get(code, code) for code in codes]

    def learn(self, tracked: Tracked, codes: Iterable[CodeType]) -> None:
        """Notes code objects that functions of a module run from now on, once the batch is live."""
        learned = list(codes)
        gone = tracked.supersede(learned)
        # Ids alone: what is kept for `undo` holds no code objects of living functions.
        keys = [(code.co_qualname, id(code)) for code in learned]
        # The last one is the first to be called.
        self.on_undo += [partial(tracked.remember, gone), partial(tracked.forget_ids, keys)]

    def unlearn(self, tracked: Tracked, codes: Iterable[CodeType]) -> None:
        """Drops code objects whose functions the source has no more: their lines are not to follow."""
        for code in codes:
            tracked.forget(code)
            self.on_undo.append(partial(tracked.remember, [code]))

    def space_of(self, work: Work, node: Node, *, old: bool = False) -> Space:
        """The space that a node of the new (or old) source binds in. Raises NeedsRestart where its class is gone."""
        scopes = node.scopes
        if not scopes:
            return work.space
        space = work.space
        for scope in scopes:
            name = self.renamed.get((work.tracked.name, scope.qualname)) if old else None
            cls = space.get(name or scope.name or "")
            if not isinstance(cls, type):
                raise NeedsRestart("RL301", name=scope.qualname, why="its class is not where its source put it")
            space = self.class_space(cls)
        return space

    def _run_in_module(self, work: Work, node: Node, code: CodeType, space: Space) -> dict[str, object]:
        if node.branches and self._reads_own(work, code):
            return self._run_in_the_open(work, node, code, space)
        known = dict(space.stage)
        local: dict[str, object] = {name: value for name, value in known.items() if value is not MISSING}
        annotations = "__annotations__" in code.co_names and "__annotations__" not in local
        live_annotations = space.live.get("__annotations__")
        if annotations and isinstance(live_annotations, dict):
            local["__annotations__"] = dict(live_annotations)
        deletes = [name for name in node.binds if name not in local and name in space.live]
        if node.source.startswith("del "):
            local.update({name: space.live[name] for name in deletes})
        world: Recorder | None = None
        if "globals" in code.co_names and "globals" not in local and _only_writes_globals(node):
            # What it stores there is staged like what it binds.
            world = Recorder({name: value for name, value in {**space.live, **known}.items() if value is not MISSING})
            local["globals"] = lambda: world
        try:
            exec(code, self.globals_for(work, code), local)
        except (KeyboardInterrupt, Rejected):
            raise
        except BaseException as error:
            raise self.failure(work, node, error) from error
        if world is not None:
            del local["globals"]
            local |= {name: value for name, value in world.stored.items() if name not in local}
            self.by_globals.update((work.tracked.name, name) for name in world.stored)
        bound = {name: value for name, value in local.items() if name not in known or known[name] is not value}
        self._drop_annotations(node, bound)
        if node.source.startswith("del "):
            bound = {name: MISSING for name in deletes if name not in local}
        return bound

    def _reads_own(self, work: Work, code: CodeType) -> bool:
        """Whether functions that run while a block does may read what it binds: they look in the module's globals."""
        import dis

        if not _calls(code):
            return False
        stored = {each.argval for each in dis.get_instructions(code) if each.opname == "STORE_NAME"}
        stored = {name for name in stored if not name.startswith(REACHED)}
        inner = _inner_codes(code)
        for name in code.co_names if stored else ():
            for found in locate.unwrap(work.space.get(name)):
                inner.append(found.function.__code__)
        return any(not stored.isdisjoint(self.reachable(each, work.tracked.namespace)) for each in inner)

    def _run_in_the_open(self, work: Work, node: Node, code: CodeType, space: Space) -> dict[str, object]:
        """Runs a block in the live namespace; an exception takes back what it bound there."""
        self.flush()
        journal, live = len(self.journal), Open(self, space)
        before = set(space.live)
        namespace = work.tracked.namespace
        if "globals" in code.co_names and "globals" not in namespace and _only_writes_globals(node):
            namespace = {**namespace, "globals": lambda: live} if runs_apart(code) else namespace
        try:
            exec(code, namespace, live)
        except BaseException as error:
            for steps in reversed(self.journal[journal:]):
                commit(steps, MISSING)
            del self.journal[journal:]
            if isinstance(error, (KeyboardInterrupt, Rejected)):
                raise
            raise self.failure(work, node, error) from error
        return {name: value for name, value in live.stored.items() if value is not MISSING or name in before}

    def _run_in_class(self, work: Work, node: Node, code: CodeType, space: Space) -> dict[str, object]:
        cls = space.owner
        assert isinstance(cls, type)
        below = _bound_below(node)
        seen = {
            name: value
            for name, value in {**space.live, **space.stage}.items()
            if value is not MISSING and name not in below
        }
        annotations = seen.get("__annotations__")
        if isinstance(annotations, dict):
            seen["__annotations__"] = dict(annotations)
        record = Recorder(seen)
        try:
            exec(code, self.globals_for(work, code), record, closure=self.class_cells(code, cls))
        except (KeyboardInterrupt, Rejected):
            raise
        except BaseException as error:
            raise self.failure(work, node, error) from error
        bound = record.stored
        cell = bound.pop("__classcell__", None)
        if isinstance(cell, CellType):
            cell.cell_contents = cls
        cell = bound.pop("__classdictcell__", None)
        if isinstance(cell, CellType):
            # What is evaluated later sees the class as it is by then.
            cell.cell_contents = locate.own_dict(cls)
        for name in ("__module__", "__qualname__", "__firstlineno__", "__static_attributes__", "__type_params__"):
            bound.pop(name, None)
        self._drop_annotations(node, bound)
        if isinstance(annotations, dict) and "__annotations__" in record:
            after = record["__annotations__"]
            # By identity: equal type expressions may be written differently.
            before = list(map(id, annotations.values()))
            if not isinstance(after, dict) or [*annotations] != [*after] or before != list(map(id, after.values())):
                bound["__annotations__"] = after
        return bound

    def _drop_annotations(self, node: Node, bound: dict[str, object]) -> None:
        """A statement makes a function for its own annotation alone; that of its scope is settled when all
        statements are through."""
        for name in ANNOTATION_NAMES if of_functions.DEFERRED else ():
            if name not in node.binds:
                bound.pop(name, None)

    def class_cells(self, code: CodeType, cls: type) -> tuple[CellType, ...] | None:
        """Cells for the free variables that a class body's code can have."""
        if not code.co_freevars:
            return None
        params = getattr(cls, "__type_params__", ())
        known: dict[str, object] = {param.__name__: param for param in params}
        known[".type_params"] = params
        known["__class__"] = cls
        return tuple(CellType(known[name]) if name in known else CellType() for name in code.co_freevars)

    def needs_new_world(self, work: Work, code: CodeType, *, in_class: bool) -> bool:
        """Whether running this code may call, or look up by its globals, what is not live yet."""
        staged = {name for space in self.spaces.values() for name in space.stage}
        if not staged and not self.pending_names:
            return False
        own = id(work.space.owner)
        elsewhere = {name for key, space in self.spaces.items() if key != own for name in space.stage}
        calls = any(_calls(each) for each in all_codes(code))
        if elsewhere and not elsewhere.isdisjoint(_attributes(code, strings=calls)):
            # `module.NAME` and `Class.NAME` are looked up in what is live.
            return True
        if self._builds_on_staged(work, code) or self._goes_through_staged(code):
            return True
        own_names = set(code.co_names)
        inner: set[str] = set()
        if runs_apart(code):
            own_names.update(name for each in _inner_codes(code) for name in each.co_names)
        else:
            for each in _inner_codes(code):
                if calls or in_class or _is_comprehension(each):
                    inner.update(each.co_names)
            if in_class:
                inner |= own_names
        if inner & set(work.space.stage):
            return True
        if not calls:
            return False
        reached = self.reachable(code, work.tracked.namespace, beyond=True)
        return not (reached | own_names).isdisjoint(self.pending_names) or not reached.isdisjoint(staged)

    def _goes_through_staged(self, code: CodeType) -> bool:
        """Whether code may ask for the members of an enumeration that this batch changes."""
        owners = [space.owner for space in self.spaces.values() if "_member_map_" in space.stage]
        names = {name for each in all_codes(code) for name in each.co_names} if owners else set()
        return any(isinstance(owner, type) and owner.__name__ in names for owner in owners)

    def _builds_on_staged(self, work: Work, code: CodeType) -> bool:
        """Whether code makes classes and uses one that this batch changes: whatever makes a class reads its bases."""
        owners = [space.owner for space in self.spaces.values() if space.stage and isinstance(space.owner, type)]
        if not owners or not _builds_classes(code):
            return False
        names = {name for each in all_codes(code) for name in each.co_names}
        for name in names:
            value = work.space.get(name)
            if isinstance(value, type) and any(owner in locate.mro(value) for owner in owners):
                return True
        return any(owner.__name__ in names for owner in owners)

    def globals_for(self, work: Work, code: CodeType) -> dict[str, object]:
        """What code of a module runs in: the module's namespace, or a copy of it with what is staged."""
        live = work.tracked.namespace
        stage = work.space.stage
        if not stage or all(stage.keys().isdisjoint(each.co_names) for each in all_codes(code)):
            return live
        if not runs_apart(code):
            return live
        return {name: value for name, value in {**live, **stage}.items() if value is not MISSING}

    def touched(self, work: Work, node: Node) -> list[str]:
        """Module-level containers that running a statement may have changed, followed through functions."""
        try:
            code = compile(textwrap.dedent(node.segment), work.tracked.filename, "exec", dont_inherit=True)
        except SyntaxError:
            return []
        names = self.reachable(code, work.tracked.namespace)
        live = work.space.live
        return sorted(name for name in names if isinstance(live.get(name), (dict, list, set)))

    def reachable(self, code: CodeType, start: Mapping[str, object], *, beyond: bool = False) -> Names:
        """Names that code may use, followed through the functions of watched modules that it may call; `beyond` the
        code itself: those that only the functions use."""
        known: Known = {}
        self.called_by(code, start, known)
        if beyond:
            known[id(code), id(start)] = _names(_inner_codes(code)), []
        return set[str]().union(*(names for names, _ in known.values()))

    def called_by(self, code: CodeType, start: Mapping[str, object], known: Known) -> Ids:
        """The ids of the code objects of those functions, and its own, as they will be after the commit. Who asks about
        several pieces of code, while nothing changes, hands over what is known from the others."""
        todo: list[Within] = [(code, start)]
        seen: set[int] = set()
        while todo and len(seen) < 2000:
            current, namespace = todo.pop()
            if id(current) in seen:
                continue
            seen.add(id(current))
            used = known.get((id(current), id(namespace)))
            if used is None:
                used = known[id(current), id(namespace)] = self._used_by(current, namespace)
            todo += used[1]
        return seen

    def _used_by(self, code: CodeType, namespace: Mapping[str, object]) -> tuple[Names, list[Within]]:
        """The names that code uses, and the functions that it may call by them."""
        functions: list[Within] = []
        for each in all_codes(code):
            for name in each.co_names:
                value = self._seen_by(namespace, name)
                if isinstance(value, ModuleType) and id(value.__dict__) in self._namespaces:
                    # `module.function`
                    values = [self._seen_by(value.__dict__, attribute) for attribute in each.co_names]
                else:
                    values = [value]
                for value in values:
                    functions += self._functions_behind(value)
        return _names(all_codes(code)), functions

    def _seen_by(self, namespace: Mapping[str, object], name: str) -> object:
        """What a name means in a module, staged values included."""
        space = self.spaces.get(id(namespace))
        return namespace.get(name, MISSING) if space is None else space.get(name)

    def _functions_behind(self, value: object) -> Iterator[Within]:
        """The code, as it will be, of what may be called with a value, and its globals."""
        functions: list[FunctionType] = []
        if isinstance(value, type) and value.__module__ in sys.modules:
            members = list(locate.class_dict(value).values())
            functions = [member for member in members if isinstance(member, FunctionType)]
        elif callable(value):
            functions = [found.function for found in locate.unwrap(value)]
        for function in functions:
            if id(function.__globals__) in self._namespaces:
                yield self.pending_codes.get(function.__code__, function.__code__), function.__globals__

    # ---- imports ---------------------------------------------------------------------------------

    def imported(self, work: Work, node: Node) -> dict[str, object]:
        """What an import statement binds, names that this batch only stages included."""
        bound: dict[str, object] = {}
        try:
            for module, name, alias in node.imported:
                if not name or name == "as":
                    loaded = self.load(work, module)
                    top = sys.modules[module.partition(".")[0]]
                    bound[alias] = loaded if name else top
                elif name == "*":
                    bound.update(self._star(self.load(work, module)))
                else:
                    bound[alias] = self.import_name(work, module, name)
        except (KeyboardInterrupt, Rejected):
            raise
        except BaseException as error:
            raise self.failure(work, node, error) from error
        return bound

    def absolute(self, namespace: Mapping[str, object], module: str) -> str:
        """The full name of a module as an import in `namespace` writes it. Raises ImportError."""
        if not module.startswith("."):
            return module
        package = namespace.get("__package__")
        if not isinstance(package, str):
            name = str(namespace.get("__name__"))
            package = name if "__path__" in namespace else name.rpartition(".")[0]
        return importlib.util.resolve_name(module, package)

    def load(self, work: Work, module: str) -> ModuleType:
        """Imports a module as an import statement would; its own code sees what this batch brings."""
        name = self.absolute(work.tracked.namespace, module)
        loaded = sys.modules.get(name)
        if loaded is not None:
            return loaded
        self.flush()
        known = set(sys.modules)
        try:
            importlib.invalidate_caches()
            return importlib.import_module(name)
        finally:
            self.new_modules |= self._own(set(sys.modules) - known)

    def _own(self, names: Names) -> Names:
        """Those of newly imported modules that lie beside watched ones: taken back with the batch."""
        tops = {tracked.name.partition(".")[0] for tracked in self.watched}
        return {name for name in names if name.partition(".")[0] in tops}

    def import_name(self, work: Work, module: str, name: str) -> object:
        """What `from module import name` gives."""
        loaded = self.load(work, module)
        space = self.spaces.get(id(loaded.__dict__))
        value = space.get(name) if space is not None else MISSING
        if value is not MISSING:
            return value
        if space is None or name not in space.stage:
            try:
                return getattr(loaded, name)
            except AttributeError:
                pass
        full = f"{loaded.__name__}.{name}"
        if hasattr(loaded, "__path__"):
            try:
                return self.load(work, full)
            except ModuleNotFoundError as error:
                if error.name != full:
                    raise
        where = getattr(loaded, "__file__", None)
        raise ImportError(
            f"cannot import name {name!r} from {loaded.__name__!r} ({where or 'unknown location'})",
            name=loaded.__name__,
            path=where,
        )

    def _star(self, loaded: ModuleType, before: Mapping[str, object] | None = None) -> dict[str, object]:
        """What `import *` of a module brings; given what some of its names were before, what it brought then."""
        space = self.module_space(loaded)
        merged = {**space.live, **space.stage, **(before or {})}
        names = merged.get("__all__")
        if not isinstance(names, (list, tuple)):
            names = [name for name in merged if not name.startswith("_")]
        return {str(name): merged[str(name)] for name in names if merged.get(str(name), MISSING) is not MISSING}

    # ---- functions -------------------------------------------------------------------------------

    def swap_functions(self) -> None:
        """Compiles the changed functions, finds who runs them, and prepares the swaps."""
        searched: list[CodeType] = []
        known = self._known_references()
        for swap in self.swaps:
            searched += self._locate(swap, known)
        heap = locate.search([*searched, *self._held_otherwise()])
        for swap in self.swaps:
            found_already = {id(found.function) for found in swap.living}
            extra = [
                locate.Found(function, ())
                for function in heap.functions.get(id(swap.old), ())
                if id(function) not in found_already and function.__globals__ is swap.work.tracked.namespace
            ]
            swap.living += tuple(extra)
            self._swap(swap, heap)
        self._count_running(heap)

    def _held_otherwise(self) -> list[CodeType]:
        """Earlier code of the functions that change now, where something beside `undo` holds it."""
        before: set[int] = set()
        found: list[CodeType] = []
        for swap in self.previous:
            inner = _inner_codes(swap.old)
            before.update(id(code) for code in (swap.old, *inner))
            if locate.held(swap) > 1 + swap.kept:
                found.append(swap.old)
            found += [code for code in inner if references(code) > _NESTED_ALONE]
        wanted: dict[int, CodeType] = {}
        for swap in self.swaps:
            if swap.edit.old is not None and swap.edit.action != "formatted":
                wanted |= {id(code): code for code in swap.work.tracked.retired.of(swap.edit.old.qualname)}
        ids = {id(code) for code in found}
        return [code for key, code in wanted.items() if key in ids or key not in before]

    def _known_references(self) -> dict[int, int]:
        """References to the code objects that are to be swapped, by id, that we hold or know the holder of."""
        known = {id(swap.old): 0 for swap in self.swaps}

        def count(codes: Iterable[CodeType]) -> None:
            for code in codes:
                if id(code) in known:
                    known[id(code)] += 1

        for swaps in (self.swaps, self.previous):
            count(swap.old for swap in swaps)
            count(swap.new for swap in swaps)
        count(self.pending_codes)
        lists = [(swap.work.tracked, swap.old.co_qualname) for swap in self.swaps]
        for tracked, qualname in {(id(tracked), name): (tracked, name) for tracked, name in lists}.values():
            count(tracked.codes.get(qualname, ()))
        for tracked in {id(tracked): tracked for tracked, _ in lists}.values():
            seen = capture.captured(tracked.module)
            if seen is not None:
                count(function_codes(seen.code))
        for key, count_held in locate.held_by_callers(set(known)).items():
            known[key] += count_held
        return known

    def _locate(self, swap: Swap, known: Mapping[int, int]) -> list[CodeType]:
        """Finds a swap's functions by name; returns the code objects that only the heap can tell about."""
        old = swap.edit.old
        assert old is not None
        tracked = swap.work.tracked
        living = locate.functions_by_name(tracked, old, swap, known[id(swap.old)])
        if not living.functions and not living.more:
            twin = locate.derived_code(tracked, old, swap.old)
            alteration = None if twin is None else Alteration.between(swap.old, twin)
            if twin is not None and alteration is not None and bare(alteration.of(swap.old)) == bare(twin):
                # A decorator gave the function a copy of its code with other flags or another name, as
                # `types.coroutine` does: what it changed, it changes in the new code as well.
                tracked.altered[old.qualname] = alteration
                swap.new = alteration.of(swap.new)
                tracked.exchange(swap.old, twin)
                swap.old = twin
                self.pending_codes[twin] = swap.new
                living = locate.functions_by_name(tracked, old, swap, 0)
            elif twin is not None:
                new = swap.edit.node
                self.reason("RL225", tracked, new.qualname, new.line, name=new.qualname)
        swap.living = living.functions
        if _COPIED.intersection(swap.edit.facets):
            swap.living = tuple(self._with_copies(found) for found in living.functions)
        searched = [swap.old] if living.more else []
        searched += [inner for inner in _inner_codes(swap.old) if references(inner) > _NESTED_ALONE]
        swap.nested = nested_pairs(swap.old, swap.new)
        return searched

    def _with_copies(self, found: locate.Found) -> locate.Found:
        """What holds copies of a function's attributes beside the wrappers that it was reached through."""
        function = found.function
        copies = [
            each
            for tracked in self.mentioning([function.__name__])
            for each in locate.copies_of(function, tracked)
            if not any(each is wrapper for wrapper in found.wrappers)
        ]
        return locate.Found(function, (*found.wrappers, *copies)) if copies else found

    def _swap(self, swap: Swap, heap: locate.Heap) -> None:
        first = len(self.steps)
        for found in swap.living:
            self._swap_one(swap, found)
        if not _EVALUATED.isdisjoint(swap.edit.facets):
            swap.held = self.steps[first:]
            del self.steps[first:]
        pairs = {id(old): new for old, new in swap.nested}
        inners = _inner_codes(swap.old)
        self._siblings = [function for inner in inners for function in heap.functions.get(id(inner), ())]
        for inner in inners:
            living = heap.functions.get(id(inner), ())
            if not living or (of_functions.DEFERRED and inner.co_name == "__annotate__"):
                # What gives a function's annotations goes with the function.
                continue
            new = pairs.get(id(inner))
            self._swap_nested(swap, inner, new, living)
        of_functions.follow(self, swap)
        for kind, target, name, _ in [*swap.held, *self.steps[first:]]:
            if kind == CODE:
                assert isinstance(target, FunctionType)
                swap.before.append((CODE, target, None, (target.__code__, target.__closure__)))
            elif name == "__annotations__" and of_functions.annotate_of(target) is not None:
                # They come back with the function that gives them; to ask it now might fail.
                continue
            elif isinstance(name, str):
                swap.before.append((kind, target, name, getattr(target, name)))
        # The swap, not its code objects: see `finish`.
        self.on_undo.append(partial(self._unlearn_swap, swap))
        swap.work.tracked.exchange(swap.old, swap.new)
        self.fresh.add(id(swap.new))

    def release(self, edit: Edit) -> None:
        """Prepares the new code of a function whose defaults, annotations and type parameters are evaluated.

        def f(a, b=1): ...   ─▶   def f(a, *, c=g()): ...

        Until the line of the definition is reached, the old function stays whole: what runs above it, and may have
        others' new code committed for that, could not have called the new one in a fresh process either. Code without
        its defaults would fail in every thread that calls it meanwhile.
        """
        swap = self.swap_of(edit)
        if swap is not None and swap.held:
            self.steps += swap.held
            swap.held = []
            self.pending_codes[swap.old] = swap.new
            self.pend(edit.node)

    def _unlearn_swap(self, swap: Swap) -> None:
        if not swap.revoked:
            swap.revoked = True
            swap.held = []
            if swap.edit.old is not None:
                swap.work.tracked.retired.add(swap.edit.old.qualname, [swap.new, *_inner_codes(swap.new)])
            if swap.unlearn is not None:
                swap.unlearn()
            swap.work.tracked.exchange(swap.new, swap.old)

    def revoke(self, edit: Edit) -> None:
        """A definition whose edit has to wait keeps running its old code: nothing of it is applied by half."""
        swap = self.swap_of(edit)
        if swap is not None and not swap.revoked:
            self.steps += swap.before
            self._unlearn_swap(swap)

    def _swap_nested(self, swap: Swap, old: CodeType, new: CodeType | None, living: Iterable[FunctionType]) -> None:
        """Living closures made by earlier calls of the function."""
        tracked = swap.work.tracked
        functions = list(living)
        name = old.co_qualname
        line = new.co_firstlineno if new is not None else swap.new.co_firstlineno
        if new is None:
            self.reason("RL203", tracked, name, line, name=name, count=plural(len(functions), "function"))
            return
        lacking: dict[str, int] = {}
        closures = Closures(self, swap, old, new)
        for function in functions:
            cells = dict(zip(old.co_freevars, function.__closure__ or (), strict=False))
            cells = _renamed_cells(cells, old, new, swap)
            cells = _neighbours(cells, new, self._siblings)
            absent = [variable for variable in new.co_freevars if variable not in cells]
            if absent:
                lacking[", ".join(absent)] = lacking.get(", ".join(absent), 0) + 1
                continue
            closure = tuple(cells[variable] for variable in new.co_freevars)
            if not closures.settle(function):
                lacking["their new defaults"] = lacking.get("their new defaults", 0) + 1
                continue
            self.steps.append((CODE, function, None, (new, closure or None)))
            of_functions.follow_nested(self, swap, function, (old, new))
            self._nested_facets(function, old, new)
        closures.name()
        for variables, count in lacking.items():
            self.reason("RL202", tracked, name, line, name=name, count=plural(count, "function"), variables=variables)

    def _nested_facets(self, function: FunctionType, old: CodeType, new: CodeType) -> None:
        doc_old, doc_new = docstring_of(old), docstring_of(new)
        if doc_old != doc_new and function.__doc__ == doc_old:
            self.steps.append((ATTR, function, "__doc__", doc_new))
        if old.co_name != new.co_name and function.__name__ == old.co_name:
            self.steps.append((ATTR, function, "__name__", new.co_name))
        if old.co_qualname != new.co_qualname and function.__qualname__ == old.co_qualname:
            self.steps.append((ATTR, function, "__qualname__", new.co_qualname))

    def _swap_one(self, swap: Swap, found: locate.Found) -> None:
        function, edit = found.function, swap.edit
        old, new = edit.old, edit.new
        assert old is not None and new is not None
        if "type parameters" not in edit.facets:
            closure = self._closure(swap, function)
            if closure is None:
                return
            self.steps.append((CODE, function, None, (swap.new, closure or None)))
        after: dict[str, object] = {}
        if "docstring" in edit.facets and function.__doc__ == docstring_of(swap.old):
            after["__doc__"] = docstring_of(swap.new)
        if function.__name__ != swap.new.co_name and function.__name__ == swap.old.co_name:
            after["__name__"] = swap.new.co_name
        if function.__qualname__ != swap.new.co_qualname and function.__qualname__ == swap.old.co_qualname:
            after["__qualname__"] = swap.new.co_qualname
        self.set_attributes(found, after)
        for wrapper in found.wrappers:
            if locate.is_cache(wrapper) and edit.action != "formatted":
                self.afterwards.append(wrapper.cache_clear)

    def settle_facets(self, swap: Swap) -> None:
        """Defaults, annotations and type parameters that changed: evaluated where the definition stands, so
        that they see what the source above it brings, and prepared with the code, as one."""
        old, new, facets = swap.edit.old, swap.edit.new, set(swap.edit.facets)
        assert old is not None and new is not None
        living = swap.living
        # All of this before any of it is prepared: an evaluation may have to commit what is.
        template = self.template(swap.work, old, new) if facets & (_EVALUATED - {"defaults"}) else None
        if "type parameters" in facets:
            closures = [self._closure(swap, found.function) for found in living]
            pairs = [(found, closure) for found, closure in zip(living, closures, strict=True) if closure is not None]
            living = tuple(found for found, _ in pairs)
            swap.held += [(CODE, found.function, None, (swap.new, closure or None)) for found, closure in pairs]
        defaults: list[Step] = []
        for found in living if facets & {"defaults", "signature"} else ():
            defaults += self._defaults(swap, found.function)
        self.release(swap.edit)
        self.steps += defaults
        if defaults:
            self.pend(new)
        if template is None:
            return
        for found in living:
            if hasattr(template, "__type_params__"):
                self.set_attributes(found, {"__type_params__": template.__type_params__})
            of_functions.replace(self, swap, found, template)

    def take_defaults(self, edit: Edit, values: Iterable[object]) -> None:
        """A definition ran again, with its decorators: who holds the function that it made before has its new code, and
        gets its new defaults."""
        swap = self.swap_of(edit)
        if swap is None:
            return
        made = [found.function for value in values for found in locate.unwrap(value)]
        twin = next((function for function in made if function.__code__ == swap.new), None)
        if twin is None:
            return
        self.release(edit)
        for found in swap.living:
            self.steps.append((ATTR, found.function, "__defaults__", twin.__defaults__))
            self.steps.append((ATTR, found.function, "__kwdefaults__", twin.__kwdefaults__))

    def set_attributes(self, found: locate.Found, after: Mapping[str, object]) -> None:
        """Attributes of a function, and the copies of them that its wrappers hold."""
        function = found.function
        before = {name: getattr(function, name, None) for name in after}
        for name, value in after.items():
            self.steps.append((ATTR, function, name, value))
        for wrapper in found.wrappers:
            self._copies(wrapper, before, after)

    def _copies(self, wrapper: object, before: Mapping[str, object], after: Mapping[str, object]) -> None:
        """`functools.wraps` and descriptors copy these attributes when they are made."""
        for name, value in after.items():
            if isinstance(wrapper, (FunctionType, property)):
                held = getattr(wrapper, name, MISSING)
                writable = True
            else:
                attributes = getattr(wrapper, "__dict__", {})
                held = attributes.get(name, MISSING) if isinstance(attributes, dict) else MISSING
                writable = held is not MISSING
            if writable and held is not MISSING and (held is before[name] or held == before[name]):
                if isinstance(wrapper, property) and name != "__doc__":
                    continue
                self.steps.append((ATTR, wrapper, name, value))

    def _closure(self, swap: Swap, function: FunctionType) -> tuple[CellType, ...] | None:
        """The closure for new code of a function that stands in a module or class; None if there is none."""
        cells: dict[str, CellType] = dict(zip(swap.old.co_freevars, function.__closure__ or (), strict=False))
        new = swap.edit.new
        assert new is not None
        missing = [name for name in swap.new.co_freevars if name not in cells]
        if missing and new.scopes:
            try:
                cls = self.space_of(swap.work, swap.edit.old or new, old=True).owner
            except NeedsRestart:
                cls = None
            if isinstance(cls, type):
                for name, cell in zip(missing, self._cells_by_name(missing, cls, function), strict=True):
                    if cell is not None:
                        cells[name] = cell
        elif missing:
            params = {param.__name__: param for param in getattr(function, "__type_params__", ())}
            cells.update({name: CellType(params[name]) for name in missing if name in params})
            if any(name not in cells for name in missing):
                template = self.template(swap.work, swap.edit.old, new)
                fresh = dict(zip(template.__code__.co_freevars, template.__closure__ or (), strict=False))
                cells.update({name: cell for name, cell in fresh.items() if name not in cells})
        absent = [name for name in swap.new.co_freevars if name not in cells]
        if absent:
            self.reason(
                "RL202",
                swap.work.tracked,
                new.qualname,
                new.line,
                name=new.qualname,
                count="the function",
                variables=", ".join(absent),
            )
            return None
        return tuple(cells[name] for name in swap.new.co_freevars)

    def _cells_by_name(self, names: list[str], cls: type, function: FunctionType) -> list[CellType | None]:
        params = {param.__name__: param for param in getattr(cls, "__type_params__", ())}
        params |= {param.__name__: param for param in getattr(function, "__type_params__", ())}
        cells: list[CellType | None] = []
        for name in names:
            if name == "__class__":
                cells.append(CellType(cls))
            elif name == "__classdict__":
                cells.append(CellType(dict(locate.class_dict(cls))))
            elif name in params:
                cells.append(CellType(params[name]))
            else:
                cells.append(None)
        return cells

    def _defaults(self, swap: Swap, function: FunctionType) -> list[Step]:
        """The steps to the new defaults: unchanged ones keep their objects, the others are evaluated."""
        old, new = swap.edit.old, swap.edit.new
        assert old is not None and new is not None
        # The code may be live already, by a flush; the defaults are not.
        held = default_values(function, swap.old)
        same = {name: part.fingerprint for name, _, _, part in old.params if part is not None}
        template: FunctionType | None = None
        positional: list[object] = []
        keyword: dict[str, object] = {}
        for name, kind, _, part in new.params:
            if part is None:
                continue
            # A private parameter name is mangled in the code object, not in the source.
            key = mangled(name, owner_of(new))
            if key in held and same.get(name) == part.fingerprint:
                value = held[key]
            else:
                template = template or self.template(swap.work, old, new)
                value = default_values(template)[key]
                self.defaults.add((swap.work.tracked.name, new.line, name))
            if kind == 3:
                keyword[key] = value
            else:
                positional.append(value)
        return [
            (ATTR, function, "__defaults__", tuple(positional) or None),
            (ATTR, function, "__kwdefaults__", keyword or None),
        ]

    def pend(self, new: Node) -> None:
        """Notes that a function, and the class that it makes instances of, are not yet what they will be."""
        self.pending_names.add(new.name or "")
        if new.name == "__init__" and new.scopes:
            self.pending_names.add(new.scopes[-1].name or "")

    def template(self, work: Work, old: Node | None, new: Node) -> FunctionType:
        """A function of the new definition, made without its decorators: the source of changed defaults,
        annotations and type parameters. What did not change is not evaluated."""
        key = (work.tracked.name, new.line)
        made = self._templates.get(key)
        if made is not None:
            return made
        source = header_only(old, new)
        unit = unit_of(new)._replace(source=source, line=new.line + new.segment.count("\n") - source.count("\n"))
        code = self.compiled(work, new, unit)
        space = self.space_of(work, new)
        in_class = isinstance(space.owner, type)
        if self.needs_new_world(work, code, in_class=in_class):
            self.flush()
        bound = (self._run_in_class if in_class else self._run_in_module)(work, new, code, space)
        function = bound[locate.bound_name(new)]
        assert isinstance(function, FunctionType)
        self._templates[key] = function
        return function

    @property
    def _templates(self) -> dict[tuple[str, int], FunctionType]:
        return self.__dict__.setdefault("_made_templates", {})  # type: ignore[no-any-return]

    def _count_running(self, heap: locate.Heap) -> None:
        """Names the frames, generators and coroutines that stay on old code until they end."""
        codes: dict[int, tuple[Swap, str, int]] = {}
        for swap in self.swaps:
            if swap.edit.action == "formatted":
                continue
            new = swap.edit.new
            assert new is not None
            for code in [swap.old, *_inner_codes(swap.old)]:
                codes[id(code)] = (swap, new.qualname, new.line)
            assert swap.edit.old is not None
            retired = list(swap.work.tracked.retired.of(swap.edit.old.qualname))
            now = [bare(code) for code in (swap.new, *_inner_codes(swap.new))] if retired else []
            for code in retired:
                # An edit that brings back an earlier text brings back what those frames run.
                if id(code) not in codes and bare(code) not in now:
                    codes[id(code)] = (swap, new.qualname, new.line)
        if not codes:
            return
        counts: dict[tuple[str, str, int], dict[str, int]] = {}
        for key, count in locate.running_frames(set(codes)).items():
            swap, name, line = codes[key]
            kinds = counts.setdefault((swap.work.tracked.name, name, line), {})
            kinds["frame"] = kinds.get("frame", 0) + count
        for key, runners in heap.runners.items():
            if key not in codes:
                continue
            swap, name, line = codes[key]
            kinds = counts.setdefault((swap.work.tracked.name, name, line), {})
            for runner in runners:
                kind = type(runner).__name__.replace("_", " ")
                kinds[kind] = kinds.get(kind, 0) + 1
        for (module, name, line), kinds in counts.items():
            words = " and ".join(plural(count, kind) for kind, count in kinds.items())
            self.reason("RL201", self.by_name[module].tracked, name, line, name=name, count=words)

    # ---- the end ---------------------------------------------------------------------------------

    def finish(self) -> None:
        """Commits the rest, migrates instances, and makes the calls that had to wait for it."""
        if sys.version_info >= (3, 13):
            if self.reidentified:
                # Classes are found by the names that they have by then.
                self.flush()
            self._class_lines()
        self.flush()
        self._move_lines()
        for work, node, cls, hook, added, removed in self.migrations:
            self._migrate(work, node, cls, hook, added, removed)
        for call in self.afterwards:
            call()
        self._retire()
        # What is kept for `undo` holds no code objects beside those of its swaps: see `_known_references`.
        self.previous = ()
        for swap in self.swaps:
            swap.nested, swap.living, swap.before = [], (), []
        # It knows the batch: together they would keep texts and outlines until the collector comes round.
        self.derivation = None

    def _retire(self) -> None:
        """Notes the code that the changed functions ran until now: something may be on it still."""
        undo: dict[int, int] = {}
        for kind, _, _, value in itertools.chain.from_iterable(self.journal):
            if kind == CODE:
                key = id(value[0])  # type: ignore[index]
                undo[key] = undo.get(key, 0) + 1
        for swap in self.swaps:
            old, new, retired = swap.edit.old, swap.edit.new, swap.work.tracked.retired
            if old is not None and new is not None and not swap.revoked:
                retired.rename(old.qualname, new.qualname)
                retired.add(new.qualname, [swap.old, *_inner_codes(swap.old)])
                swap.kept = undo.get(id(swap.old), 0)

    def close(self) -> None:
        """Lets go of what `take_back` needs: it will not be called any more."""
        self.swaps.clear()
        self._swap_of.clear()
        self.journal.clear()
        self.on_undo.clear()

    def _class_lines(self) -> None:
        """From 3.13 on a class knows its line, and what its methods set on `self`."""
        for work in self.works:
            if not work.diff.shifts and not any(edit.node.scopes or edit.node.kind == "class" for edit in work.edits):
                continue
            for qualname, line, stores in work.outline.class_lines():
                cls = locate.class_at(work.tracked, work.space.get(qualname.partition(".")[0]), qualname)
                if cls is None:
                    continue
                own = locate.class_dict(cls)
                # The interpreter drops it from a class that gets another module.
                if own.get("__firstlineno__", MISSING if self.reidentified else line) != line:
                    self.set(self.class_space(cls), "__firstlineno__", line)
                held = own.get("__static_attributes__")
                if isinstance(held, tuple) and set(held) != set(stores):
                    self.set(self.class_space(cls), "__static_attributes__", tuple(stores))

    def _move_lines(self) -> None:
        """What only moved follows its lines, without being found: see `_core.shift`."""
        for work in self.works:
            tracked = work.tracked
            if not tracked.in_step or not work.complete:
                moved = tracked.align_lines(work.outline)
                self.on_undo.append(partial(move_each, [(code, -delta) for code, delta in moved]))
                continue
            shifts = work.diff.shifts
            if not shifts:
                continue
            tracked.move_lines(shifts, self.fresh)
            # In the order of their lines: reordered definitions cross each other.
            back = sorted((first + delta, last + delta, -delta) for first, last, delta in shifts)
            fresh = self.fresh
            self.on_undo.append(partial(tracked.move_lines, back, fresh))

    def _migrate(
        self, work: Work, node: Node, cls: type, hook: Migrate, added: frozenset[str], removed: frozenset[str]
    ) -> None:
        living = instances([cls], True)
        for instance in living:
            attributes = locate.attributes_of(instance)
            before = dict(attributes) if attributes is not None else {}
            if attributes is not None:
                self.on_undo.append(partial(_restore, attributes, before))
            try:
                hook(instance, Migration(added, removed, before))
            except Exception as error:
                text = f"the migration of {cls.__qualname__} raised {type(error).__name__}: {error}"
                reason = Reason.of(
                    "RL404",
                    module=work.tracked.name,
                    qualname=cls.__qualname__,
                    path=work.tracked.path,
                    line=node.line,
                    error=text,
                )
                raise Rejected(reason, error) from error
        if living:
            self.change("migrate", work.tracked, cls.__qualname__, node.line, plural(len(living), "instance"))


def _restore(attributes: dict[str, object], before: dict[str, object]) -> None:
    """Gives an instance the attributes that it had."""
    attributes.clear()
    attributes.update(before)


# ---- code objects -----------------------------------------------------------------------------------


def _inner_codes(code: CodeType) -> list[CodeType]:
    """All code objects inside one, at any depth."""
    found: list[CodeType] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found.append(constant)
            found += _inner_codes(constant)
    return found


def all_codes(code: CodeType) -> list[CodeType]:
    """A code object and all those inside it."""
    return [code, *_inner_codes(code)]


def _names(codes: Iterable[CodeType]) -> set[str]:
    return {name for each in codes for name in each.co_names}


def _is_comprehension(code: CodeType) -> bool:
    return code.co_name in ("<listcomp>", "<setcomp>", "<dictcomp>")


def _attributes(code: CodeType, *, strings: bool) -> set[str]:
    """Names that code may look up as attributes; with strings, for `getattr(module, "NAME")`."""
    import dis

    found: set[str] = set()
    for each in all_codes(code):
        if strings:
            found.update(constant for constant in each.co_consts if isinstance(constant, str))
        for instruction in dis.get_instructions(each):
            if instruction.opname.endswith(("_ATTR", "_METHOD")) and isinstance(instruction.argval, str):
                found.add(instruction.argval)
    return found


def _only_writes_globals(node: Node) -> bool:
    """Whether each `globals()` of a statement is subscribed or updated at once, and handed to nobody."""
    tree = parse_statements(node.segment)
    if tree is None:
        return False
    fitting = 0
    for each in ast.walk(tree):
        if isinstance(each, ast.Subscript) or (
            isinstance(each, ast.Attribute) and each.attr in ("update", "setdefault", "pop", "get")
        ):
            call = each.value
            fitting += isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "globals"
    return fitting == sum(isinstance(each, ast.Name) and each.id == "globals" for each in ast.walk(tree))


def runs_apart(code: CodeType) -> bool:
    """Whether nothing that running this code makes or changes knows the globals that it ran in: it makes no
    functions or generators and binds no globals. (Comprehensions have code of their own up to CPython 3.11,
    in class bodies up to 3.12; a name at module level is bound in the locals.)"""
    return all(_is_comprehension(each) for each in _inner_codes(code)) and not _binds_globals(code)


def _binds_globals(code: CodeType) -> bool:
    import dis

    stores = {dis.opmap["STORE_GLOBAL"], dis.opmap["DELETE_GLOBAL"]}
    return any(
        not stores.isdisjoint(each.co_code[::2]) or not {"globals", "exec", "eval"}.isdisjoint(each.co_names)
        for each in all_codes(code)
    )


def _nested_alone() -> int:
    """What `references` says of an inner code object that only its outer one holds."""
    namespace: dict[str, Any] = {}
    exec("def f():\n    return lambda: 0", namespace)
    return next(references(inner) for inner in _inner_codes(namespace["f"].__code__))


_NESTED_ALONE = _nested_alone()


def _calls(code: CodeType) -> bool:
    """Whether a code object calls anything (operators on foreign objects aside)."""
    import dis

    return any(
        instruction.opname.startswith(("CALL", "LOAD_BUILD_CLASS", "IMPORT"))
        for instruction in dis.get_instructions(code)
    )


def _builds_classes(code: CodeType) -> bool:
    import dis

    return any(each.opname == "LOAD_BUILD_CLASS" for each in dis.get_instructions(code))


def nested_pairs(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]]:
    """Which inner code object of the old function became which of the new one.

    By name; where a name occurs more than once, equal ones first, then in order if there are equally
    many. What stays without a partner is left out: its living instances cannot be matched.
    """
    pairs: list[tuple[CodeType, CodeType]] = []
    olds, news = _by_name(old), _by_name(new)
    for name, left in olds.items():
        right = list(news.get(name, ()))
        left = list(left)
        if len(left) != len(right):
            for code in list(left):
                twin = next((other for other in right if bare(other) == bare(code)), None)
                if twin is not None:
                    pairs.append((code, twin))
                    left.remove(code)
                    right.remove(twin)
            if len(left) != len(right):
                continue
        pairs += zip(left, right, strict=True)
    if len(olds) == len(news):
        # A single inner function that was renamed.
        lone = [codes[0] for name, codes in olds.items() if name not in news and len(codes) == 1]
        fresh = [codes[0] for name, codes in news.items() if name not in olds and len(codes) == 1]
        if len(lone) == len(fresh) == 1:
            pairs.append((lone[0], fresh[0]))
    for a, b in list(pairs):
        pairs += nested_pairs(a, b)
    return pairs


def _by_name(code: CodeType) -> dict[str, list[CodeType]]:
    found: dict[str, list[CodeType]] = {}
    codes = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    for each, following in itertools.zip_longest(codes, codes[1:]):
        # What gives a function's annotations (3.14+) stands before the function.
        whose = f"{following.co_name}." if each.co_name == "__annotate__" and following is not None else ""
        found.setdefault(whose + each.co_name, []).append(each)
    return found


def bare(code: CodeType) -> tuple[object, ...]:
    """What a code object does, without where it stands."""
    consts = tuple(bare(each) if isinstance(each, CodeType) else (type(each), each) for each in code.co_consts)
    return (
        code.co_name,
        code.co_code,
        consts,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_flags,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_exceptiontable,
    )


def own_work(code: CodeType) -> tuple[object, ...]:
    """`bare` without inner functions: what running the outer one itself does."""
    name, text, consts, *rest = bare(code)
    assert isinstance(consts, tuple)
    plain = tuple(const for const, raw in zip(consts, code.co_consts, strict=True) if not isinstance(raw, CodeType))
    return (name, text, plain, *rest)


def _renamed_cells(cells: dict[str, CellType], old: CodeType, new: CodeType, swap: Swap) -> dict[str, CellType]:
    """A parameter of the outer function that was renamed in place supplies the same variable."""
    gone = [name for name in old.co_freevars if name not in new.co_freevars]
    fresh = [name for name in new.co_freevars if name not in cells]
    before = swap.old.co_varnames[: swap.old.co_argcount]
    after = swap.new.co_varnames[: swap.new.co_argcount]
    if len(before) == len(after):
        renamed = dict(zip(after, before, strict=True))
        for name in fresh:
            was = renamed.get(name)
            if was in gone and was in cells:
                cells = {**cells, name: cells[was]}
    return cells


def _neighbours(cells: dict[str, CellType], new: CodeType, siblings: Iterable[FunctionType]) -> dict[str, CellType]:
    """Variables that another living closure of the very same call holds: one whose cells are shared."""
    for name in [name for name in new.co_freevars if name not in cells]:
        for other in siblings:
            held = dict(zip(other.__code__.co_freevars, other.__closure__ or (), strict=False))
            if name in held and any(cells.get(each) is cell for each, cell in held.items()):
                cells = {**cells, name: held[name]}
                break
    return cells


def docstring_of(code: CodeType) -> str | None:
    """The docstring that a function of this code gets."""
    if sys.version_info >= (3, 14) and not code.co_flags & 0x4000000:
        return None
    first = code.co_consts[0] if code.co_consts else None
    return first if isinstance(first, str) and not code.co_name.startswith("<") else None


def default_values(function: FunctionType, code: CodeType | None = None) -> dict[str, object]:
    """The defaults of a function by parameter, of those that `code` has."""
    code = code or function.__code__
    names = code.co_varnames[: code.co_argcount]
    values = function.__defaults__ or ()
    found: dict[str, object] = dict(zip(names[len(names) - len(values) :], values, strict=True))
    found.update(function.__kwdefaults__ or {})
    return found


# ---- values -----------------------------------------------------------------------------------------


def _bound_below(node: Node) -> set[str]:
    """Names that a class's body binds, or only annotates, no sooner than at this member, which does not see them."""
    above: set[str] = set()
    here: set[str] = set()
    for member in node.scopes[-1].members:
        names = {locate.bound_name(member)} if member.name else set(member.binds)
        if member.line < node.line:
            above |= names
        elif names or member.annotates:
            here |= names | {member.annotates or ""}
        if member.annotates and member.line < node.line and member.annotates not in member.binds:
            # What generates the class makes something of it afterwards.
            here.add(member.annotates)
    return here - above


def forget_type_expressions() -> None:
    """`typing` caches subscriptions by equality, and would give the old spelling of an equal type again."""
    loaded = sys.modules.get("typing")
    for forget in list(getattr(loaded, "_cleanups", ())):
        forget()


def unchanged_value(old: object, new: object) -> bool:
    """Whether replacing one value by another makes no difference that a holder of the old one could see."""
    return old is new or (old is not MISSING and new is not MISSING and same_value(old, new))


__all__ = [
    "ATTR",
    "CELL",
    "CLASS",
    "CODE",
    "DICT",
    "GLOBALS",
    "MISSING",
    "TYPE",
    "Batch",
    "NeedsRestart",
    "Rejected",
    "Space",
    "Swap",
    "Work",
    "function_code",
    "plural",
]
