"""Whether anything that ran as modules were loaded can have come to what changes at all.

def view(request): return ...      # its body was edited; nothing but other functions calls it
def main(): return view(None)      # neither does anything that ran call those

That is so of most edits. One look at who mentions whom tells it, and who called what need not be found out then.
"""

from __future__ import annotations

from types import FunctionType

from reloadr._core import keys_of, references
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.follow.reached import is_read, name_of
from reloadr.engine.follow.readers import candidates
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.asking import OF_FUNCTIONS
from reloadr.source.edits import Edit
from reloadr.source.texts import EVALUATING
from reloadr.source.using import is_special

__all__ = ["nothing_came_to"]

#: Who writes none of these words comes to definitions by their names, or by values that hold them.
_OTHER_WAYS = sorted(
    {*EVALUATING, *OF_FUNCTIONS["body"], "globals(", "vars(", "locals(", "__dict__"}
    | {"sys.modules", "import_module", "__import__"}
)
#: Of few modules it is found out; what is used all over is as good as reached.
_FEW = 8


def nothing_came_to(batch: Batch) -> bool:
    """Whether only bodies of functions change, and none of them was called, read or handed on as modules were loaded.
    False where that is not known."""
    works = batch.works
    edits = [(work, edit) for work in works for edit in work.edits if edit.action != "formatted"]
    if not edits or batch.came or works.moved or not all(_is_plain(work, edit) for work, edit in edits):
        return False
    if works.mentioning(_OTHER_WAYS):
        return False
    # Who edits one function again and again has it in what `undo` would take back.
    kept: dict[int, int] = {}
    for swap in batch.swaps.previous:
        kept.update(swap.kept_functions)
    return not any(_may_be_reached(works, work, edit, kept) for work, edit in edits)


def _is_plain(work: Work, edit: Edit) -> bool:
    """Whether it is the body of a function, or of a method, that no decorator and no protocol hands on."""
    old, new = edit.old, edit.new
    if old is None or new is None or edit.action != "changed" or new.kind != "function" or edit.facets != ["body"]:
        return False
    name = new.name or ""
    return not (old.decorators or new.decorators or is_special(name) or work.reordered)


def _may_be_reached(works: Works, work: Work, edit: Edit, kept: dict[int, int]) -> bool:
    node = edit.node
    name, tracked = locate.bound_name(node), work.tracked
    names = {name, node.name or ""}
    if node.scopes:
        cls = locate.class_of(tracked, node.scopes[-1])
        function = None if cls is None else locate.class_dict(cls).get(name)
        family = [] if cls is None else [cls, *locate.subclasses(cls)]
        names |= {name_of(each) for each in family}
        homes = works.mentioning(sorted(names))
        held = 1
    else:
        function = tracked.namespace.get(name)
        homes = candidates(works, tracked, names)
        held = len(keys_of([each.namespace for each in homes], function))
    # Beside those, this function has it.
    held += 1 + kept.get(id(function), 0)
    if not is_a(function, FunctionType) or references(function) > held:
        return True
    return len(homes) > _FEW or is_read(works, [(each, names) for each in homes], ["getattr("])
