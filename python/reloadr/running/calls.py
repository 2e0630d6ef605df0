"""CPython 3.11: a frame that goes through `reloadr.loop` gets code with turns, and moves by a call: see `turns.py`."""

from __future__ import annotations

import contextlib
import dis
from collections.abc import Callable, Mapping
from functools import partial
from types import CodeType, FrameType
from typing import Any
from weakref import ref

from reloadr._core import move_caller, replace_code
from reloadr.running import interpreter, moves, turns
from reloadr.running.flow import Flow
from reloadr.running.holding import Mode, holding
from reloadr.running.loops import Unmovable
from reloadr.running.moves import Move
from reloadr.running.news import News, Whose, announce
from reloadr.running.passages import Passage
from reloadr.running.slots import capacity, names_of
from reloadr.running.texts import Place

#: By the original code's id and the mode: code with turns.
_adopted: dict[tuple[int, Mode | None], tuple[ref[CodeType], CodeType]] = {}


def prepare(code: CodeType, move: Move, mode: Mode | None = None) -> CodeType:
    """Code with turns for frames that are on a function's own; a move to that itself makes it."""
    key = id(code), mode
    held = _adopted.get(key)
    if held is None or held[0]() is not code:
        made = move.held(code, mode, code.co_stacksize)
        moves.places.note(made, move.place)
        move.learn(made)
        held = _adopted[key] = (ref(code, partial(_forget, key)), made)
    return held[1]


def expect(code: CodeType, move: Move, namespace: Mapping[str, object]) -> None:
    """Something is on a function's code that may come to a loop which can turn."""
    turn = turns.turn_of(prepare(code, Move(move.place, code, move.place, move.whose, move.learn)))
    if turn is not None:
        turn.resolve(namespace)


def _turn_of(code: CodeType) -> turns.Turn | None:
    """What a code object has of it, or will have once a frame calls `reloadr.loop`."""
    held = _adopted.get((id(code), None))
    return turns.turn_of(code if held is None or held[0]() is not code else held[1])


def adopt(here: FrameType, place: Place, whose: Whose, learn: Callable[[CodeType], object], mode: Mode | None) -> None:
    """The frame that called this one gets code whose loops can turn, and are held as is asked for. Raises ValueError or
    RuntimeError."""
    frame = here.f_back
    assert frame is not None
    turn = turns.turn_of(frame.f_code)
    original = frame.f_code if turn is None else turn.original()
    if turn is not None and (original is None or mode is None or holding.mode(frame.f_code) == mode):
        return
    assert original is not None
    if not frame.f_code.co_code.startswith(original.co_code):
        raise ValueError("its frame is too small")
    made, move = prepare(original, Move(place, original, place, whose, learn), mode), moves.move_of(frame.f_code)
    after = turns.turn_of(made)
    if after is None:
        raise ValueError("it has no loop of its own")
    after.resolve(frame.f_globals)
    if turn is not None:
        after.ranks |= turn.ranks
    size = capacity(frame.f_code) - len(names_of(made))
    if size != made.co_stacksize:
        # That of a frame which has moved before.
        made = moves.sized(made, size)
        moves.places.note(made, place)
        learn(made)
    if move is not None and moves.move_of(made) is not move:
        moves.await_loops(made, move)
    if mode is not None:
        holding.ask(made, mode)
    replace_code(here, frame, made)


def _forget(key: tuple[int, Mode | None], gone: object, known: Any = _adopted) -> None:
    held = known.get(key)
    # Another code object may have its address by now.
    if held is not None and held[0] is gone:
        del known[key]


def goes_through(code: CodeType, call: int) -> bool:
    """Whether a loop, and nothing else, asks for items of what `reloadr.loop` is about to return."""
    found, turn = turns.begins(code, call), turns.turn_of(code)
    if found is not None and turn is not None:
        turn.ranks.add(turns.rank(code, found))
    return found is not None


def _turn(here: FrameType) -> None:
    """A frame at the head of its loop makes a call: it goes on where it is to, or stays."""
    frame = here.f_back
    assert frame is not None
    code = frame.f_code
    head = turns.head_behind(code, frame.f_lasti)
    while (move := moves.move_of(code)) is not None:
        try:
            passage = move.ways(code).passage(head)
            target = None if passage is None else moves.target_of(frame, code, move, move.ways(code), passage)
            if passage is None or target is None:
                return
            # No other thread runs between this look and the move.
            if move.is_over:
                continue
            move_caller(here, frame, target)
            move.expected.discard(id(frame))
        except Exception as reason:
            moves.stays(move, code, head, reason)
            return
        announce(News(move.whose, passage.line, "", "moved"))
        return


def obstacle(code: CodeType) -> str:
    """Why no frame on a code object can move; "" where nothing is in the way."""
    return "" if _turn_of(code) is not None else interpreter.obstacle()


def ahead(move: Move, code: CodeType, at: int) -> tuple[list[Passage], list[str]]:
    """What a frame that stands at an offset may come to, the nearest first; why not to others. Raises Unmovable."""
    return move.ways(code).ahead(at, partial(_can_turn, code))


def _can_turn(code: CodeType, head: int) -> bool:
    turn = _turn_of(code)
    return turn is None or turns.rank(code, head) in turn.ranks


def rest(move: Move | None, code: CodeType, at: int) -> list[dis.Instruction]:
    """What a frame that stands at an offset may still do in its code, before it moves or ends."""
    if move is not None:
        with contextlib.suppress(Unmovable):
            return move.ways(code).rest(at, partial(_can_turn, code))
    flow = Flow(code)
    return [flow.instructions[flow.number(each)] for each in flow.reached(at)[1:]]


def comes_again(move: Move, frame: FrameType) -> bool:
    """Whether a frame may come to a loop at which it moves."""
    with contextlib.suppress(Unmovable):
        return bool(ahead(move, frame.f_code, frame.f_lasti)[0])
    return False


turns.go.by = _turn

__all__ = ["adopt", "ahead", "comes_again", "expect", "goes_through", "obstacle", "rest"]
