"""Which functions of a batch get other code: the old one and the new one of each, compiled."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from reloadr._core import Node, Part
from reloadr.engine.batch import Swap, Swaps, Work, Worlds
from reloadr.engine.evaluate.at_work import Lines
from reloadr.engine.evaluate.failures import rejected
from reloadr.engine.evaluate.liveness import Liveness
from reloadr.source.compiling import definition_code
from reloadr.source.edits import Edit
from reloadr.source.outlines import context_of, unit_of


def collect_swaps(worlds: Worlds, swaps: Swaps, work: Work, at_work: Lines | None) -> None:
    """Compiles the functions of a module that changed and live, and notes them as swaps of the batch. `at_work`: where
    the module's own code is, while that still runs."""
    for edit in work.edits:
        old, new = edit.old, edit.new
        if old is None or new is None:
            continue
        if old.kind == new.kind == "function":
            # One that its module has not come to yet has no code.
            if at_work is None or old.scopes or old.line <= at_work.old:
                _collect(worlds, swaps, work, edit)
        elif edit.action == "renamed" and old.kind == "class":
            _collect_renamed(worlds, swaps, work, edit)
    if work.tracked.outline.super_at_top != work.outline.super_at_top:
        _collect_with_super(worlds, swaps, work)


def _collect_with_super(worlds: Worlds, swaps: Swaps, work: Work) -> None:
    """Methods that call `super()` are compiled otherwise where the module itself names it.

    super = logged(super)              # came, or went
    """
    edited = {edit.new.line for edit in work.edits if edit.new is not None and edit.new.kind == "function"}
    for qualname in {node.qualname for node in work.outline.nodes() if node.kind == "function" and node.scopes}:
        olds, news = (outline.find(qualname) for outline in (work.tracked.outline, work.outline))
        for old, new in zip(olds, news, strict=False):
            if len(olds) == len(news) and "super" in new.segment and new.line not in edited:
                _collect(worlds, swaps, work, Edit((), "formatted", old, new, []))


def _collect(worlds: Worlds, swaps: Swaps, work: Work, edit: Edit) -> None:
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    try:
        definition = definition_code(unit_of(new), new.name or "", context_of(work.outline, work.tracked.filename))
    except SyntaxError as error:
        raise rejected(work, new, error) from error
    code = definition.code
    was = work.tracked.code_of(old)
    if was is None:
        return
    alteration = work.tracked.altered.get(old.qualname)
    if alteration is not None:
        if "decorators" in edit.facets:
            # They run again, on the code as it is written.
            worlds.journal.afterwards.append(partial(work.tracked.altered.pop, old.qualname, None))
        else:
            code = alteration.of(code)
            # A renamed function keeps what was changed.
            worlds.journal.afterwards.append(partial(work.tracked.altered.__setitem__, new.qualname, alteration))
    swaps.add(Swap(work, edit, was, code, definition.annotate))
    worlds.stage.pending_codes.add(was, code)
    if edit.action != "formatted":
        worlds.stage.pend(new)


def _collect_renamed(worlds: Worlds, swaps: Swaps, work: Work, edit: Edit) -> None:
    assert edit.old is not None and edit.new is not None
    edited = {(each.old.line, each.old.name) for each in work.edits if each.old is not None}

    def walk(old: Node, new: Node) -> None:
        after: dict[str, list[Node]] = {}
        for node in new.members:
            if node.name:
                after.setdefault(node.name, []).append(node)
        for node in old.members:
            same = after.get(node.name or "", [])
            if not same:
                continue
            twin = same.pop(0)
            if node.kind == twin.kind == "class":
                walk(node, twin)
            elif node.kind == twin.kind == "function" and (node.line, node.name) not in edited:
                _collect(worlds, swaps, work, Edit((), "renamed", node, twin, ["name"]))

    walk(edit.old, edit.new)


def pair_by_liveness(work: Work, liveness: Liveness) -> None:
    """Pairs functions by liveness, not by text, where the two disagree.

    if A: def f(): return 1            # before; A is true
    else: def f(): return 2
    if A: def f(): return 2            # after: who holds the old live `f` must get this one, though its text is
    else: def f(): return 1            # that of the dead branch
    """
    edits = work.edits
    for edit in edits:
        old, new = edit.old, edit.new
        if old is None or new is None or "place" not in edit.facets or not old.kind == new.kind == "function":
            continue
        ran, runs = liveness(old, old=True) != "dead", liveness(new) != "dead"
        for other in edits if ran != runs else ():
            node = other.new if ran else other.old
            if other.action != ("added" if ran else "removed") or node is None or node.kind != "function":
                continue
            alive = liveness(node, old=not ran) != "dead" and node.qualname == new.qualname == old.qualname
            if alive and _prints(node.decorators) == _prints(old.decorators) == _prints(new.decorators):
                if ran:
                    edit.new, other.new = node, new
                else:
                    edit.old, other.old = node, old
                assert edit.old is not None and edit.new is not None
                edit.facets = _facets(edit.old, edit.new)
                edits.sort(key=lambda each: (each.new is not None, each.node.line))
                return pair_by_liveness(work, liveness)


def _facets(old: Node, new: Node) -> list[str]:
    """The facets in which two functions may differ. Too many do no harm: an equal facet is evaluated for nothing."""
    facets = ["place", "docstring", "body"]
    if [param[:2] for param in old.params] != [param[:2] for param in new.params]:
        facets.append("signature")
    if _prints([*(param[2] for param in old.params), old.returns]) != _prints(
        [*(param[2] for param in new.params), new.returns]
    ):
        facets.append("annotations")
    if _prints(param[3] for param in old.params) != _prints(param[3] for param in new.params):
        facets.append("defaults")
    return facets + (["kind"] if old.is_async != new.is_async else [])


def _prints(parts: Iterable[Part | None]) -> list[int]:
    return [0 if part is None else part.fingerprint for part in parts]
