"""The restarts, RL3xx, and the rejections, RL4xx: what is not live."""

from __future__ import annotations

from reloadr.report.kinds import Rejection, Restart, dataclass


@dataclass(frozen=True, kw_only=True)
class RL301(Restart):
    """the living definition is not where its source put it; the interpreter or a registry refuses; or it needs what
    needs a restart itself"""

    message = "{name} cannot be made anew in this process: {why}"
    advice = "restart"
    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL303(Restart):
    """the layout of a class changed that others inherit from"""

    message = "{name} cannot get the bases {bases} while it lives: {why}"
    advice = "restart"
    name: str
    bases: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL305(Restart):
    """`strict=True`, and another edit of the batch needs a restart"""

    message = "left pending, because strict=True and another edit needs a restart"
    advice = "restart, or reload without strict"


@dataclass(frozen=True, kw_only=True)
class RL306(Restart):
    """a line raised that is right: a registry takes no name twice, an application takes no route after its first
    request. [A fresh process](verify.md#the-judge-of-exceptions) has said so"""

    message = "a fresh process starts with this source, this one refuses it: {error}"
    advice = "restart; nothing was changed"
    error: str


@dataclass(frozen=True, kw_only=True)
class RL310(Restart):
    """a [plug-in](web.md) asks for it: a framework reads something once, when it starts; or the plug-in raised"""

    message = "{framework} cannot take {name} into this process: {why}"
    advice = "restart"
    framework: str
    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class RL318(Restart):
    """[`reloadr.apply`](processes.md#the-engine-as-a-library) with a `base` that is not what runs"""

    message = "the text was made for {base}, and what runs is {running}; nothing was changed"
    advice = "hand the text over without a base, or restart"
    base: str
    running: str


@dataclass(frozen=True, kw_only=True)
class RL319(Restart):
    """[`reloadr.commit`](processes.md#first-to-try-then-to-make-live) came too late, or something else was made live
    in between"""

    message = "what was prepared is not made live: {why}; nothing was changed"
    advice = "prepare it again"
    why: str


@dataclass(frozen=True, kw_only=True)
class RL401(Rejection):
    """the file, or a new piece of it, does not compile"""

    message = "{error}"
    advice = "mend the syntax and save again"
    error: str


@dataclass(frozen=True, kw_only=True)
class RL402(Rejection):
    """a new or changed statement, default, decorator or class attribute raised, in a fresh process as well, or none
    was [asked](verify.md#the-judge-of-exceptions)"""

    message = "{error}"
    advice = "mend what raised it and save again, or restart if only this process refuses it; nothing was changed"
    error: str


@dataclass(frozen=True, kw_only=True)
class RL403(Rejection):
    """the bytes are not text in the file's encoding"""

    message = "{error}"
    advice = "save the file in the encoding it declares"
    error: str


@dataclass(frozen=True, kw_only=True)
class RL404(Rejection):
    """a before-hook or a migration raised"""

    message = "{error}"
    advice = "mend the hook and save again; nothing was changed"
    error: str
