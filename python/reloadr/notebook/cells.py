"""Cells that run again: what a `def` or `class` makes takes the place of what the earlier run made.

Everything in the cell runs as Python runs it: decorators, defaults, class bodies, metaclasses. Only at its end a
definition hands its outcome to the object that the earlier run of the cell made, which lives on with the new code,
so that instances, bound methods, callbacks and subclasses that were made of it follow. Nothing has to be guessed
about what would have to be evaluated again: it was.

For that, each definition of a cell gets one more decorator, outermost, which sees the old object (before anything
of the definition runs) and the new one, and returns the one that is to be bound.
"""

from __future__ import annotations

import ast
import builtins
import sys
import time
import weakref
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any

from reloadr._core import Outline, Snapshot, commit
from reloadr.engine.batch import Batch
from reloadr.engine.classes import computed
from reloadr.live.module import Tracked
from reloadr.live.modules import Modules
from reloadr.notebook.remake import Remake
from reloadr.notebook.saved import places_above, saves, uses
from reloadr.report.diffs import Diffs
from reloadr.report.findings import Findings
from reloadr.report.reasons import Action, Change, Verdict, worst
from reloadr.report.report import Report
from reloadr.session.session import session
from reloadr.source.edits import edits_of
from reloadr.source.outlines import compare, parse
from reloadr.stage.steps import MISSING

__all__ = ["Cells"]

#: The name under which cells reach the extra decorator.
HOOK = "__reloadr_cell__"

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(slots=True)
class _Made:
    """What a definition in a cell made."""

    value: weakref.ref[Any]
    #: The cell, as the frontend or its text tells; None in a terminal, which has none.
    cell: str | None
    #: The definition's text, on its lines.
    text: str
    filename: str


@dataclass(slots=True)
class _Run:
    """One run of a cell."""

    cell: str | None
    #: The text as it is compiled.
    text: str
    count: int
    batch: Batch
    #: What the lines of the cell bind: see `saved`.
    places: list[tuple[int, ast.expr]] = field(default_factory=list)
    started: float = 0.0
    elapsed: float = 0.0
    outlines: dict[str, tuple[Outline, Outline]] = field(default_factory=dict)


class Cells(ast.NodeTransformer):
    """The definitions that cells made, by name, and what happens when one is made again."""

    def __init__(self, module: ModuleType, namespace: MutableMapping[str, Any]) -> None:
        self.module = module
        self.namespace = namespace
        self.is_on = True
        self._made: dict[str, _Made] = {}
        self._runs: list[_Run] = []

    # ---- runs ------------------------------------------------------------------------------------

    def install(self) -> None:
        """Lets cells find the decorator, whatever becomes of the user's names."""
        setattr(builtins, HOOK, self.definition)

    def uninstall(self) -> None:
        """Takes the decorator away."""
        if getattr(builtins, HOOK, None) == self.definition:
            delattr(builtins, HOOK)

    def begin(self, text: str, cell: str | None, count: int) -> None:
        """A cell is about to run; one may run another. `cell`: what it goes by; None where there are no cells."""
        if cell is None and self._runs:
            cell = self._runs[-1].cell
        batch = Batch.of(Modules(), [])
        batch.worlds.settlers.append(computed.settle)
        self._runs.append(_Run(cell, text, count, batch))

    def end(self) -> Report | None:
        """A cell has run. Returns what became of earlier objects; None where there is nothing to say."""
        if not self._runs:
            return None
        run = self._runs.pop()
        batch = run.batch
        if not batch.findings.changes and not batch.findings.reasons:
            return None
        applied: list[Verdict] = ["live"] if batch.findings.changes else []
        verdict = worst([*applied, *(reason.verdict for reason in batch.findings.reasons)])
        report = Report(
            verdict, tuple(batch.findings.changes), tuple(batch.findings.reasons), run.elapsed, Diffs(run.outlines)
        )
        session.adopt(report, batch)
        return report

    # ---- the tree --------------------------------------------------------------------------------

    def visit(self, node: ast.AST) -> ast.AST:
        """Called with the tree of what is about to be compiled."""
        if isinstance(node, ast.Module) and self._runs and not _is_timing(node):
            definitions = list(_definitions(node.body))
            self._runs[-1].places = places_above(node) if definitions else []
            names = [each.name for each in definitions]
            text = self._text_of(node) if definitions else None
            for each in definitions:
                # A name that is defined more than once is overloaded, registered or chosen: Python's own affair.
                if names.count(each.name) == 1 and each.name != "_":
                    self._decorate(each, text)
        return node

    def _text_of(self, tree: ast.Module) -> str | None:
        """The source of a tree: the cell's, unless something else is compiled, such as the inside of `%%time`."""
        text = self._runs[-1].text
        try:
            same = ast.dump(ast.parse(text), include_attributes=True) == ast.dump(tree, include_attributes=True)
        except (SyntaxError, ValueError):
            return None
        return text if same else None

    def _decorate(self, node: Definition, text: str | None) -> None:
        own = _source(node, text)
        first = node.decorator_list[0] if node.decorator_list else node
        hook = ast.Name(HOOK, ast.Load())
        call = ast.Call(hook, [ast.Constant(node.name), ast.Constant(own)], [])
        for each in ast.walk(call):
            # The definition's own first line, so that the function's does not change.
            ast.copy_location(each, first)
        node.decorator_list.insert(0, call)

    # ---- definitions -----------------------------------------------------------------------------

    def definition(self, name: str, text: str) -> Callable[[Any], Any]:
        """The decorator of a definition; called before anything else of it runs."""
        frame = sys._getframe(1)
        made = self._made.get(name)
        old = MISSING if made is None else made.value()
        run = self._runs[-1] if self._runs else None
        is_again = (
            made is not None
            and old is not None
            and run is not None
            and self.is_on
            and made.cell == run.cell
            and self.namespace.get(name) is old
            and not saves(run.places, frame.f_lineno, self.namespace, old)
        )
        filename = frame.f_code.co_filename
        return partial(self._finished, run, name, text, filename, made if is_again else None)

    def _finished(self, run: _Run | None, name: str, text: str, filename: str, made: _Made | None, new: Any) -> Any:
        """Called with what the definition made; returns what its name is bound to."""
        old = None if made is None else made.value()
        kept = new
        if run is not None and made is not None and old is not None and not uses(new, old):
            kept = self._again(run, name, text, made, old, new, filename)
        if run is not None:
            try:
                self._made[name] = _Made(weakref.ref(kept), run.cell, text, filename)
            except TypeError:
                self._made.pop(name, None)
        return kept

    def _again(self, run: _Run, name: str, text: str, made: _Made, old: Any, new: Any, filename: str) -> Any:
        """The object to be bound: the old one if it could take over what the new one is."""
        started = time.perf_counter()
        batch = run.batch
        with session.held():
            path = f"In [{run.count}] {name}"
            tracked = Tracked(self.module, path, Snapshot(filename, text.encode("utf-8", "surrogatepass")), None)
            tracked.filename, tracked._codes = filename, {}
            before, after = parse(made.text, filename), parse(text, filename)
            tracked.outline = before
            point = len(batch.journal.commits), len(batch.findings.changes), len(batch.findings.reasons)
            remake = Remake(batch, tracked, self.namespace, before, after, name)
            try:
                kept = remake.carry_out(old, new)
                _report_edits(batch.findings, tracked, before, after)
            except Exception as error:
                _take_back(batch, point)
                remake.failed(old, error)
                kept = new
        batch.journal.on_undo.append(partial(self._made.__setitem__, name, made))
        run.outlines[path] = (before, after)
        run.elapsed += time.perf_counter() - started
        return kept


