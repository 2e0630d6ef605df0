"""Where a module's own code is that still runs: the line of its frame is one of the text that the frame runs, and lines
have moved since.

serve()                            # at work in line 3 of the first text, by now line 23
"""

from __future__ import annotations

from types import FrameType
from typing import NamedTuple

from reloadr._core import Diff
from reloadr.engine.batch import Work
from reloadr.live import locate
from reloadr.live.module import Tracked
from reloadr.running import moves
from reloadr.source.outlines import compare, parse

__all__ = ["Lines", "lines_of"]


class Lines(NamedTuple):
    """The line at work."""

    #: In the baseline, and in the text that becomes live.
    old: int
    new: int


def lines_of(work: Work) -> Lines | None:
    """Where a module's own code is; None where it has come to its end."""
    frame = locate.module_frame(work.tracked.namespace)
    if frame is None:
        return None
    old = _in_baseline(work.tracked, frame)
    return Lines(old, _moved(old, work.diff))


def _in_baseline(tracked: Tracked, frame: FrameType) -> int:
    place = moves.places.of(frame.f_code)
    text = tracked.first.text() if place is None else place.text.source
    if text == tracked.outline.text:
        return frame.f_lineno
    try:
        return _moved(frame.f_lineno, compare(parse(text, tracked.filename), tracked.outline, tracked.filename))
    except SyntaxError:
        return frame.f_lineno


def _moved(line: int, diff: Diff) -> int:
    """The line that a line became."""
    for first, last, delta in diff.shifts:
        if first <= line <= last:
            return line + delta
    edited = [(edit.old, edit.new) for edit in diff.edits if edit.old is not None and edit.new is not None]
    around = [(old, new) for old, new in edited if old.line <= line <= old.end_line]
    if around:
        # The innermost.
        old, new = min(around, key=lambda each: each[0].end_line - each[0].line)
        return min(line + new.line - old.line, new.end_line)
    above = [(last, delta) for _, last, delta in diff.shifts if last < line]
    above += [(old.end_line, new.end_line - old.end_line) for old, new in edited if old.end_line < line]
    return line + max(above, default=(0, 0))[1]
