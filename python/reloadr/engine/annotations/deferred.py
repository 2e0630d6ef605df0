"""Annotations that are evaluated when somebody asks for them (PEP 649, CPython 3.14 and later).

A function, a class and a module have one function each that gives their annotations, and keep what it gave. So it is
that function which has to follow the source: its code, its lines, what it closes over; and what it gave has to be
forgotten where a name in it means something else. Nothing here evaluates an annotation: it may not be possible yet.

Under `from __future__ import annotations` nothing of this exists; annotations are strings there, as before.
"""

from __future__ import annotations

import dis
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any, cast

from reloadr._core import Node, Outline
from reloadr.live import locate
from reloadr.live.module import Tracked, move_each
from reloadr.source.compiling import Unit, annotations_of, function_code, module_code
from reloadr.source.outlines import context_of, unit_of
from reloadr.stage.steps import ATTR, CODE, GLOBALS, MISSING, Step

if TYPE_CHECKING:
    from reloadr.engine.batch import Batch, Space, Swap, Work
    from reloadr.engine.edits.walk import Module

DEFERRED = sys.version_info >= (3, 14)
"""Whether this CPython evaluates annotations when they are asked for."""

_FACETS = frozenset({"annotations", "signature", "type parameters"})
_CACHES = {True: "__annotations_cache__", False: "__annotations__"}
_GIVERS = {True: "__annotate_func__", False: "__annotate__"}


# ---- functions ---------------------------------------------------------------------------------------


def annotate_of(target: object) -> FunctionType | None:
    """The function that gives a function's annotations, if that is one of Python code."""
    found = getattr(target, "__annotate__", None) if DEFERRED else None
    return found if isinstance(found, FunctionType) else None


def steps_to(target: FunctionType, source: FunctionType) -> list[Step]:
    """What gives one function the annotations of another."""
    if not DEFERRED:
        return [(ATTR, target, "__annotations__", source.__annotations__)]
    annotate: object = cast(Any, source).__annotate__
    # In this order the steps that take it back bring both the function and what somebody assigned; to read or set
    # `__annotations__` while there is no function evaluates nothing.
    steps: list[Step] = [
        (ATTR, target, "__annotate__", None),
        (ATTR, target, "__annotations__", {} if annotate is not None else source.__annotations__),
    ]
    return steps if annotate is None else [*steps, (ATTR, target, "__annotate__", annotate)]


def same_annotations(one: FunctionType, other: FunctionType) -> bool:
    """Whether one function has its annotations from the other, as `functools.wraps` has it."""
    if not DEFERRED:
        return one.__annotations__ is other.__annotations__ or one.__annotations__ == other.__annotations__
    annotate: object = cast(Any, one).__annotate__
    if annotate is not cast(Any, other).__annotate__:
        return False
    return annotate is not None or one.__annotations__ == other.__annotations__


def forget(batch: Batch, function: FunctionType) -> None:
    """What the annotations of a function gave is asked for anew."""
    annotate = batch.current(function, "__annotate__")
    if annotate is not None:
        # To set the function, even to itself, drops what it gave.
        batch.steps.append((ATTR, function, "__annotate__", annotate))


def follow(batch: Batch, swap: Swap) -> None:
    """The annotations of a function are as they were; their code follows its lines, columns and names."""
    new, tracked = swap.annotate, swap.work.tracked
    if new is None or _FACETS & set(swap.edit.facets):
        return
    olds: dict[int, CodeType] = {}
    for found in swap.living:
        annotate = annotate_of(found.function)
        if annotate is None:
            continue
        old = annotate.__code__
        if not _is_ours(tracked, old) or old.co_freevars != new.co_freevars:
            continue
        olds[id(old)] = old
        batch.steps.append((CODE, annotate, None, (new, annotate.__closure__)))
        before, after = (f"{code.co_qualname}.__annotate__" for code in (swap.old, swap.new))
        if annotate.__qualname__ == before != after:
            batch.steps.append((ATTR, annotate, "__qualname__", after))
    swap.unlearn = _relearn(batch, tracked, olds.values(), new)


