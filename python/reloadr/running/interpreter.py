"""Whether this interpreter lets a running frame go on in other code, and by which tool of `sys.monitoring`."""

from __future__ import annotations

import contextlib
import sys
import sysconfig
from functools import cache
from types import CodeType, FrameType
from typing import Any, Final

#: The versions on which all of it was tried. The parts that depend on them: `native/frames.rs`, `native/slots.rs`,
#: `heads.py`, `guards.py`.
TRIED: Final = ((3, 12), (3, 13), (3, 14), (3, 15))

#: Whether a frame moves by a call of its own, for nobody is told of its jumps: see `turns.py`.
BY_CALL: Final = sys.implementation.name == "cpython" and sys.version_info[:2] == (3, 11)

#: Whether an iterator or an exit has a place on the stack beside it, in which there may be nothing.
STACK_HAS_GAPS: Final = sys.version_info >= (3, 14)
#: Whether a `for` keeps its place in a sequence there, instead of an iterator.
STACK_HAS_PLACES: Final = sys.version_info >= (3, 15)

_TOOLS = 6


@cache
def obstacle() -> str:
    """Why no frame of this process can move; "" where nothing is in the way."""
    version = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}"
    if sys.implementation.name != "cpython" or sys.version_info[:2] not in TRIED:
        also = "; those that go through `reloadr.loop` do" if BY_CALL else ""
        return f"loops move on CPython 3.12 to 3.15, not on {version}{also}"
    # Frames look otherwise in a build that can do without, whether or not it does.
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "loops do not move without the interpreter's lock"
    return "" if tool() is not None else "all tools of sys.monitoring are taken"


@cache
def tool() -> int | None:
    """The number of our tool, kept for the life of the process; None where all are taken."""
    # From the last: the first ones have names, for debuggers and the like. Their callbacks come before ours.
    for number in reversed(range(_TOOLS)):
        try:
            sys.monitoring.use_tool_id(number, "reloadr")
        except ValueError:
            continue
        return number
    return None


def await_jumps(code: CodeType) -> None:
    """From now on our callbacks are called at each jump of a code object, those included that they declined before, and
    where it returns."""
    monitoring: Any = sys.monitoring
    number = tool()
    monitoring.set_local_events(number, code, 0)
    monitoring.set_local_events(number, code, monitoring.events.JUMP | monitoring.events.PY_RETURN)


def ignore_jumps(code: CodeType) -> None:
    """It is not called any more."""
    monitoring: Any = sys.monitoring
    monitoring.set_local_events(tool(), code, 0)


def make_known(code: CodeType) -> None:
    """Tracers, debuggers and profilers at work hear of a code object that a frame enters in its middle. Else the
    interpreter looks whether somebody wants to hear of it where its function begins."""
    if BY_CALL:
        return
    monitoring: Any = sys.monitoring
    others = any(monitoring.get_tool(number) for number in range(_TOOLS) if number != tool())
    # From 3.15 on it relies on having looked wherever an exception comes through.
    if others or sys.gettrace() is not None or sys.getprofile() is not None or sys.version_info >= (3, 15):
        await_jumps(code)
        ignore_jumps(code)
    if others:
        _announce(code)


def _announce(code: CodeType) -> None:
    """Tools that look at a code object as its function begins are told that it does: coverage asks for its lines then.
    Debuggers would look at the frame as well, which is none that begins: they are asked at each line instead, whether
    they have a breakpoint there."""
    monitoring: Any = sys.monitoring
    begin, line, debugger = monitoring.events.PY_START, monitoring.events.LINE, monitoring.DEBUGGER_ID
    for number in set(range(_TOOLS)) - {tool()}:
        if not monitoring.get_tool(number):
            continue
        if number == debugger:
            with contextlib.suppress(ValueError):
                monitoring.set_local_events(number, code, monitoring.get_local_events(number, code) | line)
        elif monitoring.get_events(number) & begin:
            # There is no other way to ask which it is.
            callback = monitoring.register_callback(number, begin, None)
            monitoring.register_callback(number, begin, callback)
            with contextlib.suppress(Exception):
                callback(code, 0)


def step_into(frame: FrameType) -> None:
    """A debugger that goes on in a frame line by line does so in the one that this is about to call."""
    debugger = getattr(frame.f_trace, "__self__", None)
    known: Any = sys.modules.get("bdb")
    if known is not None and isinstance(debugger, known.Bdb) and debugger.stopframe is frame:
        debugger.set_step()


__all__ = [
    "BY_CALL",
    "STACK_HAS_GAPS",
    "STACK_HAS_PLACES",
    "TRIED",
    "await_jumps",
    "ignore_jumps",
    "make_known",
    "obstacle",
    "step_into",
    "tool",
]
