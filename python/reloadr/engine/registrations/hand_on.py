"""A definition that lives is handed to its decorators once more, as it is now.

@on("start")                       # before
def first(): ...
@on("stop")                        # after: `on("stop")` is called and given the very function that lives; what
def first(): ...                   # `on("start")` registered goes
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from functools import partial
from types import FunctionType, TracebackType
from typing import Any

from reloadr._core import Node, Part
from reloadr.engine.batch import Batch, Notes, Swaps, Work, Worlds
from reloadr.engine.evaluate.failures import failure
from reloadr.engine.registrations import outside, wrappers
from reloadr.engine.registrations.effects import binding
from reloadr.engine.registrations.known import may_register
from reloadr.engine.registrations.measuring import measure
from reloadr.engine.registrations.named import has_owned
from reloadr.engine.registrations.recording import Recording
from reloadr.engine.registrations.roots import decorator_roots, found_in, say
from reloadr.engine.registrations.settling import Settling, settling_of
from reloadr.engine.registrations.taking import take_out
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.report.caveats import RL208
from reloadr.report.findings import Findings, NeedsRestart, Rejected
from reloadr.report.refusals import RL301
from reloadr.source.statements import decorator_name
from reloadr.stage.journal import Journal
from reloadr.stage.steps import MISSING


def hand_on(
    batch: Batch, work: Work, nodes: tuple[Node, Node], living: FunctionType, prepare: Callable[[], None]
) -> object:
    """Runs the decorators of the new source on the function that lives. `prepare` makes its new code, defaults and
    names live. Returns what the decorators gave; what they registered stands in the place of what the old ones did.

    Raises Rejected, or NeedsRestart where what the function is registered with refuses it.
    """
    old, new = nodes
    earlier = _settling(batch.worlds, batch.swaps, work, nodes, living)
    dropped = _dropped(old, new)
    # With one more, nothing else tells what the others had written from what they write again.
    told_apart = (dropped or _dropped(new, old) or old.name != new.name) and not has_owned(work, old)
    measured = told_apart and measure(earlier, partial(trial, batch.worlds, work, old, living, earlier))
    if measured:
        # Should it end in `prepare`.
        batch.journal.on_undo.append(earlier.recording.restore)
    prepare()
    settling = _settling(batch.worlds, batch.swaps, work, nodes, living)
    if measured:
        settling.recording.resume(earlier.recording)
        settling.taken = earlier.taken
    elif dropped:
        take_out(settling)
    try:
        result = _again(batch, work, nodes, living, settling, None if dropped else settling.recording.reach.words)
    finally:
        if measured:
            batch.journal.on_undo.remove(earlier.recording.restore)
    wrappers.follow(batch.stage, earlier.bound, result, living)
    settling.tokens.thing(*found_in(result))
    settling.settle(again=not measured and may_register(work, old))
    settling.journal(batch)
    _name_left(batch.findings, work, nodes, settling)
    outside.dropped(batch.worlds, batch.findings, work, old, new, living)
    return result


def _name_left(findings: Findings, work: Work, nodes: tuple[Node, Node], settling: Settling) -> None:
    old, new = nodes
    for where in dict.fromkeys(settling.left):
        name = f"{_called(old)} of {new.qualname} in {where}"
        findings.reason(RL208(name=name), work.tracked, where, new.line)


def _again(
    batch: Batch,
    work: Work,
    nodes: tuple[Node, Node],
    living: FunctionType,
    settling: Settling,
    words: set[str] | None,
) -> object:
    try:
        called = "\n".join(f"({part.source.lstrip('@')}\n)(0)" for part in nodes[1].decorators)
        with binding(batch, work, nodes[1], called):
            return _decorated(batch, work, nodes, living, settling, words)
    except BaseException:
        settling.recording.restore()
        raise


def _settling(worlds: Worlds, swaps: Swaps, work: Work, nodes: tuple[Node, Node], living: FunctionType) -> Settling:
    old, new = nodes
    said = {**decorator_roots(worlds, work, old, old=True), **decorator_roots(worlds, work, new)}
    settling = settling_of(worlds.works, swaps, work, new, said)
    say(settling.tokens, old, new)
    space = worlds.space_of(work, old, old=True)
    settling.bound = space.live.get(locate.bound_name(old), MISSING)
    settling.tokens.thing(*found_in(settling.bound), living)
    return settling


def trial(worlds: Worlds, work: Work, old: Node, living: FunctionType, settling: Settling) -> object:
    """Runs the decorators of the old source on the function that lives, and forgets what they set on it."""
    attributes = _Attributes(worlds.journal, work, living, settling.recording.reach.words)
    # Its new names may be live already.
    names = living.__name__, living.__qualname__
    living.__name__, living.__qualname__ = old.name or names[0], old.qualname
    try:
        result = _decorate(worlds, work, old, living)
    finally:
        attributes.restore()
        living.__name__, living.__qualname__ = names
    settling.tokens.thing(*found_in(result))
    return result


def _called(node: Node) -> str:
    return " ".join(f"@{decorator_name(part)}" for part in node.decorators)


def _dropped(old: Node, new: Node) -> bool:
    """Whether a decorator says something else now, or is gone."""
    left = [part.fingerprint for part in new.decorators]
    return any(part.fingerprint not in left for part in old.decorators)


#: What decorators of the library mark functions with.
_GIVEN = frozenset({"__isabstractmethod__", "__override__", "__final__", "__deprecated__"})


class _Attributes:
    """Hides attributes of a function that its decorators may have given it, while they are given it again.

    `words`: the names of those; without, all that the source does not set itself.
    """

    def __init__(self, journal: Journal, work: Work, living: FunctionType, words: set[str] | None) -> None:
        self._living = living
        self._before = dict(living.__dict__)
        text = work.outline.text
        for name in list(living.__dict__):
            stored = rf"\b{living.__name__}\.{re.escape(name)}\s*[-+*/|&^%]?=[^=]"
            asked = words is None or name in words
            if name in _GIVEN or (asked and not re.search(stored, text)):
                del living.__dict__[name]
        journal.on_undo.append(self.restore)

    def restore(self) -> None:
        self._living.__dict__.clear()
        self._living.__dict__.update(self._before)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is not None:
            self.restore()


def _decorated(
    batch: Batch,
    work: Work,
    nodes: tuple[Node, Node],
    living: FunctionType,
    settling: Settling,
    words: set[str] | None,
) -> object:
    """What the decorators give. What they wrote is taken back where one of them raises; a registry that has seen the
    function gets a second try without it."""
    first = _tried(batch, work, nodes[1], living, settling.recording, words)
    if not is_a(first, _Raised):
        return first
    if not first.inside or not take_out(settling, everything=True):
        raise _refusal(batch.swaps, batch.noted, work, nodes, first) from first.error
    again = _tried(batch, work, nodes[1], living, settling.recording, words)
    if is_a(again, _Raised):
        raise _refusal(batch.swaps, batch.noted, work, nodes, first) from first.error
    return again


class _Raised:
    """An exception, and whether code that was called raised it, not the line itself."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        code = None
        for frame, _ in traceback.walk_tb(error.__traceback__):
            code = frame.f_code
        self.inside = code is not None and code.co_filename != __file__ and code.co_name != "<module>"


