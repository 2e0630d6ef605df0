"""What a function has beside its code: closure, defaults, annotations, type parameters, name and docstring."""

from __future__ import annotations

from collections.abc import Iterable
from types import CellType, FunctionType

from reloadr.engine.annotations import of_functions
from reloadr.engine.batch import Batch, Swap, Swaps
from reloadr.engine.evaluate.runner import template
from reloadr.engine.functions.held import release
from reloadr.live import locate
from reloadr.live.codes import default_values, docstring_of
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL202
from reloadr.source.edits import Edit
from reloadr.source.statements import mangled, owner_of
from reloadr.stage.attributes import set_attributes
from reloadr.stage.stage import Stage
from reloadr.stage.steps import ATTR, CODE, Step

#: Facets of a function that are evaluated where it stands, and belong to its code.
EVALUATED = frozenset({"defaults", "signature", "annotations", "type parameters"})
#: Facets of a function that `functools.wraps` copies.
COPIED = frozenset({"docstring", "annotations", "signature", "type parameters"})


def swap_one(batch: Batch, swap: Swap, found: locate.Found) -> None:
    function, edit = found.function, swap.edit
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    if "type parameters" not in edit.facets:
        closure = _closure(batch, swap, function)
        if closure is None:
            return
        batch.stage.steps.append((CODE, function, None, (swap.new, closure or None)))
    after: dict[str, object] = {}
    if "docstring" in edit.facets and function.__doc__ == docstring_of(swap.old):
        after["__doc__"] = docstring_of(swap.new)
    if function.__name__ != swap.new.co_name and function.__name__ == swap.old.co_name:
        after["__name__"] = swap.new.co_name
    if function.__qualname__ != swap.new.co_qualname and function.__qualname__ == swap.old.co_qualname:
        after["__qualname__"] = swap.new.co_qualname
    set_attributes(batch.stage, found, after)
    for wrapper in found.wrappers:
        if locate.is_cache(wrapper) and edit.action != "formatted" and not edit.same:
            batch.journal.caches.append(wrapper.cache_clear)


def settle_facets(batch: Batch, swap: Swap) -> None:
    """Defaults, annotations and type parameters that changed: evaluated where the definition stands, so
    that they see what the source above it brings, and prepared with the code, as one."""
    old, new, facets = swap.edit.old, swap.edit.new, set(swap.edit.facets)
    assert old is not None and new is not None
    living = swap.living
    # All of this before any of it is prepared: an evaluation may have to commit what is.
    made = template(batch, swap.work, old, new) if facets & (EVALUATED - {"defaults"}) else None
    if "type parameters" in facets:
        closures = [_closure(batch, swap, found.function) for found in living]
        pairs = [(found, closure) for found, closure in zip(living, closures, strict=True) if closure is not None]
        living = tuple(found for found, _ in pairs)
        swap.held += [(CODE, found.function, None, (swap.new, closure or None)) for found, closure in pairs]
    defaults: list[Step] = []
    for found in living if facets & {"defaults", "signature"} else ():
        defaults += _defaults(batch, swap, found.function)
    release(batch.stage, batch.swaps, swap.edit)
    batch.stage.steps += defaults
    if defaults:
        batch.stage.pend(new)
    if made is None:
        return
    for found in living:
        if hasattr(made, "__type_params__"):
            set_attributes(batch.stage, found, {"__type_params__": made.__type_params__})
        of_functions.replace(batch, swap, found, made)


def take_defaults(stage: Stage, swaps: Swaps, edit: Edit, values: Iterable[object]) -> None:
    """A definition ran again, with its decorators: who holds the function that it made before has its new code, and
    gets its new defaults."""
    swap = swaps.of(edit)
    if swap is None:
        return
    made = [found.function for value in values for found in locate.unwrap(value)]
    twin = next((function for function in made if function.__code__ == swap.new), None)
    if twin is None:
        return
    release(stage, swaps, edit)
    for found in swap.living:
        stage.steps.append((ATTR, found.function, "__defaults__", twin.__defaults__))
        stage.steps.append((ATTR, found.function, "__kwdefaults__", twin.__kwdefaults__))


def _closure(batch: Batch, swap: Swap, function: FunctionType) -> tuple[CellType, ...] | None:
    """The closure for new code of a function that stands in a module or class; None if there is none."""
    cells: dict[str, CellType] = dict(zip(swap.old.co_freevars, function.__closure__ or (), strict=False))
    new = swap.edit.new
    assert new is not None
    missing = [name for name in swap.new.co_freevars if name not in cells]
    if missing and new.scopes:
        space = batch.worlds.find_space(swap.work, swap.edit.old or new, old=True)
        if space is not None and is_a(space.owner, type):
            for name, cell in zip(missing, _cells_by_name(missing, space.owner, function), strict=True):
                if cell is not None:
                    cells[name] = cell
    elif missing:
        params = {param.__name__: param for param in getattr(function, "__type_params__", ())}
        cells.update({name: CellType(params[name]) for name in missing if name in params})
        if any(name not in cells for name in missing):
            made = template(batch, swap.work, swap.edit.old, new)
            fresh = dict(zip(made.__code__.co_freevars, made.__closure__ or (), strict=False))
            cells.update({name: cell for name, cell in fresh.items() if name not in cells})
    absent = [name for name in swap.new.co_freevars if name not in cells]
    if absent:
        batch.findings.reason(
            RL202(name=new.qualname, count="the function", variables=", ".join(absent)),
            swap.work.tracked,
            new.qualname,
            new.line,
        )
        return None
    return tuple(cells[name] for name in swap.new.co_freevars)


def _cells_by_name(names: list[str], cls: type, function: FunctionType) -> list[CellType | None]:
    params = {param.__name__: param for param in getattr(cls, "__type_params__", ())}
    params |= {param.__name__: param for param in getattr(function, "__type_params__", ())}
    cells: list[CellType | None] = []
    for name in names:
        if name == "__class__":
            cells.append(CellType(cls))
        elif name == "__classdict__":
            cells.append(CellType(dict(locate.class_dict(cls))))
        elif name in params:
            cells.append(CellType(params[name]))
        else:
            cells.append(None)
    return cells


def _defaults(batch: Batch, swap: Swap, function: FunctionType) -> list[Step]:
    """The steps to the new defaults: unchanged ones keep their objects, the others are evaluated."""
    old, new = swap.edit.old, swap.edit.new
    assert old is not None and new is not None
    # The code may be live already, by a flush; the defaults are not.
    held = default_values(function, swap.old)
    same = {name: part.fingerprint for name, _, _, part in old.params if part is not None}
    made: FunctionType | None = None
    positional: list[object] = []
    keyword: dict[str, object] = {}
    for name, kind, _, part in new.params:
        if part is None:
            continue
        # A private parameter name is mangled in the code object, not in the source.
        key = mangled(name, owner_of(new))
        if key in held and same.get(name) == part.fingerprint:
            value = held[key]
        else:
            made = made or template(batch, swap.work, old, new)
            value = default_values(made)[key]
            batch.noted.defaults.add((swap.work.tracked.name, new.line, name))
        if kind == 3:
            keyword[key] = value
        else:
            positional.append(value)
    return [
        (ATTR, function, "__defaults__", tuple(positional) or None),
        (ATTR, function, "__kwdefaults__", keyword or None),
    ]
