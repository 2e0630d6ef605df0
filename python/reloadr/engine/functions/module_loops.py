"""A loop of a module's own code that runs, as that of a script: it takes the edits of its lines and of those below it.

while True:                        # line 4, at work
    n += 1                         # edited: not run out of its place, but at the loop's next iteration
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import partial
from types import CodeType, FrameType

from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.live import locate
from reloadr.live.codes import bare
from reloadr.live.module import Tracked
from reloadr.report.at_work import RL232
from reloadr.report.findings import Findings
from reloadr.running import calls, moves
from reloadr.running.holding import holding
from reloadr.running.loops import Unmovable
from reloadr.running.moves import Move
from reloadr.running.news import Whose
from reloadr.running.passages import Passage
from reloadr.running.rests import Rest, rest_of
from reloadr.running.texts import Place, Text
from reloadr.source.edits import Edit
from reloadr.stage.journal import Journal

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def take_edits(findings: Findings, journal: Journal, rests: list[Callable[[], Iterable[Rest]]], work: Work) -> None:
    """Leaves the edits that a running loop will take to that loop, if it can move. Notes what it may still do before
    that."""
    frame = locate.module_frame(work.tracked.namespace)
    if frame is None or not work.whole or calls.obstacle(frame.f_code) or not moves.comes_round(frame.f_code):
        return
    try:
        move, passage = _passage(work, frame)
    except (Unmovable, SyntaxError, ValueError):
        return
    code, first = frame.f_code, _first_line(work, passage)
    taken = [edit for edit in work.edits if _is_below(edit, first, passage.line)]
    if not taken:
        return
    work.edits = [edit for edit in work.edits if edit not in taken]
    holding.note(work.tracked.name, "")
    first = 1 if move.place.text.source == work.tracked.snapshot.text() else 0
    whose, at = (work.tracked, "the module", passage.line), frame.f_lasti
    rests.append(lambda: [rest_of(whose, code, at, move, first)])
    journal.on_undo.append(partial(_take_back, code, move))
    journal.afterwards.append(partial(_let_move, findings, work.tracked, code, move, passage))


def _passage(work: Work, frame: FrameType) -> tuple[Move, Passage]:
    """Where the module's frame goes on. Raises Unmovable."""
    code, tracked = frame.f_code, work.tracked
    place = _place(tracked, code)
    text = Text(work.snapshot.text(), is_module=True)
    new = compile(text.tree, tracked.filename, "exec", dont_inherit=True)
    new_place = Place(text, new.co_firstlineno - 1)
    moves.places.note(code, place)
    moves.places.note(new, new_place)
    whose = Whose(tracked.name, "", tracked.path, 0)
    move = Move(place, new, new_place, whose, lambda _: None)
    # Nothing else holds it, for no function runs it.
    move.kept = new
    move.is_told = True
    move.expected.add(id(frame))
    passages, _ = calls.ahead(move, code, frame.f_lasti)
    if not passages:
        raise Unmovable("no loop of it comes round again")
    for statement in ast.walk(text.tree):
        if isinstance(statement, _DEFINITIONS) and statement.lineno >= passages[0].line:
            raise Unmovable("it makes definitions")
    return move, passages[0]


def _place(tracked: Tracked, code: CodeType) -> Place:
    known = moves.places.of(code)
    if known is not None:
        return known
    text = Text(tracked.first.text(), is_module=True)
    compiled = compile(text.tree, tracked.filename, "exec", dont_inherit=True)
    if bare(compiled) != bare(code):
        raise Unmovable("its text is not known any more")
    return Place(text, code.co_firstlineno - 1)


def _first_line(work: Work, passage: Passage) -> int:
    """The line of the loop in the baseline, which the edits are told by; or one further down."""
    deltas = [delta for first, _, delta in work.diff.shifts if first + delta <= passage.line]
    return passage.line - (deltas[-1] if deltas else 0)


def _is_below(edit: Edit, old_line: int, new_line: int) -> bool:
    """Whether an edit is of the loop, or of what stands below it."""
    nodes: list[tuple[Node | None, int]] = [(edit.old, old_line), (edit.new, new_line)]
    return all(node is None or (node.line >= line and node.kind != "function") for node, line in nodes)


def _let_move(findings: Findings, tracked: Tracked, code: CodeType, move: Move, passage: Passage) -> None:
    moves.await_loops(code, move)
    findings.change("resume", tracked, "", passage.line, "the module moves at its next iteration")
    if passage.changed_above:
        findings.reason(RL232(name="the module"), tracked, "", passage.line)


def _take_back(code: CodeType, move: Move) -> None:
    moves.leave(code)
    for each in [move.new(), *move.copies()]:
        if each is not None:
            moves.await_loops(each, move.back(code))


__all__ = ["take_edits"]
