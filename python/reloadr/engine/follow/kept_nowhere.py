"""Whether somebody keeps a function that a statement gave to a library: who does may call it later; who does not has
called it, or left it.

atexit.register(save)              # kept, in a list that the interpreter does not show
scheduler.enter(1, 1, tick)        # kept, as long as it has not run
Thread(target=tick).start()        # kept, until it has ended
"""

from __future__ import annotations

from functools import partial
from types import CellType, FrameType, FunctionType, GeneratorType

from reloadr._core import referrers
from reloadr.engine.batch import Works
from reloadr.engine.follow.holders import is_of_reloadr
from reloadr.live.kinds import is_a

__all__ = ["is_kept", "is_kept_beside"]

#: What keeps a function where nobody can look.
_UNSEEN = frozenset({"register", "signal", "settrace", "setprofile"})
_ITERATOR: type = type(iter([]))
_DEEP = 6
_PACKAGE = __name__.partition(".")[0]


def is_kept(works: Works, function: FunctionType, by: str) -> bool:
    """Whether something beside the names of watched modules holds it; `by`: what was given it."""
    return by.rpartition(".")[2] in _UNSEEN or is_kept_beside(works, [function], [])


def is_kept_beside(works: Works, box: list[object], parts: list[object]) -> bool:
    """Whether something holds what is in a box alone, beside names of watched modules, parts of its own, and us."""
    left = {id(box), id(parts), *map(id, parts)}
    names = set(works.namespaces)
    lone = box
    # What is prepared and what would take it back are dicts and lists within lists of ours.
    for _ in range(_DEEP):
        holders, through = referrers(lone, set())
        found = [each for each in (*holders, *through) if id(each) not in left | names and not _is_ours(each)]
        # What holds it may be kept by a name.
        names.clear()
        left |= {id(each) for each in (lone, holders, through, found)}
        lone = [each for each in found if is_a(each, list, dict, set, tuple, CellType) and each is not found]
        if len(lone) < len(found):
            return True
        left |= {id(lone), *map(id, lone)}
        if not lone:
            return False
    return True


def _is_ours(holder: object) -> bool:
    """Whether it is of the engine, which is looking at the function."""
    if is_a(holder, FrameType, _ITERATOR):
        return True
    if is_a(holder, GeneratorType):
        return f"/{_PACKAGE}/" in holder.gi_code.co_filename.replace("\\", "/")
    if type(holder) is partial:
        # What would take something back.
        return is_of_reloadr(holder.func) or str(getattr(holder.func, "__module__", "")).partition(".")[0] == _PACKAGE
    return is_of_reloadr(holder) or (is_a(holder, FunctionType) and holder.__module__.partition(".")[0] == _PACKAGE)
