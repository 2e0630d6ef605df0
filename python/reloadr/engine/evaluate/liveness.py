"""Which branch runs: whether a statement stands where control flow came by, or would in a fresh process.

    if sys.platform == "win32":
        def clear(): ...               # dead here: an edit of it changes nothing that lives
    else:
        def clear(): ...               # live

Told by conditions that can be asked again without harm, by what lives (`evidence`) where they cannot, and by what a
block came by when it ran as a whole.
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib.util
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from reloadr._core import Node
from reloadr.engine.batch import Work, Worlds
from reloadr.engine.evaluate import answered, evidence
from reloadr.engine.evaluate.at_work import lines_of
from reloadr.engine.evaluate.cut_short import Reach, same_headers, twin
from reloadr.engine.evaluate.imports import brought
from reloadr.engine.evaluate.worlds import evaluate, is_pure, old_world
from reloadr.judge.same import same_value
from reloadr.live import locate
from reloadr.live.module import Tracked
from reloadr.live.origin import absolute
from reloadr.source.statements import (
    BLOCKS,
    SUITES,
    binders_in,
    guards_of,
    is_guard,
    is_main_test,
    parse_expression,
    parse_statements,
    value_of,
)
from reloadr.stage.steps import MISSING

_WORDS = re.compile(r"\w+")

Runs = Literal["live", "dead", "main"]
"""What a branch is: the module's own running of the main block is a case of its own."""