def _report_edits(findings: Findings, tracked: Tracked, before: Outline, after: Outline) -> None:
    words: dict[str, Action] = {"added": "add", "removed": "remove", "changed": "update", "renamed": "rename"}
    for edit in edits_of(compare(before, after, tracked.filename)):
        if edit.action in words:
            node = edit.node
            detail = ", ".join(edit.facets or node.binds)
            findings.changes.append(
                Change(words[edit.action], tracked.name, node.qualname, tracked.path, node.line, detail)
            )


def _take_back(batch: Batch, point: tuple[int, int, int]) -> None:
    """What a definition did that failed half-way; earlier ones of the cell stay."""
    steps, changes, reasons = point
    for undo in reversed(batch.journal.commits[steps:]):
        commit(undo, MISSING)
    del batch.journal.commits[steps:], batch.findings.changes[changes:], batch.findings.reasons[reasons:]
    batch.stage.steps.clear()
    batch.stage.forget_spaces()
    batch.journal.afterwards.clear()
    batch.journal.caches.clear()
    batch.classes.migrations.clear()


def _is_timing(tree: ast.Module) -> bool:
    """The function that `%timeit` makes around what it times."""
    return any(
        isinstance(each, ast.FunctionDef) and [arg.arg for arg in each.args.args] == ["_it", "_timer"]
        for each in tree.body
    )


def _definitions(body: list[ast.stmt]) -> Iterator[Definition]:
    """Definitions that a cell makes at most once in a run: not those in loops."""
    for each in body:
        if isinstance(each, Definition):
            yield each
        elif isinstance(each, ast.If):
            yield from _definitions([*each.body, *each.orelse])
        elif isinstance(each, ast.Try):
            yield from _definitions([*each.body, *each.orelse, *each.finalbody])
            for handler in each.handlers:
                yield from _definitions(handler.body)
        elif isinstance(each, (ast.With, ast.AsyncWith)):
            yield from _definitions(each.body)


def _source(node: Definition, text: str | None) -> str:
    """The text of a definition, on its lines and without indent."""
    if text is None or node.col_offset:
        return ast.unparse(node)
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    lines = text.split("\n")[first - 1 : node.end_lineno]
    return "\n" * (first - 1) + "\n".join(lines) + "\n"
