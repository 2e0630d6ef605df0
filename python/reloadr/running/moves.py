"""Frames on old code go on in the new code where their loop begins its next iteration.

Once an edit is live, whoever still runs the function's old code is watched for its jumps back, by `sys.monitoring` and
in that code alone. When one comes there, its variables and what lies on its stack are what the new code needs at the
same place, and it goes on there. The frame's own thread does it, so that nothing has to wait and no thread is stopped.
"""

from __future__ import annotations

import ast
import dis
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import CodeType, FrameType
from typing import Any
from weakref import WeakValueDictionary, ref

from reloadr._core import Mover, frame_parts
from reloadr.running import entries, interpreter, turns
from reloadr.running.guards import guarded
from reloadr.running.holding import LoopGuard, Mode, holding
from reloadr.running.loops import Loop, Unmovable
from reloadr.running.news import News, Whose, announce
from reloadr.running.passages import Passage, Ways
from reloadr.running.slots import MISSING, capacity, carried, has_gaps, names_of
from reloadr.running.texts import Place, Places


class Move:
    """What is to become of the frames on one code object."""

    def __init__(
        self, place: Place, new: CodeType, new_place: Place, whose: Whose, learn: Callable[[CodeType], object]
    ) -> None:
        self.place = place
        self.new = ref(new)
        self._new_place = new_place
        self.whose = whose
        #: Told of each code object that frames run from now on, beside the function's own.
        self.learn = learn
        #: The frames, by id, of which it was said that they move.
        self.expected: set[int] = set()
        #: Whether it has been told already what cannot move.
        self.is_told = False
        #: Whether nobody is to hear of it: the text is the same.
        self.is_quiet = False
        #: Whether something else is to become of them by now.
        self.is_over = False
        #: The new code, where it is that of a module: no function holds it.
        self.kept: CodeType | None = None
        # Why not is kept in words: an exception that is raised holds the frames that it came through.
        self._ways: Ways | str | None = None
        # Held weakly: the code that leads here may be kept by a function, and this by that, edit after edit. Made with
        # the first one: each edit makes a move, and few are made.
        self._copies: WeakValueDictionary[object, CodeType] | None = None
        self._lock = threading.RLock()
        self._held: dict[tuple[Mode | None, int], CodeType] = {}
        self._checked: dict[tuple[int, frozenset[str]], str] = {}

    def ways(self, code: CodeType) -> Ways:
        """All passages, worked out when something comes that needs one. Raises Unmovable."""
        new = self.new()
        if self._ways is None and new is not None:
            try:
                self._ways = Ways(code, self.place, new, self._new_place)
            except Unmovable as reason:
                self._ways = str(reason)
        if not isinstance(self._ways, Ways):
            raise Unmovable(self._ways or "its function is gone")
        return self._ways

    def back(self, code: CodeType) -> Move:
        """The way back to the code that frames came from."""
        made = Move(self._new_place, code, self.place, self.whose, self.learn)
        made.kept = None if self.kept is None else code
        return made

    def check(self, ways: Ways, passage: Passage, bound: frozenset[str]) -> None:
        """Raises Unmovable where a frame lacks variables."""
        key = (passage.offset, bound)
        if key not in self._checked:
            self._checked[key] = ""
            try:
                ways.check(*key)
            except Unmovable as reason:
                self._checked[key] = str(reason)
        if self._checked[key]:
            raise Unmovable(self._checked[key])

    def copy(self, key: object, make: Callable[[], CodeType]) -> CodeType:
        """A code object of the new text that is not the function's own, made once."""
        with self._lock:
            if self._copies is None:
                self._copies = WeakValueDictionary()
            found = self._copies.get(key)
            if found is None:
                found = self._copies[key] = make()
                places.note(found, self._new_place)
                self.learn(found)
            return found

    def held(self, new: CodeType, mode: Mode | None, room: int = 0) -> CodeType:
        """The new code, with its loops held if they are to be, of those for which there is room."""
        if mode is None and not interpreter.BY_CALL:
            return new

        def guard(loop: Loop, below: int, depth: int) -> LoopGuard:
            target = loop.node.target if isinstance(loop.node, ast.For) else None
            return LoopGuard(self.whose, mode or "next", below, target, depth)

        with self._lock:
            found = self._held.get((mode, room))
            if found is None:
                make = guard if mode is not None else None
                turn = turns.Turn(new) if interpreter.BY_CALL else None
                found = guarded(new, self._new_place, make, again=mode == "again", turn=turn, room=room)
                # The function's own is held weakly.
                if found is not new:
                    self._held[mode, room] = found
            return found

    def copies(self) -> list[CodeType]:
        """Those that something is on."""
        with self._lock:
            return [] if self._copies is None else list(self._copies.values())