class Liveness:
    """Which branches of a module run, in its old source and in the new one."""

    def __init__(self, worlds: Worlds, work: Work) -> None:
        self.worlds = worlds
        self.work = work
        self.tracked: Tracked = work.tracked
        #: Where the module's own code is, while that still runs.
        self.at_work = lines_of(work)
        #: Of blocks that were run whole, with their definitions left out: the definitions that were come by.
        self.reached: dict[Node, set[int]] = {}
        #: Of edited `if`s whose conditions were asked: the branch that they chose.
        self.chosen: dict[Node, int] = {}
        #: Whether nothing lives of a class that another module's class has the name of, by qualified name.
        self._lost: dict[str, bool] = {}
        #: Which branches ran when the module was loaded: asked now, before anything is live.
        self._ran: dict[tuple[Node, int], bool | None] = {}
        #: Likewise, of those that answer their own condition.
        self._by_itself: dict[tuple[Node, int], bool] = {}
        self._reach = Reach(work)
        self._edited = [(each.old, each.new) for each in work.edits if each.same or each.action != "formatted"]
        for edit in work.edits:
            for node in (edit.old, edit.new):
                for block, _ in guards_of(node) if node is not None else ():
                    for branch in range(len(block.branches)):
                        self.has_run(block, branch)

    def __call__(self, node: Node, *, old: bool = False) -> Runs:
        """Whether the branch that a node stands in is the one that ran (or, for new code, would run)."""
        verdict: Runs = "live"
        if self._is_lost(node):
            return "dead"
        for block, branch in guards_of(node):
            if block in self.reached and (node.name or node.scopes):
                # Its class, for a member.
                outermost = next((scope for scope in node.scopes if (block, branch) in scope.guards), node)
                return "live" if outermost.line in self.reached[block] else "dead"
            if block.kind in SUITES and self._reach.dead(node, block, old=old):
                return "dead"
            found = self.branch(block, branch)
            if found == "dead" and (block.kind != "try" or branch or node.name):
                return "dead"
            if found == "main":
                verdict = "main"
        return verdict

    def _is_own(self, node: Node, name: str) -> bool:
        """Whether an import of a name is from this very module, where it is called the same."""
        for source, imported, bound in node.imported:
            if bound == imported == name:
                with contextlib.suppress(ImportError):
                    return absolute(self.tracked.namespace, source) == self.tracked.name
        return False

    def _is_lost(self, node: Node) -> bool:
        """Whether a node is of a class of which nothing lives: its name means one that another module made.

        class Cart: ...
        from store import Cart
        """
        top = node.scopes[0] if node.scopes else node
        if top.kind != "class" or not top.name:
            return False
        if not locate.is_of_another(self.work.space.get(top.name), top, self.tracked):
            return False
        binders = binders_in(self.work.outline, top.name, "")
        if not binders or binders[-1].kind not in ("from", "import") or self._is_own(binders[-1], top.name):
            return False
        if top.qualname not in self._lost:
            # A class is part of a cycle: one that nobody has is there until the collector comes by.
            if lives := self._lives(top.qualname):
                gc.collect()
                lives = self._lives(top.qualname)
            self._lost[top.qualname] = not lives
        return self._lost[top.qualname]

    def _lives(self, qualname: str) -> bool:
        """Whether a class of this name that this module made is somewhere."""
        made = (each for each in locate.subclasses(object) if locate.qualname_of(each) == qualname)
        return any(locate.made_by(each, self.tracked) for each in made)

    def live_binders(self, name: str, scope: str, *, old: bool = False) -> list[Node]:
        """What binds a name in the new source (or the old one), dead branches aside; an import of it from this very
        module, below a line that binds it, leaves it as it is."""
        outline = self.tracked.outline if old else self.work.outline
        binders = [node for node in binders_in(outline, name, scope) if self(node, old=old) != "dead"]
        if scope or len(binders) < 2:
            return binders
        return binders[:1] + [node for node in binders[1:] if not self._is_own(node, name)]

    def unfinished(self, block: Node) -> list[Node]:
        """The statements and definitions of an old suite that did not come to their end."""
        return self._reach.unfinished(block)

    def is_running(self, node: Node) -> bool:
        """Whether the module's own code, running right now, is in the middle of a statement or not there yet: its
        variables are its own."""
        if self.at_work is None:
            return False
        at = self.at_work.new
        top = node.guards[0][0] if node.guards else node
        return node.line > at or top.line <= at <= top.end_line

    def has_run(self, block: Node, branch: int) -> bool | None:
        """Whether a branch ran when the module was loaded, told by what lives."""
        if (block, branch) not in self._ran:
            found = evidence.ran(self.tracked, block, branch)
            self._ran[block, branch] = True if found is None and self._answered(block, branch) else found
        return self._ran[block, branch]

    def _answered(self, block: Node, branch: int) -> bool:
        """Whether a branch ran that answers its own condition."""
        if (block, branch) not in self._by_itself:
            self._by_itself[block, branch] = self._answers(block, branch)
        return self._by_itself[block, branch]

    def _answers(self, block: Node, branch: int) -> bool:
        if not self.tracked.in_step or block.kind not in ("if", "try"):
            return False
        # What went is asked no more.
        if self._is_asked_anew(block) and block in self.work.outline.nodes():
            return False
        before = self.tracked.outline
        old = block if block in before.nodes() else twin(block, self.work.outline, before, self._edited)
        if old is None or not same_headers(old, block):
            return False
        return answered.has_run(self.worlds, self.work, old, branch)

    def _branch_by_itself(self, block: Node) -> int | None:
        return next((at for at in range(len(block.branches)) if self._answered(block, at)), None)

    def _is_asked_anew(self, block: Node) -> bool:
        """Whether what a condition asks for is bound by another line that was edited: a fresh process may answer it
        otherwise."""
        headers = [header.source for _, header, _ in block.branches if header is not None]
        headers += [node.source for node in block.branches[0][2] if block.kind == "try"]
        words = {word for header in headers for word in _WORDS.findall(header)}
        return any(
            not words.isdisjoint([*node.binds, node.name or ""])
            for pair in self._edited
            for node in pair
            if node is not None and node.kind not in BLOCKS
            if not any(guard.kind == block.kind and same_headers(guard, block) for guard, _ in node.guards)
        ) or (block.kind == "try" and any(self._stands_in(node, block) for pair in self._edited for node in pair))

    def _stands_in(self, node: Node | None, block: Node) -> bool:
        """Whether a node is of the suite of a `try`, which may fail where it did not, or no more."""
        guards = node.guards if node is not None else ()
        return any(not at and guard.kind == "try" and same_headers(guard, block) for guard, at in guards)

    def taken(self, block: Node, *, old: bool = False) -> list[Node] | None:
        """The suite of an `if` that ran, or would run now; empty where no condition holds, None where unknown."""
        for at, (_, _, suite) in enumerate(block.branches):
            ran = self.has_run(block, at) if old else None
            if ran or (ran is None and self.branch(block, at) == "live"):
                return suite
        known = all(header is None or self.truth(header.source) is not None for _, header, _ in block.branches)
        return [] if known or block in self.chosen else None

    def branch(self, block: Node, branch: int) -> Runs:
        """Whether one branch of a block is the one that ran, or would run."""
        label, header, suite = block.branches[branch]
        if block in self.chosen:
            return "live" if self.chosen[block] == branch else "dead"
        if block.kind == "if" and _turns(block):
            return "live"
        if block.kind == "if":
            if (by_itself := self._branch_by_itself(block)) is not None:
                return "live" if by_itself == branch else "dead"
            truths = [self.truth(each.source) for _, each, _ in block.branches[: branch + 1] if each is not None]
            earlier = truths[:branch]
            if True in earlier:
                return "dead"
            if None in truths and (ran := self.has_run(block, branch)) is not None:
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
            chosen = self._case(block)
            if chosen is not None:
                return "live" if chosen == branch else "dead"
            return "live" if self._evidence(suite) else "dead"
        return "live"

    def _branch_of_try(self, block: Node, branch: int, label: str) -> Runs:
        if label == "finally":
            return "live"
        ran = self.has_run(block, branch)
        handlers = [at for at, (each, _, _) in enumerate(block.branches) if each == "except"]
        # Where a handler ran, some of the suite did as well: what it bound is there.
        told = any(self.has_run(block, at) for at in handlers)
        if told and self._gives_it(block.branches[0][2]):
            # What a handler would have bound is equal.
            return "dead" if label == "except" else "live"
        failed = told or self._failed(block.branches[0][2])
        if label != "try" and ran is not None:
            return "live" if ran else "dead"
        if label == "except":
            return "live" if failed and not told else "dead"
        if label == "else":
            return "dead" if failed else "live"
        # Of a suite that failed, statements ran as far as they came.
        return "dead" if ran is False and failed else "live"

    def _gives_it(self, suite: Sequence[Node]) -> bool:
        """Whether the suite of a `try` is seen to come to its end, and to give what its names mean."""
        values = [(node, value_of(node)) for node in suite]
        for node, value in values:
            world = old_world(self.worlds, self.work, node)
            if value is None or len(node.binds) != 1 or not is_pure(self.worlds.works, value, world):
                return False
            held = world.get(node.binds[0], MISSING)
            if held is MISSING or not same_value(held, evaluate(value, world, self.tracked.filename)):
                return False
        return bool(values)

    def truth(self, source: str) -> bool | None:
        """What a condition gives; None where asking could do harm."""
        tree = parse_expression(source)
        if tree is None:
            return None
        space = self.work.space
        namespace = {**space.live, **{k: v for k, v in space.stage.items() if v is not MISSING}}
        namespace |= self._coming(tree, namespace)
        if not is_guard(tree) and not is_pure(self.worlds.works, tree, namespace):
            return None
        try:
            return bool(eval(compile(ast.Expression(tree), self.tracked.filename, "eval"), namespace))
        except Exception:
            return None

    def _case(self, block: Node) -> int | None:
        """Which branch of a `match` is chosen, past the last one if none; None where asking could do harm."""
        headers = [header.source for _, header, _ in block.branches if header is not None]
        if len(headers) != len(block.branches):
            return None
        cases = "".join(f"    case {each}: __reloadr_case__ = {at}\n" for at, each in enumerate(headers[1:], 1))
        tree = parse_statements(f"match {headers[0]}:\n{cases}")
        statement = tree.body[0] if tree is not None and len(tree.body) == 1 else None
        held = {**self.work.space.live, **self.work.space.stage}
        namespace = {name: value for name, value in held.items() if value is not MISSING}
        if not isinstance(statement, ast.Match) or not _is_plain(statement):
            return None
        if not is_pure(self.worlds.works, statement.subject, namespace):
            return None
        try:
            exec(compile(f"match {headers[0]}:\n{cases}", self.tracked.filename, "exec"), namespace)
        except Exception:
            return None
        chosen = namespace.get("__reloadr_case__", len(headers))
        return chosen if isinstance(chosen, int) else None

    def _coming(self, tree: ast.expr, namespace: Mapping[str, object]) -> dict[str, object]:
        """What names of a condition will mean that a line of the new source brings: a literal, or an import of what is
        loaded.

        TYPE_CHECKING = False              # new, as the block below it is
        if TYPE_CHECKING: ...
        """
        found: dict[str, object] = {}
        for name in {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)} - namespace.keys():
            binders = binders_in(self.work.outline, name, "")
            value = brought(self.tracked.namespace, binders[0], name) if len(binders) == 1 else MISSING
            if value is not MISSING:
                found[name] = value
        return found

    def _evidence(self, suite: Iterable[Node]) -> bool:
        """Whether what a suite binds is there."""
        names = [name for node in suite for name in node.binds]
        return not names or any(name in self.work.space.live for name in names)

    def _failed(self, suite: Iterable[Node]) -> bool:
        """Whether the imports of a `try` suite failed, which is what nearly all of these at module level try."""
        for node in suite:
            for module, _, _ in node.imported:
                try:
                    name = absolute(self.tracked.namespace, module)
                except ImportError:
                    return True
                if name in sys.modules:
                    continue
                return not _loadable(name)
        return False


def _is_plain(statement: ast.Match) -> bool:
    """Whether the patterns of a `match` ask nobody: literals, `None`, a name for the whole, and choices of these."""
    plain = (ast.MatchValue, ast.MatchSingleton, ast.MatchOr, ast.MatchAs)
    patterns = [each for case in statement.cases for each in ast.walk(case.pattern) if isinstance(each, ast.pattern)]
    constant = all(isinstance(each.value, ast.Constant) for each in patterns if isinstance(each, ast.MatchValue))
    return constant and all(isinstance(each, plain) for each in patterns) and not any(c.guard for c in statement.cases)


def _turns(block: Node) -> bool:
    """Whether a condition is asked once for each item of a loop around it: that it does not hold now tells nothing."""
    read = {name for _, header, _ in block.branches if header is not None for name in header.reads}
    return any(not read.isdisjoint(loop.binds) for loop, _ in block.guards if loop.kind in ("for", "while"))


def _loadable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