def replace(batch: Batch, swap: Swap, found: locate.Found, template: FunctionType) -> None:
    """A function and what wraps it get the annotations of a function that was made for them."""
    function = found.function
    if not DEFERRED:
        batch.set_attributes(found, {"__annotations__": template.__annotations__})
        return
    annotate, old = annotate_of(template), annotate_of(function)
    if annotate is not None and swap.annotate is not None:
        if annotate.__code__.co_freevars == swap.annotate.co_freevars:
            annotate.__code__ = swap.annotate
    held = getattr(function, "__annotate__", MISSING)
    copies = [each for each in found.wrappers if isinstance(each, FunctionType) and same_annotations(each, function)]
    batch.steps += steps_to(function, template)
    for each in copies:
        batch.steps += steps_to(each, template)
    for wrapper in found.wrappers:
        attributes = None if isinstance(wrapper, FunctionType) else getattr(wrapper, "__dict__", None)
        if isinstance(attributes, dict) and attributes.get("__annotate__", MISSING) is held:
            batch.steps.append((ATTR, wrapper, "__annotate__", annotate))
    gone = [] if old is None or not _is_ours(swap.work.tracked, old.__code__) else [old.__code__]
    code = None if annotate is None else annotate.__code__
    batch.on_undo.append(_relearn(batch, swap.work.tracked, gone, code))


def follow_nested(batch: Batch, swap: Swap, function: FunctionType, codes: tuple[CodeType, CodeType]) -> None:
    """A living closure gets the annotations of its new code, with the variables that it has."""
    if not DEFERRED:
        return
    given = annotate_of(function)
    before, after = (_nested(top).get(id(code)) for top, code in zip((swap.old, swap.new), codes, strict=True))
    if before is None and after is None:
        return
    if (given is None) != (before is None) or (given is not None and given.__code__ is not before):
        # Somebody gave it others.
        return
    if after is None:
        batch.steps += [(ATTR, function, "__annotate__", None), (ATTR, function, "__annotations__", {})]
        return
    cells: dict[str, CellType] = dict(zip(codes[0].co_freevars, function.__closure__ or (), strict=False))
    if given is not None:
        cells.update(zip(given.__code__.co_freevars, given.__closure__ or (), strict=False))
    absent = [name for name in after.co_freevars if name not in cells]
    if absent:
        name, line, variables = codes[1].co_qualname, codes[1].co_firstlineno, ", ".join(absent)
        count = "the annotations of a function"
        batch.reason("RL202", swap.work.tracked, name, line, name=name, count=count, variables=variables)
        return
    closure = tuple(cells[name] for name in after.co_freevars)
    made = FunctionType(after, function.__globals__, "__annotate__", None, closure or None)
    made.__qualname__ = f"{codes[1].co_qualname}.__annotate__"
    batch.steps += [(ATTR, function, "__annotations__", {})] if given is None else []
    batch.steps.append((ATTR, function, "__annotate__", made))


def _nested(code: CodeType) -> dict[int, CodeType]:
    """The code that gives the annotations of each function inside another, by the id of the function's code."""
    codes = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    # It stands before the function.
    found = {id(after): each for each, after in itertools.pairwise(codes) if each.co_name == "__annotate__"}
    for each in codes:
        found |= _nested(each)
    return found


def _is_ours(tracked: Tracked, code: CodeType) -> bool:
    return code.co_name == "__annotate__" and code.co_filename == tracked.filename


def _relearn(batch: Batch, tracked: Tracked, olds: Iterable[CodeType], new: CodeType | None) -> Callable[[], None]:
    """Notes which code object stands for earlier ones, so that lines follow; returns what takes that back."""
    gone = [
        old for old in olds if any(old is each for each in tracked.codes.get(old.co_qualname, ())) and old is not new
    ]
    for old in gone:
        tracked.forget(old)
    keys: list[tuple[str, int]] = []
    if new is not None and not any(new is each for each in tracked.codes.get(new.co_qualname, ())):
        tracked.remember([new])
        batch.fresh.add(id(new))
        keys.append((new.co_qualname, id(new)))

    def back() -> None:
        tracked.forget_ids(keys)
        tracked.remember(gone)

    return back


