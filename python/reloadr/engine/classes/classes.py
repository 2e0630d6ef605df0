"""Edits of classes: members on the living class object, and classes that have to be made anew.

A plain class is patched member by member; its statement, metaclass and `__init_subclass__` do not run
again. A class whose content is generated from its body (dataclass, Enum, NamedTuple, attrs, pydantic,
slots, another metaclass or header) is built once more beside the living one and *grafted* onto it: the
living class object stays, and takes over what differs. Where the two differ in layout, the new class
*replaces* the old one wherever that is held by name, and the report says what stays behind.
"""

from __future__ import annotations

import abc
import builtins
import enum
import functools
import threading
import types
import typing
from collections.abc import Iterable, Mapping
from types import CodeType, FunctionType
from typing import Any, cast

from reloadr._core import Node, commit, descriptor_for, instances
from reloadr.engine.annotations import of_functions
from reloadr.engine.batch import Batch, Work
from reloadr.engine.classes import metaclasses
from reloadr.engine.classes.abstract import settle_abstract
from reloadr.engine.classes.host import Host
from reloadr.engine.evaluate.failures import compiled, failure, rejected
from reloadr.engine.evaluate.reach import needs_new_world
from reloadr.engine.evaluate.runner import class_cells
from reloadr.hooks import migration_of
from reloadr.judge.same import unchanged_value
from reloadr.live import capture, locate
from reloadr.live.module import Tracked, function_codes
from reloadr.report.findings import NeedsRestart
from reloadr.report.report import plural
from reloadr.source.compiling import body_code
from reloadr.source.edits import Edit
from reloadr.source.outlines import context_of, unit_of
from reloadr.source.snippets import without
from reloadr.source.statements import decorator_name, mangled, owner_of
from reloadr.stage.steps import ATTR, CELL, CLASS, CODE, DICT, GLOBALS, MISSING, TYPE

#: Set by the interpreter for every class, or about the object rather than the class.
_OWN = frozenset({"__dict__", "__weakref__", "__module__", "__qualname__", "_abc_impl", "__slotnames__"})
_ENUM_OWN = frozenset(
    {
        "_member_names_",
        "_member_map_",
        "_value2member_map_",
        "_unhashable_values_",
        "_hashable_values_",
        "_unhashable_values_map_",
        "_sort_order_",
        "__new__",
        "_new_member_",
        "_use_args_",
    }
)
#: Written by class decorators and metaclasses; gone from the new class means gone.
_GENERATED = frozenset(
    {
        "__init__", "__repr__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__setattr__",
        "__delattr__", "__getstate__", "__setstate__", "__match_args__", "__dataclass_fields__",
        "__dataclass_params__", "__replace__", "__attrs_attrs__", "__attrs_own_setattr__", "__post_init__",
        "_is_protocol", "_is_runtime_protocol", "__subclasshook__", "__protocol_attrs__",
        "__non_callable_proto_members__", "__required_keys__", "__optional_keys__", "__readonly_keys__",
        "__mutable_keys__", "__total__",
    }
)  # fmt: skip
#: Written by the interpreter and `typing` for what a class statement says.
_STATED = frozenset(
    {
        "__slots__", "__annotations__", "__orig_bases__", "__parameters__", "__type_params__", "__annotate_func__",
        "__annotations_cache__", "__abstractmethods__", "__static_attributes__", "__firstlineno__",
    }
)  # fmt: skip


#: Modules whose `__init_subclass__` does nothing that is not done here as well.
_HARMLESS_HOOKS = ("builtins", "typing", "enum", "abc")


class _SomeTypedDict(typing.TypedDict):
    pass


#: Metaclasses whose work is known: they keep what the body binds.
_KNOWN_META: tuple[type, ...] = (
    type,
    abc.ABCMeta,
    enum.EnumMeta,
    type(typing.Protocol),
    type(_SomeTypedDict),
)


def with_nested(cls: type) -> list[type]:
    """A class and those that its body defines, at any depth."""
    found = [cls]
    for value in list(locate.class_dict(cls).values()):
        if isinstance(value, type) and value.__qualname__.startswith(f"{cls.__qualname__}.") and value is not cls:
            found += with_nested(value)
    return found


def key_of(edit: Edit) -> str:
    """The class that an edit belongs to: the one whose body it stands in, or the class itself."""
    node = edit.new or edit.old
    assert node is not None
    if node.kind == "class" and edit.action == "changed":
        return node.qualname
    scopes = node.scopes
    return scopes[-1].qualname if scopes else ""


class Plan:
    """A class that is built anew because of some of its edits."""

    def __init__(self, cls: type, old: Node, new: Node, edits: list[Edit]) -> None:
        self.cls = cls
        self.old = old
        self.new = new
        self.edits = edits
        self.done = False

    def takes(self, edit: Edit) -> bool:
        """Whether the rebuild takes care of an edit; bodies of methods are swapped like any function's."""
        if edit.action == "formatted":
            return False
        both = edit.old is not None and edit.new is not None and edit.old.kind == edit.new.kind == "function"
        if both and "decorators" not in edit.facets and edit.action != "renamed":
            return False
        node = edit.new or edit.old
        assert node is not None
        nested = node.kind == "class" and edit.action == "changed" and node.qualname != self.new.qualname
        return not nested and edit.action != "renamed"

    def carry_out(self, module: Host) -> None:
        """Builds and grafts, on the first of the plan's edits."""
        if self.done:
            return
        self.done = True
        Rebuild(module, self).carry_out()


def plans(batch: Batch, work: Work) -> dict[str, Plan]:
    """The classes of a module that have to be built anew, by qualified name in the new source."""
    touched: dict[str, tuple[Node, Node, list[Edit]]] = {}
    for edit in work.edits:
        old, new = edit.old, edit.new
        node = new or old
        assert node is not None
        if old is not None and new is not None and node.kind == "class" and old.kind == "class":
            entry = touched.setdefault(new.qualname, (old, new, []))
            entry[2].append(edit)
            continue
        scopes = node.scopes
        if not scopes:
            continue
        found = _both_sides(work, edit, scopes[-1])
        if found is not None:
            touched.setdefault(found[1].qualname, (*found, []))[2].append(edit)
    made: dict[str, Plan] = {}
    for qualname, (old, new, edits) in touched.items():
        cls = locate.class_of(work.tracked, old)
        if cls is None:
            continue
        if must_rebuild(cls, new, edits):
            made[qualname] = Plan(cls, old, new, edits)
    return made


