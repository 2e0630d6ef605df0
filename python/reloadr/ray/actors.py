"""The actors of a job, and how they are asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ray
from ray._private import state
from ray.actor import ActorHandle

from reloadr.cluster.protocol import Message, Reply, Round
from reloadr.plugins import instances
from reloadr.ray import exports
from reloadr.ray.worker import tell

__all__ = ["Actors", "Told"]

#: States of actors that are there, or about to be.
_THERE = ("ALIVE", "RESTARTING", "PENDING_CREATION", "DEPENDENCIES_UNREADY")


@dataclass
class Actors:
    """Those that live, as far as this process can call them."""

    handles: dict[str, Any] = field(default_factory=dict)
    #: What each is to people; those of the rest that nobody here has a handle of.
    called: dict[str, str] = field(default_factory=dict)
    unreached: dict[str, str] = field(default_factory=dict)

    @classmethod
    def now(cls) -> Actors:
        """Those that there are."""
        found = cls()
        handles = {each._ray_actor_id.hex(): each for each in instances(ActorHandle)}
        for key, each in state.actors().items():
            if each["JobID"] == exports.job() and each["State"] in _THERE:
                name = each["Name"] or each["ActorClassName"]
                if key in handles:
                    found.handles[key], found.called[key] = handles[key], f"actor {name}"
                else:
                    found.unreached[key] = f"actor {name} ({each['Pid']})"
        return found

    def ask(self, actor: str, message: Message) -> Any:
        """Puts a message into the queue of an actor; what is called by this process later comes after it."""
        handle = self.handles[actor]
        return handle.__ray_call__.remote(tell, message, handle._ray_actor_creation_function_descriptor)


@dataclass
class Told:
    """A round on its way to actors."""

    actors: Actors
    #: What is sent along with each message.
    names: Iterable[str]
    patience: float
    #: Done once the log has grown, before anybody commits.
    accepted: Callable[[], object]
    unknown: dict[str, str] = field(default_factory=dict)

    def play(self, current: Round) -> None:
        """Asks until all have answered, or are not waited for any more."""
        until = time.monotonic() + self.patience
        asked: dict[Any, tuple[str, str]] = {}
        is_accepted = False
        while True:
            if current.accepted and not is_accepted:
                is_accepted = True
                self.accepted()
            if current.phase == "done":
                return
            under_way = set(asked.values())
            for actor, message in current.messages().items():
                if (actor, message["kind"]) not in under_way:
                    asked[self.actors.ask(actor, self.named(message))] = actor, message["kind"]
            left = until - time.monotonic()
            ready, _ = ray.wait(list(asked), timeout=max(0.0, left)) if asked else ([], [])
            for reference in ready:
                self._hear(current, asked.pop(reference)[0], reference)
            if not ready:
                for actor in current.waiting:
                    self.unknown[actor] = "it has not answered"
                    current.left(actor)

    def named(self, message: Message) -> Message:
        """A message, with what saves are to be expected of."""
        return {**message, "names": list(self.names)}

    def _hear(self, current: Round, actor: str, reference: Any) -> None:
        try:
            reply: Mapping[str, Any] = ray.get(reference)
        except ray.exceptions.RayActorError:
            current.left(actor)
        except ray.exceptions.RayError as error:
            self.unknown[actor] = f"it has not answered: {error!r}"
            current.left(actor)
        else:
            current.heard(actor, Reply(reply))