def code_of_class(tracked: Tracked, node: Node) -> CodeType | None:
    """The code object of the function that gives the annotations of a class of the baseline."""
    for code in tracked.codes.get(f"{node.qualname}.__annotate__", ()):
        if code.co_firstlineno == node.code_line:
            return code
    return None


def move_in(batch: Batch, tracked: Tracked, annotate: FunctionType, code: CodeType | None) -> None:
    """The function that gives annotations goes to another module with what it belongs to."""
    if code is None or code.co_freevars != annotate.__code__.co_freevars:
        return
    batch.steps.append((GLOBALS, annotate, None, tracked.namespace))
    batch.steps.append((CODE, annotate, None, (code, annotate.__closure__)))
    batch.steps.append((ATTR, annotate, "__module__", tracked.name))
    batch.afterwards.append(lambda: batch.learn(tracked, [code]))


# ---- modules and classes -----------------------------------------------------------------------------


def settle(module: Module) -> None:
    """The annotations of the module and of its classes, where an edit or lines that moved matter to them."""
    batch, work, tracked = module.batch, module.work, module.tracked
    if "annotations" in work.outline.future:
        if "annotations" not in tracked.outline.future:
            for space, _, _ in _scopes(module):
                _drop(batch, space)
        return
    turned = _turned(module)
    for space, old, new in _scopes(module):
        before, after = _members(module, tracked.outline, old), _members(module, work.outline, new)
        same = _picture(module, before, old, tracked.outline) == _picture(module, after, new, work.outline)
        if turned or not same or (old is not None and new is not None and old.qualname != new.qualname):
            _renew(module, space, new, after)
        elif old is not None and new is not None:
            _move(module, space, new.code_line - old.code_line)


def _move(module: Module, space: Space, delta: int) -> None:
    """The code of a class's annotations moves with its header, which is no line of what else moves in a class with
    edits."""
    batch, annotate = module.batch, space.live.get("__annotate_func__")
    if not delta or not isinstance(annotate, FunctionType) or not _is_ours(module.tracked, annotate.__code__):
        return
    code = annotate.__code__
    batch.fresh.add(id(code))

    def move() -> None:
        move_each([(code, delta)])
        batch.on_undo.append(lambda: move_each([(code, -delta)]))

    batch.afterwards.append(move)


def forget_scope(batch: Batch, space: Space) -> None:
    """What the annotations of a module or class gave is asked for anew."""
    in_class = isinstance(space.owner, type)
    cache = _CACHES[in_class]
    if isinstance(space.get(_GIVERS[in_class]), FunctionType):
        batch.set(space, cache, MISSING)


def _scopes(module: Module) -> Iterator[tuple[Space, Node | None, Node | None]]:
    """The living namespaces that have annotations, or might get some, with their nodes in the old and new source."""
    batch, work, tracked = module.batch, module.work, module.tracked
    nodes = [each for edit in work.edits for each in (edit.old, edit.new) if each is not None]
    if not nodes and not work.diff.shifts:
        return
    turned = _turned(module)
    annotating = any(not node.scopes and (node.annotates is not None or node.branches) for node in nodes)
    if turned or annotating or "__annotate__" in work.space.live:
        yield work.space, None, None
    touched = {scope.qualname for node in nodes for scope in node.scopes}
    touched |= {node.qualname for node in nodes if node.kind == "class"}
    for qualname, _, _ in work.outline.class_lines() if turned or touched or work.diff.shifts else ():
        top = work.space.get(qualname.partition(".")[0])
        before = _earlier_name(batch, tracked, qualname)
        cls = locate.class_at(tracked, top, before)
        if cls is None and before != qualname:
            cls = locate.class_at(tracked, top, qualname)
        if cls is None:
            continue
        if "__annotate_func__" not in locate.class_dict(cls) and qualname not in touched and not turned:
            continue
        old = _node_of(module, tracked.outline, before, old=True)
        new = _node_of(module, work.outline, qualname, old=False)
        if new is None or old is None or any(_ran(batch, work, each) for each in (new, *new.scopes)):
            continue
        if turned or old.exact != new.exact or old.qualname != new.qualname or qualname in touched:
            yield batch.class_space(cls), old, new