def _both_sides(work: Work, edit: Edit, scope: Node) -> tuple[Node, Node] | None:
    """The class around an edit in the old and the new source."""
    if edit.old is not None and edit.new is not None:
        return edit.old.scopes[-1], edit.new.scopes[-1]
    if edit.new is None:
        news = [node for node in work.outline.find(scope.qualname) if node.kind == "class"]
        return (scope, news[0]) if news else None
    olds = [node for node in work.tracked.outline.find(scope.qualname) if node.kind == "class"]
    return (olds[0], scope) if olds else None


def must_rebuild(cls: type, new: Node, edits: list[Edit]) -> bool:
    """Whether some edit changes what the class's header or generator made of its body."""
    own = locate.class_dict(cls)
    generated = is_generated(cls)
    for edit in edits:
        node = edit.new or edit.old
        assert node is not None
        if edit.action == "formatted":
            continue
        if node.kind == "class" and edit.old is not None and edit.new is not None:
            if node.qualname == new.qualname and set(edit.facets) & {"decorators", "keywords", "type parameters"}:
                return True
            if node.qualname == new.qualname and "bases" in edit.facets and (generated or "__slots__" in own):
                return True
            continue
        if "__slots__" in node.binds:
            return True
        if not generated or node.kind == "pass":
            continue
        if node.kind == "docstring":
            if edit.action == "removed":
                # What generates a class may write its docstring then, as `dataclass` and `NamedTuple` do.
                return True
            continue
        if node.name is None and node.kind != "class":
            return True
        if edit.action in ("added", "removed") and _matters(cls, node):
            return True
        if node.kind == "function" and edit.action == "changed" and "decorators" in edit.facets:
            return True
    return False


def _matters(cls: type, node: Node) -> bool:
    """Whether adding or removing this definition changes what the generator makes."""
    name = node.name or ""
    if _is_model(cls) or getattr(cls, "_is_protocol", False):
        return True
    return name.startswith("_") and name.endswith("_")


def is_generated(cls: type) -> bool:
    """Whether the class's content was made from its body by someone who is known to do so."""
    own = locate.class_dict(cls)
    return (
        "__dataclass_fields__" in own
        or "__attrs_attrs__" in own
        or isinstance(cls, enum.EnumMeta)
        or (issubclass(cls, tuple) and "_fields" in own)
        or type(cls).__name__ == "_TypedDictMeta"
        or bool(own.get("_is_protocol"))
        or _is_model(cls)
    )


def _meta_mro(cls: type) -> tuple[type, ...]:
    return cast("tuple[type, ...]", type(cls).__mro__)


def _is_model(cls: type) -> bool:
    """A pydantic or msgspec model."""
    return any(meta.__module__.split(".")[0] in ("pydantic", "msgspec") for meta in _meta_mro(cls))


def _foreign_meta(cls: type) -> type | None:
    """A metaclass of the user's or of a framework that has a hand in making classes."""
    for meta in _meta_mro(cls):
        if meta in _KNOWN_META or meta is object:
            continue
        if meta.__module__ in ("typing", "typing_extensions", "enum", "abc"):
            continue
        if {"__new__", "__init__", "__prepare__", "__call__"} & set(locate.class_dict(meta)) - {"__call__"}:
            return meta
    return None


def _is_method(value: object) -> bool:
    return isinstance(value, (FunctionType, staticmethod, classmethod, property, functools.cached_property))


#: Class decorators whose work is known, or is none.
_KNOWN_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "s", "total_ordering", "final"})


def _readers(work: Work, cls: type) -> list[str]:
    """Who read the class's namespace when it was made: a metaclass, an inherited `__init_subclass__`, a
    decorator."""
    found: list[str] = []
    for node in work.outline.find(cls.__qualname__):
        names = [decorator_name(part) for part in node.decorators]
        found += [f"@{name}" for name in names if name.rpartition(".")[2] not in _KNOWN_DECORATORS]
    meta = _foreign_meta(cls)
    if meta is not None:
        found.append(f"the metaclass {meta.__name__}")
    for base in cls.__mro__[1:]:
        hook = locate.class_dict(base).get("__init_subclass__")
        if hook is not None and base.__module__ not in _HARMLESS_HOOKS:
            found.append(f"{base.__qualname__}.__init_subclass__")
            break
    return found


# ---- members of plain classes -----------------------------------------------------------------------


def settle_members(batch: Batch, work: Work, cls: type, bound: Mapping[str, object], line: int) -> None:
    """What `type.__new__` does with what a class body binds, for a class that lives already."""
    space = batch.stage.class_space(cls)
    for name, value in bound.items():
        if value is MISSING:
            continue
        if isinstance(value, FunctionType):
            if name in ("__init_subclass__", "__class_getitem__"):
                batch.stage.set(space, name, classmethod(value))
            elif name == "__new__":
                batch.stage.set(space, name, staticmethod(value))
        hook = getattr(type(value), "__set_name__", None)
        if hook is not None and not isinstance(value, type):
            try:
                hook(value, cls, name)
            except Exception as error:
                nodes = work.outline.binders({name}, cls.__qualname__)
                node = nodes[-1] if nodes else work.outline.find(cls.__qualname__)[0]
                raise rejected(work, node, error) from error
        if name == "__eq__" and "__hash__" not in space.live and "__hash__" not in bound:
            batch.stage.set(space, "__hash__", None)
    names = [name for name, value in bound.items() if not name.startswith("__") and not _is_method(value)]
    for reader in _readers(work, cls) if names else ():
        batch.findings.reason(
            "RL215", work.tracked, f"{cls.__qualname__}.{names[0]}", line, name=", ".join(names), reader=reader
        )
    settle_abstract(batch, cls)


