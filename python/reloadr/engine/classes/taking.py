"""Members of a class that was built anew: which of them the living class takes, and which of its own stay."""

from __future__ import annotations

import enum
import types
from collections.abc import Iterable
from types import FunctionType

from reloadr._core import Node
from reloadr.engine.annotations import of_functions
from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes.kinds import OWN, STATED, binders, foreign_meta, is_generated, is_model
from reloadr.engine.classes.plan import Plan
from reloadr.engine.registrations.recording import taken_back
from reloadr.judge.same import unchanged_value
from reloadr.judge.static import captured
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.stage.steps import ATTR, CODE, GLOBALS, MISSING, TYPE

#: Written by class decorators and metaclasses; gone from the new class means gone.
_GENERATED = frozenset(
    {
        "__init__", "__repr__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__setattr__",
        "__delattr__", "__getstate__", "__setstate__", "__match_args__", "__dataclass_fields__",
        "__dataclass_params__", "__replace__", "__attrs_attrs__", "__attrs_own_setattr__", "__post_init__",
        "_is_protocol", "_is_runtime_protocol", "__subclasshook__", "__protocol_attrs__",
        "__callable_proto_members_only__",
        "__non_callable_proto_members__", "__required_keys__", "__optional_keys__", "__readonly_keys__",
        "__mutable_keys__", "__total__",
    }
)  # fmt: skip


