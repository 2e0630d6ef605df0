"""The way of a save to all members of a cluster, apart from any engine: an ordered log, and rounds of two steps.

scheduler                                   member
  │ prepare(round, seq, hunks, base) ────────▶ ready, or rejected, restart, behind
  │   all could: the log grows
  │ commit(round, seq) ──────────────────────▶ live, or behind
  │   one rejects it: the log stays as it was
  │ abort(round) ────────────────────────────▶
  │ bring(round, seq, all sources) ──────────▶ live: for who is behind, or runs something else

Any message may be lost, doubled, late or overtaken, and a member may end or come at any moment. An answer says all that
counts of its member, so to ask again is always right. `Round` says what is to be sent now and takes in what is heard;
who carries the messages decides how often, and how long to wait. `Member` carries each entry out once and in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from reloadr.cluster.hunks import Source, packed, unpacked

__all__ = ["Engine", "Log", "Member", "Message", "Reply", "Round", "Sources"]

#: By the name of a module: its text, and whatever else is needed to make a module of it.
Sources = Mapping[str, Source]
#: What goes over the wire: plain data.
Message = dict[str, Any]
Reply = dict[str, Any]

State = Literal["ready", "live", "rejected", "restart", "behind", "stale"]


class Log:
    """The versions of a program's modules, in order; folded to what the last of them comes to."""

    def __init__(self) -> None:
        #: The number of the last version that is live.
        self.seq = 0
        #: What it comes to.
        self.sources: dict[str, Mapping[str, Any]] = {}

    def differing(self, sources: Sources) -> Sources:
        """Those that are not as the log has them."""
        return {name: each for name, each in sources.items() if self.sources.get(name) != each}

    def base(self, sources: Sources) -> dict[str, str]:
        """By module: the hash of what runs before these, where that is known."""
        return {name: str(self.sources[name]["hash"]) for name in sources if name in self.sources}

    def packed(self, sources: Sources) -> Sources:
        """These, as they are sent to who has the log: what they change of it."""
        return {name: packed(each, self.sources.get(name)) for name, each in sources.items()}

    def unpacked(self, sources: Sources) -> Sources | None:
        """These, as they were before they were packed; None where that was done for another log."""
        return _unpacked(sources, self.sources)

    def append(self, sources: Sources) -> None:
        """These are live, or become so."""
        self.seq += 1
        self.sources.update(sources)


@dataclass
class Round:
    """One save on its way to all members."""

    log: Log
    #: Tells its messages from those of earlier rounds; larger than theirs.
    number: int
    sources: Sources
    members: Iterable[str]
    phase: Literal["prepare", "commit", "abort", "done"] = "prepare"
    #: Whether the log has grown by it.
    accepted: bool = False
    #: The last answer of each member that has given one.
    answers: dict[str, Reply] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.base = self.log.base(self.sources)
        #: As they are sent to who has the log.
        self._packed = self.log.packed(self.sources)
        #: Who has to say something before the round goes on, and what it is asked.
        self._asked: dict[str, str] = dict.fromkeys(self.members, "prepare")
        self._brought: set[str] = set()
        self._advance()

    # ---- out -------------------------------------------------------------------------------------

    def messages(self) -> dict[str, Message]:
        """What is to be sent now, to whom, until it is answered."""
        return {member: self._message(kind) for member, kind in self._asked.items()}

    def _message(self, kind: str) -> Message:
        message: Message = {"kind": kind, "round": self.number, "seq": self._seq(kind)}
        if kind == "prepare":
            return {**message, "sources": self._packed, "base": self.base}
        return {**message, "sources": dict(self.log.sources)} if kind == "bring" else message

    def _seq(self, kind: str) -> int:
        return self.log.seq + 1 if kind == "prepare" else self.log.seq

    # ---- in --------------------------------------------------------------------------------------

    def heard(self, member: str, reply: Reply) -> None:
        """What a member answered."""
        kind = self._asked.get(member)
        if kind is None or (reply["round"], reply["kind"], reply["seq"]) != (self.number, kind, self._seq(kind)):
            return
        state: State = reply["state"]
        if kind == "abort":
            del self._asked[member]
        elif state == "behind" and member not in self._brought:
            self._asked[member] = "bring"
        elif kind == "bring" and state == "live" and self.phase == "prepare":
            # It runs what the save was made from.
            self._brought.add(member)
            self._asked[member] = "prepare"
        else:
            # Whom the whole log does not bring to what it says, a fresh process will.
            self.answers[member] = {**reply, "state": "restart"} if state == "behind" else reply
            del self._asked[member]
        self._advance()

    def joined(self, member: str) -> None:
        """A member came; it may have got the log before this round or after it."""
        if self.phase in ("prepare", "commit"):
            self._asked[member] = self.phase

    def left(self, member: str) -> None:
        """A member ended, or is not waited for any more."""
        self._asked.pop(member, None)
        self.answers.pop(member, None)
        self._advance()

    @property
    def waiting(self) -> set[str]:
        """Who has not answered yet."""
        return set(self._asked)

    def who(self, state: State) -> list[str]:
        """The members whose last answer was this."""
        return sorted(member for member, reply in self.answers.items() if reply["state"] == state)

    def _advance(self) -> None:
        if self.phase == "prepare" and self.who("rejected"):
            # Nobody else need say anything: it is the text that is wrong.
            self.phase = "abort"
            self._asked = dict.fromkeys([*self.who("ready"), *self._asked], "abort")
        elif self.phase == "prepare" and not self._asked:
            self.phase, self.accepted = "commit", True
            self.log.append(self.sources)
            self._brought.clear()
            self._asked = dict.fromkeys(self.who("ready"), "commit")
        if self.phase in ("commit", "abort") and not self._asked:
            self.phase = "done"