def lacking_attributes(batch: Batch, work: Work, edit: Edit) -> None:
    """`__init__` now sets attributes that living instances lack."""
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    cls = locate.class_of(work.tracked, old.scopes[-1])
    if cls is None:
        return
    before = set(old.scopes[-1].self_stores)
    added = frozenset(mangled(name, owner_of(new)) for name in set(new.self_stores) - before)
    added = frozenset(name for name in added if name not in locate.class_dict(cls))
    removed = frozenset(mangled(name, owner_of(new)) for name in set(old.self_stores) - set(new.scopes[-1].self_stores))
    hook = migration_of(cls)
    if not added and not (removed and hook):
        return
    living = instances([cls], True)
    if hook is not None:
        batch.migrations.append((work, new, cls, hook, added, removed))
        return
    lacking = [each for each in living if any(not hasattr_static(each, name) for name in added)]
    if lacking:
        batch.findings.reason(
            "RL209",
            work.tracked,
            new.qualname,
            new.line,
            name=cls.__qualname__,
            count=plural(len(lacking), "instance"),
            lack="lacks" if len(lacking) == 1 else "lack",
            attributes=", ".join(sorted(added)),
        )


def hasattr_static(instance: object, name: str) -> bool:
    """Whether an instance or its class has an attribute, without running anyone's code."""
    try:
        attributes = object.__getattribute__(instance, "__dict__")
    except AttributeError:
        attributes = {}
    if name in attributes:
        return True
    for cls in type(instance).__mro__:
        value = locate.class_dict(cls).get(name, MISSING)
        if isinstance(value, types.MemberDescriptorType):
            try:
                value.__get__(instance)
            except AttributeError:
                return False
            return True
        if value is not MISSING:
            return True
    return False


def cached_values(batch: Batch, work: Work, edit: Edit) -> None:
    """A `cached_property` whose function changed: values computed before stay in the instances."""
    new, old = edit.new, edit.old
    assert old is not None and new is not None
    cls = locate.class_of(work.tracked, old.scopes[-1]) if old.scopes else None
    if cls is None:
        return
    name = locate.bound_name(new)
    holding = 0
    for each in instances([cls], True):
        try:
            holding += name in object.__getattribute__(each, "__dict__")
        except AttributeError:
            continue
    if holding:
        count = plural(holding, "instance")
        batch.findings.reason("RL211", work.tracked, new.qualname, new.line, name=new.qualname, count=count)


def rename(module: Host, edit: Edit) -> None:
    """The same class object under another name."""
    batch, old, new = module.batch, edit.old, edit.new
    assert old is not None and new is not None
    space = batch.space_of(module.work, old, old=True)
    cls = space.get(old.name or "")
    if not isinstance(cls, type):
        raise NeedsRestart("RL301", name=old.qualname, why="nothing is bound to that name")
    batch.stage.steps.append((CLASS, cls, "__name__", new.name))
    for each in with_nested(cls):
        qualname = new.qualname + each.__qualname__[len(old.qualname) :]
        batch.stage.steps.append((CLASS, each, "__qualname__", qualname))
        _rename_generated(batch, each, old.qualname, new.qualname)
    batch.stage.set(space, new.name or "", cls)
    batch.renamed[module.tracked.name, old.qualname] = new.name or ""
    batch.reidentified = True
    module.unbind({old.name or ""}, old)
    batch.findings.change("rename", module.tracked, old.qualname, new.line, f"to {new.qualname}")


def _rename_generated(batch: Batch, cls: type, old: str, new: str) -> None:
    """Methods that `dataclass` and its like made, and the docstring that it made of the name."""
    for value in list(locate.class_dict(cls).values()):
        for found in locate.unwrap(value):
            qualname = found.function.__qualname__
            if qualname.startswith(f"{old}.") and qualname != found.function.__code__.co_qualname:
                batch.stage.steps.append((ATTR, found.function, "__qualname__", new + qualname[len(old) :]))
                annotate = of_functions.annotate_of(found.function)
                if annotate is not None and annotate.__qualname__.startswith(f"{old}."):
                    text = new + annotate.__qualname__[len(old) :]
                    batch.stage.steps.append((ATTR, annotate, "__qualname__", text))
    doc = locate.class_dict(cls).get("__doc__")
    before, after = (name.rpartition(".")[2] for name in (old, new))
    if "__dataclass_fields__" in locate.class_dict(cls) and isinstance(doc, str) and doc.startswith(f"{before}("):
        batch.stage.set(batch.stage.class_space(cls), "__doc__", after + doc[len(before) :])


# ---- headers ----------------------------------------------------------------------------------------


def change_header(module: Host, edit: Edit) -> None:
    """The bases of a plain class."""
    batch, work = module.batch, module.work
    old, new = edit.old, edit.new
    assert old is not None and new is not None
    cls = locate.class_of(module.tracked, old)
    if cls is None:
        return
    sources = [part.source for keyword, part in new.bases if keyword is None]
    values = _evaluate_bases(module, new, sources)
    resolved = types.resolve_bases(values)
    wanted: tuple[type, ...] = tuple(base for base in resolved if isinstance(base, type)) or (object,)
    plan = Plan(cls, old, new, [edit])
    alike = len(wanted) == max(1, len(resolved)) and same_layout(cls, wanted)
    if not alike or not _settle_metaclass(batch, cls, wanted, new):
        plan.carry_out(module)
        return
    _set_bases(batch, cls, wanted)
    space = batch.stage.class_space(cls)
    if resolved is not values:
        batch.stage.set(space, "__orig_bases__", values)
    elif "__orig_bases__" in space.live:
        batch.stage.set(space, "__orig_bases__", MISSING)
    _generic_parameters(batch, cls, wanted, values)
    for base in wanted:
        hook = locate.class_dict(base).get("__init_subclass__")
        if hook is not None and base.__module__ not in _HARMLESS_HOOKS and not locate.is_below(cls, base):
            batch.findings.reason(
                "RL215",
                work.tracked,
                new.qualname,
                new.line,
                name=new.qualname,
                reader=f"{base.__qualname__}.__init_subclass__",
            )
    settle_abstract(batch, cls)
    batch.regenerated.append((work, new))
    batch.findings.change("update", module.tracked, new.qualname, new.line, "bases")


