"""The way of a save to a cluster, with members that live in this test, and a network that loses, doubles, delays and
reorders what is sent."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from reloadr.cluster.hunks import LINES, packed, unpacked
from reloadr.cluster.protocol import Log, Member, Message, Round, Sources, State
from reloadr.session.handed import hash_of

# Nothing of it is about the interpreter.
pytestmark = pytest.mark.long


class Process:
    """What a member changes: modules, each at one text. It notes what it was told to run, and how."""

    def __init__(self, name: str, world: World) -> None:
        self.name = name
        self._world = world
        self.running: dict[str, str] = {}
        self._prepared: dict[str, str] | None = None
        #: The number of times that each text became live.
        self.committed: dict[str, int] = {}

    def prepare(self, sources: Sources, base: Mapping[str, str]) -> tuple[State, Any]:
        assert self._prepared is None, "the earlier one was not aborted"
        texts = labels(sources)
        if any(hash_of(text(self.running.get(module, ""))) != hashed for module, hashed in base.items()):
            return "behind", None
        verdict = self._world.verdict(self.name, texts)
        if verdict == "ready":
            self._prepared = texts
        return verdict, None

    def commit(self) -> tuple[State, Any]:
        assert self._prepared is not None
        texts, self._prepared = self._prepared, None
        if self._world.random.random() < self._world.overtaken:
            return "behind", None
        self.running |= texts
        for text in texts.values():
            self.committed[text] = self.committed.get(text, 0) + 1
        return "live", None

    def abort(self) -> None:
        assert self._prepared is not None
        self._prepared = None

    def bring(self, sources: Sources) -> tuple[State, Any]:
        assert self._prepared is None
        self.running = labels(sources)
        return "live", None


class World:
    """A log, its members, and the network between. Time is virtual."""

    def __init__(self, seed: int, *, lost: float, doubled: float, spread: float, churn: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.lost, self.doubled, self.spread, self.churn = lost, doubled, spread, churn
        #: How often a commit finds that something else became live meanwhile, and a module drifts by itself.
        self.overtaken = self.drifting = churn
        self.log = Log()
        self.numbers = itertools.count(1)
        self.names = itertools.count()
        self.processes: dict[str, Process] = {}
        self.members: dict[str, Member] = {}
        self.round: Round | None = None
        self.now = 0.0
        self.sent = 0
        self._queue: list[tuple[float, int, str, Message]] = []
        #: Who refuses which text, and how.
        self.refusing: dict[tuple[str, str], State] = {}

    def verdict(self, name: str, texts: Mapping[str, str]) -> State:
        return next((self.refusing[name, text] for text in texts.values() if (name, text) in self.refusing), "ready")

    def join(self) -> str:
        """A member comes. It gets the log at once, or whatever it was a moment ago: it asks before the round knows."""
        name = f"m{next(self.names)}"
        process = self.processes[name] = Process(name, self)
        member = self.members[name] = Member(process)
        # It may be long until what it was given has arrived.
        member.take({"kind": "bring", "round": 0, "seq": self.log.seq, "sources": dict(self.log.sources)})
        if self.round is not None:
            self.round.joined(name)
        return name

    def end(self, name: str) -> None:
        """A member is killed."""
        del self.members[name], self.processes[name]
        if self.round is not None:
            self.round.left(name)

    def send(self, to: str, message: Message) -> None:
        self.sent += 1
        for _ in range(1 + (self.random.random() < self.doubled)):
            if self.random.random() >= self.lost:
                at = self.now + 0.001 + self.random.expovariate(1 / self.spread)
                heapq.heappush(self._queue, (at, next(self.numbers), to, message))

    def save(self, sources: Sources) -> Round:
        """One round, to its end."""
        self.round = current = Round(self.log, next(self.numbers), sources, list(self.members))
        again = self.now
        while current.phase != "done":
            if not self._queue or self._queue[0][0] > again:
                self.now = again
                for name, message in current.messages().items():
                    self.send(name, message)
                again = self.now + 0.05
                self._happen()
                continue
            self.now, _, to, message = heapq.heappop(self._queue)
            if to == "scheduler":
                current.heard(message["from"], message["reply"])
            elif to in self.members:
                reply = self.members[to].take(message)
                self.send("scheduler", {"from": to, "reply": reply})
        self.round = None
        return current

    def _happen(self) -> None:
        """Some die and others come, in the middle of a round; a module is changed by somebody else."""
        for name in list(self.members):
            if self.random.random() < self.churn / 4:
                self.end(name)
                self.join()
            elif self.random.random() < self.drifting / 4 and self.processes[name].running:
                self.processes[name].running["a"] = "drifted"


def text(label: str) -> str:
    """A long text of which two lines are its own."""
    return "\n".join([label, *["the same"] * 100, f"# {label}"])


def source(label: str) -> Mapping[str, Any]:
    return {"text": text(label), "hash": hash_of(text(label)), "path": f"{label}.py"}


def labels(sources: Sources) -> dict[str, str]:
    """Whose texts they are: whole ones, as they were saved."""
    found = {module: str(each["text"]).partition("\n")[0] for module, each in sources.items()}
    assert {module: dict(each) for module, each in sources.items()} == {
        module: source(label) for module, label in found.items()
    }
    return found


def check(world: World, last: Round) -> None:
    """What holds after each round, whatever the network did."""
    folded = labels(world.log.sources)
    for name, process in world.processes.items():
        assert all(count == 1 for count in process.committed.values()), "twice"
        if name not in last.answers or last.answers[name]["state"] != "live":
            continue
        assert world.members[name].seq == world.log.seq
        if "drifted" not in process.running.values():
            assert process.running == folded, "another text than the log says"


@pytest.mark.parametrize(
    ("lost", "doubled", "spread", "churn"),
    [(0, 0, 0.002, 0), (0.05, 0.1, 0.01, 0), (0.2, 0.3, 0.05, 0.0), (0.2, 0.3, 0.05, 0.1)],
)
@pytest.mark.parametrize("seed", range(25))
def test_each_save_is_live_everywhere_once_and_in_order(
    seed: int, lost: float, doubled: float, spread: float, churn: float
) -> None:
    world = World(seed, lost=lost, doubled=doubled, spread=spread, churn=churn)
    for _ in range(world.random.choice((1, 4, 16))):
        world.join()
    for version in range(20):
        chosen = world.random.choice((("a",), ("b",), ("a", "b")))
        last = world.save({module: source(f"{module}{version}") for module in chosen})
        assert last.accepted and world.log.seq == version + 1
        check(world, last)
        # Nobody is left out: who came when all was said got it with the log.
        late = world.members.keys() - last.answers.keys()
        assert all(world.members[name].seq == world.log.seq for name in late)


@pytest.mark.parametrize("seed", range(40))
def test_what_one_rejects_is_live_nowhere(seed: int) -> None:
    """And the next save finds all of them as they were."""
    world = World(seed, lost=0.1, doubled=0.2, spread=0.02)
    names = [world.join() for _ in range(8)]
    assert world.save({"a": source("one")}).accepted
    world.refusing[world.random.choice(names), "wrong"] = "rejected"
    last = world.save({"a": source("wrong"), "b": source("new")})
    assert not last.accepted and last.who("rejected") and world.log.seq == 1
    assert all(process.running == {"a": "one"} for process in world.processes.values())
    last = world.save({"a": source("mended"), "b": source("new")})
    assert last.accepted and len(last.who("live")) == 8
    check(world, last)


@pytest.mark.parametrize("seed", range(20))
def test_who_needs_a_restart_is_told_apart(seed: int) -> None:
    """The others run the text; it does not, until it comes again with the whole log."""
    world = World(seed, lost=0.1, doubled=0.2, spread=0.02)
    names = [world.join() for _ in range(4)]
    world.save({"a": source("one")})
    world.refusing[names[1], "two"] = "restart"
    last = world.save({"a": source("two")})
    assert last.accepted and last.who("restart") == [names[1]] and len(last.who("live")) == 3
    assert world.processes[names[1]].running == {"a": "one"}
    world.end(names[1])
    fresh = world.join()
    assert world.processes[fresh].running == {"a": "two"}
    check(world, world.save({"b": source("three")}))


def test_who_lost_its_way_gets_whole_texts() -> None:
    world = World(0, lost=0, doubled=0, spread=0.01)
    lost = world.processes[world.join()]
    world.join()
    world.save({"a": source("one"), "b": source("one")})
    lost.running["a"] = "somebody else's"
    last = world.save({"a": source("two")})
    assert len(last.who("live")) == 2 and lost.running == {"a": "two", "b": "one"}


def test_whom_whole_texts_do_not_help_needs_a_restart() -> None:
    """It is not asked for ever."""
    world = World(0, lost=0, doubled=0, spread=0.01)
    stubborn = world.processes[world.join()]
    world.save({"a": source("one")})
    stubborn.bring = lambda sources: ("live", None)  # type: ignore[method-assign]
    stubborn.running["a"] = "its own"
    last = world.save({"a": source("two")})
    assert last.accepted and last.who("restart") == [stubborn.name]


def test_killed_between_prepare_and_commit() -> None:
    """The save is live with the others, and in whoever comes in its place."""
    world = World(0, lost=0, doubled=0, spread=0.01)
    names = [world.join() for _ in range(3)]
    current = world.round = Round(world.log, next(world.numbers), {"a": source("one")}, names)
    for name, message in current.messages().items():
        current.heard(name, world.members[name].take(message))
    assert current.phase == "commit"
    world.end(names[0])
    fresh = world.join()
    for _ in range(2):
        for name, message in current.messages().items():
            current.heard(name, world.members[name].take(message))
    assert current.phase == "done" and current.who("live") == sorted([*names[1:], fresh])
    assert all(process.running == {"a": "one"} for process in world.processes.values())


def test_messages_of_an_earlier_round_do_nothing() -> None:
    world = World(0, lost=0, doubled=0, spread=0.01)
    name = world.join()
    member, process = world.members[name], world.processes[name]
    world.refusing[name, "wrong"] = "rejected"
    first = Round(world.log, 1, {"a": source("wrong")}, [name])
    early = first.messages()[name]
    first.heard(name, member.take(early))
    assert first.phase == "done" and not first.accepted
    second = Round(world.log, 2, {"a": source("right")}, [name])
    second.heard(name, member.take(second.messages()[name]))
    late_commit: Message = {"kind": "commit", "round": 1, "seq": 1}
    assert member.take(late_commit)["state"] == member.take(early)["state"] == "stale" and not process.running
    for message in second.messages().values():
        second.heard(name, member.take(message))
        assert member.take(message)["state"] == "live"
    assert process.committed == {"right": 1}


def test_a_thousand_members() -> None:
    world = World(1, lost=0.05, doubled=0.1, spread=0.01, churn=0.02)
    for _ in range(1000):
        world.join()
    for version in range(3):
        last = world.save({"a": source(f"a{version}")})
        assert last.accepted and last.answers.keys() == world.members.keys()
        check(world, last)
    # Two messages and two answers each, and what was lost or slow once more.
    assert world.sent < 3 * 1000 * 12
    # All or none: one of them refuses. It must not die meanwhile, for then nobody does.
    world.churn = 0.0
    world.refusing[world.random.choice(list(world.members)), "wrong"] = "rejected"
    last = world.save({"a": source("wrong")})
    assert not last.accepted and world.log.seq == 3
    assert not any("wrong" in process.committed for process in world.processes.values())
    last = world.save({"a": source("mended")})
    assert last.accepted and last.answers.keys() == world.members.keys()
    check(world, last)


def test_what_is_sent_is_what_changed() -> None:
    """To members that have the log; whole texts to those that have another one."""
    world = World(0, lost=0, doubled=0, spread=0.01)
    name = world.join()
    world.save({"a": source("one")})
    sent = Round(world.log, next(world.numbers), {"a": source("two")}, [name]).messages()[name]["sources"]["a"]
    assert "text" not in sent and sent["hunks"] == [(0, 1, "two\n"), (101, 102, "# two")]
    other = Log()
    other.append({"a": source("three")})
    assert world.log.unpacked({"a": sent}) == {"a": source("two")} and other.unpacked({"a": sent}) is None


LINE = some.sampled_from(["a\n", "b\n", "c\n", "\n", "\r\n", "\x0c\n", "d", "\x85", "\r"])
TEXTS = some.lists(LINE, max_size=30).map("".join)


@given(TEXTS, TEXTS)
def test_a_text_comes_out_as_it_was(old: str, new: str) -> None:
    whole, base = ({"text": each, "hash": hash_of(each), "package": False} for each in (new, old))
    assert unpacked(packed(whole, base), base) == whole


def test_texts_that_differ_far_and_wide() -> None:
    old = "".join(f"{number}\n" for number in range(3 * LINES))
    new = old.replace("1", "2")
    whole, base = ({"text": each, "hash": hash_of(each)} for each in (new + 3 * old, old + 3 * old))
    sent = packed(whole, base)
    assert len(sent["hunks"]) == 1 and unpacked(sent, base) == whole
