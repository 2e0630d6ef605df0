"""Classes whose methods a library has gone through that they, or their instances, were handed to: it is not known to
read them, but has marked some, or holds some of an instance.

class Csv:
    @hookimpl                      # edited: another argument, or it goes; or another method has one now
    def load(self): ...
manager.register(Csv())            # has read which methods are marked, and how
class Things:
    def on_get(self): ...          # another one comes, goes or has another name
app.add_route("/", Things())       # holds `on_get` of that instance
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from types import FunctionType, MethodType, ModuleType

from reloadr._core import Node, instances
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
    found: dict[int, tuple[Work, type, str]] = {}
    for work in batch.works:
        for edit in work.edits:
            cls = _class_of_method(work, edit)
            if cls is not None and _is_of_marks(cls, edit):
                found[id(cls)] = work, cls, "marks"
            elif cls is not None and (edit.action in ("added", "removed", "renamed") or _is_decorated_first(edit)):
                found.setdefault(id(cls), (work, cls, "methods"))
    for home, cls, read in found.values():
        lines = list(_handed(batch.works, home, cls))
        if lines and (read == "marks" or _holds_methods(cls)):
            for work, node in lines:
                yield from places.readers_call(batch, work, node, frozenset({f"{read} of {locate.qualname_of(cls)}"}))


def _handed(works: Works, home: Work, cls: type) -> Iterator[tuple[Work, Node]]:
    """The statements that hand a class, or what they make of it, to a library."""
    for work, node, read in readers_anywhere(works, home.tracked, {locate.qualname_of(cls)}):
        if node.kind in ("statement", "assignment") and not node.scopes and not is_owned(work, node.segment):
            tree = parse_statements(node.segment)
            if tree is not None and any(_of_library(works, work, each) for each in _heads(tree, read)):
                yield work, node


def _holds_methods(cls: type) -> bool:
    """Whether somebody holds methods of an instance of a class: a pass over the heap."""
    family = {id(cls), *map(id, locate.subclasses(cls))}
    return any(id(type(each.__self__)) in family for each in instances([MethodType], True))


def _class_of_method(work: Work, edit: Edit) -> type | None:
    """The class of an edited method, unless the edit is of its body alone."""
    node = edit.node
    if node.kind != "function" or len(node.scopes) != 1 or (edit.action == "changed" and not _READ & set(edit.facets)):
        return None
    return locate.class_of(work.tracked, node.scopes[0])


def _is_of_marks(cls: type, edit: Edit) -> bool:
    """Whether a method of a class is marked, or gets or loses a decorator as marked ones have."""
    if not any(each is not None and each.decorators for each in (edit.old, edit.new)):
        return False
    methods = [value for value in list(locate.class_dict(cls).values()) if is_a(value, FunctionType)]
    return any(map(is_marked, methods))


def _is_decorated_first(edit: Edit) -> bool:
    """Whether a plain method gets decorators: who holds it goes on without them."""
    return edit.old is not None and edit.new is not None and bool(edit.new.decorators) and not edit.old.decorators


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
