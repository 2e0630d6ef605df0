"""Whether somebody keeps a function that a statement gave to a library: who does may call it later; who does not has
called it, or left it.

atexit.register(save)              # kept, in a list that the interpreter does not show
scheduler.enter(1, 1, tick)        # kept, as long as it has not run
Thread(target=tick).start()        # kept, until it has ended
"""

from __future__ import annotations

from types import CellType, FrameType, FunctionType, GeneratorType

from reloadr._core import referrers
from reloadr.engine.batch import Works
from reloadr.engine.follow.holders import is_of_reloadr
from reloadr.live.kinds import is_a

__all__ = ["is_kept"]

#: What keeps a function where nobody can look.
_UNSEEN = frozenset({"register", "signal", "settrace", "setprofile"})
_ITERATOR: type = type(iter([]))
_PACKAGE = __name__.partition(".")[0]


def is_kept(works: Works, function: FunctionType, by: str) -> bool:
    """Whether something beside the names of watched modules holds it; `by`: what was given it."""
    if by.rpartition(".")[2] in _UNSEEN:
        return True
    holders, through = referrers([function], set())
    found = [each for each in (*holders, *through) if id(each) not in works.namespaces and not _is_ours(each)]
    lone = [each for each in found if is_a(each, list, dict, set, CellType)]
    if len(lone) < len(found):
        return True
    own = {id(each) for each in (holders, through, found, lone)}
    owners, further = referrers(lone, set()) if lone else ([], [])
    return any(id(each) not in own and not _is_ours(each) for each in (*owners, *further))


def _is_ours(holder: object) -> bool:
    """Whether it is of the engine, which is looking at the function."""
    if is_a(holder, FrameType, _ITERATOR):
        return True
    if is_a(holder, GeneratorType):
        return f"/{_PACKAGE}/" in holder.gi_code.co_filename.replace("\\", "/")
    return is_of_reloadr(holder) or (is_a(holder, FunctionType) and holder.__module__.partition(".")[0] == _PACKAGE)
