"""What the earlier run of a definition's decorators registered, found out by running them once more.

names == ["first", "second"]       # which of it is the work of `@register` over `first`? All that may be is taken out,
                                   # `register(first)` is called, and what comes back is its work; then everything is
                                   # put back as it was.

So nothing goes that others registered, and what holds no function is found as well: names, docstrings, counts. Not done
where decorators may start something: a thread, a process, a connection.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial

from reloadr.engine.registrations.places import Place
from reloadr.engine.registrations.recording import Growth, Recording
from reloadr.engine.registrations.settling import Entry, Settling
from reloadr.engine.registrations.taking import is_direct, suspects
from reloadr.engine.registrations.ties import PLAIN, Ties, alike, ties
from reloadr.judge.same import same_value
from reloadr.live.kinds import is_a

#: Who mentions these may start what is not to be started for a trial.
_STARTING = frozenset(
    [
        "Thread",
        "Timer",
        "Process",
        "Popen",
        "system",
        "connect",
        "urlopen",
        "create_task",
        "ensure_future",
        "run_in_executor",
        "submit",
        "listen",
        "create_connection",
        "create_server",
        "fork",
        "spawn",
    ]
)


def measure(settling: Settling, run: Callable[[], object]) -> bool:
    """Finds what `run`, the earlier registration, wrote, and takes that out. False where that cannot be found out."""
    recording = settling.recording
    if not recording.reach.functions or not _STARTING.isdisjoint(recording.reach.words):
        return False
    taken = suspects(settling)
    recording.without([(entry.place, entry.at) for entry in taken])
    trial = Recording(recording.reach)
    try:
        run()
    except Exception:
        recording.restore()
        return False
    except BaseException:
        recording.restore()
        raise
    counts = [each for growth in trial.changed() for each in _counts(growth)]
    grown = list(trial.growths())
    # Entries share what they are made of: they are compared as they were, not as far as they were taken apart.
    recording.restore()
    confirmed: list[Entry] = []
    for growth in grown:
        confirmed += _confirmed(settling, growth, taken)
    recording.without([(entry.place, entry.at) for entry in confirmed])
    settling.taken = confirmed
    for place, key, value in counts:
        place.write([(each, value if each is key else held) for each, held in place.read()])
    return True


def _counts(growth: Growth) -> list[tuple[Place, object, int]]:
    """Numbers that went up by one: what counts registrations has counted this one."""
    if not growth.place.keyed:
        return []
    held = {id(key): value for key, value in growth.before}
    found: list[tuple[Place, object, int]] = []
    for key, value in growth.after:
        was = held.get(id(key))
        if type(value) is type(was) is int and value == was + 1:
            found.append((growth.place, key, was - 1))
    return found


def _confirmed(settling: Settling, growth: Growth, taken: list[Entry]) -> list[Entry]:
    """The entries that were taken out and come back as the decorators run again: those were theirs."""
    found: list[Entry] = []
    for at in growth.fresh():
        key, value = growth.after[at]
        entry = _again(settling, growth.place, key, value, [each for each in taken if each not in found])
        if entry is not None:
            found.append(entry)
    return found


def _again(settling: Settling, place: Place, key: object, value: object, taken: list[Entry]) -> Entry | None:
    likely = [each for each in taken if each.place.shape == place.shape and each.place.keys == place.keys]
    if place.keyed:
        at_key = next((each for each in likely if _equal(each.key, key)), None)
        at_key = at_key or _held(settling, place, lambda k, held: _equal(k, key) and _written(held, value))
        return None if at_key is not None and _is_anothers(settling, at_key, value) else at_key
    spine = settling.recording.reach.spine
    now = ties(value, (), settling.tokens, spine, old=True)
    fitting = [each for each in likely if type(each.value) is type(value) and _fits(now, _inner(each, settling))]
    same = [each for each in fitting if same_value(each.value, value)]
    if fitting:
        return (same or fitting)[0]
    fits = partial(_alike, settling, value=value, now=now)
    return _held(settling, place, lambda _, held: fits(held) and same_value(held, value)) or _held(
        settling, place, lambda _, held: fits(held)
    )


def _is_anothers(settling: Settling, entry: Entry, value: object) -> bool:
    """Whether what a key had is another definition's, which has put itself there since."""
    now = ties(value, (), settling.tokens, settling.recording.reach.spine, old=True)
    before = _inner(entry, settling)
    return _says_it(now) and not _says_it(before) and type(entry.value) is type(value)


def _says_it(found: Ties) -> bool:
    return any("it" in labels for labels in found.values())


def _written(held: object, value: object) -> bool:
    """Whether what a key has may have been put there as this was: not where another plain value has come since."""
    return type(held) is type(value) and (type(value) not in PLAIN or same_value(held, value))


def _alike(settling: Settling, held: object, value: object, now: Ties) -> bool:
    """Whether what was there before is tied to the definition as what came is, or says the same."""
    if type(held) is not type(value):
        return False
    spine = settling.recording.reach.spine
    return _fits(now, ties(held, (), settling.tokens, spine, old=True)) if now else same_value(held, value)


def _fits(now: Ties, before: Ties) -> bool:
    """Whether what was there before is tied as what came is, by what both are about."""
    direct = {path: labels for path, labels in now.items() if is_direct(path)} or now
    return bool(now) and alike(direct, before)


def _inner(entry: Entry, settling: Settling) -> Ties:
    return ties(entry.value, (), settling.tokens, settling.recording.reach.spine, old=True)


def _held(settling: Settling, place: Place, fits: Callable[[object, object], bool]) -> Entry | None:
    """What was not taken out and has been there before all the same."""
    for own, content in settling.recording.before:
        if own.holder is place.holder or own.shape == place.shape != ():
            for at, (key, value) in enumerate(content):
                if fits(key, value):
                    return Entry(own, at, key, value, {})
    return None


def _equal(key: object, other: object) -> bool:
    """Whether two keys are one, nobody's `__eq__` asked but the library's."""
    if is_a(key, weakref.ref) and is_a(other, weakref.ref):
        return weakref.ref.__call__(key) is weakref.ref.__call__(other)
    return key is other or (type(key) is type(other) and same_value(key, other))


__all__ = ["measure"]