#: Where code objects stand that something may be on.
places = Places()
#: By the code object's id, with what tells whether it is that one still.
_moves: dict[int, tuple[ref[CodeType], Move]] = {}
_last = threading.local()
_BACK = dis.opmap["JUMP_BACKWARD"]


def await_loops(code: CodeType, move: Move) -> None:
    """From now on frames on a code object move at the next iteration of their loop."""
    if not comes_round(code):
        return
    key = id(code)
    before = move_of(code)
    _moves[key] = (ref(code, partial(_drop, key)), move)
    if before is not None:
        before.is_over = True
    if interpreter.BY_CALL:
        return
    number = interpreter.tool()
    assert number is not None
    monitoring: Any = sys.monitoring
    monitoring.register_callback(number, monitoring.events.JUMP, _mover)
    monitoring.register_callback(number, monitoring.events.PY_RETURN, _ended)
    interpreter.await_jumps(code)


def await_guards(code: CodeType, place: Place, whose: Whose, learn: Callable[[CodeType], object]) -> Move:
    """From now on frames on a code object have their loops held, as is asked for it, from their next iteration."""
    move = Move(place, code, place, whose, learn)
    move.is_told = move.is_quiet = True
    if move_of(code) is None and not interpreter.obstacle():
        await_loops(code, move)
    return move


def comes_round(code: CodeType) -> bool:
    """Whether a code object has a loop at all."""
    return _BACK in code.co_code[::2]


def leave(code: CodeType) -> None:
    """Frames on a code object stay on it."""
    held = _moves.pop(id(code), None)
    if held is not None:
        held[1].is_over = True
        if not interpreter.BY_CALL:
            interpreter.ignore_jumps(code)


def move_of(code: CodeType) -> Move | None:
    """What frames on a code object wait for."""
    held = _moves.get(id(code))
    return held[1] if held is not None and held[0]() is code else None


def _drop(key: int, gone: object, known: dict[int, tuple[ref[CodeType], Move]] = _moves) -> None:
    held = known.get(key)
    # Another code object may have its address by now.
    if held is not None and held[0] is gone:
        del known[key]


def _plan(frame: FrameType, code: CodeType, jump: int) -> object:
    """Where a frame that jumps back goes on: see `Mover`."""
    while True:
        move = move_of(code)
        if move is None:
            # Not DISABLE: whoever edits it now begins to wait, and that would end it for all.
            return None
        answer = _answer(frame, code, jump, move)
        # No other thread runs between this look and what the interpreter makes of the answer.
        if not move.is_over:
            return answer


def _answer(frame: FrameType, code: CodeType, jump: int, move: Move) -> object:
    try:
        ways = move.ways(code)
        passage = ways.passage(jump)
        if passage is None:
            return sys.monitoring.DISABLE
        target = target_of(frame, code, move, ways, passage)
        if target is None or move.is_over:
            # Who edits or undoes it once more begins to wait anew.
            return sys.monitoring.DISABLE
    except Exception as reason:
        return stays(move, code, jump, reason)
    # The interpreter may go on looking at the code that the frame leaves, until this thread runs on.
    _last.code, _last.move = code, move
    interpreter.make_known(target[0])
    if not move.is_quiet:
        announce(News(move.whose, passage.line, "", "moved"))
    return target


