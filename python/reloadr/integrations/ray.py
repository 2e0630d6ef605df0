"""Ray: what a process exported, it exports once; a driver whose saves nobody carries to the workers says so.

`reloadr.ray.watch` carries them. Without it, tasks that are submitted later and actors that are made later run the new
code as far as it travels by value; modules that workers import themselves, and actors that live, stay as they are.

Nothing of Ray is imported here: this is loaded while a program imports Ray, and two threads that do so would leave half
a Ray to both.
"""

from __future__ import annotations

import importlib
import logging
import sys

from reloadr.plugins import Change, Plugin, Reload, Rule, say


def _saved(change: Change, reload: Reload) -> None:
    ray = sys.modules.get("ray")
    if ray is None or getattr(ray.__spec__, "_initializing", False) or not ray.is_initialized():
        return
    client = importlib.import_module("reloadr.ray.client")
    if client.Cluster.count == 0:
        reload.after(_again)


def _again() -> None:
    exports = importlib.import_module("reloadr.ray.exports")
    exports.again()
    if exports.is_driver():
        say(
            logging.WARNING,
            "Ray's actors, and modules that its workers import, stay as they are: reloadr.ray.watch(...) reaches them",
        )


def _told(change: Change, reload: Reload) -> bool:
    """What it keeps of a signature is read anew when it is exported again."""
    return True


plugin = Plugin(
    "ray",
    rules=[
        Rule(names=["*"], before=_saved),
        Rule(calls=["ray._private.worker.remote"], answers=dict.fromkeys(["RL204", "RL208"], _told)),
    ],
)
