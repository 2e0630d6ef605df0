"""For our own tests: all that a batch has committed is taken back and committed again, after each commit.

    RATE = 0.1     # committed, taken back (and found to be 0.2 again), committed again

So each case is a case of undo as well: a step that cannot be taken back, or leaves something else than was there,
raises.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from reloadr._core import commit
from reloadr.live.kinds import is_a
from reloadr.stage.orders import put_back
from reloadr.stage.steps import CODE, DICT, MISSING, TYPE, Step

#: `tests/run_case.py --forced` sets it.
FORCED = os.environ.get("RELOADR_FORCE_ROLLBACK") == "1"


class NotTakenBack(AssertionError):
    """The journal was taken back, and something is not what it was before."""


def again(commits: list[list[Step]], steps: Sequence[Step]) -> None:
    """Takes back all commits, the newest first, and carries them out once more. `steps`: those of the newest."""
    owners = _owners(commits)
    orders = [list(_names_of(owner)) for owner in owners]
    forward = []
    for back in reversed(commits):
        forward.append(commit(back, MISSING))
    _compare(steps, forward[0], "is not what was committed")
    for at, redo in enumerate(reversed(forward)):
        back = commit(redo, MISSING)
        _compare(commits[at], back, "is not what it was")
        commits[at][:] = back
    for owner, order in zip(owners, orders, strict=True):
        _put_in_order(owner, order)


def _compare(wanted: Sequence[Step], found: Sequence[Step], why: str) -> None:
    for one, other in zip(wanted, found, strict=True):
        if not _is_same(one, other):
            raise NotTakenBack(f"{one[2]!r} of {one[1]!r} {why}: {one[3]!r}, {other[3]!r}")


def _is_same(one: Step, other: Step) -> bool:
    if one[0] == CODE and is_a(one[3], tuple) and is_a(other[3], tuple):
        # The code and its closure; the pair of them is made for the asking.
        return all(mine is theirs for mine, theirs in zip(one[3], other[3], strict=True))
    return one[3] is other[3]


def _owners(commits: Sequence[Sequence[Step]]) -> list[dict[object, object] | type]:
    found = {id(step[1]): step[1] for steps in commits for step in steps if step[0] in (DICT, TYPE)}
    return [each for each in found.values() if is_a(each, dict, type)]


def _names_of(owner: dict[object, object] | type) -> Mapping[Any, object]:
    return vars(owner) if is_a(owner, type) else owner


def _put_in_order(owner: dict[object, object] | type, order: Sequence[object]) -> None:
    """What was bound between two commits, by code that ran, stands between them again.

    A key that is taken away and put back goes to the end of its dict.
    """
    if is_a(owner, type):
        put_back(owner, [str(name) for name in order])
        return
    now = _names_of(owner)
    same = next((at for at, (one, other) in enumerate(zip(now, order, strict=True)) if one is not other), len(order))
    rest = [(key, now[key]) for key in order[same:]]
    commit([(DICT, owner, key, MISSING) for key, _ in rest], MISSING)
    commit([(DICT, owner, key, value) for key, value in rest], MISSING)


__all__ = ["FORCED", "NotTakenBack", "again"]
