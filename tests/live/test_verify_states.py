"""A seeded set of stale states, found by path, and of states that are none, of which nothing is said."""

from __future__ import annotations

import io
import socket
import sqlite3
import sys
from typing import Any

import reloadr
from harness import Project
from states import KINDS, NONE, stale_states

SEED, COUNT = 9, 60
#: Beside each state something is edited and live.
EDITED = "def edited(): return {}\n"


def by_module(found: Any) -> dict[str, list[str]]:
    sorted_out: dict[str, list[str]] = {}
    for each in found:
        module, _, path = each.path.partition(":")
        sorted_out.setdefault(module, []).append(path)
    return sorted_out


def _close(namespace: dict[str, Any]) -> None:
    """What is open is closed, and nothing is kept."""
    for value in namespace.values():
        if isinstance(value, (socket.socket, sqlite3.Connection, io.IOBase)):
            value.close()
    namespace.clear()


def test_sixty_stale_states_are_found_by_path(project: Project) -> None:
    """Each made by hand in this process; all of them in one verification."""
    states = stale_states(COUNT, SEED)
    assert len(states) == COUNT and {each.name for each in states} == set(KINDS)
    modules = [project.start(f"s{at:02}", each.before) for at, each in enumerate(states)]
    project.watch()
    for module, state in zip(modules, states, strict=True):
        project.write(module.__name__, state.after)
        exec(compile(state.hand, module.__file__, "exec"), vars(module))
    proof = reloadr.verify()
    assert not proof.unknown, str(proof)
    found = by_module((*proof.stale, *proof.conflicts))
    missed = {}
    for module, state in zip(modules, states, strict=True):
        path = state.path
        if sys.version_info >= (3, 14) and "__annotations__" in path:
            path = path.partition(".__annotations__")[0] + ".__annotate__"
        if path not in found.get(module.__name__, []):
            missed[module.__name__, state.name] = (path, found.get(module.__name__))
    assert not missed, missed


def test_sixty_states_that_are_none_are_not_named(project: Project) -> None:
    """Caches filled, counters run, connections open, monkeypatches by the program: beside edits that are live."""
    assert len(NONE) >= COUNT
    names = [f"n{at:02}" for at in range(len(NONE))]
    modules = [
        project.start(name, text + EDITED.format(1)) for name, (text, _) in zip(names, NONE.values(), strict=True)
    ]
    watcher = project.watch()
    for module, (text, does) in zip(modules, NONE.values(), strict=True):
        exec(compile(does, module.__file__, "exec"), vars(module))
        project.write(module.__name__, text + EDITED.format(2))
    assert watcher.poll().verdict == "live"
    assert all(module.edited() == 2 for module in modules)
    proof = reloadr.verify()
    for module in modules:
        _close(vars(module))
    named = by_module((*proof.stale, *proof.conflicts, *proof.unknown))
    assert not named, {list(NONE)[int(name[1:])]: paths for name, paths in named.items()}