def _turned(module: Module) -> bool:
    """Whether annotations were strings and are no more, or the other way round."""
    outlines = (module.tracked.outline, module.work.outline)
    return len({"annotations" in outline.future for outline in outlines}) == 2


def _earlier_name(batch: Batch, tracked: Tracked, qualname: str) -> str:
    """What a class was called before this batch gave it, or one that it stands in, another name."""
    for (name, old), last in batch.renamed.items():
        new = ".".join([*old.split(".")[:-1], last])
        if name == tracked.name and (qualname == new or qualname.startswith(f"{new}.")):
            return old + qualname[len(new) :]
    return qualname


def _node_of(module: Module, outline: Outline, qualname: str, *, old: bool) -> Node | None:
    found = [node for node in outline.find(qualname) if node.kind == "class"]
    if len(found) > 1:
        found = [node for node in found if module.liveness(node, old=old) != "dead"]
    return found[-1] if found else None


def _ran(batch: Batch, work: Work, node: Node) -> bool:
    return (work.tracked.name, node.line, node.source) in batch.ran


def _members(module: Module, outline: Outline, scope: Node | None) -> list[Node]:
    """The annotated names of a module or class."""
    found = [each for each in outline.members_of("" if scope is None else scope.qualname) if each.annotates is not None]
    return [each for each in found if scope is None or scope.line <= each.line <= scope.end_line]


Picture = tuple[object, ...]


def _picture(module: Module, members: list[Node], scope: Node | None, outline: Outline) -> Picture:
    """What the code of a scope's annotations depends on, lines included."""
    base = 0 if scope is None else scope.code_line
    old = outline is module.tracked.outline
    found: list[object] = [
        (each.line - base, each.exact, bool(each.guards), module.liveness(each, old=old) != "dead") for each in members
    ]
    if scope is None and members:
        # The code begins where the module's first statement does.
        first = outline.roots()[0]
        found.append((first.line, first.exact))
    return tuple(found)


def _drop(batch: Batch, space: Space) -> None:
    in_class = isinstance(space.owner, type)
    for name in (_GIVERS[in_class], "__conditional_annotations__", _CACHES[in_class]):
        # Where strings are staged, a class keeps them where it kept what its function gave.
        if name != _CACHES[in_class] or "__annotations__" not in space.stage:
            batch.set(space, name, MISSING)


def _renew(module: Module, space: Space, scope: Node | None, members: list[Node]) -> None:
    """Makes the function that gives the annotations of a module or class as the new source has it."""
    batch, tracked = module.batch, module.tracked
    in_class = isinstance(space.owner, type)
    giver = _GIVERS[in_class]
    was = space.live.get(giver)
    code = _code_of(module, scope, members)
    annotate = None if code is None else annotations_of(code)
    olds = [was.__code__] if isinstance(was, FunctionType) and was.__globals__ is tracked.namespace else []
    if code is None or annotate is None:
        if isinstance(was, FunctionType) or was is None:
            _drop(batch, space)
            batch.on_undo.append(_relearn(batch, tracked, olds, None))
        return
    dead = {each.line for each in members if module.liveness(each) == "dead"}
    executed = _executed(code, dead)
    closure = _closure(module, space, annotate, was, executed)
    if closure is None:
        name = "" if scope is None else scope.qualname
        absent = ", ".join(annotate.co_freevars)
        batch.reason("RL202", tracked, name, members[0].line, name=f"{name}.__annotate__", count="it", variables=absent)
        return
    made = FunctionType(annotate, tracked.namespace, "__annotate__", None, closure or None)
    batch.set(space, giver, made)
    if not in_class:
        batch.set(space, "__conditional_annotations__", executed)
    for name in {_CACHES[in_class], "__annotations__"}:
        # What was kept, or is strings of earlier; also where there is none yet, so that it is gone after an undo.
        batch.set(space, name, MISSING)
    batch.on_undo.append(_relearn(batch, tracked, olds, annotate))


