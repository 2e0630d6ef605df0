"""The caveats about code that is at work while its text changes: RL2xx, as those of `caveats`."""

from __future__ import annotations

from reloadr.report.kinds import Caveat, dataclass


@dataclass(frozen=True, kw_only=True)
class RL201(Caveat):
    """a frame, generator or coroutine is in the middle of a changed function, and [does not
    move](running-code.md#what-does-not-move)"""

    message = "{count} running on the old code of {name} until done: {why}"
    advice = "nothing to do if it ends soon; otherwise end it and start it again"
    count: str
    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL232(Caveat):
    """the function of a [running loop](running-code.md) is edited above it too"""

    message = (
        "lines above the loop of {name} changed as well, or what it goes through; what runs it does not run them again"
    )
    advice = "end it and start it again if they matter"
    name: str


@dataclass(frozen=True, kw_only=True)
class RL233(Caveat):
    """a loop came to its next iteration, and lacked a variable there that only lines above it make; or its function
    ended before that"""

    message = "the loop of {name} stays on its old text: {why}"
    advice = "end it and start it again, or edit it so that it can move"
    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL241(Caveat):
    """what an edit has made raise [waits](running-code.md#hold-and-mend) in its loop, under `reloadr run --hold`, in
    `reloadr.loop(..., hold=True)` or `reloadr.hold()`"""

    message = "{name} is held: {why}"
    advice = "save a mend, and it goes on; Ctrl-C ends it"
    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL242(Caveat):
    """the same where there is no loop to wait in, under `reloadr run --hold`"""

    message = "the program waits before it ends: {name} raised {why}"
    advice = "save a mend, and it starts again; Ctrl-C ends it"
    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL243(Caveat):
    """`reloadr.loop(..., hold=True)` where loops do not move, or [in no `for`](running-code.md#on-cpython-311)"""

    message = "the loop of {name} is not held: {why}"
    advice = "put `with reloadr.hold():` around what it does"
    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL248(Caveat):
    """a function that is in the middle of its earlier text calls there what takes other arguments now, or reads what is
    gone"""

    message = "{name} is at work on its earlier text, which {needs}"
    advice = "save what is new first, and what goes once it has moved on"
    name: str
    needs: str