def _generic_parameters(batch: Batch, cls: type, bases: tuple[type, ...], written: tuple[object, ...]) -> None:
    """`__parameters__`, which `typing.Generic` computes for each class below it, from the bases as written."""
    space = batch.stage.class_space(cls)
    if not any(issubclass(base, typing.Generic) for base in bases):
        for each in [cls, *locate.subclasses(cls)]:
            if "__parameters__" in locate.class_dict(each) and _generic_through(each, cls):
                batch.stage.set(batch.stage.class_space(each), "__parameters__", MISSING)
        return
    named = [base for base in written if typing.get_origin(base) in (typing.Generic, typing.Protocol)]
    found: list[object] = []
    for base in named or written:
        found += [each for each in getattr(base, "__parameters__", ()) if each not in found and base not in bases]
    if space.live.get("__parameters__") != tuple(found):
        batch.stage.set(space, "__parameters__", tuple(found))
    for each in locate.subclasses(cls):
        if "__parameters__" not in locate.class_dict(each):
            batch.stage.set(batch.stage.class_space(each), "__parameters__", ())


def _generic_through(sub: type, cls: type) -> bool:
    """Whether a class is generic only because `cls` was."""
    return sub is cls or all(not issubclass(base, typing.Generic) or issubclass(base, cls) for base in sub.__bases__)


def rebase(module: Host, node: Node, cls: type) -> None:
    """The bases of an unchanged class after one of their names was bound to something else."""
    batch = module.batch
    if is_generated(cls):
        Rebuild(module, Plan(cls, node, node, [])).carry_out()
        return
    values = _evaluate_bases(module, node, [part.source for keyword, part in node.bases if keyword is None])
    wanted = tuple(base for base in types.resolve_bases(values) if isinstance(base, type)) or (object,)
    if any(step[1] is cls and step[2] == "__bases__" for step in batch.stage.steps):
        return
    if wanted == cls.__bases__:
        if "__orig_bases__" in locate.class_dict(cls):
            batch.stage.set(batch.stage.class_space(cls), "__orig_bases__", values)
            _generic_parameters(batch, cls, wanted, values)
        return
    if not same_layout(cls, wanted) or not _settle_metaclass(batch, cls, wanted, node):
        Rebuild(module, Plan(cls, node, node, [])).carry_out()
        return
    _set_bases(batch, cls, wanted)
    _generic_parameters(batch, cls, wanted, values)
    settle_abstract(batch, cls)
    batch.findings.change("update", module.tracked, node.qualname, node.line, "bases")


def _evaluate_bases(module: Host, new: Node, sources: list[str]) -> tuple[object, ...]:
    batch, work = module.batch, module.work
    if any("[" in source or "(" in source for source in sources) and (batch.stage.steps or batch.stage.spaces):
        # Subscriptions and calls ask classes that this batch may change.
        batch.flush()
    text = "\n" * (new.def_line - 1) + f"_ = ({''.join(f'{source}, ' for source in sources)})"
    space = batch.space_of(work, new)
    local = {name: value for name, value in {**space.live, **space.stage}.items() if value is not MISSING}
    local |= {name: value for name, value in work.space.stage.items() if value is not MISSING and name not in local}
    try:
        code = compile(text, module.tracked.filename, "exec", dont_inherit=True)
        exec(code, module.tracked.namespace, local)
    except Exception as error:
        raise failure(batch, work, new, error) from error
    values = local["_"]
    assert isinstance(values, tuple)
    return values


def _solid(cls: type) -> type:
    """The class that gives instances their layout: the nearest one that adds fields."""
    for base in cls.__mro__:
        slots = locate.class_dict(base).get("__slots__")
        heap = bool(base.__flags__ & (1 << 9))
        if not heap or slots not in (None, (), [], ""):
            return base
    return object


def same_layout(cls: type, bases: tuple[type, ...]) -> bool:
    """Whether instances of a class would look the same in memory with other bases."""
    if "__slots__" in locate.class_dict(cls) or not _same_solid(cls, bases):
        return False
    for base in bases:
        if base.__basicsize__ > cls.__basicsize__ or base.__itemsize__ != cls.__itemsize__:
            return False
        for name in ("__dictoffset__", "__weakrefoffset__"):
            if getattr(base, name) and getattr(base, name) != getattr(cls, name):
                return False
    return True


def _same_solid(cls: type, bases: tuple[type, ...]) -> bool:
    have = {_solid(base) for base in cls.__bases__} - {object}
    return have == {_solid(base) for base in bases} - {object}


def _set_bases(batch: Batch, cls: type, bases: tuple[type, ...]) -> None:
    """Prepares other bases. What instances have from a base that goes, a place for attributes and for weak references,
    they keep; the class itself has to say so then."""
    having = [cls, *(each for base in bases for each in base.__mro__)]
    for name, offset in (("__dict__", cls.__dictoffset__), ("__weakref__", cls.__weakrefoffset__)):
        if offset and not any(name in locate.class_dict(each) for each in having):
            giver = next((each for each in cls.__mro__ if name in locate.class_dict(each)), None)
            if giver is not None:
                mine = descriptor_for(cls, locate.class_dict(giver)[name])
                # `type.__setattr__` takes these names for its own. The change of bases clears what is cached.
                batch.stage.steps.append((DICT, locate.own_dict(cls), name, mine))
    batch.stage.steps.append((CLASS, cls, "__bases__", bases))


def _settle_metaclass(batch: Batch, cls: type, bases: tuple[type, ...], node: Node) -> bool:
    """Gives a class the metaclass that goes with its new bases; False if it has to be made anew for that."""
    have, meta = metaclasses.current(batch, cls), metaclasses.asked_for(batch, cls, bases, node)
    if meta is have:
        return True
    if meta is None or metaclasses.PROTOCOL in (have, meta):
        # What makes a protocol is written into it when it is made.
        return False
    return metaclasses.exchange(batch, cls, meta) or issubclass(have, meta)


# ---- rebuilding -------------------------------------------------------------------------------------


