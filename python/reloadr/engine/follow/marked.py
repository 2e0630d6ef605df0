"""Classes with marked methods that were handed to a library, which is not known to read them, but has marked them.

class Csv:
    @hookimpl                      # edited: another argument, or it goes; or another method has one now
    def load(self): ...
manager.register(Csv())            # has read which methods are marked, and how
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType

from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.classes.collectors import is_marked
from reloadr.engine.follow import places
from reloadr.engine.follow.call import Call
from reloadr.engine.follow.readers import readers_anywhere
from reloadr.engine.registrations.named import is_owned
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.asking import handed_to
from reloadr.source.edits import Edit
from reloadr.source.statements import parse_statements

__all__ = ["asked"]

#: What of a marked method whoever it is marked for reads.
_READ = frozenset({"decorators", "signature", "annotations", "kind"})


def asked(batch: Batch) -> Iterator[Call]:
    """The statements that handed such a class, or what they made of it, to a library."""
    found: dict[tuple[str, str], Work] = {}
    for work in batch.works:
        for edit in work.edits:
            cls = _with_marks(work, edit)
            if cls is not None:
                found[work.tracked.name, locate.qualname_of(cls)] = work
    for (_, name), home in found.items():
        for work, node, read in readers_anywhere(batch.works, home.tracked, {name}):
            if node.kind in ("statement", "assignment") and not node.scopes and not is_owned(work, node.segment):
                tree = parse_statements(node.segment)
                if tree is not None and any(_of_library(batch.works, work, each) for each in _heads(tree, read)):
                    yield from places.readers_call(batch, work, node, frozenset({f"marks of {name}"}))


def _with_marks(work: Work, edit: Edit) -> type | None:
    """The class of an edited method that is marked, or that gets or loses a decorator as marked ones have."""
    node = edit.node
    if node.kind != "function" or len(node.scopes) != 1 or (edit.action == "changed" and not _READ & set(edit.facets)):
        return None
    cls = locate.class_of(work.tracked, node.scopes[0])
    if cls is None or not any(each is not None and each.decorators for each in (edit.old, edit.new)):
        return None
    methods = [value for value in list(locate.class_dict(cls).values()) if is_a(value, FunctionType)]
    return cls if any(map(is_marked, methods)) else None


def _heads(tree: ast.AST, read: set[str]) -> Iterator[str]:
    """The first names of what is called with one of some names among its arguments."""
    for callee in handed_to(tree, read):
        yield ast.unparse(callee).partition(".")[0].partition("(")[0]


def _of_library(works: Works, work: Work, name: str) -> bool:
    """Whether what a name means is of an installed library: neither the user's, nor the interpreter's own."""
    value = work.tracked.namespace.get(name)
    if is_a(value, ModuleType):
        module: object = value.__name__
    else:
        module = value.__module__ if is_a(value, type, FunctionType) else type(value).__module__
    root = str(module).partition(".")[0]
    return root not in sys.stdlib_module_names and str(module) not in works.listed.by_name
