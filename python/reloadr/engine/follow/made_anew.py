"""Classes that are made anew because of what their body, bases or parents read.

LIMIT = 10                         # edited
@dataclass
class Page:
    size: int = LIMIT              # generated from its body: `Page` is built once more
"""

from __future__ import annotations

import collections
import enum
from types import MemberDescriptorType

from reloadr._core import Node
from reloadr.engine.batch import Work
from reloadr.engine.classes import rebuild as anew
from reloadr.engine.classes.kinds import default_of, is_generated
from reloadr.engine.classes.plan import Plan
from reloadr.engine.evaluate.worlds import evaluate, is_pure, new_world
from reloadr.engine.follow.derivation import Derivation
from reloadr.engine.follow.readers import readers_anywhere
from reloadr.judge.same import same_value
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.statements import value_of

#: What a named tuple has for a field.
_GETTER: type = type(vars(collections.namedtuple("_", "a"))["a"])


def rebuild(following: Derivation, work: Work, node: Node, cls: type) -> bool:
    """A generated class whose body depends on what changed is built anew, as is one whose slots do; attributes that
    another class keeps from before are computed one by one. Whether it was now, and so has what the line gives."""
    if not is_generated(cls) and "__slots__" not in node.binds:
        return False
    scope = node.scopes[-1]
    if not following.batch.agenda.is_first("made anew", work.tracked.name, scope.qualname):
        return False
    if following.batch.agenda.has_run(work.tracked, scope):
        return False
    with following.batch.findings.waiting(work.tracked, scope.qualname, scope.line):
        # What is gone from its source is not what somebody has given it since.
        was = [each for each in work.tracked.outline.find(scope.qualname) if each.kind == "class"]
        plan = Plan(cls, was[0], scope, []) if len(was) == 1 else Plan.of_itself(cls, scope)
        anew.carry_out(following.walk(work), plan)
        # An attribute of the class has its value by the line; members of an enumeration have theirs with the commit.
        return not any(_is_attribute(cls, each) for each in node.binds) and not is_a(cls, enum.EnumMeta)
    return False


def _is_attribute(cls: type, name: str) -> bool:
    """Whether a class has a value by a name, and not what an instance's slot or a tuple's item is come by."""
    own = locate.class_dict(cls)
    return name in own and not is_a(own[name], MemberDescriptorType, _GETTER)


def followed(following: Derivation, work: Work, node: Node, cls: type) -> bool:
    """Whether a class that was made anew has by now what a line of its body gives: a member of an enumeration, the
    default of a field."""
    batch = following.batch
    value = value_of(node)
    if len(node.binds) != 1 or value is None or not batch.agenda.has_run(work.tracked, node.scopes[-1]):
        return False
    world = new_world(batch.worlds, work, node)
    if not is_pure(batch.works, value, world):
        return False
    # The members of an enumeration have their values with the commit.
    batch.flush()
    get, name = batch.stage.class_space(cls).get, node.binds[0]
    held = get(name) if _is_attribute(cls, name) else default_of(get, name)
    if is_a(held, enum.Enum):
        held = held._value_
    return same_value(held, evaluate(value, world, work.tracked.filename))


def bases(following: Derivation, work: Work, node: Node, names: set[str], source: str) -> None:
    """A class whose decorators or bases read what changed: other bases where that can be, else named."""
    cls = locate.class_of(work.tracked, node)
    if cls is None:
        return
    if any(names & set(part.reads) for part in node.decorators):
        following.stale(work, node, node.qualname, source)
    if any(names & set(part.reads) for _, part in node.bases):
        with following.batch.findings.waiting(work.tracked, node.qualname, node.line):
            anew.rebase(following.walk(work), node, cls)


def heirs(following: Derivation) -> None:
    """Generated classes that inherit from one that was built anew."""
    batch = following.batch
    done: set[tuple[str, int]] = {(work.tracked.name, node.line) for work, node in batch.classes.regenerated}
    at = 0
    while at < len(batch.classes.regenerated):
        work, new = batch.classes.regenerated[at]
        at += 1
        if new.scopes or new.name is None:
            continue
        for other, node, names in list(readers_anywhere(batch.works, work.tracked, {new.name})):
            key = (other.tracked.name, node.line)
            based = any(keyword is None and names & set(part.reads) for keyword, part in node.bases)
            if node.kind != "class" or not based or key in done:
                continue
            done.add(key)
            with batch.findings.waiting(other.tracked, node.qualname, node.line):
                anew.regenerate(following.walk(other), node)
