"""This process: what is asked of fresh ones on its behalf, and how it is described while it goes on working."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

from reloadr import plugins
from reloadr.live import locate
from reloadr.live.module import Tracked
from reloadr.proof.describe import Description
from reloadr.proof.fresh import Job
from reloadr.proof.graph import Graph
from reloadr.proof.pace import Pace, paced_imports
from reloadr.report.report import Report
from reloadr.session.session import session
from reloadr.source.edits import edits_of
from reloadr.source.outlines import compare, parse
from reloadr.source.statements import is_main_test

__all__ = ["Here", "at_work", "edited_names", "here", "live_modules", "main_of"]


@dataclass(frozen=True, slots=True)
class Here:
    """This process at a moment between two reloads."""

    loaded: Job
    saved: Job
    graph: Graph
    #: Modules that no fresh process can import, and why.
    left_out: dict[str, str]
    #: Those that were not edited since they were imported.
    unedited: frozenset[str]


def live_modules() -> list[Tracked]:
    """The watched modules in the order in which their imports began. The session's lock is held."""
    # That is the order of `sys.modules`.
    tracked = [session.tracked.get(name) for name in list(sys.modules)]
    return [each for each in tracked if each is not None and sys.modules.get(each.name) is each.module]


def main_of(live: list[Tracked]) -> str | None:
    """The file of the main module, if it is watched."""
    return next((each.path for each in live if each.name == "__main__"), None)


def at_work(tracked: Tracked) -> str:
    """Why a module cannot be imported a second time: its own code still runs, and not in a main block, which a fresh
    process leaves out. "" where it can."""
    frame = locate.module_frame(tracked.namespace)
    if frame is None:
        return ""
    try:
        outline = parse(tracked.first, tracked.filename)
    except SyntaxError:
        return "it is no Python"
    for node in outline.roots():
        if node.line <= frame.f_lineno <= node.end_line and node.kind == "if":
            if any(header is not None and is_main_test(header.source) for _, header, _ in node.branches):
                return ""
    return f"its own code is at work in line {frame.f_lineno}: a fresh process would run all of it once more"


def here(pace: Pace, *, nice: bool) -> Here:
    """Describes this process; no save has to wait for that."""
    with paced_imports(pace):
        plugins.awake(pace)
    while True:
        with session.held():
            session.discovery.look()
            live = live_modules()
            latest = _latest()
        pace()
        left_out: dict[str, str] = {}
        for each in live:
            if why := at_work(each):
                left_out[each.name] = why
            pace()
        live = [each for each in live if each.name not in left_out]
        names = [each.name for each in live]
        main = main_of(live)
        loaded = Job(
            names,
            main,
            {each.path: each.first.data for each in live},
            plugins.begins(),
            plugins.computed(),
            nice=nice,
            seed=0,
        )
        saved = replace(loaded, texts=dict.fromkeys(loaded.texts))
        pace()
        description = Description(names, loaded.computed)
        for _ in description.steps():
            pace()
        if latest is _latest():
            unedited = frozenset(each.name for each in live if each.first.hash == each.snapshot.hash)
            return Here(loaded, saved, description.graph, left_out, unedited)


def _latest() -> Report | None:
    """The report of the last reload."""
    return session.log[-1] if session.log else None


def edited_names(module: str) -> set[str]:
    """Names that statements of a module which were edited since the start bind or read, and edited definitions."""
    tracked = session.tracked.get(module)
    if tracked is None or tracked.first.hash == tracked.snapshot.hash:
        return set()
    try:
        before = parse(tracked.first, tracked.filename)
        edits = edits_of(compare(before, tracked.outline, tracked.filename))
    except SyntaxError:
        return set()
    nodes = [node for each in edits if each.action != "formatted" for node in (each.old, each.new) if node is not None]
    return {name for node in nodes for name in (*node.binds, *node.reads, node.qualname.split(".")[0])}