class Rebuild:
    """One class built anew and grafted, or put in the place of the old one."""

    def __init__(self, module: Host, plan: Plan) -> None:
        self.module = module
        self.batch = module.batch
        self.work = module.work
        self.plan = plan
        self.cls = plan.cls
        self.old_nodes = _binders(plan.old)
        self.new_nodes = _binders(plan.new)
        self.codes: list[CodeType] = []
        self.twins: list[type] = []

    def carry_out(self) -> None:
        """Raises NeedsRestart or Rejected."""
        batch, new = self.batch, self.plan.new
        made = self._make()
        if isinstance(made, type) and isinstance(made, enum.EnumMeta) and isinstance(self.cls, enum.EnumMeta):
            why = self._enum_why_not(made)
            if not why:
                self._graft_enum(made)
        elif not isinstance(made, type):
            why = "its decorators now give something else"
        else:
            why = self._why_not(made)
            if not why:
                self._graft(made)
        if why:
            self._replace(made, why)
        else:
            self._lacking_fields()
        self.batch.regenerated.append((self.work, new))
        batch.journal.afterwards.append(self._learn)
        for edit in self.plan.edits:
            if edit.action == "removed" and edit.old is not None and edit.old.name:
                self.module.unlearn(edit.old)
        batch.note_run(self.module.tracked, new)
        self._told()

    def _told(self) -> None:
        new = self.plan.new
        self.batch.findings.change("rebuild", self.module.tracked, new.qualname, new.line, _what(self.plan.edits, new))

    def _learn(self) -> None:
        """Once it is live: which of the new class's code objects are those that its functions run."""
        cls: object = self.cls
        namespace: Mapping[str, object] = self.module.tracked.namespace
        for name in self.plan.new.qualname.split("."):
            cls = namespace.get(name)
            if not isinstance(cls, type):
                return
            namespace = locate.class_dict(cls)
        assert isinstance(cls, type)
        run = {
            id(found.function.__code__)
            for each in with_nested(cls)
            for value in list(locate.class_dict(each).values())
            for found in locate.unwrap(value)
        }
        self.batch.learn(self.module.tracked, [code for code in self.codes if id(code) in run])

    # ---- making ----

    def _make(self) -> object:
        batch, work, new = self.batch, self.work, self.plan.new
        code = compiled(work, new)
        space = batch.space_of(work, new)
        in_class = isinstance(space.owner, type)
        if needs_new_world(batch, work, code, in_class=True):
            batch.flush()
        seen = {name: value for name, value in {**space.live, **space.stage}.items() if value is not MISSING}
        local: dict[str, object] = seen if in_class else dict(space.stage)
        local = {name: value for name, value in local.items() if value is not MISSING}
        closure = class_cells(code, space.owner) if isinstance(space.owner, type) else None
        namespace = self.module.tracked.namespace
        kept = dict(local)
        try:
            exec(code, namespace, local, closure=closure)
        except Exception as error:
            failure = self._failure(error)
            if not isinstance(failure, NeedsRestart):
                raise failure from error
            # A registry that has seen the class refuses it a second time: build it out of its sight.
            code, local = self._unregistered(), kept
            try:
                with _Quietly(self.cls.__qualname__):
                    exec(code, namespace, local, closure=closure)
            except Exception:
                raise failure from error
        self.codes = list(function_codes(code))
        return local[locate.bound_name(new)]

    def _unregistered(self) -> CodeType:
        """The class statement without decorators of unknown effect that are as they were."""
        old, new = self.plan.old, self.plan.new
        source = new.segment
        if [part.fingerprint for part in old.decorators] == [part.fingerprint for part in new.decorators]:
            foreign = [
                part for part in new.decorators if decorator_name(part).rpartition(".")[2] not in _KNOWN_DECORATORS
            ]
            source = without(new, foreign)
        unit = unit_of(new)
        unit = unit._replace(source=source, line=new.line + new.segment.count("\n") - source.count("\n"))
        return body_code(unit, context_of(self.work.outline, self.module.tracked.filename))

    def _failure(self, error: BaseException) -> Exception:
        """An exception in lines of the class body is the new source's fault; one in a registry, metaclass or
        decorator that sees the class a second time is not, and a fresh process would not raise it."""
        new, work = self.plan.new, self.work
        edited = {line for edit in self.plan.edits if edit.new for line in range(edit.new.line, edit.new.end_line + 1)}
        header = self.plan.new.qualname in {edit.new.qualname for edit in self.plan.edits if edit.new}
        deepest: tuple[str, int] = ("", 0)
        lines: list[int] = []
        trace = error.__traceback__
        while trace is not None:
            deepest = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
            if deepest[0] == work.tracked.filename and new.line <= deepest[1] <= new.end_line:
                lines.append(deepest[1])
            trace = trace.tb_next
        if deepest[0] == work.tracked.filename and deepest[1] in edited:
            return failure(self.batch, work, new, error)
        if lines and lines[-1] in edited and not header:
            return failure(self.batch, work, new, error)
        if isinstance(error, (NameError, SyntaxError, ImportError)) or not capture.is_user_code(deepest[0]):
            # `dataclass` and its like judge what the class says, whether they saw it before or not.
            return failure(self.batch, work, new, error)
        return NeedsRestart("RL301", name=new.qualname, why=f"{type(error).__name__}: {error}")

    # ---- whether ----

    def _why_not(self, made: type) -> str:
        """Why the new class cannot be grafted onto the old one; "" if it can."""
        old = self.cls
        if type(made) is not type(old) and not metaclasses.exchangeable(self.batch, old, type(made)):
            return f"its metaclass is {type(made).__name__} now"
        if _is_model(old):
            return "its generated parts refer to the new class"
        if (made.__basicsize__, made.__itemsize__, made.__dictoffset__, made.__weakrefoffset__) != (
            old.__basicsize__,
            old.__itemsize__,
            old.__dictoffset__,
            old.__weakrefoffset__,
        ):
            return "its instances have another layout"
        if _members(made) != _members(old):
            return "its slots changed"
        if issubclass(old, tuple) and getattr(old, "_fields", None) != getattr(made, "_fields", None):
            return "its fields changed"
        if made.__bases__ != old.__bases__ and not _same_solid(old, made.__bases__):
            return "its bases have another layout"
        return ""

    def _enum_why_not(self, made: type) -> str:
        old: Any = self.cls
        new: Any = made
        if type(new) is not type(old) or new._member_type_ is not old._member_type_:
            return "its members are of another type now"
        if old.__bases__ != new.__bases__ and not same_layout(old, new.__bases__):
            return "its bases have another layout"
        return ""

    # ---- grafting ----

    def _graft(self, made: type) -> None:
        old = locate.class_dict(self.cls)
        new = locate.class_dict(made)
        self._retarget(made)
        metaclasses.exchange(self.batch, self.cls, type(made))
        if made.__bases__ != self.cls.__bases__:
            _set_bases(self.batch, self.cls, made.__bases__)
        for name, value in list(new.items()):
            if name not in _OWN:
                self._take(name, old.get(name, MISSING), value)
        for name in list(old):
            if name not in new and name not in _OWN and self._went(name):
                self.batch.stage.set(self.batch.stage.class_space(self.cls), name, MISSING)
        for twin in self.twins:
            self._align(twin)
        self._forget(made)
        settle_abstract(self.batch, self.cls)

    def _align(self, twin: type) -> None:
        """`dataclass(slots=True)` and attrs make a class twice; generated methods refer to the first one,
        which holds the same functions."""
        space = self.batch.stage.class_space(self.cls)
        for name, value in list(locate.class_dict(twin).items()):
            final = space.get(name)
            if name not in _OWN and final is not MISSING and final is not value and not isinstance(value, type):
                if not isinstance(final, types.MemberDescriptorType):
                    self.batch.stage.steps.append((TYPE, twin, name, final))

    def _take(self, name: str, old: object, new: object) -> None:
        """One attribute of the class that was built anew."""
        batch = self.batch
        source_old, source_new = self.old_nodes.get(name), self.new_nodes.get(name)
        if old is not MISSING and source_old and source_new:
            same = [node.fingerprint for node in source_old] == [node.fingerprint for node in source_new]
            if same and name not in ("__slots__",) and not isinstance(new, types.MemberDescriptorType):
                return
            if _all_functions(source_old) and _all_functions(source_new) and self._swapped(source_new):
                return
        if isinstance(new, types.MemberDescriptorType):
            return
        if isinstance(new, type) and isinstance(old, type) and source_old and source_new:
            return
        if isinstance(old, FunctionType) and isinstance(new, FunctionType) and not source_new:
            self._overwrite(old, new)
            if not any(isinstance(each, type) for each in _contents(new)):
                return
        if old is not MISSING and unchanged_value(old, new):
            return
        batch.stage.set(batch.stage.class_space(self.cls), name, new)
        hook = getattr(type(new), "__set_name__", None)
        if hook is not None and not isinstance(new, (type, enum.Enum)):
            hook(new, self.cls, name)

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
        was, tracked = old.__code__, self.module.tracked
        if any(was is each for each in tracked.codes.get(was.co_qualname, ())):
            # What gives the class its annotations: the code of the new one is learned with the class.
            self.batch.unlearn(tracked, [was])
        steps.append((CODE, old, None, (new.__code__, new.__closure__)))
        if old.__globals__ is not new.__globals__:
            steps.insert(len(steps) - 1, (GLOBALS, old, None, new.__globals__))
        steps += of_functions.steps_to(old, new)
        for name in ("__defaults__", "__kwdefaults__", "__doc__", "__dict__"):
            steps.append((ATTR, old, name, getattr(new, name)))

    def _went(self, name: str) -> bool:
        """Whether an attribute that the new class lacks came from the old source, not from run time."""
        if name in self.old_nodes or self.old_nodes.get(_short(name, self.cls)):
            return True
        return name in _STATED or (name in _GENERATED and self._generates())

    def _generates(self) -> bool:
        """Whether the class statement itself writes methods; else they were set by lines below it, which stand."""
        header = self.plan.old
        keywords = [keyword for keyword, _ in header.bases if keyword]
        return bool(header.decorators or keywords or is_generated(self.cls) or _foreign_meta(self.cls))

    def _retarget(self, made: type) -> None:
        """What the new class's functions call `__class__` is the class that lives."""
        seen: set[int] = set()
        own = locate.own_dict(made)
        for value in list(locate.class_dict(made).values()):
            functions = [found.function for found in locate.unwrap(value)]
            # Annotations are evaluated later (3.14+), and see the class's attributes.
            functions += [each for each in map(of_functions.annotate_of, functions) if each is not None]
            for function in functions:
                for cell in function.__closure__ or ():
                    try:
                        content = cell.cell_contents
                    except ValueError:
                        continue
                    if content is own and id(cell) not in seen:
                        seen.add(id(cell))
                        self.batch.stage.steps.append((CELL, cell, None, locate.own_dict(self.cls)))
                    is_it = content is made
                    if isinstance(content, type) and not is_it and content.__qualname__ == made.__qualname__:
                        if content.__module__ == made.__module__ and content not in self.twins:
                            self.twins.append(content)
                    if is_it and id(cell) not in seen:
                        seen.add(id(cell))
                        self.batch.stage.steps.append((CELL, cell, None, self.cls))

    def _forget(self, made: type) -> None:
        """Registries that the new class entered hold the old one already, or take it instead."""
        cls = self.cls

        def purge() -> None:
            import gc

            for holder in gc.get_referrers(made):
                if isinstance(holder, list):
                    _replace_in_list(holder, made, cls)
                elif isinstance(holder, set):
                    holder.discard(made)
                    holder.add(cls)
                elif isinstance(holder, dict):
                    _replace_in_dict(holder, made, cls)

        self.batch.journal.afterwards.append(purge)

    def _lacking_fields(self) -> None:
        """Fields without a default that instances made earlier do not have."""
        batch = self.batch
        space = batch.stage.class_space(self.cls)
        fields = space.get("__dataclass_fields__")
        names = set(fields) if isinstance(fields, dict) else set()
        attrs = space.get("__attrs_attrs__")
        if isinstance(attrs, tuple):
            names |= {str(getattr(each, "name", "")) for each in attrs}
        before = space.live.get("__dataclass_fields__") or {}
        known = set(before) if isinstance(before, dict) else set()
        known |= {str(getattr(each, "name", "")) for each in getattr(self.cls, "__attrs_attrs__", ())}
        added = {name for name in names - known if space.get(name) is MISSING}
        if not added:
            return
        hook = migration_of(self.cls)
        if hook is not None:
            batch.migrations.append(
                (self.work, self.plan.new, self.cls, hook, frozenset(added), frozenset(known - names))
            )
            return
        lacking = [each for each in instances([self.cls], True) if any(not hasattr_static(each, n) for n in added)]
        if lacking:
            qualname = self.plan.new.qualname
            batch.findings.reason(
                "RL209",
                self.module.tracked,
                qualname,
                self.plan.new.line,
                name=qualname,
                count=plural(len(lacking), "instance"),
                lack="lacks" if len(lacking) == 1 else "lack",
                attributes=", ".join(sorted(added)),
            )

    # ---- enums ----

    def _graft_enum(self, made: type) -> None:
        batch, cls = self.batch, self.cls
        old: Any = cls
        new: Any = made
        steps = batch.stage.steps
        self._retarget(made)
        if new.__bases__ != old.__bases__:
            _set_bases(batch, cls, new.__bases__)
        twin: dict[int, object] = {}
        space = batch.stage.class_space(cls)
        for name, member in new._member_map_.items():
            if id(member) in twin:
                continue
            was = old._member_map_.get(name)
            same = was is not None and (was._name_ == member._name_)
            if same and (old._member_type_ is object or unchanged_value(was._value_, member._value_)):
                twin[id(member)] = was
                self._copy_member(was, member)
            else:
                twin[id(member)] = member
                steps.append((CLASS, member, "__class__", cls))
                if "__objclass__" in vars(member):
                    steps.append((DICT, vars(member), "__objclass__", cls))
        for name in ("_member_map_", "_value2member_map_"):
            mapping = {key: twin.get(id(value), value) for key, value in getattr(new, name).items()}
            if name == "_value2member_map_":
                named = {id(value) for value in old._member_map_.values()}
                for key, value in getattr(old, name).items():
                    if id(value) not in named and key not in mapping:
                        mapping[key] = value
            batch.stage.set(space, name, mapping)
        new_dict, old_dict = locate.class_dict(made), locate.class_dict(cls)
        for name, value in list(new_dict.items()):
            if name in _OWN or name in ("_member_map_", "_value2member_map_"):
                continue
            if name in new._member_map_:
                stored = twin.get(id(value), value)
                holder: Any = value
                inner = getattr(holder, "member", None)
                if inner is not None and id(inner) in twin and not isinstance(value, enum.Enum):
                    holder.member = twin[id(inner)]
                if old_dict.get(name) is not stored:
                    batch.stage.set(space, name, stored)
            elif name in _ENUM_OWN:
                if name not in ("__new__", "_new_member_", "_use_args_") or name in self.new_nodes:
                    batch.stage.set(space, name, value)
            else:
                self._take(name, old_dict.get(name, MISSING), value)
        for name in list(old_dict):
            if name not in new_dict and name not in _OWN and (self._went(name) or name in old._member_map_):
                batch.stage.set(space, name, MISSING)
        self._forget(made)

    def _copy_member(self, was: Any, member: Any) -> None:
        before, after = vars(was), vars(member)
        for name, value in after.items():
            if name != "__objclass__" and (name not in before or not unchanged_value(before[name], value)):
                self.batch.stage.steps.append((DICT, before, name, value))
        for name in before:
            if name not in after:
                self.batch.stage.steps.append((DICT, before, name, MISSING))

    # ---- replacing ----

    def _replace(self, made: object, why: str) -> None:
        batch, cls, new = self.batch, self.cls, self.plan.new
        space = batch.space_of(self.work, new)
        living = instances([cls], False)
        moved = 0
        if isinstance(made, type):
            # May refuse: before anything is changed.
            self._subclasses(made, why)
            same_kind = _same_solid(cls, made.__bases__)
            if not same_kind:
                # Instances of another kind altogether: those of the old class go on as they were.
                self._leave_alone()
            self._carry_over(made, same_kind)
            if movable(cls, made):
                for each in living:
                    batch.stage.steps.append((CLASS, each, "__class__", made))
                moved = len(living)
            batch.replacing.append(made)
            if locate.class_dict(cls).get("__module__") != self.module.tracked.name:
                # Its package told it where it is of.
                batch.stage.steps.append((TYPE, made, "__module__", cls.__module__))
        batch.stage.set(space, locate.bound_name(new), made)
        if len(living) > moved:
            self._name_holders({id(each) for each in living}, why)
        batch.findings.reason(
            "RL210",
            self.module.tracked,
            new.qualname,
            new.line,
            name=new.qualname,
            why=why,
            count=plural(len(living) - moved, "instance"),
        )

    def _leave_alone(self) -> None:
        """Takes back what was prepared for the functions of the old class."""
        own = {
            id(found.function)
            for value in list(locate.class_dict(self.cls).values())
            for found in locate.unwrap(value)
            if found.function.__qualname__.startswith(f"{self.cls.__qualname__}.")
        }
        steps = self.batch.stage.steps
        steps[:] = [step for step in steps if id(step[1]) not in own]
        for swap in self.batch.swaps:
            swap.held = [step for step in swap.held if id(step[1]) not in own]
            for found in swap.living:
                function = found.function
                same = swap.old.co_freevars == swap.new.co_freevars
                if same and id(function) in own and function.__code__ is swap.new:
                    steps.append((CODE, function, None, (swap.old, function.__closure__)))
            # Nor do they get what is evaluated later, where the new definition stands.
            swap.living = tuple(found for found in swap.living if id(found.function) not in own)

    def _name_holders(self, living: set[int], why: str) -> None:
        """Where watched modules keep instances of the old class: names, items of containers, classes."""
        batch, new = self.batch, self.plan.new

        def items(value: object) -> list[tuple[str, object]]:
            if type(value) is dict:
                return [(f"[{key!r}]", each) for key, each in list(value.items())]
            if type(value) is list or type(value) is tuple:
                return [(f"[{at}]", each) for at, each in enumerate(value)]
            return []

        found: list[tuple[Tracked, str]] = []
        for tracked in batch.watched:
            for name, value in list(tracked.namespace.items()):
                if value is self.cls:
                    continue
                if id(value) in living:
                    found.append((tracked, name))
                elif isinstance(value, type) and locate.made_in(value, tracked.name):
                    held = list(locate.class_dict(value).values())
                    held += [each for part in held for _, each in items(part)]
                    if any(id(each) in living for each in held):
                        found.append((tracked, value.__qualname__))
                elif not name.startswith("__"):
                    found += [(tracked, name + at) for at, each in items(value) if id(each) in living]
        for tracked, name in found[:60]:
            batch.findings.reason("RL210", tracked, name, 0, name=new.qualname, why=why, count=f"what {name} holds")

    def _carry_over(self, made: type, functions: bool) -> None:
        """Functions keep their objects, unless the old class needs their old code, and attributes whose source
        is as it was their values."""
        old = locate.class_dict(self.cls)
        for name, value in list(locate.class_dict(made).items()):
            held = old.get(name, MISSING)
            source_old, source_new = self.old_nodes.get(name), self.new_nodes.get(name)
            if held is MISSING or not source_old or not source_new or isinstance(held, self.cls):
                # What is an instance of the old class was made with it, as the members of an enumeration are.
                continue
            if isinstance(value, FunctionType) and isinstance(held, FunctionType):
                bound = "__class__" in value.__code__.co_freevars + held.__code__.co_freevars
                if functions and not bound and self._swapped(source_new):
                    self.batch.stage.steps.append((TYPE, made, name, held))
            elif [n.fingerprint for n in source_old] == [n.fingerprint for n in source_new]:
                plain = not isinstance(held, (types.MemberDescriptorType, property, staticmethod, classmethod))
                if plain and source_old[0].name is None and not hasattr(held, "__get__"):
                    self.batch.stage.steps.append((TYPE, made, name, held))

    def _subclasses(self, made: type, why: str) -> None:
        sub: type
        for sub in type.__subclasses__(self.cls):
            if sub is made:
                continue
            bases = tuple(made if base is self.cls else base for base in sub.__bases__)
            if not movable(self.cls, made):
                raise NeedsRestart(
                    "RL303",
                    name=sub.__qualname__,
                    bases=", ".join(base.__qualname__ for base in bases),
                    why=f"{self.cls.__qualname__} is a new class, because {why}",
                )
            self.batch.stage.steps.append((CLASS, sub, "__bases__", bases))


