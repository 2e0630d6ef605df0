"""Tables that decorators fill, and that a line below has copied from: the line knows nothing of what came since.

routes = RouteTableDef()
@routes.get("/new")                # new
def new(request): ...
app.add_routes(routes)             # has gone through them: named
app.include(routes)                # holds them: finds it there
app = make()                       # named as well, where `make` says `app.add_routes(routes)`
"""

from __future__ import annotations

import ast
import gc
import os
import sys
from collections.abc import Collection, Iterator
from types import CellType, CodeType, FrameType, FunctionType, MethodType, ModuleType

from reloadr import plugins
from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Works, Worlds
from reloadr.engine.follow import calls
from reloadr.engine.follow.holders import is_of_reloadr
from reloadr.engine.follow.readers import candidates, local_names, readers_of
from reloadr.engine.registrations.named import has_owned
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL206
from reloadr.source.edits import Edit
from reloadr.source.snippets import quoted
from reloadr.source.statements import decorator_name, parse_statements

__all__ = ["told"]

_PASSING = (FrameType, CellType, MethodType)


def told(batch: Batch) -> None:
    """A caveat for each line that was handed a table which has another content now, and that does not hold it."""
    tables: dict[tuple[str, str], tuple[Tracked, object]] = {}
    for work in batch.works:
        for edit in work.edits:
            for name, table in (*_tables(work, edit), *_read_by_libraries(work, edit)):
                tables[work.tracked.name, name] = (work.tracked, table)
    spaces = {id(tracked.namespace) for tracked in batch.works.watched} if tables else set()
    for (_, name), (tracked, table) in tables.items():
        found = [
            each
            for each in (*_handed(batch.works, tracked, name), *_by_functions(batch.worlds, tracked, name))
            if not batch.agenda.has_run(each[0].tracked, each[1])
        ]
        # Who holds a class may have read what it has.
        if found and (is_a(table, type) or not _is_held(table, spaces)):
            for work, node in found:
                batch.findings.reason(
                    RL206(name=quoted(node), source=f"content of {name}"), work.tracked, node.qualname, node.line
                )


def _tables(work: Work, edit: Edit) -> Iterator[tuple[str, object]]:
    """The objects whose methods decorate what comes, goes or is registered otherwise; a plug-in's apart."""
    if edit.action == "changed" and "decorators" not in edit.facets:
        return
    for node in (edit.old, edit.new):
        if node is None or edit.action == "formatted" or has_owned(work, node):
            continue
        for part in node.decorators:
            root, _, method = decorator_name(part).partition(".")
            table = work.space.get(root) if method else None
            if not is_a(table, type, FunctionType, ModuleType, type(None)) and table is not None:
                yield root, table


def _read_by_libraries(work: Work, edit: Edit) -> Iterator[tuple[str, object]]:
    """A class below one of a library of which no plug-in knows what it reads, with another value in its body."""
    node = edit.node
    is_read = node.kind == "assignment" or (node.decorators and edit.facets != ["body"])
    if len(node.scopes) != 1 or edit.action == "formatted" or not is_read:
        return
    cls = locate.class_of(work.tracked, node.scopes[0])
    # One without rules knows of pages and folders only.
    known = {plugin.framework for plugin in plugins.awake() if plugin.rules}
    for base in locate.mro(cls)[1:] if cls is not None else ():
        home = base.__module__.partition(".")[0]
        if home in sys.stdlib_module_names or home in known:
            continue
        if f"{os.sep}site-packages{os.sep}" in str(getattr(sys.modules.get(home), "__file__", "")):
            yield node.scopes[0].qualname, cls


def _handed(works: Works, tracked: Tracked, name: str) -> Iterator[tuple[Work, Node]]:
    """Lines that hand an object on to a call as they run."""
    for work, node, read in readers_of(works, tracked, {name}):
        if not node.name and not node.scopes and not node.branches and _hands(node, read):
            yield work, node


def _by_functions(worlds: Worlds, tracked: Tracked, name: str) -> Iterator[tuple[Work, Node]]:
    """Lines that called functions which hand it on."""
    for other in candidates(worlds.works, tracked, {name}):
        work = worlds.works.of(other)
        for local in sorted(local_names(work, tracked, {name})):

            def hands(code: CodeType, work: Work = work, local: str = local) -> bool:
                return any(_hands(node, {local}) for node in work.outline.find(code.co_qualname))

            found = calls.reading(worlds, other, {local}, frozenset(), [], hands)
            yield from ((call.work, call.node) for call in found if not call.node.name)


def _hands(node: Node, names: Collection[str]) -> bool:
    """Whether a line or function hands on to a call what one of these names means."""
    tree = parse_statements(node.segment)
    found = [each for each in ast.walk(tree) if isinstance(each, ast.Call)] if tree is not None else []
    given = [each for call in found for each in (*call.args, *(keyword.value for keyword in call.keywords))]
    return any(ast.unparse(each) in names for one in given for each in _items(one))


def _items(expression: ast.expr) -> Iterator[ast.expr]:
    """An argument, or what a list or dict in its place holds."""
    if isinstance(expression, (ast.List, ast.Tuple, ast.Set)):
        for each in expression.elts:
            yield from _items(each)
    elif isinstance(expression, ast.Dict):
        for each in expression.values:
            yield from _items(each)
    else:
        yield expression.value if isinstance(expression, ast.Starred) else expression


def _is_held(table: object, spaces: set[int]) -> bool:
    """Whether something beside modules, and the methods of it that decorated, holds an object: it finds there what
    came since."""
    others = [each for each in gc.get_referrers(table) if id(each) not in spaces]
    return any(
        not is_a(each, *_PASSING) and not any(map(is_of_reloadr, each if type(each) is tuple else (each,)))
        for each in others
    )
