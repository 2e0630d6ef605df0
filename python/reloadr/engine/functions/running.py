"""Frames, generators and coroutines on old code: they move with their loops, or stay on it until they end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from types import CodeType
from weakref import ref

from reloadr.engine.batch import Batch, Swap
from reloadr.live import locate
from reloadr.live.codes import bare, inner_codes
from reloadr.report.reasons import plural
from reloadr.running import interpreter, moves
from reloadr.running.loops import Unmovable, loops_of
from reloadr.running.moves import Move, Whose
from reloadr.running.passages import Passage, Ways
from reloadr.running.texts import Place, Text

_NO_LOOP = "no loop of it comes round again"


@dataclass(eq=False)
class Old:
    """Code that something is on, and what its function runs from now on."""

    swap: Swap
    #: Held weakly, as all that is kept for `undo`.
    code: ref[CodeType]
    #: The name of the function and its line in the new file.
    name: str
    line: int
    place: Place | None
    new: ref[CodeType] | None = None
    new_place: Place | None = None
    move: Move | None = None
    #: What is on it, by kind: the instruction that each stands at.
    runners: dict[str, list[int]] = field(default_factory=dict)


def count_running(batch: Batch, heap: locate.Heap) -> None:
    """Finds what runs old code, says what becomes of it, and lets its loops move once the batch is live."""
    olds = {id(code): old for old in _olds(batch) if (code := old.code()) is not None}
    if not olds:
        return
    for key, frames in locate.running_frames(set(olds)).items():
        olds[key].runners["frame"] = frames
    for key, runners in heap.runners.items():
        for runner in runners if key in olds else ():
            kind = type(runner).__name__.replace("_", " ")
            olds[key].runners.setdefault(kind, []).append(locate.stands_at(runner))
    running = [old for old in olds.values() if old.runners]
    if running:
        batch.journal.on_undo.append(partial(_take_back, running))
        batch.journal.afterwards.append(partial(_let_move, batch, running))


def _olds(batch: Batch) -> Iterable[Old]:
    for swap in batch.swaps:
        old, new = swap.edit.old, swap.edit.new
        if swap.edit.action == "formatted":
            continue
        assert old is not None and new is not None
        before, after = Text(old.segment), Text(new.segment)
        news = [swap.new, *inner_codes(swap.new)]
        partners = {id(code): other for code, other in swap.nested}
        partners[id(swap.old)] = swap.new
        current = [swap.old, *inner_codes(swap.old)]
        ours = {id(code) for code in current}
        retired = [code for code in swap.work.tracked.retired.of(old.qualname) if id(code) not in ours]
        # An edit that brings back an earlier text brings back what those frames run.
        now = [bare(code) for code in news] if retired else []
        for code in [*current, *(code for code in retired if bare(code) not in now)]:
            target = partners.get(id(code)) or _alike(code, news)
            place = Place(before, code.co_firstlineno - old.line) if id(code) in ours else moves.places.of(code)
            made = Old(swap, ref(code), new.qualname, new.line, place)
            if target is not None:
                made.new, made.new_place = ref(target), Place(after, target.co_firstlineno - new.line)
            yield made


def _alike(code: CodeType, news: list[CodeType]) -> CodeType | None:
    """The new code of a function that has been edited more than once."""
    found = [each for each in news if each.co_qualname == code.co_qualname]
    return found[0] if len(found) == 1 else None


def _let_move(batch: Batch, olds: list[Old]) -> None:
    """The batch is live: what runs old code moves with its loops, and what does not is named."""
    staying: dict[tuple[int, str, int, str], dict[str, int]] = {}
    moving: dict[tuple[int, str, int], dict[str, int]] = {}
    tracked = {id(old.swap.work.tracked): old.swap.work.tracked for old in olds}
    for old in olds:
        if old.swap.revoked:
            continue
        why = _prepare(old)
        for kind, places in old.runners.items():
            for at in places:
                line, reason = _fate(old, at, why)
                owner = id(old.swap.work.tracked)
                if reason:
                    counts = staying.setdefault((owner, old.name, old.line, reason), {})
                else:
                    counts = moving.setdefault((owner, old.name, line), {})
                counts[kind] = counts.get(kind, 0) + 1
    for (owner, name, line), counts in moving.items():
        verb = "moves" if sum(counts.values()) == 1 else "move"
        detail = f"{_words(counts)} {verb} at the next iteration of the loop"
        batch.findings.change("resume", tracked[owner], name, line, detail)
    for (owner, name, line, reason), counts in staying.items():
        batch.findings.reason("RL201", tracked[owner], name, line, name=name, count=_words(counts), why=reason)
    _name_changed_above(batch, olds)


def _words(counts: dict[str, int]) -> str:
    return " and ".join(plural(count, kind) for kind, count in counts.items())


def _prepare(old: Old) -> str:
    """Lets the frames on a code object move; why they cannot, or ""."""
    code, new = old.code(), old.new() if old.new is not None else None
    if code is None:
        return ""
    moves.leave(code)
    if new is None or old.place is None or old.new_place is None:
        return "its text is not known any more"
    moves.places.note(code, old.place)
    try:
        if not loops_of(old.place.body(code)):
            return _NO_LOOP
        if interpreter.obstacle():
            return interpreter.obstacle()
        ways = Ways(code, old.place, new, old.new_place)
    except Unmovable as reason:
        return str(reason)
    old.move = _move(old, new, ways)
    if ways.passages:
        moves.await_loops(code, old.move)
    return ""


def _move(old: Old, new: CodeType, ways: Ways) -> Move:
    assert old.new_place is not None
    tracked = old.swap.work.tracked
    learn = partial(tracked.retired.learn, old.name)
    return Move(new, old.new_place, ways, Whose(tracked.name, old.name, tracked.path), learn)


def _fate(old: Old, at: int, why: str) -> tuple[int, str]:
    """The line of the loop at which something moves, or 0 and why it does not."""
    if why or old.move is None:
        return 0, why
    passages, refused = old.move.ways.ahead(at)
    if passages:
        return passages[0].line, ""
    return 0, str(refused[0]) if refused else _NO_LOOP


def _name_changed_above(batch: Batch, olds: list[Old]) -> None:
    for old in olds:
        passages: list[Passage] = list(old.move.ways.passages.values()) if old.move is not None else []
        for line in sorted({each.line for each in passages if each.changed_above}):
            batch.findings.reason("RL232", old.swap.work.tracked, old.name, line, name=old.name)


def _take_back(olds: list[Old]) -> None:
    """The functions run their old code again: what moved goes back, and what did not move need not."""
    for old in olds:
        code, move = old.code(), old.move
        if code is None or move is None or old.place is None or old.new_place is None:
            continue
        moves.leave(code)
        current = old.swap.old
        for each in [move.new(), *move.copies()]:
            if each is not None and code in (current, *inner_codes(current)):
                try:
                    ways = Ways(each, old.new_place, code, old.place)
                except Unmovable:
                    continue
                back = Old(old.swap, ref(each), old.name, old.line, old.new_place, ref(code), old.place)
                moves.await_loops(each, _move(back, code, ways))


__all__ = ["count_running"]