def _code_of(module: Module, scope: Node | None, members: list[Node]) -> CodeType | None:
    """Code of the whole scope, as far as its annotations depend on it."""
    work = module.work
    if not members:
        return None
    context = context_of(work.outline, work.tracked.filename)
    try:
        if scope is not None:
            return function_code(unit_of(scope), scope.name or "", context)
        try:
            return module_code(annotating_units(work.outline, members), context)
        except SyntaxError:
            return module_code([Unit(work.outline.text, 1)], context)
    except SyntaxError as error:
        raise module.batch.rejected(work, scope or members[0], error) from error


def annotating_units(outline: Outline, members: list[Node]) -> list[Unit]:
    """What of a module the code of its annotations depends on: the first statement, and those with annotations, with
    the blocks around them. A long file costs only what these hold."""
    from reloadr.engine.batch import blanked
    from reloadr.engine.edits.walk import definitions_in

    first = outline.roots()[0]
    chosen: dict[int, Node] = {}
    for each in members:
        root = each.guards[0][0] if each.guards else each
        chosen[id(root) if root.line != first.line else 0] = root
    units = [unit_of(first)]
    for root in {(root.line, root.source): root for root in chosen.values()}.values():
        if root == first:
            continue
        unit = unit_of(root)
        units.append(unit._replace(source=blanked(root, definitions_in(root))) if root.branches else unit)
    return units


def _executed(code: CodeType, dead: set[int]) -> set[int]:
    """The numbers of a scope's annotations whose statements were come by."""
    found: set[int] = set()
    name: object = None
    number: object = None
    for each in dis.get_instructions(code):
        if each.opname == "SET_ADD" and name == "__conditional_annotations__" and isinstance(number, int):
            if each.positions is None or each.positions.lineno not in dead:
                found.add(number)
        name, number = number, each.argval
    return found


def _closure(
    module: Module, space: Space, annotate: CodeType, was: object, executed: set[int]
) -> tuple[CellType, ...] | None:
    """What the function that gives a class's annotations closes over; None where something cannot be had."""
    if not annotate.co_freevars:
        return ()
    known: dict[str, CellType] = {}
    cls = space.owner
    if isinstance(cls, type):
        for outer in _around(module, cls):
            params = {param.__name__: param for param in getattr(outer, "__type_params__", ())}
            known.update({name: CellType(param) for name, param in params.items()})
        known["__class__"] = CellType(cls)
        known["__classdict__"] = CellType(locate.own_dict(cls))
    if isinstance(was, FunctionType):
        known.update(zip(was.__code__.co_freevars, was.__closure__ or (), strict=False))
    known["__conditional_annotations__"] = CellType(executed)
    if any(name not in known for name in annotate.co_freevars):
        return None
    return tuple(known[name] for name in annotate.co_freevars)


def _around(module: Module, cls: type) -> list[type]:
    """The classes that a class stands in, outermost first, and the class itself."""
    found: list[type] = []
    names = cls.__qualname__.split(".")
    for last in range(1, len(names)):
        outer = locate.class_at(module.tracked, module.work.space.get(names[0]), ".".join(names[:last]))
        if outer is not None:
            found.append(outer)
    return [*found, cls]


__all__ = [
    "DEFERRED",
    "annotate_of",
    "annotating_units",
    "code_of_class",
    "follow",
    "follow_nested",
    "forget",
    "forget_scope",
    "move_in",
    "replace",
    "same_annotations",
    "settle",
    "steps_to",
]
