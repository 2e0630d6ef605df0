"""Which statement makes a proxy, and what becomes of the proxies of a name when that statement runs again.

A proxy is made while a module is loaded, before the name is bound that will hold it; so the statement is found by the
place from which `autoreload` was called. When the engine runs the statement again, that makes another proxy, and the
name is bound to it. From then on both stand for the new callable. After an undo the name is bound to the earlier proxy
again, and both stand for what that was made for.
"""

from __future__ import annotations

import ast
import itertools
import sys
import textwrap
import weakref
from collections.abc import Callable, Iterator
from types import FrameType, FunctionType, MethodType, ModuleType

from reloadr._core import Node, Outline
from reloadr.live import locate
from reloadr.live.module import Tracked
from reloadr.live.places import Place, has_place, note_place
from reloadr.live.proxy import Cell, Proxy, holder_of, is_proxy
from reloadr.report.report import Report
from reloadr.session.session import session

__all__ = ["arrange", "arrange_later", "is_in_function", "is_patched_in_place", "place_of"]

_IN_PLACE = (type, FunctionType, MethodType, staticmethod, classmethod, property)
#: A code object of a function, in contrast to those of modules and class bodies.
_OPTIMISED = 0x1


_cells: dict[tuple[str, str], Cell] = {}
#: Proxies that were made while a reload was under way, with their modules.
_fresh: list[tuple[weakref.ref[Proxy], ModuleType, Callable[[Place], object]]] = []


def is_patched_in_place(target: object) -> bool:
    """Whether the engine reaches what a call of it would run; otherwise it takes a proxy."""
    if isinstance(target, MethodType):
        return isinstance(target.__func__, FunctionType)
    return isinstance(target, _IN_PLACE) or locate.is_cache(target)


def place_of(frame: FrameType, tracked: Tracked) -> Place | None:
    """The statement that a frame of a module's or class's body is at."""
    try:
        node = _node_at(tracked.outline, frame.f_lineno)
    except SyntaxError:
        return None
    names = [] if node is None else names_of(node)
    if node is None or not names:
        return None
    return Place(tracked.name, tuple(names), _is_bound(node, _position(frame)))


def is_in_function(frame: FrameType) -> bool:
    """Whether a frame is that of a function: what it makes is bound to no name that a reload could follow."""
    return bool(frame.f_code.co_flags & _OPTIMISED)


def names_of(node: Node) -> list[str]:
    """The qualified names that a definition or statement binds."""
    if node.name is not None:
        return [node.qualname]
    return [f"{node.qualname}.{name}" if node.qualname else name for name in node.binds]


def _node_at(outline: Outline, line: int) -> Node | None:
    """The innermost one that holds a line and binds something."""
    found: Node | None = None
    for node in outline.nodes():
        if node.line <= line <= node.end_line and node.binds:
            if found is None or node.end_line - node.line <= found.end_line - found.line:
                found = node
    return found


def _position(frame: FrameType) -> tuple[int | None, ...]:
    """Line, last line, column and last column of the call that is running."""
    positions = itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
    return next(positions, (None,) * 4)


def _is_bound(node: Node, position: tuple[int | None, ...]) -> bool:
    """Whether the running call makes the very object that a definition or assignment binds."""
    line, last_line, column, _ = position
    if node.name is not None:
        return node.line == line
    try:
        (statement,) = ast.parse(textwrap.dedent(node.segment)).body
    except (SyntaxError, ValueError):
        return False
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or not isinstance(statement.value, ast.Call):
        return False
    value, above = statement.value, node.line - 1
    if line is None:
        return True
    lines = (value.lineno + above, (value.end_lineno or value.lineno) + above)
    at = value.col_offset + (len(node.indent) if value.lineno == 1 else 0)
    return lines == (line, last_line) and (column is None or at == column or value.lineno > 1)


def arrange(proxy: object, place: Place) -> None:
    """Notes where a proxy comes from: it follows what that place makes from now on."""
    _listen()
    note_place(proxy, place)
    if place.is_bound:
        cell = holder_of(proxy).cell
        for name in place.names:
            _cells[place.module, name] = cell


def arrange_later(proxy: Proxy, module: ModuleType, then: Callable[[Place], object]) -> None:
    """For a proxy that a reload makes: where it comes from is seen when its name has been bound."""
    _listen()
    _fresh.append((weakref.ref(proxy), module, then))


def _listen() -> None:
    if settle not in session.listeners:
        # First of all: whoever is told of a reload may call what it brought.
        session.listeners.insert(0, settle)


def settle(report: Report) -> None:
    """After a reload or an undo: the proxies of a name stand for what the name stands for."""
    for (module, name), cell in list(_cells.items()):
        for found in _live(sys.modules.get(module), name):
            if is_proxy(found):
                holder = holder_of(found)
                if holder.cell is not cell:
                    holder.join(cell)
                found = holder.made
            if found is not cell.target and callable(found):
                cell.point_at(found)
    while _fresh:
        reference, owner, then = _fresh.pop()
        proxy = reference()
        if proxy is not None and not has_place(proxy):
            for name in _names_holding(proxy, owner):
                place = Place(owner.__name__, (name,), is_bound=True)
                arrange(proxy, place)
                then(place)


def _names_holding(proxy: Proxy, module: ModuleType) -> list[str]:
    """The names of a module, and of its classes, that are bound to this very proxy."""
    found = [name for name, value in module.__dict__.items() if value is proxy]
    for name, value in list(module.__dict__.items()):
        if type(value) is type and value.__module__ == module.__name__:
            found += [f"{name}.{key}" for key, each in locate.class_dict(value).items() if each is proxy]
    return found


def _live(module: ModuleType | None, qualname: str) -> Iterator[object]:
    """What a qualified name is bound to, past descriptors; nothing if it is not bound."""
    if module is None:
        return
    namespace: dict[str, object] = module.__dict__
    *scopes, name = qualname.split(".")
    for scope in scopes:
        found = namespace.get(scope)
        if not isinstance(found, type):
            return
        namespace = locate.class_dict(found)
    if name in namespace:
        yield namespace[name]
