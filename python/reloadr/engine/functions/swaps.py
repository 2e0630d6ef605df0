"""New code for living functions: found, prepared as one step, and taken back where its edit has to wait."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import CodeType, FunctionType

from reloadr._core import references
from reloadr.engine.annotations import of_functions
from reloadr.engine.batch import Batch, Swap, Swaps, Works, Worlds
from reloadr.engine.functions.facets import COPIED, EVALUATED, swap_one
from reloadr.engine.functions.gone import count_gone
from reloadr.engine.functions.held import unlearn
from reloadr.engine.functions.nested import swap_nested
from reloadr.engine.functions.running import count_running
from reloadr.live import capture, locate
from reloadr.live.codes import NESTED_ALONE, bare, inner_codes, nested_pairs
from reloadr.live.kinds import is_a
from reloadr.live.module import Alteration, function_codes
from reloadr.report.caveats import RL225
from reloadr.report.findings import Findings
from reloadr.source.compiling import DEFERRED
from reloadr.stage.stage import Stage
from reloadr.stage.steps import CODE


def swap_functions(batch: Batch) -> None:
    """Compiles the changed functions, finds who runs them, and prepares the swaps."""
    searched: list[CodeType] = []
    known = _known_references(batch.stage, batch.swaps)
    for swap in batch.swaps:
        searched += _locate(batch.worlds, batch.findings, swap, known)
    heap = locate.search([*searched, *_held_otherwise(batch.swaps)])
    for swap in batch.swaps:
        found_already = {id(found.function) for found in swap.living}
        extra = [
            locate.Found(function, ())
            for function in heap.functions.get(id(swap.old), ())
            if id(function) not in found_already and function.__globals__ is swap.work.tracked.namespace
        ]
        swap.living += tuple(extra)
        _swap(batch, swap, heap)
    count_running(batch, heap)
    count_gone(batch)


def _held_otherwise(swaps: Swaps) -> list[CodeType]:
    """Earlier code of the functions that change now which somebody else than `undo` holds: frames or closures may
    run it."""
    before: set[int] = set()
    found: list[CodeType] = []
    for swap in swaps.previous:
        inner = inner_codes(swap.old)
        before.update(id(code) for code in (swap.old, *inner))
        if locate.held(swap) > 1 + swap.kept:
            found.append(swap.old)
        found += [code for code in inner if references(code) > NESTED_ALONE]
    wanted: dict[int, CodeType] = {}
    for swap in swaps:
        if swap.edit.old is not None and swap.edit.action != "formatted":
            wanted |= {id(code): code for code in swap.work.tracked.retired.of(swap.edit.old.qualname)}
    ids = {id(code) for code in found}
    return [code for key, code in wanted.items() if key in ids or key not in before]


def _known_references(stage: Stage, swaps: Swaps) -> dict[int, int]:
    """References to the code objects that are to be swapped, by id, that we hold or know the holder of."""
    held = [code for swap in (*swaps, *swaps.previous) for code in (swap.old, swap.new)]
    held += stage.pending_codes.olds()
    modules = {id(swap.work.tracked): swap.work.tracked for swap in swaps}
    for key, qualname in {(id(swap.work.tracked), swap.old.co_qualname) for swap in swaps}:
        held += modules[key].codes.get(qualname, ())
    for tracked in modules.values():
        seen = capture.captured(tracked.module)
        if seen is not None:
            held += function_codes(seen.code)
    known = {id(swap.old): 0 for swap in swaps}
    for code in held:
        if id(code) in known:
            known[id(code)] += 1
    for key, count_held in locate.held_by_callers(set(known)).items():
        known[key] += count_held
    return known


def _locate(worlds: Worlds, findings: Findings, swap: Swap, known: Mapping[int, int]) -> list[CodeType]:
    """Finds a swap's functions by name; returns the code objects that only the heap can tell about."""
    old = swap.edit.old
    assert old is not None
    tracked = swap.work.tracked
    living = locate.functions_by_name(tracked, old, swap, known[id(swap.old)])
    if not living.functions and not living.more:
        twin = locate.derived_code(tracked, old, swap.old)
        alteration = None if twin is None else Alteration.between(swap.old, twin)
        if twin is not None and alteration is not None and bare(alteration.of(swap.old)) == bare(twin):
            # A decorator gave the function a copy of its code with other flags or another name, as
            # `types.coroutine` does: what it changed, it changes in the new code as well.
            tracked.altered[old.qualname] = alteration
            swap.new = alteration.of(swap.new)
            tracked.exchange(swap.old, twin)
            swap.old = twin
            worlds.stage.pending_codes.add(twin, swap.new)
            living = locate.functions_by_name(tracked, old, swap, 0)
        elif twin is not None:
            new = swap.edit.node
            findings.reason(RL225(name=new.qualname), tracked, new.qualname, new.line)
    swap.living = living.functions
    if COPIED.intersection(swap.edit.facets):
        swap.living = tuple(_with_copies(worlds.works, found) for found in living.functions)
    searched = [swap.old] if living.more else []
    searched += [inner for inner in inner_codes(swap.old) if references(inner) > NESTED_ALONE]
    swap.nested = nested_pairs(swap.old, swap.new)
    return searched


def _with_copies(works: Works, found: locate.Found) -> locate.Found:
    """What holds copies of a function's attributes beside the wrappers that it was reached through."""
    function = found.function
    copies = [
        each
        for tracked in works.mentioning([function.__name__])
        for each in locate.copies_of(function, tracked)
        if not any(each is wrapper for wrapper in found.wrappers)
    ]
    return locate.Found(function, (*found.wrappers, *copies)) if copies else found


def _swap(batch: Batch, swap: Swap, heap: locate.Heap) -> None:
    first = len(batch.stage.steps)
    for found in swap.living:
        swap_one(batch, swap, found)
    if not EVALUATED.isdisjoint(swap.edit.facets):
        swap.held = batch.stage.steps[first:]
        del batch.stage.steps[first:]
    pairs = {id(old): new for old, new in swap.nested}
    inners = inner_codes(swap.old)
    siblings = [function for inner in inners for function in heap.functions.get(id(inner), ())]
    for inner in inners:
        living = heap.functions.get(id(inner), ())
        if not living or (DEFERRED and inner.co_name == "__annotate__"):
            # What gives a function's annotations goes with the function.
            continue
        new = pairs.get(id(inner))
        swap_nested(batch.stage, batch.findings, swap, (inner, new), living, siblings)
    of_functions.follow(batch, swap)
    for kind, target, name, _ in [*swap.held, *batch.stage.steps[first:]]:
        if kind == CODE:
            assert is_a(target, FunctionType)
            swap.before.append((CODE, target, None, (target.__code__, target.__closure__)))
        elif name == "__annotations__" and of_functions.annotate_of(target) is not None:
            # They come back with the function that gives them; to ask it now might fail.
            continue
        elif isinstance(name, str):
            swap.before.append((kind, target, name, getattr(target, name)))
    # The swap, not its code objects: see `finish`.
    batch.journal.on_undo.append(partial(unlearn, swap))
    swap.work.tracked.exchange(swap.old, swap.new)
    batch.fresh.add(id(swap.new))
