"""A module whose import was not seen, and whose file may have changed since: what its live code says.

The source it was imported from is gone. What is left are the code objects of its living functions, and
perhaps the bytecode that Python cached. Functions that are not what the file says now are patched; what
statements outside of definitions did can only be vouched for where the cached bytecode agrees.
"""

from __future__ import annotations

import functools
import importlib.util
import marshal
import os
from types import CodeType

from reloadr._core import Node
from reloadr.live.codes import bare, own_work
from reloadr.live.module import Tracked
from reloadr.source.compiling import function_code
from reloadr.source.edits import Edit
from reloadr.source.outlines import context_of, unit_of


@functools.cache
def _process_start() -> float:
    """When this process began, seconds since the epoch; 0 where the system does not tell, so that every file
    is looked into. Asked once: a fork that answers for its parent looks into more files than it has to."""
    try:
        # Not the time of the folder of the process there: that is when somebody first asked for it.
        with open("/proc/self/stat", encoding="utf-8", errors="replace") as stat, open("/proc/stat") as system:
            ticks = int(stat.read().rpartition(")")[2].split()[19])
            booted = next(int(line.split()[1]) for line in system if line.startswith("btime "))
        return booted + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return 0.0


def edits_unseen(tracked: Tracked) -> tuple[list[Edit], bool]:
    """The edits that bring the live functions to what the file says, and whether statements may differ too.

    Cheap for a file that is older than the process: nothing can have changed then.
    """
    try:
        if os.stat(tracked.path).st_mtime < _process_start() - 1:
            return [], False
    except OSError:
        return [], False
    edits: list[Edit] = []
    context = context_of(tracked.outline, tracked.filename)
    nodes: dict[str, list[Node]] = {}
    for node in tracked.outline.nodes():
        if node.kind == "function":
            nodes.setdefault(node.qualname, []).append(node)
    for qualname, found in nodes.items():
        held = tracked.codes.get(qualname, [])
        if len(found) != 1 or len(held) > 1:
            continue
        node = found[0]
        if not held:
            if not node.guards and not node.scopes and node.name not in tracked.namespace:
                edits.append(Edit((), "added", None, node))
            continue
        code = function_code(unit_of(node), node.name or "", context)
        if bare(code) != bare(held[0]):
            edits.append(Edit((), "changed", node, node, ["body", "docstring"]))
        elif code.co_firstlineno != held[0].co_firstlineno or code.co_linetable != held[0].co_linetable:
            edits.append(Edit((), "formatted", node, node))
    if all(edit.action == "formatted" for edit in edits):
        return edits, bool(edits) and not _statements_agree(tracked)
    return edits, not _statements_agree(tracked)


def _statements_agree(tracked: Tracked) -> bool:
    """Whether the bytecode that was cached at the import does, outside of definitions, what the file says."""
    code = _cached(tracked)
    if code is None:
        return False
    try:
        now = compile(tracked.outline.text, tracked.filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return _bodies(code) == _bodies(now)


def _bodies(code: CodeType) -> list[object]:
    found: list[object] = [own_work(code)]
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and not constant.co_flags & 0x2:
            found += _bodies(constant)
    return found


def _cached(tracked: Tracked) -> CodeType | None:
    cached: object = tracked.namespace.get("__cached__")
    if not isinstance(cached, str):
        return None
    try:
        with open(cached, "rb") as file:
            data = file.read()
    except OSError:
        return None
    if data[:4] != importlib.util.MAGIC_NUMBER:
        return None
    try:
        code = marshal.loads(data[16:])
    except (ValueError, EOFError, TypeError):
        return None
    return code if isinstance(code, CodeType) else None