class _Quietly:
    """While a class is built a second time, no inherited `__init_subclass__` of the user's hears of it.

    A first base that answers for all of them is put in through `__build_class__`, which other threads use
    unchanged meanwhile. What typing's own bases do in that hook is still done.
    """

    def __init__(self, qualname: str) -> None:
        self.qualname = qualname
        self.thread = threading.get_ident()

    def __enter__(self) -> None:
        self.original = builtins.__build_class__

        def build(body: Any, name: str, /, *bases: Any, **keywords: Any) -> Any:
            if threading.get_ident() == self.thread and body.__qualname__ == self.qualname:
                return self._build(body, name, bases, keywords)
            return self.original(body, name, *bases, **keywords)

        builtins.__build_class__ = build

    def _build(self, body: Any, name: str, bases: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        made = self.original(body, name, _Silent, *bases, **keywords)
        commit([(CLASS, made, "__bases__", types.resolve_bases(bases) or (object,))], MISSING)
        return made

    def __exit__(self, *_: object) -> None:
        builtins.__build_class__ = self.original


class _Silent:
    __slots__ = ()

    def __init_subclass__(cls, **keywords: object) -> None:
        for base in cls.__mro__[1:]:
            hook = locate.class_dict(base).get("__init_subclass__")
            if isinstance(hook, classmethod) and base.__module__ in ("typing", "typing_extensions"):
                hook.__func__(cls)
                return


def regenerate(module: Host, node: Node) -> None:
    """A generated class whose base was built anew takes its part from the base again."""
    cls = locate.class_of(module.tracked, node)
    if cls is None:
        return
    if is_generated(cls):
        Rebuild(module, Plan(cls, node, node, [])).carry_out()
    elif any("[" in part.source for keyword, part in node.bases if keyword is None):
        rebase(module, node, cls)


def movable(old: type, new: type) -> bool:
    """Whether an instance of one class can become one of the other."""
    layout = ("__basicsize__", "__itemsize__", "__dictoffset__", "__weakrefoffset__")
    if any(getattr(old, name) != getattr(new, name) for name in layout):
        return False
    if hasattr(old, "__del__") or _solid(old) not in (_solid(new), old):
        return False
    # The interpreter's own word, on an instance that nobody sees: no code of the user's runs.
    try:
        probe: object = object.__new__(old)
        object.__setattr__(probe, "__class__", new)
    except TypeError:
        return False
    return True


def _members(cls: type) -> list[str]:
    """The slots that a class itself adds."""
    own = locate.class_dict(cls)
    return sorted(name for name, value in own.items() if isinstance(value, types.MemberDescriptorType))


def _binders(cls: Node) -> dict[str, list[Node]]:
    """The members of a class body by the name they bind."""
    found: dict[str, list[Node]] = {}
    for node in cls.members:
        for name in node.binds if node.name is None else [locate.bound_name(node)]:
            found.setdefault(name, []).append(node)
    return found


def _all_functions(nodes: Iterable[Node]) -> bool:
    return all(node.kind == "function" for node in nodes)


def _contents(function: FunctionType) -> list[object]:
    found: list[object] = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:
            continue
    return found


def _short(name: str, cls: type) -> str:
    prefix = f"_{cls.__name__.lstrip('_')}__"
    return name[len(prefix) - 2 :] if name.startswith(prefix) else name


def _replace_in_list(holder: list[object], made: type, cls: type) -> None:
    if any(each is cls for each in holder):
        holder[:] = [each for each in holder if each is not made]
    else:
        holder[:] = [cls if each is made else each for each in holder]


def _replace_in_dict(holder: dict[object, object], made: type, cls: type) -> None:
    for key, value in list(holder.items()):
        if value is made:
            holder[key] = cls
        if key is made:
            holder[cls] = holder.pop(made)


def _what(edits: list[Edit], new: Node) -> str:
    words: list[str] = []
    for edit in edits:
        node = edit.new or edit.old
        assert node is not None
        if node.qualname == new.qualname and node.kind == "class":
            words += edit.facets
        else:
            words += [name for name in node.binds if name not in words]
    return ", ".join(words)


__all__ = [
    "Plan",
    "cached_values",
    "change_header",
    "is_generated",
    "key_of",
    "lacking_attributes",
    "movable",
    "plans",
    "rename",
    "settle_members",
    "with_nested",
]
