"""Frames, generators and coroutines on old code: they move with their loops, or stay on it until they end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from types import CodeType
from weakref import ref

from reloadr.engine.batch import Batch, Swap, Swaps, Works
from reloadr.live import locate
from reloadr.live.codes import bare, inner_codes
from reloadr.report.at_work import RL201, RL232
from reloadr.report.findings import Findings
from reloadr.report.reasons import plural
from reloadr.running import calls, interpreter, moves, unwinding
from reloadr.running.holding import holding
from reloadr.running.loops import Unmovable
from reloadr.running.moves import Move
from reloadr.running.news import Whose
from reloadr.running.rests import Rest, rest_of
from reloadr.running.texts import Place, Text

_NO_LOOP = "no loop of it comes round again"


@dataclass(eq=False)
class Old:
    """Code that something may be on, and what its function runs from now on."""

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
    #: What is on it, by kind.
    runners: dict[str, list[locate.Stand]] = field(default_factory=dict)


def count_running(batch: Batch, heap: locate.Heap) -> None:
    """Finds what runs old code, says what becomes of it, and lets its loops move once the batch is live."""
    _note_edits(batch.works)
    olds = {id(code): old for old in _olds(batch.swaps) if (code := old.code()) is not None}
    if not olds:
        return
    for key, frames in locate.running_frames(set(olds)).items():
        olds[key].runners["frame"] = frames
    for key, runners in heap.runners.items():
        for runner in runners if key in olds else ():
            kind = type(runner).__name__.replace("_", " ")
            stand = locate.stands_at(runner)
            olds[key].runners.setdefault(kind, []).append(stand)
            if stand in olds[key].runners.get("frame", ()):
                # One that is at work just now.
                olds[key].runners["frame"].remove(stand)
    found = list(olds.values())
    batch.journal.on_undo.append(partial(_take_back, list({id(old.swap): old.swap for old in found}.values())))
    batch.journal.afterwards.append(partial(_let_move, batch.findings, batch.swaps, found))
    batch.noted.at_work.append(partial(_rests, found))


def _note_edits(works: Works) -> None:
    """What comes out of these from now on may be held: see `holding`."""
    for work in works:
        for edit in work.edits:
            if edit.new is not None and edit.action != "formatted":
                holding.note(work.tracked.name, edit.new.qualname)
    unwinding.begin()


def _olds(swaps: Iterable[Swap]) -> Iterable[Old]:
    for swap in swaps:
        old, new = swap.edit.old, swap.edit.new
        assert old is not None and new is not None
        before, after = Text(old.segment), Text(new.segment)
        current = {id(code): code for code in (swap.old, *inner_codes(swap.old))}
        for code in current.values():
            moves.places.note(code, Place(before, code.co_firstlineno - old.line))
        if swap.edit.action == "formatted":
            continue
        news = [swap.new, *inner_codes(swap.new)]
        for code in news:
            moves.places.note(code, Place(after, code.co_firstlineno - new.line))
        partners = {id(code): other for code, other in swap.nested}
        partners[id(swap.old)] = swap.new
        retired = [code for code in swap.work.tracked.retired.of(old.qualname) if id(code) not in current]
        # An edit that brings back an earlier text brings back what those frames run.
        now = [bare(code) for code in news] if retired else []
        for code in [*current.values(), *(code for code in retired if bare(code) not in now)]:
            made = Old(swap, ref(code), new.qualname, new.line, moves.places.of(code))
            target = partners.get(id(code)) or _alike(code, news)
            if target is not None:
                made.new, made.new_place = ref(target), moves.places.of(target)
            yield made


def _late(swaps: Swaps, olds: list[Old]) -> list[Old]:
    """Code that threads have moved to since the batch looked: it stands on the text before."""
    known = {id(code) for old in olds if (code := old.code()) is not None}
    found = _olds(swap for swap in swaps if not swap.revoked and _has_other(swap, known))
    return [old for old in found if (code := old.code()) is not None and id(code) not in known and not _is_new(old)]


def _has_other(swap: Swap, known: set[int]) -> bool:
    """Whether something may be on code of a function that is not known: mostly there is none."""
    old = swap.edit.old
    return old is not None and any(id(code) not in known for code in swap.work.tracked.retired.of(old.qualname))


def _is_new(old: Old) -> bool:
    """Whether code is of the text that its function has by now, as that is which frames move to."""
    now = old.swap.edit.new
    return old.place is None or (now is not None and old.place.text.source == now.segment)


def _alike(code: CodeType, news: list[CodeType]) -> CodeType | None:
    """The code of a function, of those of one text: itself, or what its frames go on in."""
    if any(code is each for each in news):
        return code
    found = [each for each in news if each.co_qualname == code.co_qualname]
    return found[0] if len(found) == 1 else None


def _let_move(findings: Findings, swaps: Swaps, olds: list[Old]) -> None:
    """The batch is live: what runs old code moves with its loops, and what does not is named."""
    staying: dict[tuple[int, str, int, str], dict[str, int]] = {}
    moving: dict[tuple[int, str, int], dict[str, int]] = {}
    tracked = {id(old.swap.work.tracked): old.swap.work.tracked for old in olds}
    for swap in swaps:
        if swap.edit.old is not None and not swap.revoked:
            swap.work.tracked.retired.renew(swap.edit.old.qualname)
    for old in olds:
        # Held until it has been told of.
        code = old.code()
        if old.swap.revoked or code is None:
            # What was on it has moved on meanwhile, by the edit before.
            continue
        # Calls may have begun on the old code since it was looked for: those move as well.
        _await(old)
        owner = id(old.swap.work.tracked)
        for kind, places in old.runners.items():
            for at, frame in places:
                line, reason, changed_above = _fate(old, at)
                if not reason and old.move is not None:
                    old.move.expected.add(frame)
                if reason:
                    counts = staying.setdefault((owner, old.name, old.line, reason), {})
                else:
                    counts = moving.setdefault((owner, old.name, line), {})
                counts[kind] = counts.get(kind, 0) + 1
                if changed_above:
                    findings.reason(RL232(name=old.name), tracked[owner], old.name, line)
    # All that was to move for the edit before is over by now: what threads have moved to meanwhile is complete.
    for old in _late(swaps, olds):
        _await(old)
    unwinding.guard_running()
    for (owner, name, line), counts in moving.items():
        words = "moves at its" if sum(counts.values()) == 1 else "move at their"
        detail = f"{_words(counts)} {words} next iteration"
        findings.change("resume", tracked[owner], name, line, detail)
    for (owner, name, line, reason), counts in staying.items():
        findings.reason(RL201(name=name, count=_words(counts), why=reason), tracked[owner], name, line)


def _words(counts: dict[str, int]) -> str:
    return " and ".join(plural(count, kind) for kind, count in counts.items())


def _await(old: Old) -> None:
    """Lets the frames on a code object move, those included that nobody has seen."""
    code, new = old.code(), old.new() if old.new is not None else None
    if code is None or new is None or old.place is None or old.new_place is None:
        return
    if not moves.comes_round(code) and not moves.comes_round(new):
        # Neither moves, nor is held.
        return
    tracked = old.swap.work.tracked
    whose = Whose(tracked.name, old.name, tracked.path, old.line)
    move = Move(old.place, new, old.new_place, whose, partial(tracked.retired.learn, old.name))
    if interpreter.BY_CALL and moves.comes_round(code):
        # Calls that have begun on it since wait for it as well, should they come to `reloadr.loop`.
        if old.runners:
            calls.expect(code, move, tracked.namespace)
    elif interpreter.obstacle():
        return
    old.move = move
    # What is seen is told of in this report, what is not, when it comes round.
    old.move.is_told = bool(old.runners)
    moves.await_loops(code, old.move)
    if holding.mode(new) is not None and not interpreter.obstacle():
        # Calls that begin on it are held from their second iteration on.
        moves.await_guards(new, old.new_place, whose, partial(tracked.retired.learn, old.name))


def _fate(old: Old, at: int) -> tuple[int, str, bool]:
    """The line of the loop at which something moves, or why it does not; whether lines above changed too."""
    code = old.code()
    if code is None or old.place is None or not moves.comes_round(code):
        return 0, _NO_LOOP, False
    if calls.obstacle(code) or old.move is None:
        return 0, calls.obstacle(code) or "its function is gone", False
    try:
        passages, refused = calls.ahead(old.move, code, at)
    except Unmovable as reason:
        return 0, str(reason), False
    if passages:
        return passages[0].line, "", passages[0].changed_above
    return 0, refused[0] if refused else _NO_LOOP, False


def _rests(olds: list[Old]) -> Iterator[Rest]:
    """What is on old code may still do, before it moves or ends."""
    for old in olds:
        before, code = old.swap.edit.old, old.code()
        if before is None or code is None or old.swap.revoked:
            continue
        is_last = old.place is not None and old.place.text.source == before.segment
        first = before.line + old.place.lead if old.place is not None and is_last else 0
        whose = old.swap.work.tracked, old.name, old.line
        # Thousands of generators may stand at one place.
        for at in sorted({at for places in old.runners.values() for at, _ in places}):
            yield rest_of(whose, code, at, old.move, first)


def _take_back(swaps: list[Swap]) -> None:
    """The functions run their old code again: whatever is on other code of theirs goes back to it, wherever it has come
    from; what has not moved yet need not."""
    for swap in swaps:
        old, new = swap.edit.old, swap.edit.new
        assert old is not None and new is not None
        retired, targets = swap.work.tracked.retired, [swap.old, *inner_codes(swap.old)]
        whose = Whose(swap.work.tracked.name, old.qualname, swap.work.tracked.path, old.line)
        known = [swap.new, *inner_codes(swap.new), *retired.of(old.qualname), *retired.of(new.qualname), *targets]
        for code in {id(each): each for each in known}.values():
            target, place = _alike(code, targets), moves.places.of(code)
            new_place = None if target is None else moves.places.of(target)
            if place is None or new_place is None or target is None or calls.obstacle(code):
                continue
            if place.text.source == new_place.text.source:
                moves.leave(code)
            else:
                move = Move(place, target, new_place, whose, partial(retired.learn, old.qualname))
                moves.await_loops(code, move)


__all__ = ["count_running"]
