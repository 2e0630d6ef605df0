"""Signatures that changed: the call sites in watched modules that no longer fit (`source/calls.py`) are named."""

from __future__ import annotations

import functools
import inspect

from reloadr._core import Node
from reloadr.engine.batch import Batch, Works
from reloadr.engine.follow.readers import imports_of, watched
from reloadr.report.caveats import RL212
from reloadr.source.calls import broken_calls, parse


def check_signatures(batch: Batch) -> None:
    """Names the calls in watched modules that bound before and would raise now."""
    parsed = functools.cache(parse)
    for work, edit in batch.noted.signatures:
        old, new = edit.old, edit.new
        assert old is not None and new is not None
        before, after = _signature(old), _signature(new)
        if before is None or after is None or _accepts_all(before, after):
            continue
        name = new.name or ""
        sought = new.scopes[-1].name or "" if name == "__init__" and new.scopes else name
        sources = []
        for tracked in batch.works.watched:
            if tracked is work.tracked or batch.works.mentions(tracked, [sought]):
                sources.append((tracked.name, tracked.path, batch.works.of(tracked).outline.text))
        owner = ".".join(scope.name or "" for scope in new.scopes) or None
        for call in broken_calls(
            name,
            before,
            after,
            owner=owner,
            in_module=work.tracked.name,
            sources=sources,
            aliases=functools.partial(_aliases, batch.works),
            parsed=parsed,
        ):
            other = watched(batch.works, call.module)
            if other is not None:
                batch.findings.reason(RL212(name=new.qualname, why=call.why), other, call.qualname, call.line)


def _aliases(works: Works, module: str) -> dict[str, tuple[str, str]]:
    """What a module's imports bind: the module, and the name in it or nothing."""
    tracked = watched(works, module)
    found: dict[str, tuple[str, str]] = {}
    if tracked is None:
        return found
    for full, name, bound, _ in imports_of(works.of(tracked)):
        if name in ("", "as"):
            found[bound] = (full, "")
        elif name != "*":
            found[bound] = (full, name)
    return found


def _signature(node: Node) -> inspect.Signature | None:
    parameters = []
    for name, kind, _, default in node.params:
        empty = inspect.Parameter.empty
        parameters.append(
            inspect.Parameter(name, inspect._ParameterKind(kind), default=empty if default is None else None)
        )
    try:
        return inspect.Signature(parameters)
    except ValueError:
        return None


def _accepts_all(before: inspect.Signature, after: inspect.Signature) -> bool:
    """Whether every call that bound before binds now: only optional parameters came, at the end."""
    olds, news = list(before.parameters.values()), list(after.parameters.values())
    for old, new in zip(olds, news, strict=False):
        if old.name != new.name or old.kind != new.kind or (new.default is new.empty and old.default is not old.empty):
            return False
    if len(news) < len(olds):
        return False
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(new.default is not new.empty or new.kind in optional for new in news[len(olds) :])
