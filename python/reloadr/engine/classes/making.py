"""A class statement runs once more beside the class that lives."""

from __future__ import annotations

import builtins
import threading
import traceback
import types
from types import CodeType
from typing import Any

from reloadr._core import commit
from reloadr.engine.batch import Batch, Notes, Swaps, Work
from reloadr.engine.classes.kinds import KNOWN_DECORATORS
from reloadr.engine.classes.plan import Plan
from reloadr.engine.evaluate.failures import compiled, failure
from reloadr.engine.evaluate.reach import needs_new_world
from reloadr.engine.evaluate.runner import class_cells
from reloadr.engine.registrations.known import is_known
from reloadr.live import capture, locate
from reloadr.live.kinds import is_a
from reloadr.report.findings import NeedsRestart
from reloadr.report.refusals import RL301
from reloadr.source.compiling import body_code
from reloadr.source.outlines import context_of, unit_of
from reloadr.source.statements import decorator_name
from reloadr.stage.steps import CLASS, MISSING


def make(batch: Batch, work: Work, plan: Plan) -> tuple[object, CodeType]:
    """What the class statement gives now, and the code that ran for it. Raises NeedsRestart or Rejected."""
    new = plan.new
    code = compiled(work, new)
    space = batch.worlds.space_of(work, new)
    if needs_new_world(batch.works, batch.stage, work, code, in_class=True):
        batch.flush()
    seen = {**space.live, **space.stage} if is_a(space.owner, type) else space.stage
    local = {name: value for name, value in seen.items() if value is not MISSING}
    closure = class_cells(code, space.owner) if is_a(space.owner, type) else None
    namespace, kept = work.tracked.namespace, dict(local)
    try:
        exec(code, namespace, local, closure=closure)
    except Exception as error:
        failure = _failure(batch.swaps, batch.noted, work, plan, error)
        if not isinstance(failure, NeedsRestart):
            raise failure from error
        # A registry that has seen the class refuses it a second time: build it out of its sight.
        code, local = _unregistered(work, plan), kept
        try:
            with _Quietly(plan.cls.__qualname__):
                exec(code, namespace, local, closure=closure)
        except Exception:
            raise failure from error
    return local[locate.bound_name(new)], code


def _unregistered(work: Work, plan: Plan) -> CodeType:
    """The class statement without decorators of unknown effect that are as they were."""
    old, new = plan.old, plan.new
    source = new.segment
    if [part.fingerprint for part in old.decorators] == [part.fingerprint for part in new.decorators]:
        foreign = [part for part in new.decorators if not is_known(work, decorator_name(part), KNOWN_DECORATORS)]
        source = new.without(foreign)
    unit = unit_of(new)
    unit = unit._replace(source=source, line=new.line + new.segment.count("\n") - source.count("\n"))
    return body_code(unit, context_of(work.outline, work.tracked.filename))


def _failure(swaps: Swaps, noted: Notes, work: Work, plan: Plan, error: BaseException) -> Exception:
    """An exception in lines of the class body is the new source's fault; one in a registry, metaclass or
    decorator that sees the class a second time is not, and a fresh process would not raise it."""
    new, here = plan.new, work.tracked.filename
    news = [edit.new for edit in plan.edits if edit.new]
    edited = {line for node in news for line in range(node.line, node.end_line + 1)}
    header = new.qualname in {node.qualname for node in news}
    trace = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    file, deepest = trace[-1]
    lines = [line for name, line in trace if name == here and new.line <= line <= new.end_line]
    blamed = file == here and deepest in edited
    blamed = blamed or (bool(lines) and lines[-1] in edited and not header)
    # `dataclass` and its like judge what the class says, whether they saw it before or not.
    judged = isinstance(error, (NameError, SyntaxError, ImportError)) or not capture.is_user_code(file)
    if blamed or judged:
        return failure(swaps, noted, work, new, error)
    return NeedsRestart(RL301(name=new.qualname, why=f"{type(error).__name__}: {error}"))


class _Quietly:
    """While a class is built a second time, no inherited `__init_subclass__` of the user's hears of it.

    A first base that answers for all of them is put in through `__build_class__`, which other threads use
    unchanged meanwhile. What typing's own bases do in that hook is still done.
    """

    def __init__(self, qualname: str) -> None:
        self.qualname = qualname
        self.thread = threading.get_ident()

    def __enter__(self) -> None:
        self.original = builtins.__build_class__

        def build(body: Any, name: str, /, *bases: Any, **keywords: Any) -> Any:
            if threading.get_ident() == self.thread and body.__qualname__ == self.qualname:
                return self._build(body, name, bases, keywords)
            return self.original(body, name, *bases, **keywords)

        builtins.__build_class__ = build

    def _build(self, body: Any, name: str, bases: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        made = self.original(body, name, _Silent, *bases, **keywords)
        commit([(CLASS, made, "__bases__", types.resolve_bases(bases) or (object,))], MISSING)
        return made

    def __exit__(self, *_: object) -> None:
        builtins.__build_class__ = self.original


class _Silent:
    __slots__ = ()

    def __init_subclass__(cls, **keywords: object) -> None:
        for base in cls.__mro__[1:]:
            hook = locate.class_dict(base).get("__init_subclass__")
            if is_a(hook, classmethod) and base.__module__ in ("typing", "typing_extensions"):
                hook.__func__(cls)
                return


__all__ = ["make"]
