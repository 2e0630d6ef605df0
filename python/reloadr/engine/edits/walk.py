"""What each kind of edit does to the process: the walk over a batch, in import order and source order."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Literal

from reloadr._core import Node, Part
from reloadr.engine.annotations import of_functions, of_scopes
from reloadr.engine.batch import (
    CODE,
    MISSING,
    Batch,
    NeedsRestart,
    Rejected,
    Swap,
    Work,
)
from reloadr.engine.classes import classes
from reloadr.engine.edits import moves
from reloadr.engine.edits.chains import CONTAINERS, Chains, below_scope, built_upon
from reloadr.engine.evaluate import evidence as branches
from reloadr.engine.evaluate.worlds import is_pure, node_is_pure
from reloadr.engine.follow import calls as load_time
from reloadr.engine.follow import stale as made
from reloadr.engine.follow import values as derive
from reloadr.engine.follow.importers import rebind_imports
from reloadr.live import locate
from reloadr.live.capture import is_user_code
from reloadr.live.module import Tracked
from reloadr.report.report import plural
from reloadr.source.compiling import body_code, definition_code
from reloadr.source.edits import Edit
from reloadr.source.outlines import context_of, unit_of
from reloadr.source.snippets import REACHED, blanked, first_line, quoted
from reloadr.source.statements import (
    BLOCKS,
    assigned_lambda,
    binders_in,
    block_only_binds,
    decorator_name,
    definitions_in,
    fingerprints,
    guards_of,
    has_statements,
    is_guard,
    is_main_test,
    is_plain,
    links_around,
    mangled,
    parse_expression,
    read_beside,
    scope_of,
    value_and_annotation,
)

#: Decorators that do not look at the signature of what they decorate.
TRANSPARENT = frozenset(
    {
        "staticmethod",
        "classmethod",
        "property",
        "cached_property",
        "lru_cache",
        "cache",
        "wraps",
        "abstractmethod",
        "contextmanager",
        "asynccontextmanager",
        "override",
        "overload",
        "final",
        "no_type_check",
        "deprecated",
        "setter",
        "getter",
        "deleter",
        "total_ordering",
        "autoreload",
    }
)

#: What a live branch is: the module's own running of the main block is a case of its own.
Liveness = Literal["live", "dead", "main"]


def carry_out(batch: Batch) -> None:
    """Prepares and evaluates every edit of a batch; nothing is live before `batch.finish()`, except what an
    evaluation had to see. Raises Rejected."""
    found = moves.find(batch)
    # All of them now: what ran is to be seen only as long as nothing of the batch is live.
    walks = [Module(batch, work, found) for work in batch.works]
    for walk in walks:
        _follow_branch(walk)
        _collect_swaps(batch, walk.work)
    batch.calls = load_time.calls(batch)
    batch.swap_functions()
    for walk in walks:
        walk.carry_out()
    derive.derive(batch)
    made.name_stale_classes(batch)
    made.name_made_classes(batch)
    made.name_stale_caches(batch)


def _follow_branch(module: Module) -> None:
    """A function whose text went into a branch that does not run, or came out of one, beside another of its name that
    ran or does: those two are the pair, so that who holds the function has what it is now."""
    edits = module.work.edits
    for edit in edits:
        old, new = edit.old, edit.new
        if old is None or new is None or "place" not in edit.facets or not old.kind == new.kind == "function":
            continue
        ran, runs = module.liveness(old, old=True) != "dead", module.liveness(new) != "dead"
        for other in edits if ran != runs else ():
            node = other.new if ran else other.old
            if other.action != ("added" if ran else "removed") or node is None or node.kind != "function":
                continue
            alive = module.liveness(node, old=not ran) != "dead" and node.qualname == new.qualname == old.qualname
            if alive and _prints(node.decorators) == _prints(old.decorators) == _prints(new.decorators):
                if ran:
                    edit.new, other.new = node, new
                else:
                    edit.old, other.old = node, old
                assert edit.old is not None and edit.new is not None
                edit.facets = _facets(edit.old, edit.new)
                edits.sort(key=lambda each: (each.new is not None, each.node.line))
                return _follow_branch(module)


def _facets(old: Node, new: Node) -> list[str]:
    """What may differ between two functions; what is said to and does not does no harm."""
    facets = ["place", "docstring", "body"]
    if [param[:2] for param in old.params] != [param[:2] for param in new.params]:
        facets.append("signature")
    if _prints([*(param[2] for param in old.params), old.returns]) != _prints(
        [*(param[2] for param in new.params), new.returns]
    ):
        facets.append("annotations")
    if _prints(param[3] for param in old.params) != _prints(param[3] for param in new.params):
        facets.append("defaults")
    return facets + (["kind"] if old.is_async != new.is_async else [])


def _prints(parts: Iterable[Part | None]) -> list[int]:
    return [0 if part is None else part.fingerprint for part in parts]


def _collect_swaps(batch: Batch, work: Work) -> None:
    """Compiles what changed and lives."""
    for edit in work.edits:
        old, new = edit.old, edit.new
        if old is None or new is None:
            continue
        if old.kind == new.kind == "function":
            _collect(batch, work, edit)
        elif edit.action == "renamed" and old.kind == "class":
            _collect_renamed(batch, work, edit)


def _collect(batch: Batch, work: Work, edit: Edit) -> None:
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    try:
        definition = definition_code(unit_of(new), new.name or "", context_of(work.outline, work.tracked.filename))
    except SyntaxError as error:
        raise batch.rejected(work, new, error) from error
    code = definition.code
    was = work.tracked.code_of(old)
    if was is None or _not_reached(work, old):
        return
    alteration = work.tracked.altered.get(old.qualname)
    if alteration is not None:
        if "decorators" in edit.facets:
            # They run again, on the code as it is written.
            batch.afterwards.append(partial(work.tracked.altered.pop, old.qualname, None))
        else:
            code = alteration.of(code)
            # A renamed function keeps what was changed.
            batch.afterwards.append(partial(work.tracked.altered.__setitem__, new.qualname, alteration))
    batch.swaps.append(Swap(work, edit, was, code, definition.annotate))
    batch.pending_codes[was] = code
    if edit.action != "formatted":
        batch.pend(new)


def _not_reached(work: Work, old: Node) -> bool:
    frame = locate.module_frame(work.tracked.namespace)
    return frame is not None and not old.scopes and old.line > frame.f_lineno


def _collect_renamed(batch: Batch, work: Work, edit: Edit) -> None:
    assert edit.old is not None and edit.new is not None
    edited = {(each.old.line, each.old.name) for each in work.edits if each.old is not None}

    def walk(old: Node, new: Node) -> None:
        after: dict[str, list[Node]] = {}
        for node in new.members:
            if node.name:
                after.setdefault(node.name, []).append(node)
        for node in old.members:
            same = after.get(node.name or "", [])
            if not same:
                continue
            twin = same.pop(0)
            if node.kind == twin.kind == "class":
                walk(node, twin)
            elif node.kind == twin.kind == "function" and (node.line, node.name) not in edited:
                _collect(batch, work, Edit((), "renamed", node, twin, ["name"]))

    walk(edit.old, edit.new)


class Module:
    """The walk over the edits of one module."""

    def __init__(self, batch: Batch, work: Work, found: list[moves.Move]) -> None:
        self.batch = batch
        self.work = work
        self.moves = found
        self.tracked: Tracked = work.tracked
        self.frame = locate.module_frame(work.tracked.namespace)
        #: Blocks of the new source that were run whole: by first line.
        self.blocks_run: set[int] = set()
        #: Blocks that could not be run: what is new in them has to wait as well.
        self.blocks_refused: set[int] = set()
        #: Classes of the new source that were run whole: by qualified name.
        self.classes_run: set[str] = set()
        #: Names whose definitions, several of them, were run again.
        self.chained: set[tuple[str, str]] = set()
        #: What several statements build up.
        self.chains = Chains()
        #: Names that are there only until an unchanged `del` takes them away, and its line.
        self.supplied: list[tuple[int, str]] = []
        #: Of blocks that were run whole, with their definitions left out: the definitions that were come by.
        self.reached: dict[Node, set[int]] = {}
        #: Which branches ran when the module was loaded: asked now, before anything is live.
        self._ran: dict[tuple[Node, int], bool | None] = {}
        for edit in work.edits:
            for node in (edit.old, edit.new):
                for block, _ in guards_of(node) if node is not None else ():
                    for branch in range(len(block.branches)):
                        self._has_run(block, branch)

    def _settle_annotations(self) -> None:
        """Annotations of variables: gone with their statements, in the order of the source."""
        done: set[str] = set()
        for edit in self.work.edits:
            for node in (edit.old, edit.new):
                if node is None or node.annotates is None:
                    continue
                scope = node.scopes[-1].qualname if node.scopes else ""
                if scope not in done:
                    done.add(scope)
                    self._annotations_of(node, scope)

    def _annotations_of(self, node: Node, scope: str) -> None:
        try:
            space = self.batch.space_of(self.work, node)
        except NeedsRestart:
            return
        held = space.get("__annotations__")
        if not isinstance(held, dict):
            return
        before, after = (
            {
                mangled(each.annotates, scope.rpartition(".")[2]): each
                for each in outline.members_of(scope)
                if each.annotates is not None and self.liveness(each) != "dead"
            }
            for outline in (self.tracked.outline, self.work.outline)
        )
        names = [name for name in after if name in held]
        names += [name for name in held if name not in before and name not in after]
        if not names and scope:
            self.batch.set(space, "__annotations__", MISSING)
        elif names != list(held):
            self.batch.set(space, "__annotations__", {name: held[name] for name in names})

    def carry_out(self) -> None:
        """Evaluates the edits in order; removed names last, once everything that rebinds them has run."""
        rebind_imports(self.batch, self.work)
        for edit in self.work.edits:
            self._come_alive(edit)
        plans = classes.plans(self.batch, self.work)
        removed: list[Edit] = []
        for edit in self._in_order(plans):
            node = edit.new or edit.old
            assert node is not None
            plan = plans.get(classes.key_of(edit))
            if edit.new is not None:
                self.chains.catch_up(self, edit.new.line)
                derive.catch_up(self.batch, self.work, edit.new.line)
            if edit.action == "added" and any(block.line in self.blocks_refused for block, _ in guards_of(node)):
                self.work.refused.update(edit.numbers)
                self.batch.withheld.update(node.binds, [node.name] if node.name else [])
                continue
            point = self.batch.savepoint()
            try:
                if plan is not None and plan.takes(edit):
                    plan.carry_out(self)
                elif edit.action == "removed":
                    removed.append(edit)
                else:
                    self._edit(edit)
                self.batch.release(edit)
            except NeedsRestart as needs:
                self.batch.restore(point)
                for each in plan.edits if plan is not None and plan.takes(edit) else [edit]:
                    self._refuse(each, node, needs)
        self.chains.catch_up(self, sys.maxsize)
        for edit in removed:
            node = edit.old
            assert node is not None
            try:
                self._removed(edit, node)
            except NeedsRestart as needs:
                self._refuse(edit, node, needs)
        self._settle_deletions()
        if set(self.tracked.outline.future) != set(self.work.outline.future):
            self._annotate_anew()
        if of_functions.DEFERRED:
            of_scopes.settle(of_scopes.View(self.batch, self.work, self.liveness, definitions_in))
        if not of_functions.DEFERRED or "annotations" in self.work.outline.future:
            self._settle_annotations()

    def _come_alive(self, edit: Edit) -> None:
        """A statement that says what it said, but left a branch that did not run, or went into one."""
        old, new = edit.old, edit.new
        if edit.action != "formatted" or old is None or new is None or old.name is not None:
            return
        if [block.source for block, _ in old.guards] == [block.source for block, _ in new.guards]:
            return
        ran, runs = self.liveness(old, old=True) != "dead", self.liveness(new) != "dead"
        if runs and not ran:
            edit.action, edit.old = "added", None
        elif ran and not runs:
            edit.action, edit.new = "removed", None

    def _in_order(self, plans: dict[str, classes.Plan]) -> list[Edit]:
        """The edits of the module. A class that is built anew because something went from it is built where it
        stands, below the new lines that it reads."""
        edits, late = [], []
        for edit in self.work.edits:
            plan = plans.get(classes.key_of(edit))
            if edit.action == "removed" and plan is not None and plan.takes(edit):
                late.append((plan.new.line, edit))
            else:
                edits.append(edit)
        for line, edit in late:
            below = (at for at, other in enumerate(edits) if other.new is not None and other.new.line >= line)
            edits.insert(next(below, len(edits)), edit)
        return edits

    def _supply(self, new: Node) -> None:
        """A name that new code reads and that lines around it bind and take away again: those lines once more, if
        nobody can notice."""
        if new.scopes or self.frame is not None:
            return
        space = self.work.space
        for name in new.reads:
            if space.get(name) is not MISSING or hasattr(builtins, name):
                continue
            binders = self.live_binders(name, "")
            above = [node for node in binders if node.line < new.line]
            below = [node for node in binders if node.line > new.line]
            if not above or not below or not below[0].source.startswith("del "):
                continue
            maker = above[-1]
            harmless = maker.kind in ("import", "from") or (maker.kind == "function" and not maker.decorators)
            if harmless or (maker.kind == "assignment" and node_is_pure(self.batch, self.work, maker)):
                self._supply(maker)
                if space.get(name) is MISSING:
                    self.batch.run(self.work, maker)
                    self.supplied.append((below[0].line, name))

    def _settle_deletions(self) -> None:
        """A name that an edit bound and an unchanged `del` below takes away again."""
        for line, name in self.supplied:
            gone = all(node.line <= line for node in self.live_binders(name, ""))
            if gone:
                self.batch.set(self.work.space, name, MISSING)
        for edit in self.work.edits:
            new = edit.new
            if new is None or edit.action == "formatted" or new.source.startswith("del "):
                continue
            scope = scope_of(new)
            for name in new.binds:
                last = [node for node in self.live_binders(name, scope) if node.line >= new.line][-1:]
                if last and last[0].source.startswith("del "):
                    space = self.batch.space_of(self.work, new)
                    if space.get(name) is not MISSING:
                        self.batch.set(space, name, MISSING)

    def _annotate_anew(self) -> None:
        """Annotations of variables under other `from __future__` features; values are not computed again."""
        for node in self.work.outline.nodes():
            if node.annotates is None or self.liveness(node) == "dead":
                continue
            try:
                statement = ast.parse(node.source).body[0]
            except (SyntaxError, IndexError):
                continue
            if isinstance(statement, ast.AnnAssign):
                if node.scopes:
                    cls = locate.class_of(self.tracked, node.scopes[-1])
                    if cls is not None and classes.is_generated(cls):
                        derive.rebuild_for(self.batch, self.work, node, cls)
                        continue
                text = f"{node.indent}{ast.unparse(statement.target)}: {ast.unparse(statement.annotation)}"
                try:
                    self.batch.run(self.work, node, source=text, record=False)
                except NeedsRestart:
                    continue

    def _refuse(self, edit: Edit, node: Node, needs: NeedsRestart) -> None:
        self.work.refused.update(edit.numbers)
        self.batch.withheld.update(node.binds, [node.name] if node.name else [])
        self.batch.revoke(edit)
        if edit.new is not None and edit.new.branches:
            self.blocks_refused.add(edit.new.line)
        self.batch.reason(needs.code, self.tracked, node.qualname, node.line, **needs.words)

    # ---- liveness --------------------------------------------------------------------------------

    def live_binders(self, name: str, scope: str) -> list[Node]:
        """What binds a name in the new source, dead branches aside."""
        return [node for node in binders_of(self.work, name, scope) if self.liveness(node) != "dead"]

    def liveness(self, node: Node, *, old: bool = False) -> Liveness:
        """Whether the branch that a node stands in is the one that ran (or, for new code, would run)."""
        verdict: Liveness = "live"
        for block, branch in guards_of(node):
            if block in self.reached and (node.name or node.scopes):
                # Its class, for a member.
                outermost = next((scope for scope in node.scopes if (block, branch) in scope.guards), node)
                return "live" if outermost.line in self.reached[block] else "dead"
            found = self._branch(block, branch)
            if found == "dead" and (block.kind != "try" or branch or node.name):
                return "dead"
            if found == "main":
                verdict = "main"
        return verdict

    def _has_run(self, block: Node, branch: int) -> bool | None:
        """Whether a branch ran when the module was loaded, told by what lives."""
        if (block, branch) not in self._ran:
            self._ran[block, branch] = branches.ran(self.tracked, block, branch)
        return self._ran[block, branch]

    def _branch(self, block: Node, branch: int) -> Liveness:
        label, header, suite = block.branches[branch]
        if block.kind in ("if", "while"):
            truths = [self._truth(each.source) for _, each, _ in block.branches[: branch + 1] if each is not None]
            earlier = truths[:branch]
            if True in earlier:
                return "dead"
            if None in truths and (ran := self._has_run(block, branch)) is not None:
                return "live" if ran else "dead"
            if None in earlier:
                return "dead"
            if header is None:
                return "live"
            if truths[-1] and is_main_test(header.source):
                return "main"
            if truths[-1] is None:
                return "live" if self._evidence(suite) else "dead"
            return "live" if truths[-1] else "dead"
        if block.kind == "try":
            return self._branch_of_try(block, branch, label)
        if block.kind == "match":
            return "live" if self._evidence(suite) else "dead"
        return "live"

    def _branch_of_try(self, block: Node, branch: int, label: str) -> Liveness:
        if label == "finally":
            return "live"
        ran = self._has_run(block, branch)
        if label != "try" and ran is not None:
            return "live" if ran else "dead"
        handlers = [at for at, (each, _, _) in enumerate(block.branches) if each == "except"]
        # Where a handler ran, some of the suite did as well: what it bound is there.
        failed = any(self._has_run(block, at) for at in handlers) or self._failed(block.branches[0][2])
        if label == "except":
            known = any(self._has_run(block, at) for at in handlers)
            return "live" if failed and not known else "dead"
        if label == "else":
            return "dead" if failed else "live"
        # Of a suite that failed, statements ran as far as they came.
        return "dead" if ran is False and failed else "live"

    def _truth(self, source: str) -> bool | None:
        """What a condition gives; None where asking could do harm."""
        tree = parse_expression(source)
        if tree is None:
            return None
        space = self.work.space
        namespace = {**space.live, **{k: v for k, v in space.stage.items() if v is not MISSING}}
        if not is_guard(tree) and not is_pure(self.batch, self.tracked, tree, namespace):
            return None
        try:
            return bool(eval(compile(ast.Expression(tree), self.tracked.filename, "eval"), namespace))
        except Exception:
            return None

    def _evidence(self, suite: Iterable[Node]) -> bool:
        """Whether what a suite binds is there."""
        names = [name for node in suite for name in node.binds]
        return not names or any(name in self.work.space.live for name in names)

    def _failed(self, suite: Iterable[Node]) -> bool:
        """Whether the imports of a `try` suite failed, which is what nearly all of these at module level try."""
        for node in suite:
            for module, _, _ in node.imported:
                try:
                    name = self.batch.absolute(self.tracked.namespace, module)
                except ImportError:
                    return True
                if name in sys.modules:
                    continue
                return not self._loadable(name)
        return False

    def _loadable(self, name: str) -> bool:
        import importlib.util

        try:
            return importlib.util.find_spec(name) is not None
        except (ImportError, ValueError, AttributeError):
            return False

    # ---- edits -----------------------------------------------------------------------------------

    def _edit(self, edit: Edit) -> None:
        new = edit.new
        assert new is not None
        if any(scope.qualname in self.classes_run for scope in new.scopes):
            return
        if edit.action == "formatted":
            if new.name:
                self.batch.change("lines", self.tracked, new.qualname, new.line)
            return
        if new.kind in BLOCKS:
            self._block(edit, new)
        elif new.name is None:
            self._statement(edit, new)
        elif edit.action == "added":
            self._added(new)
        elif new.kind == "class":
            self._class(edit)
        else:
            self._function(edit)
        compiled = new.kind == "function" and edit.action != "added"
        if not compiled and (self.tracked.name, new.line, new.source) not in self.batch.ran:
            self._is_python(new)

    def _is_python(self, new: Node) -> None:
        """What does not run now must be valid all the same: the next process compiles all of the file."""
        # Of a loop's `continue` only the whole loop can tell.
        whole = new.guards[0][0] if new.guards else new
        try:
            body_code(unit_of(whole), context_of(self.work.outline, self.tracked.filename))
        except SyntaxError as error:
            raise self.batch.rejected(self.work, new, error) from error

    def _held_back(self, new: Node) -> bool:
        """Code of the module that runs right now, or ran as the main block, is not run a second time."""
        if self.liveness(new) == "main":
            self.batch.reason(
                "RL214", self.tracked, new.qualname, new.line, name=quoted(new), state="ran as the main block"
            )
            return True
        if self.frame is not None and not new.scopes:
            at = self.frame.f_lineno
            if new.line > at:
                self.batch.reason(
                    "RL214", self.tracked, new.qualname, new.line, name=quoted(new), state="is still on its way there"
                )
                return True
        return False

    def _statement(self, edit: Edit, new: Node) -> None:
        batch, work = self.batch, self.work
        if new.kind == "pass":
            return
        if any(block.line in self.blocks_run for block, _ in new.guards):
            return
        live = self.liveness(new)
        if live == "dead":
            return
        if self._held_back(new):
            return
        if new.once and edit.old is not None:
            batch.reason("RL217", self.tracked, new.qualname, new.line, name=quoted(new))
            return
        if edit.old is not None and edit.action == "changed" and new.kind == "assignment" and self._lambda(edit):
            return
        if self._annotation(edit, new):
            return
        scope = scope_of(new)
        name, count = below_scope(scope, "".join(new.binds)), 0
        if edit.old is not None and new.kind == "assignment" and edit.old.binds == new.binds:
            count = self.chains.put_in_since(self, edit.old)
        if new.kind == "assignment" and self.chains.prepare(self, new, scope) is False:
            return
        if edit.old is not None:
            derive.transient_value(batch, work, edit.old)
        if self._fails_no_more(new):
            return
        if new.source.startswith("del ") and self._deleted_before(new):
            return
        self._supply(new)
        try:
            bound = batch.run(work, new)
        except Rejected as rejected:
            if not self._tried(new, rejected):
                raise
            return
        self._after_definition(new, bound)
        self.report_run(new, bound)
        if count:
            batch.reason("RL226", self.tracked, name, new.line, name=name, count=plural(count, "item"))
        if edit.old is not None:
            self._unbind(set(edit.old.binds) - set(bound), edit.old)
            if not edit.old.binds and not new.binds and edit.old.kind == "statement":
                self._cannot_undo(edit.old, new.line)

    def _annotation(self, edit: Edit, new: Node) -> bool:
        """`X = value` that got, lost or changed its annotation alone: the value stays."""
        old = edit.old
        if old is None or old.kind != "assignment" or new.kind != "assignment" or old.binds != new.binds:
            return False
        before, after = value_and_annotation(old), value_and_annotation(new)
        if before is None or after is None or before[0] is None or before[0] != after[0] or before[1] == after[1]:
            return False
        if self.batch.space_of(self.work, new).get(new.binds[0]) is MISSING:
            return False
        if after[1]:
            self.batch.run(self.work, new, source=f"{new.indent}{new.binds[0]}: {after[1]}", record=False)
        self.batch.change("update", self.tracked, below_scope(new.qualname, new.binds[0]), new.line, "annotation")
        return True

    def binders_of_old(self, name: str, scope: str) -> list[Node]:
        """What bound a name in the old source."""
        return binders_in(self.tracked.outline, name, scope)

    def _deleted_before(self, new: Node) -> bool:
        """Whether all that a `del` takes away is gone already, by a `del` of the old source."""
        space = self.batch.space_of(self.work, new)
        scope = scope_of(new)
        return bool(new.binds) and all(
            space.get(name) is MISSING
            and any(old.source.startswith("del ") for old in binders_in(self.tracked.outline, name, scope))
            for name in new.binds
        )

    def _undeleted(self, old: Node) -> bool:
        """A `del` that went: what it took away is bound again, unless the line that did so went as well."""
        scope = scope_of(old)
        for name in old.binds:
            makers = self.live_binders(name, scope)
            if not makers or self.work.space.get(name) is not MISSING:
                continue
            last = makers[-1]
            if last.kind not in ("import", "from", "function") and not node_is_pure(self.batch, self.work, last):
                return False
            if last.decorators or last.scopes:
                return False
            self.report_run(last, self.batch.run(self.work, last))
        return bool(old.binds)

    def _tried(self, new: Node, rejected: Rejected) -> bool:
        """A statement that raises inside a `try` may be meant to: the whole block decides."""
        if not isinstance(rejected.error, Exception) or isinstance(rejected.error, SyntaxError):
            return False
        for block, branch in new.guards:
            if block.kind == "try" and branch == 0 and any(label == "except" for label, _, _ in block.branches):
                self._run_block(block)
                return True
        return False

    def _fails_no_more(self, new: Node) -> bool:
        """A changed statement inside a `try` that failed when the module was loaded: the whole block decides."""
        for block, branch in new.guards:
            handlers = [at for at, (label, _, _) in enumerate(block.branches) if label == "except"]
            if block.kind == "try" and branch == 0 and any(self._has_run(block, at) for at in handlers):
                self._run_block(block)
                return True
        return False

    def _run_block(self, block: Node) -> None:
        self.blocks_run.add(block.line)
        bound = self._run_without_definitions(block)
        self._effects_within(block, bound)
        self._settle_reached(block)
        self.report_run(block, bound)

    def _acts(self, block: Node) -> bool:
        """Whether a block that holds no statements does something all the same: by its headers."""
        if block.kind in ("with", "for") or set(block.binds) - {node.name for node in definitions_in(block)}:
            return True
        for label, header, suite in block.branches:
            if header is not None and label not in ("except", "case") and self._truth(header.source) is None:
                return True
            if any(node.kind in BLOCKS and self._acts(node) for node in suite):
                return True
        return False

    def _run_without_definitions(self, block: Node) -> dict[str, object]:
        """Runs a block, and notes which of its definitions it came by: those are edits of their own, or live
        already."""
        fresh = self._new_beside(block)
        left_out = [node for node in definitions_in(block) if (node.line, node.name) not in fresh]
        try:
            bound = self.batch.run(self.work, block, source=blanked(block, left_out))
        except Rejected as rejected:
            missing = getattr(rejected.error, "name", None)
            if isinstance(rejected.error, NameError) and any(node.name == missing for node in left_out):
                # The source is right: only a run of the block as a whole would have that definition.
                why = f"it uses {missing}, which it defines itself and which is not there any more"
                raise NeedsRestart("RL301", name=quoted(block), why=why) from rejected
            raise
        for (line, name), qualname in fresh.items():
            self.chained.add((qualname, "ran"))
            if name in bound:
                self.batch.change("add", self.tracked, qualname, line)
        space = self.batch.space_of(self.work, block)
        notes = {name for name in bound if name.startswith(REACHED)}
        for name in notes:
            del bound[name]
            space.stage.pop(name, None)
        self.reached[block] = {int(name.removeprefix(REACHED)) for name in notes}
        return bound

    def _new_beside(self, block: Node) -> dict[tuple[int, str], str]:
        """The new definitions of a block where statements beside them use one: they run where they stand."""
        if block.scopes:
            return {}
        fresh = {
            (edit.new.line, edit.new.name): edit.new.qualname
            for edit in self.work.edits
            if edit.action == "added" and edit.new is not None and edit.new.name and not edit.new.scopes
            if any(guard.line == block.line for guard, _ in edit.new.guards)
        }
        used = read_beside(block)
        return fresh if any(name in used for _, name in fresh) else {}

    def _settle_reached(self, block: Node) -> None:
        """Unchanged definitions of a block that ran, where the branch that they stand in is another than before."""
        edited = {(edit.new.line, edit.new.name) for edit in self.work.edits if edit.new is not None}
        for node in definitions_in(block):
            if (node.line, node.name) in edited:
                continue
            olds = [old for old in self.tracked.outline.find(node.qualname) if old.fingerprint == node.fingerprint]
            alive = [old for old in olds if branches.lives(self.tracked, old, locate.bound_name(old))]
            if node.line in self.reached[block] and not alive:
                self._added(node)
            elif node.line not in self.reached[block] and alive:
                self._removed_definition(alive[0])

    def _effects_within(self, block: Node, bound: dict[str, object]) -> None:
        """Statements of a block that ran whole: what their old form bound is gone if this run did not bind it,
        what else it did stays done."""
        for edit in self.work.edits:
            old = edit.old
            if old is not None and edit.action in ("removed", "changed") and not old.name and not old.scopes:
                inside = edit.new is None or any(guard.line == block.line for guard, _ in edit.new.guards)
                for name in old.binds if inside and old.guards else ():
                    if name in block.binds and name not in bound and name in self.work.space.live:
                        self.batch.set(self.work.space, name, MISSING)
            if old is None or old.name or old.binds or old.kind != "statement" or edit.action == "formatted":
                continue
            if edit.new is None or any(guard.line == block.line for guard, _ in edit.new.guards):
                self._cannot_undo(old, block.line)

    def _cannot_undo(self, old: Node, line: int) -> None:
        batch = self.batch
        if is_plain(old) or (old.source.startswith("del ") and self._undeleted(old)):
            return
        if not old.scopes and self.chains.built_anew(self, old):
            return
        batch.reason("RL208", self.tracked, old.qualname, line, name=quoted(old))
        for name in batch.touched(self.work, old):
            batch.reason("RL208", self.tracked, name, line, name=f"{quoted(old)} in {name}")

    def report_run(self, new: Node, bound: dict[str, object]) -> None:
        prefix = f"{new.qualname}." if new.qualname else ""
        names = [name for name in bound if name != "__annotations__"]
        if not names:
            self.batch.change("run", self.tracked, new.qualname, new.line, first_line(new))
        for name in names:
            self.batch.change("run", self.tracked, prefix + name, new.line, first_line(new))

    def _lambda(self, edit: Edit) -> bool:
        """`name = lambda ...: body` with another body: patched in place like a function."""
        old, new = edit.old, edit.new
        assert old is not None and new is not None
        if len(old.binds) != 1 or old.binds != new.binds:
            return False
        trees = [assigned_lambda(node.source) for node in (old, new)]
        if trees[0] is None or trees[1] is None or ast.dump(trees[0].args) != ast.dump(trees[1].args):
            return False
        if trees[0].args.defaults or trees[0].args.kw_defaults:
            return False
        space = self.batch.space_of(self.work, new)
        value = space.live.get(old.binds[0], MISSING)
        if not isinstance(value, FunctionType) or value.__name__ != "<lambda>" or value.__closure__:
            return False
        if value.__code__.co_firstlineno != old.line and self.tracked.in_step:
            return False
        try:
            code = body_code(unit_of(new), context_of(self.work.outline, self.tracked.filename))
        except SyntaxError as error:
            raise self.batch.rejected(self.work, new, error) from error
        lambdas = [each for each in code.co_consts if getattr(each, "co_name", "") == "<lambda>"]
        if len(lambdas) != 1 or lambdas[0].co_freevars:
            return False
        was = value.__code__
        tracked, fresh = self.tracked, lambdas[0]
        self.batch.steps.append((CODE, value, None, (fresh, None)))
        tracked.forget(was)
        tracked.remember([fresh])
        self.batch.fresh.add(id(fresh))
        self.batch.on_undo.append(partial(tracked.exchange, fresh, was))
        prefix = f"{new.qualname}." if new.qualname else ""
        self.batch.change("update", tracked, prefix + old.binds[0], new.line, "body")
        return True

    def _block(self, edit: Edit, new: Node) -> None:
        batch = self.batch
        if self.liveness(new) == "dead":
            return
        headers = [header.source for _, header, _ in new.branches if header is not None]
        if any(is_main_test(source) for source in headers) and new.kind == "if":
            if self._branch(new, 0) == "main" and edit.action != "added":
                batch.reason(
                    "RL214", self.tracked, new.qualname, new.line, name=quoted(new), state="ran as the main block"
                )
                return
        if self._held_back(new):
            return
        if new.once and edit.old is not None:
            batch.reason("RL217", self.tracked, new.qualname, new.line, name=quoted(new))
            return
        if not has_statements(new) and not self._acts(new):
            return
        if edit.old is not None and edit.old.kind == new.kind == "if":
            ran, runs = self._taken(edit.old, old=True), self._taken(new)
            if ran is not None and runs is not None and fingerprints(ran) == fingerprints(runs):
                # Only the conditions changed, and they decide as they did.
                self._settle_reached(new)
                batch.change("update", self.tracked, new.qualname, new.line, "condition")
                return
            self._name_filled_twice(new, ran or [], runs or [])
        self.blocks_run.add(new.line)
        try:
            bound = self._run_without_definitions(new)
        except Rejected as rejected:
            if not self._tried(new, rejected):
                raise
            return
        self.report_run(new, bound)
        if edit.old is not None:
            self._unbind(set(edit.old.binds) - set(new.binds), edit.old)
        self._settle_reached(new)

    def _taken(self, block: Node, *, old: bool = False) -> list[Node] | None:
        """The suite of an `if` that ran, or would run now; empty where no condition holds, None where unknown."""
        for at, (_, _, suite) in enumerate(block.branches):
            ran = self._has_run(block, at) if old else None
            if ran or (ran is None and self._branch(block, at) == "live"):
                return suite
        known = all(header is None or self._truth(header.source) is not None for _, header, _ in block.branches)
        return [] if known else None

    def _name_filled_twice(self, new: Node, ran: list[Node], runs: list[Node]) -> None:
        """A caveat for containers that a block, which runs as a whole, put something into when it ran before."""
        space = self.batch.space_of(self.work, new)
        for node in ran:
            for name in {*node.binds, *node.reads}:
                made_anew = any(name in other.binds and not built_upon(other, name) for other in runs)
                if isinstance(space.get(name), CONTAINERS) and built_upon(node, name) and not made_anew:
                    self.batch.reason("RL208", self.tracked, node.qualname, new.line, name=quoted(node))

    def _added(self, new: Node) -> None:
        batch = self.batch
        live = self.liveness(new)
        if live == "dead":
            return
        if (new.qualname, "ran") in self.chained:
            return
        move = next((move for move in self.moves if move.target is self.work and move.node.line == new.line), None)
        if move is not None and move.node.qualname == new.qualname:
            move.carry_out(batch)
            return
        if self._accessor(new):
            self._run_chain(new)
            return
        space = batch.space_of(self.work, new)
        name = locate.bound_name(new)
        before = space.get(name)
        bound = batch.run(self.work, new)
        self._after_definition(new, bound)
        scope = scope_of(new)
        last = self.live_binders(new.name or "", scope)
        if before is not MISSING and last and last[-1].line > new.line:
            # An overload: it was registered, the definition below it keeps the name.
            batch.set(space, name, before)
        batch.change("add", self.tracked, new.qualname, new.line)

    def _after_definition(self, new: Node, bound: dict[str, object]) -> None:
        """A definition put into a class gets what the class statement would have done with it."""
        if not new.scopes:
            return
        space = self.batch.space_of(self.work, new)
        assert isinstance(space.owner, type)
        classes.settle_members(self.batch, self.work, space.owner, bound, new.line)

    def _accessor(self, new: Node) -> bool:
        """Whether a decorator refers to the name itself: `@x.setter`."""
        return any(part.source.startswith(f"{new.name}.") for part in new.decorators)

    def _run_chain(self, new: Node) -> None:
        """Runs all definitions of a name again, in order, keeping the functions that live."""
        batch, work = self.batch, self.work
        scope = scope_of(new)
        key = (new.qualname, "ran")
        if key in self.chained:
            return
        self.chained.add(key)
        nodes = self.live_binders(new.name or "", scope)
        bound: dict[str, object] = {}
        for node in nodes:
            bound |= batch.run(work, node)
        self._after_definition(new, bound)
        batch.change("update", self.tracked, new.qualname, new.line, "accessors")

    def _function(self, edit: Edit) -> None:
        batch, work = self.batch, self.work
        old, new = edit.old, edit.new
        assert old is not None and new is not None
        facets = set(edit.facets)
        swap = next((swap for swap in batch.swaps if swap.edit is edit), None)
        live = self.liveness(new)
        if live == "dead":
            if "place" in facets and swap is not None and swap.living:
                self._removed_definition(old)
            return
        if facets == {"place"} and swap is not None and swap.living:
            batch.change("lines", self.tracked, new.qualname, new.line)
            return
        if swap is None or not swap.living:
            # CPython 3.11 keeps the code objects of branches that it left out.
            if self.liveness(old, old=True) == "dead" or (old.guards != [] and not self._bound_here(old)):
                bound = batch.run(work, new)
                self._after_definition(new, bound)
                batch.change("add", self.tracked, new.qualname, new.line)
                return
        if swap is None:
            if self.frame is not None:
                self._held_back(new)
            return
        register = any(decorator_name(part).endswith(".register") for part in new.decorators)
        again = "decorators" in facets or (register and facets & {"signature", "annotations"})
        if again or (facets & {"body", "signature", "defaults"} and self._is_compiled(old)):
            self._redecorate(edit)
            return
        batch.settle_facets(swap)
        if edit.action == "renamed":
            self._renamed(edit)
        batch.change("update", self.tracked, new.qualname, new.line, ", ".join(edit.facets))
        if facets & {"signature", "annotations", "defaults"}:
            self._signature(edit)
        if new.name == "__init__" and new.scopes:
            classes.lacking_attributes(batch, work, edit)
        if any(decorator_name(part).rpartition(".")[2] == "cached_property" for part in new.decorators):
            classes.cached_values(batch, work, edit)
        if "body" in facets or "signature" in facets:
            derive.changed_function(batch, work, old, new)

    def _bound_here(self, old: Node) -> bool:
        namespace = locate.namespace_of(self.tracked, old)
        value = None if namespace is None else namespace.get(old.name or "")
        return any(found.function.__code__.co_firstlineno == old.code_line for found in locate.unwrap(value))

    def _is_compiled(self, old: Node) -> bool:
        """Whether what a decorator made runs code of its own, which the function's new code would not reach."""
        namespace = locate.namespace_of(self.tracked, old)
        return namespace is not None and locate.is_dispatcher(namespace.get(locate.bound_name(old)))

    def _signature(self, edit: Edit) -> None:
        old, new = edit.old, edit.new
        assert old is not None and new is not None
        for part in new.decorators:
            name = decorator_name(part)
            if name.rpartition(".")[2] not in TRANSPARENT and self._may_inspect(name):
                self.batch.reason("RL204", self.tracked, new.qualname, new.line, name=new.qualname, decorator=name)
        if "signature" in edit.facets or "defaults" in edit.facets:
            derive.signature_changed(self.batch, self.work, edit)

    def _may_inspect(self, decorator: str) -> bool:
        """Whether a decorator may look at signatures: not, if it is the user's and mentions nothing of them."""
        value: object = self.tracked.namespace.get(decorator)
        if not isinstance(value, FunctionType) or not is_user_code(value.__code__.co_filename):
            return True
        names = self.batch.reachable(value.__code__, value.__globals__)
        return not names.isdisjoint(_SIGNATURE_WORDS)

    def _redecorate(self, edit: Edit) -> None:
        """The list of decorators changed: the definition runs again, and who held the old object gets the
        new one."""
        batch, work = self.batch, self.work
        old, new = edit.old, edit.new
        assert old is not None and new is not None
        if self._accessor(new) or self._accessor(old) or _shared(work, new):
            self._run_chain(new)
            return
        bound = batch.run(work, new)
        batch.take_defaults(edit, bound.values())
        self._after_definition(new, bound)
        if edit.action == "renamed":
            self._unbind({old.name or ""}, old)
        batch.change("update", self.tracked, new.qualname, new.line, ", ".join(edit.facets))

    def _renamed(self, edit: Edit) -> None:
        """The same object under another name."""
        batch = self.batch
        old, new = edit.old, edit.new
        assert old is not None and new is not None
        space = batch.space_of(self.work, old, old=True)
        was, name = locate.bound_name(old), locate.bound_name(new)
        if space.owner not in batch.replacing:
            value = space.get(was)
            if value is MISSING:
                raise NeedsRestart("RL301", name=old.qualname, why="nothing is bound to that name")
            batch.set(space, name, value)
            self._unbind({was}, old)
        batch.change("rename", self.tracked, old.qualname, new.line, f"to {new.qualname}")

    def _class(self, edit: Edit) -> None:
        """A class whose header changed, its name, or the block it stands in."""
        assert edit.old is not None and edit.new is not None
        if "place" in edit.facets:
            alive = self.liveness(edit.old, old=True) != "dead" and locate.class_of(self.tracked, edit.old) is not None
            if alive and self.liveness(edit.new) == "dead":
                self._removed_definition(edit.old)
                return
            if not alive and self.liveness(edit.new) != "dead":
                self.classes_run.add(edit.new.qualname)
                self._added(edit.new)
                return
        if self.liveness(edit.new) == "dead":
            return
        if edit.action == "renamed":
            classes.rename(self, edit)
        if set(edit.facets) - {"name", "place"}:
            classes.change_header(self, edit)

    # ---- removal ---------------------------------------------------------------------------------

    def _removed(self, edit: Edit, old: Node) -> None:
        batch = self.batch
        if old.kind == "pass" or self.liveness(old, old=True) == "dead":
            return
        if any(move.removed is edit for move in self.moves):
            self._unbind({old.name or ""}, old, moved=True)
            return
        if self.frame is not None and not old.scopes and old.line > self.frame.f_lineno:
            batch.reason(
                "RL214", self.tracked, old.qualname, old.line, name=quoted(old), state="is still on its way there"
            )
            return
        if old.name:
            self._removed_definition(old)
            return
        if old.kind == "docstring":
            batch.set(batch.space_of(self.work, old, old=True), "__doc__", None)
            batch.change("remove", self.tracked, old.qualname, old.line, "docstring")
            return
        header = old.branches[0][1] if old.kind == "if" else None
        if self.liveness(old, old=True) == "main" or (header is not None and is_main_test(header.source)):
            return
        if old.kind == "assignment" and self._removed_from_chain(old):
            return
        names = set(old.binds)
        if old.kind in BLOCKS:
            names -= {node.name for node in definitions_in(old)}
        self._unbind(names, old)
        if (
            old.kind not in ("import", "from", "assignment")
            and not is_plain(old)
            and not (old.kind in BLOCKS and block_only_binds(old))
        ):
            self._cannot_undo(old, old.line)
        batch.change("remove", self.tracked, old.qualname, old.line, first_line(old))

    def _removed_definition(self, old: Node) -> None:
        batch = self.batch
        scope = scope_of(old)
        left = self.live_binders(old.name or "", scope)
        if left:
            ran = any((self.tracked.name, node.line, node.source) in batch.ran for node in left)
            if not ran and all(node.name for node in left) and (self._accessor(old) or self._was_last(old, left)):
                self._run_chain(left[-1])
            batch.change("remove", self.tracked, old.qualname, old.line)
            self.unlearn(old)
            return
        self._unbind({locate.bound_name(old)}, old)
        self.unlearn(old)
        batch.change("remove", self.tracked, old.qualname, old.line)
        for part in old.decorators:
            name = decorator_name(part)
            if name.rpartition(".")[2] not in TRANSPARENT and name.rpartition(".")[2] not in _NOT_REGISTERING:
                batch.reason("RL218", self.tracked, old.qualname, old.line, name=old.qualname, decorator=name)

    def unlearn(self, old: Node) -> None:
        """Forgets the code of a definition that is gone."""
        self.batch.unlearn(self.tracked, list(self._codes_in(old)))

    def _codes_in(self, old: Node) -> Iterator[CodeType]:
        """The code objects of a definition, of all methods if it is a class."""
        if old.kind == "class":
            for member in old.members:
                if member.name:
                    yield from self._codes_in(member)
            annotate = of_scopes.code_of_class(self.tracked, old)
            if annotate is not None:
                yield annotate
        else:
            swap = next((swap for swap in self.batch.swaps if swap.work is self.work and swap.edit.old == old), None)
            code = self.tracked.code_of(old) if swap is None else swap.new
            annotate = self.tracked.annotate_code_of(old) if swap is None else swap.annotate
            yield from (each for each in (code, annotate) if each is not None)

    def _was_last(self, old: Node, left: list[Node]) -> bool:
        """Whether the name is bound to this one of its definitions."""
        space = self.batch.space_of(self.work, old, old=True)
        value = space.live.get(old.name or "")
        # A swap is noted already, but need not be live yet.
        codes = [swap.old for swap in self.batch.swaps if swap.edit.old == old and swap.work is self.work]
        codes += self._codes_in(old)
        return any(found.function.__code__ is code for found in locate.unwrap(value) for code in codes)

    def _removed_from_chain(self, old: Node) -> bool:
        """An assignment went, others of the same name stay: those decide its value now."""
        if len(old.binds) != 1:
            return False
        scope = scope_of(old)
        left = self.live_binders(old.binds[0], scope)
        if not left:
            return False
        name, last = old.binds[0], left[-1]
        before = [node for node in binders_in(self.tracked.outline, name, scope) if self.liveness(node) != "dead"]
        if old not in links_around(before, name, sys.maxsize)[0]:
            # What the name means at the end came of lines below.
            return True
        if not any((self.tracked.name, node.line, node.source) in self.batch.ran for node in left):
            if last.kind != "assignment" or self.chains.repeat(self, last, scope):
                pass
            elif node_is_pure(self.batch, self.work, last):
                self.report_run(last, self.batch.run(self.work, last))
            else:
                qualname = below_scope(scope, name)
                self.batch.reason("RL206", self.tracked, qualname, last.line, name=quoted(last), source=name)
        return True

    def _unbind(self, names: set[str], old: Node, *, moved: bool = False) -> None:
        """Takes names away that no statement of the new source binds any more."""
        batch, work = self.batch, self.work
        scope = scope_of(old)
        try:
            space = batch.space_of(work, old, old=True)
        except NeedsRestart:
            return
        if space.owner in batch.replacing:
            return
        for name in sorted(names):
            if not moved and self.live_binders(name, scope):
                continue
            if space.stage.get(name, MISSING) is not MISSING:
                continue
            if not scope and (self.tracked.name, name) in batch.by_globals:
                continue
            value = space.live.get(name, MISSING)
            if value is MISSING:
                continue
            if old.kind in ("import", "from") and not self._is_what_was_imported(old, name, value):
                continue
            if isinstance(value, ModuleType) and sys.modules.get(f"{self.tracked.name}.{name}") is value:
                # The import system binds a submodule in its package, whoever imported it.
                continue
            if name == "__doc__" or (isinstance(space.owner, dict) and name in _MODULE_NAMES):
                batch.set(space, name, None if name == "__doc__" else value)
                continue
            batch.set(space, name, MISSING)
            if not moved:
                derive.removed_name(batch, work, old, name, value)

    def _is_what_was_imported(self, old: Node, name: str, value: object) -> bool:
        for module, imported, bound in old.imported:
            if bound != name:
                continue
            try:
                loaded = sys.modules.get(self.batch.absolute(self.tracked.namespace, module))
            except ImportError:
                return True
            if not imported:
                return value is sys.modules.get(module.partition(".")[0])
            if imported == "as":
                return value is loaded
            if loaded is None or isinstance(value, ModuleType):
                return True
            # There the name may mean something else already, by this batch.
            before = self.batch.before.get(id(loaded.__dict__), {})
            was = before.get(imported, loaded.__dict__.get(imported, MISSING))
            return was is MISSING or was is value
        return True


#: What code that looks at signatures has to mention.
_SIGNATURE_WORDS = frozenset(
    {
        "signature",
        "Signature",
        "getfullargspec",
        "getcallargs",
        "get_type_hints",
        "get_annotations",
        "__annotations__",
        "__annotate__",
        "__defaults__",
        "__kwdefaults__",
        "__code__",
        "__signature__",
        "getattr",
        "vars",
    }
)

#: Decorators that wrap but do not register.
_NOT_REGISTERING = frozenset({"dataclass", "singledispatch", "singledispatchmethod", "unique", "runtime_checkable"})

_MODULE_NAMES = frozenset(
    {"__name__", "__spec__", "__loader__", "__package__", "__path__", "__file__", "__builtins__", "__cached__"}
)


def _shared(work: Work, new: Node) -> bool:
    """Whether the name is defined several times, as accessors and overloads are, but not as `_` is."""
    scope = scope_of(new)
    return new.name != "_" and len(binders_of(work, new.name or "", scope)) > 1


def binders_of(work: Work, name: str, scope: str) -> list[Node]:
    """What binds a name in the new source."""
    return binders_in(work.outline, name, scope)


__all__ = ["Module", "carry_out"]