def _unpacked(sources: Sources, base: Sources) -> Sources | None:
    found = {name: unpacked(each, base.get(name)) for name, each in sources.items()}
    return None if None in found.values() else {name: each for name, each in found.items() if each is not None}


class Engine(Protocol):
    """What changes code in a process."""

    def prepare(self, sources: Sources, base: Mapping[str, str]) -> tuple[State, Any]:
        """Tries sources: ready, rejected, restart, or behind where something else runs than they were made for."""
        ...

    def commit(self) -> tuple[State, Any]:
        """Makes live what was prepared: live; behind where that is not what it would be any more; or what is wrong."""
        ...

    def abort(self) -> object:
        """Forgets what was prepared."""
        ...

    def bring(self, sources: Sources) -> tuple[State, Any]:
        """Makes sources live whatever runs: live, rejected or restart."""
        ...


class Member:
    """One process of the cluster: carries out what it is told, each version once and in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: The version that runs; none before it was brought to the log's.
        self.seq = -1
        #: What that comes to, and what is prepared.
        self._sources: dict[str, Source] = {}
        self._next: Sources = {}
        #: The latest round that it has heard of, whether its text is prepared, and whether it was aborted.
        self._round = 0
        self._is_prepared = self._is_aborted = False
        #: Its answers of this round, by what was asked.
        self._answers: dict[tuple[str, int], Reply] = {}
        self._do: dict[str, Callable[[Message], tuple[State, Any]]] = {
            "prepare": self._prepare,
            "commit": self._commit,
            "abort": self._abort,
            "bring": self._bring,
        }

    def take(self, message: Message) -> Reply:
        """Answers a message, having done what it asks if that is still to be done."""
        number, asked = message["round"], (message["kind"], message["seq"])
        head: Reply = {"round": number, "kind": message["kind"], "seq": message["seq"], "said": None}
        if number < self._round:
            return {**head, "state": "stale"}
        if number > self._round:
            self._forget()
            self._round, self._is_aborted, self._answers = number, False, {}
        known = self._answers.get(asked)
        # Who was behind has been brought up to date since, or may be.
        if known is not None and known["state"] != "behind":
            return known
        state, said = self._do[message["kind"]](message)
        reply = self._answers[asked] = {**head, "state": state, "said": said}
        return reply

    def _prepare(self, message: Message) -> tuple[State, Any]:
        if self._is_aborted:
            return "stale", None
        if message["seq"] <= self.seq:
            return "ready", None
        if message["seq"] != self.seq + 1:
            return "behind", None
        sources = _unpacked(message["sources"], self._sources)
        if sources is None:
            return "behind", None
        self._next = sources
        state, said = self._engine.prepare(sources, message["base"])
        self._is_prepared = state == "ready"
        return state, said

    def _commit(self, message: Message) -> tuple[State, Any]:
        if message["seq"] <= self.seq:
            return "live", None
        if not self._is_prepared:
            return "behind", None
        self._is_prepared = False
        state, said = self._engine.commit()
        if state == "live":
            self.seq = message["seq"]
            self._sources |= self._next
        return state, said

    def _abort(self, message: Message) -> tuple[State, Any]:
        self._forget()
        self._is_aborted = True
        return "live", None

    def _bring(self, message: Message) -> tuple[State, Any]:
        if message["seq"] < self.seq:
            return "live", None
        self._forget()
        state, said = self._engine.bring(message["sources"])
        if state == "live":
            self.seq = message["seq"]
            self._sources = dict(message["sources"])
        return state, said

    def _forget(self) -> None:
        if self._is_prepared:
            self._is_prepared = False
            self._engine.abort()
