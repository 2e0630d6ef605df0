"""A worker of Ray: comes up to the log before it runs what was exported after a save; actors are told of each save.

Between tasks a worker cannot be addressed, and a thread of its own may not use Ray there. So it is the code of a task
that brings the worker up to the version which it belongs to.
"""

from __future__ import annotations

import os
import pickle
import threading
from typing import Any

from ray._private import worker as ray_worker

from reloadr.cluster.process import Process
from reloadr.cluster.protocol import Member, Message, Reply
from reloadr.ray import exports, store
from reloadr.ray.carried import Members, without_others
from reloadr.report.report import Report

__all__ = ["arrive", "tell"]

#: The exit code of a worker that cannot take an edit: Ray runs its task again in another one.
_RESTART = 75


class _Here:
    """This process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.process: Process | None = None
        self.member: Member | None = None
        self.texts: store.Texts = {}
        #: The version that the last export belonged to which was made a function or a class here.
        self.arrived = -1

    def begin(self) -> tuple[Process, Member]:
        if self.process is None or self.member is None:
            self.process = Process()
            self.member = Member(self.process)
            exports.install(lambda: self.member.seq if self.member is not None else -1, arrive)
        return self.process, self.member

    def up_to(self, job: str, version: int) -> None:
        """Runs at least that version, or does not come back."""
        process, member = self.begin()
        if member.seq >= version:
            return
        message = store.pull(job, self.texts)
        if message is None:
            raise RuntimeError(f"reloadr: nobody knows version {version} of the modules")
        process.want(message["names"])
        reply = member.take(message)
        if reply["state"] == "restart" and _has_no_state():
            # What is imported in a fresh one is of the log.
            os._exit(_RESTART)
        if reply["state"] != "live":
            said = Report.from_dict(reply["said"]) if reply["said"] else Report("nothing")
            reasons = "\n".join(str(reason) for reason in said.reasons)
            raise RuntimeError(f"reloadr: this process could not take what was saved: {reply['state']}\n{reasons}")
        exports.again()


_here = _Here()


def _has_no_state() -> bool:
    """Whether this process runs tasks, and no actor."""
    return bool(ray_worker.global_worker.actor_id.is_nil())


def arrive(job: str, version: int, pickled: bytes, members: Members) -> Any:
    """What was exported, in a process that runs the version which it belongs to."""
    with _here.lock:
        _here.up_to(job, version)
        found = pickle.loads(pickled)
        if isinstance(found, type):
            without_others(found, members)
        _here.arrived = version
        return found


def tell(actor: Any, message: Message, descriptor: Any) -> Reply:
    """As an actor is asked to run it: does what a message says, with the state that the actor has."""
    with _here.lock:
        process, member = _here.begin()
        process.want(message["names"])
        reply: Reply = member.take(message)
        old = ""
        if reply["state"] == "live" and message["kind"] in ("commit", "bring"):
            exports.again()
            old = _renewed(actor, message, descriptor)
        return {
            **reply,
            "pid": os.getpid(),
            "host": os.uname().nodename if hasattr(os, "uname") else "",
            "running": process.running(),
            "unserved": process.unserved(),
            "old": old,
        }


def _renewed(actor: Any, message: Message, descriptor: Any) -> str:
    """Gives an actor the class that was exported; says why it has the old one still, if it has."""
    manager = ray_worker.global_worker.function_actor_manager
    _here.arrived = -1
    manager._loaded_actor_classes.pop(descriptor.function_id, None)
    # In it are the methods as they are called by others.
    cls = manager.load_actor_class(ray_worker.global_worker.current_job_id, descriptor)
    manager.execution_infos.clear()
    if _here.arrived < message["seq"]:
        return "its class was exported by a process that does not watch it"
    if type(actor) is not cls:
        try:
            actor.__class__ = cls
        except TypeError as error:
            return f"its class is another one: {error}"
    return ""
