"""What it means that a piece of the new source does not compile, or raised when it ran."""

from __future__ import annotations

import errno
import sys
import traceback
from types import CodeType
from typing import Any

from reloadr._core import Node, instances
from reloadr.engine.batch import Notes, Swaps, Work
from reloadr.report.findings import NeedsRestart, Rejected
from reloadr.report.reasons import Reason
from reloadr.report.refusals import RL301, RL401, RL402
from reloadr.source.compiling import Unit, body_code
from reloadr.source.outlines import context_of, unit_of
from reloadr.source.snippets import called, excerpt


def compiled(work: Work, node: Node, unit: Unit | None = None) -> CodeType:
    """The code of a node of the new source, or of a text in its place. Raises Rejected where it is no Python."""
    try:
        return body_code(unit or unit_of(node), context_of(work.outline, work.tracked.filename))
    except SyntaxError as error:
        raise rejected(work, node, error) from error


def rejected(work: Work, node: Node, error: BaseException) -> Rejected:
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
    is_syntax = isinstance(error, SyntaxError) and error.filename == work.tracked.filename
    reason = Reason.of(
        RL401(error=text) if is_syntax else RL402(error=text),
        module=work.tracked.name,
        qualname=node.qualname,
        path=work.tracked.path,
        line=line,
        excerpt=excerpt(work.outline.text, line, getattr(error, "offset", None)),
    )
    return Rejected(reason, error)


def failure(swaps: Swaps, noted: Notes, work: Work, node: Node, error: BaseException) -> Rejected | NeedsRestart:
    """What it means that running a statement raised. It is no fault of the source where a function was called that
    stands below it in the same file, as a fresh process could not, or where it lacks what needs a restart."""
    wrong = rejected(work, node, error)
    below = {
        code: swap.edit.new.qualname
        for swap in swaps
        if swap.work is work and swap.edit.new is not None and swap.edit.new.line > node.end_line
        # Its new code may wait for the line of the definition.
        for code in ([swap.new, swap.old] if swap.held else [swap.new])
    }
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code in below:
            why = f"it comes to {below[frame.f_code]}, which stands below it, and fails there"
            return NeedsRestart(RL301(name=called(node), why=f"{why} ({type(error).__name__}: {error})"))
    missing = getattr(error, "name_from", None) or getattr(error, "name", None)
    if not (isinstance(error, (NameError, AttributeError, ImportError)) and missing in noted.withheld):
        missing = next((name for name in node.reads if name in noted.withheld), None)
    if missing is not None:
        return NeedsRestart(RL301(name=called(node), why=f"it needs {missing}, which needs a restart itself"))
    if _is_taken_by_us(error):
        why = f"what it asks for is in use by this process ({type(error).__name__}: {error})"
        return NeedsRestart(RL301(name=called(node), why=why))
    return wrong


def _is_taken_by_us(error: BaseException) -> bool:
    """Whether an address is in use, and this process has one: the edit comes to a port that the line of before has
    opened. A process that starts in its place finds it free."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.errno == errno.EADDRINUSE:
            module = sys.modules.get("socket")
            return module is not None and any(map(_is_bound, instances([module.socket])))
        link = link.__cause__ or link.__context__
    return False


def _is_bound(socket: Any) -> bool:
    """To a port, or to a name in the file system; one that is connected to somebody has a port as well."""
    try:
        address = socket.getsockname()
    except (OSError, ReferenceError):
        return False
    try:
        socket.getpeername()
    except OSError:
        return bool(address[1] if isinstance(address, tuple) else address)
    return False