def target_of(frame: FrameType, code: CodeType, move: Move, ways: Ways, passage: Passage) -> tuple[Any, ...] | None:
    new = move.new()
    function, slots, stack = frame_parts(frame, MISSING)
    owner = entries.owner_of(function)
    if new is None or (move.kept is None and owner.__code__ is not new):
        # It was edited again, or this edit was taken back: not this way.
        return None
    if len(stack) != passage.depth or (has_gaps(stack) and not interpreter.STACK_HAS_GAPS):
        raise Unmovable("the interpreter holds other things for its loop than its source says")
    sources, bound = carried(code, slots, new, owner)
    move.check(ways, passage, bound)
    room, mode = capacity(code), holding.mode(code)
    base = move.held(new, mode)
    if capacity(base) <= room:
        # As large as it is, for the next edit.
        size = room - len(names_of(new))
        same = size == new.co_stacksize and base is new
        there = new if same else move.copy((size, mode), lambda: sized(base, size))
        holding.carry(code, there)
        return (there, _landing(there, passage, frame), sources, None)
    interpreter.step_into(frame)
    caller, offset, order = entries.caller_code(code, passage.line)
    stack = entries.as_objects(stack) if interpreter.STACK_HAS_GAPS else stack
    given = entries.given_to(slots, stack, sources[: len(sources) - len(new.co_freevars)])
    held = tuple(each is not MISSING for each in stack)
    bound_slots = tuple(number for number, source in enumerate(sources) if source is not None)
    # Without variables of its own, its code holds what it is given, and is of this one frame.
    key = (passage.offset, bound_slots, held, mode) if new.co_varnames else object()
    made = move.copy(key, lambda: entries.entry_code(base, passage.offset, sources, given, held))
    holding.carry(code, made)
    if interpreter.BY_CALL:
        _landing(made, passage._replace(offset=passage.offset + len(made.co_code) - len(base.co_code)), frame)
    function = entries.entry(made, given, owner)
    return (caller, offset, [], [(function,) if each else None for each in order])


def _landing(code: CodeType, passage: Passage, frame: FrameType) -> int:
    """Where a frame that moves goes on in its new code. Raises Unmovable."""
    if not interpreter.BY_CALL:
        return passage.offset
    turn = turns.turn_of(code)
    try:
        found = turns.landing(code, passage.offset)
    except LookupError:
        raise Unmovable("the interpreter holds other things for its loop now") from None
    assert turn is not None
    turn.ranks.add(turns.rank(code, passage.offset))
    turn.resolve(frame.f_globals)
    return found


def in_place(move: Move, code: CodeType) -> CodeType | None:
    """The code with its loops held, for a frame that goes on at the very instruction where it is."""
    mode = holding.mode(code)
    base = move.held(code, mode)
    if base is code or base.co_stacksize > code.co_stacksize:
        return None
    found = move.copy((code.co_stacksize, mode), lambda: base)
    holding.carry(code, found)
    return found


def _ended(code: CodeType, offset: int, value: object) -> None:
    ended(code, id(sys._getframe(1)))


def ended(code: CodeType, frame: int) -> None:
    """A frame, by its id, came to its end on the old text."""
    move = move_of(code)
    if move is not None and frame in move.expected:
        announce(News(move.whose, move.whose.line, "it did not come round again before it ended", "stays"))


def sized(code: CodeType, stack: int) -> CodeType:
    return code.replace(co_stacksize=stack)


def _failed(code: CodeType, jump: int, reason: BaseException) -> object:
    """The core could not do what was planned."""
    return stays(_last.move, code, jump, reason)


def stays(move: Move, code: CodeType, jump: int, reason: BaseException) -> object:
    """A frame stays on its old text, and so do others that come this way."""
    if not move.is_over:
        line = move.whose.line
        # Who is here was to move, as far as anybody was told. Others that stay for the same reason do not come here.
        is_new = bool(move.expected) or not move.is_told
        move.expected.clear()
        try:
            passage = move.ways(code).passages.pop(jump, None)
            line = line if passage is None else passage.line
            is_new = is_new or passage is not None
        except Unmovable:
            move.is_told = True
        if is_new:
            announce(News(move.whose, line, str(reason) or type(reason).__name__, "stays"))
    return None if interpreter.BY_CALL else sys.monitoring.DISABLE


_mover = Mover(_plan, _failed)

__all__ = [
    "Move",
    "await_guards",
    "await_loops",
    "ended",
    "in_place",
    "leave",
    "move_of",
    "places",
    "sized",
    "stays",
    "target_of",
]
