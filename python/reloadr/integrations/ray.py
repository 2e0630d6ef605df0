"""Ray: what a process exported, it exports once; a driver whose saves nobody carries to the workers says so.

`reloadr.ray.watch` carries them. Without it, tasks that are submitted later and actors that are made later run the new
code as far as it travels by value; modules that workers import themselves, and actors that live, stay as they are.
"""

from __future__ import annotations

import logging

import ray
from ray._private import worker as ray_worker

from reloadr.plugins import Change, Plugin, Reload, Rule, say
from reloadr.ray import exports
from reloadr.ray.client import Cluster


def _saved(change: Change, reload: Reload) -> None:
    if ray.is_initialized() and Cluster.count == 0:
        reload.after(_again)


def _again() -> None:
    exports.again()
    if ray_worker.global_worker.mode == ray_worker.SCRIPT_MODE:
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