def _tried(
    batch: Batch, work: Work, new: Node, living: FunctionType, recording: Recording, words: set[str] | None
) -> object:
    try:
        # Each try by itself: what the one before set on the function is no part of it.
        with _Attributes(batch.journal, work, living, words):
            return _decorate(batch.worlds, work, new, living)
    except Rejected:
        recording.restore()
        raise
    except Exception as error:
        recording.restore()
        return _Raised(error)
    except BaseException:
        recording.restore()
        raise


def _refusal(swaps: Swaps, noted: Notes, work: Work, nodes: tuple[Node, Node], raised: _Raised) -> Exception:
    old, new = nodes
    before = {decorator_name(part) for part in old.decorators}
    if not raised.inside or before.isdisjoint(decorator_name(part) for part in new.decorators):
        return failure(swaps, noted, work, new, raised.error)
    error = raised.error
    why = f"{_called(new)} refuses it now ({type(error).__name__}: {error})"
    return NeedsRestart(RL301(name=new.qualname, why=why))


def _decorate(worlds: Worlds, work: Work, new: Node, living: FunctionType) -> object:
    """What the decorators of a definition give for a function."""
    owner = worlds.space_of(work, new).owner
    local = dict(locate.class_dict(owner)) if is_a(owner, type) else None
    decorators: list[Callable[[object], object]] = [_evaluated(work, part, local) for part in new.decorators]
    result: object = living
    for decorator in reversed(decorators):
        result = decorator(result)
    return result


def _evaluated(work: Work, part: Part, local: dict[str, object] | None) -> Any:
    lines = "\n" * (part.line - 1)
    code = compile(f"{lines}({part.source}\n)", work.tracked.filename, "eval", dont_inherit=True)
    return eval(code, work.tracked.namespace, local)


__all__ = ["hand_on", "trial"]