class Taking:
    """The members of two classes of one statement: the one that lives, and the one that was built anew."""

    def __init__(self, batch: Batch, work: Work, plan: Plan) -> None:
        self.batch = batch
        self.work = work
        self.tracked = work.tracked
        self.plan = plan
        self.cls = plan.cls
        self._old_nodes = binders(plan.old)
        self._new_nodes = binders(plan.new)

    def take(self, name: str, old: object, new: object) -> None:
        """The living class takes an attribute of the new one, unless its own is to stay."""
        batch = self.batch
        source_old, source_new = self._old_nodes.get(name), self._new_nodes.get(name)
        if old is not MISSING and source_old and source_new:
            same = [node.fingerprint for node in source_old] == [node.fingerprint for node in source_new]
            if same and name not in ("__slots__",) and not is_a(new, types.MemberDescriptorType):
                return
            if _all_functions(source_old) and _all_functions(source_new) and self._swapped(source_new):
                return
        if is_a(new, types.MemberDescriptorType):
            return
        if is_a(new, type) and is_a(old, type) and source_old and source_new:
            return
        held, given = _function_in(old), _function_in(new)
        if held is not None and given is not None and type(old) is type(new) and not source_new:
            self._overwrite(held, given)
            if not any(is_a(each, type) for each in captured(given)):
                return
        if old is not MISSING and unchanged_value(old, new):
            return
        batch.stage.set(batch.stage.class_space(self.cls), name, new)
        hook = getattr(type(new), "__set_name__", None)
        if hook is not None and not is_a(new, type, enum.Enum):
            with taken_back(batch.journal, [self.cls]):
                hook(new, self.cls, name)

    def carry_over(self, made: type, functions: bool) -> None:
        """Gives a class that takes the place of the living one what is to stay the same object.

        Functions that get their new code by a swap (unless the old class needs their old code), the values of
        attributes whose source is as it was, and what lines below the class have set on it.
        """
        old = locate.class_dict(self.cls)
        if functions and not self._generates():
            self._keep_set(made)
        for name, value in list(locate.class_dict(made).items()):
            held = old.get(name, MISSING)
            source_old, source_new = self._old_nodes.get(name), self._new_nodes.get(name)
            if held is MISSING or not source_old or not source_new or self._is_made_with_class(name, held, made, value):
                continue
            if is_a(value, types.MemberDescriptorType):
                # A slot: what the body gave is its default now.
                continue
            if is_a(value, FunctionType) and is_a(held, FunctionType):
                if is_model(made) and any(node.decorators for node in source_new):
                    # The model has recorded it: a validator, a serializer.
                    continue
                bound = "__class__" in value.__code__.co_freevars + held.__code__.co_freevars
                if functions and not bound and self._swapped(source_new):
                    self.batch.stage.steps.append((TYPE, made, name, held))
            elif [n.fingerprint for n in source_old] == [n.fingerprint for n in source_new]:
                plain = not is_a(held, types.MemberDescriptorType, property, staticmethod, classmethod)
                if plain and source_old[0].name is None and not hasattr(held, "__get__"):
                    self.batch.stage.steps.append((TYPE, made, name, held))

    def _keep_set(self, made: type) -> None:
        """Gives a class that takes the place of the living one what that was given since it was made.

        Cart.total = total                 # and what a function did: `Cart = comparable(Cart)`
        """
        new = locate.class_dict(made)
        for name, held in list(locate.class_dict(self.cls).items()):
            own = is_a(held, types.MemberDescriptorType, types.GetSetDescriptorType)
            if name not in new and name not in OWN and not own and not self.went(name):
                self.batch.stage.steps.append((TYPE, made, name, held))

    def _is_made_with_class(self, name: str, held: object, made: type, value: object) -> bool:
        """Whether one of the two classes made something of an attribute: members of an enumeration, fields of a tuple.

        class Color: RED = 1               # before
        class Color(Enum): RED = 1         # after: `RED` is a member, though its line is as it was
        """
        for cls, each in ((self.cls, held), (made, value)):
            if is_a(each, cls) or (is_a(cls, enum.EnumMeta) and name in cls._member_map_):
                return True
        return _is_descriptor(value) and not _is_descriptor(held)

    def went(self, name: str) -> bool:
        """Whether an attribute that the new class lacks came from the old source, not from run time."""
        if name in self._old_nodes or self._old_nodes.get(_short(name, self.cls)):
            return True
        return name in STATED or (name in _GENERATED and self._generates())

    def states(self, name: str) -> bool:
        """Whether the new source binds a member of this name."""
        return name in self._new_nodes

    def _swapped(self, nodes: Iterable[Node]) -> bool:
        """Whether these functions keep their objects and get their new code by a swap."""
        for node in nodes:
            for edit in self.plan.edits:
                if edit.new is not None and edit.new.line == node.line and edit.new.name == node.name:
                    if edit.action == "added" or "decorators" in edit.facets:
                        return False
        return True

    def _overwrite(self, old: FunctionType, new: FunctionType) -> None:
        """A generated method keeps its object."""
        steps = self.batch.stage.steps
        was, tracked = old.__code__, self.tracked
        if any(was is each for each in tracked.codes.get(was.co_qualname, ())):
            # What gives the class its annotations: the code of the new one is learned with the class.
            self.batch.unlearn(tracked, [was])
        steps.append((CODE, old, None, (new.__code__, new.__closure__)))
        if old.__globals__ is not new.__globals__:
            steps.insert(len(steps) - 1, (GLOBALS, old, None, new.__globals__))
        steps += of_functions.steps_to(old, new)
        for name in ("__defaults__", "__kwdefaults__", "__doc__", "__dict__"):
            steps.append((ATTR, old, name, getattr(new, name)))

    def _generates(self) -> bool:
        """Whether the class statement itself writes methods; else they were set by lines below it, which stand."""
        header = self.plan.old
        keywords = [keyword for keyword, _ in header.bases if keyword]
        # A class that states its fields itself leaves it to what gets them: `Field = add_repr(Field)`.
        generated = is_generated(self.cls) and not _FIELDS & self._old_nodes.keys()
        return bool(header.decorators or keywords or generated or foreign_meta(self.cls))


#: Where attrs and dataclasses note the fields of a class.
_FIELDS = frozenset({"__attrs_attrs__", "__dataclass_fields__"})


def _is_descriptor(value: object) -> bool:
    return any("__get__" in locate.class_dict(each) for each in locate.mro(type(value)))


def _function_in(value: object) -> FunctionType | None:
    """A method's function; `__new__` of a NamedTuple is a static method."""
    inner = value.__func__ if is_a(value, staticmethod, classmethod) else value
    return inner if is_a(inner, FunctionType) else None


def _all_functions(nodes: Iterable[Node]) -> bool:
    return all(node.kind == "function" for node in nodes)


def _short(name: str, cls: type) -> str:
    prefix = f"_{cls.__name__.lstrip('_')}__"
    return name[len(prefix) - 2 :] if name.startswith(prefix) else name


__all__ = ["Taking"]
