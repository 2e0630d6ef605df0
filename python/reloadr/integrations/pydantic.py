"""pydantic: a model has computed its schema and its validator from its fields, and from those of other models and
enumerations, when it was made. An edited model is a new class; what was made of the earlier one at load time is old.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import operator
import sys
import types
import typing
from collections.abc import Sequence
from typing import Any

from reloadr.plugins import Change, Plugin, Reload, Rule, has_member, instances, is_a


def living(cls: Any) -> Any:
    """The class that its module has by now under the name of a class."""
    found: object = sys.modules.get(getattr(cls, "__module__", ""))
    for name in getattr(cls, "__qualname__", "").split("."):
        found = getattr(found, name, None)
    return found if is_a(found, type) else cls


def living_type(kind: Any) -> Any:
    """A type with the models that there are by now: `list[Item]`, `Page[Item]`, `Annotated[Cat | Dog, ...]`."""
    generic = vars(kind).get("__pydantic_generic_metadata__") if is_a(kind, type) else None
    if generic and generic["args"]:
        arguments = tuple(map(living_type, generic["args"]))
        origin = living(generic["origin"])
        is_same = origin is generic["origin"] and _are_same(arguments, generic["args"])
        return kind if is_same else origin[arguments]
    if is_a(kind, type) and not is_a(kind, types.GenericAlias):
        return living(kind) if has_member(kind, "__pydantic_fields__") or is_a(kind, enum.EnumMeta) else kind
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is typing.Literal or not arguments:
        return kind
    now = tuple(map(living_type, arguments))
    if _are_same(now, arguments):
        return kind
    if is_a(kind, types.UnionType):
        return functools.reduce(operator.or_, now)
    if typing.get_origin(kind) is typing.Annotated:
        return typing.Annotated[now]
    return kind.copy_with(now) if hasattr(kind, "copy_with") else typing.get_origin(kind)[now]


def _are_same(some: Sequence[object], others: Sequence[object]) -> bool:
    return all(one is other for one, other in zip(some, others, strict=True))


class _Models:
    """All models of the process: what they have computed of one another."""

    def __init__(self) -> None:
        #: Whether something changed that they may have read.
        self._is_due = False

    def _note(self) -> None:
        self._is_due = True

    def touched(self, reload: Reload) -> None:
        """Something that models may have read changes."""
        reload.do(self._note, self._note)
        reload.after(self.settle)

    def settle(self) -> None:
        """Once all is live, or taken back: fields, schemas and validators are of what those refer to now."""
        if not self._is_due:
            return
        self._is_due = False
        todo: list[Any] = list(_base().__subclasses__())
        for cls in todo:
            todo += [each for each in cls.__subclasses__() if not any(each is one for one in todo)]
        for cls in todo:
            home = cls.__module__.partition(".")[0]
            if home not in ("pydantic", "pydantic_settings", "fastapi") and living_type(cls) is cls:
                for field in vars(cls).get("__pydantic_fields__", {}).values():
                    field.annotation = living_type(field.annotation)
                with contextlib.suppress(Exception):
                    cls.model_rebuild(force=True)


models = _Models()


def is_read_by_models(value: object) -> bool:
    """Whether it is a class of a kind that models have as types of fields."""
    marks = ("__dataclass_fields__", "_member_map_", "__pydantic_fields__")
    return is_a(value, type) and any(has_member(value, mark) for mark in marks)


def _touched(change: Change, reload: Reload) -> None:
    about = (*change.owners, change.old, change.new, *change.bases)
    if any(map(is_read_by_models, about)) and not (is_a(change.old, types.FunctionType) and change.facets):
        models.touched(reload)


def _is_made(value: object, depth: int = 2) -> bool:
    """Whether it is an instance of a model, or holds some."""
    if has_member(type(value), "__pydantic_fields__"):
        return True
    items = value.values() if is_a(value, dict) else value if is_a(value, list, tuple, set) else ()
    return depth > 0 and any(_is_made(each, depth - 1) for each in list(items))


def _value(change: Change, reload: Reload) -> bool:
    """What a module made of a model when it was loaded."""
    if change.owners and has_member(change.owners[0], "__pydantic_fields__"):
        # A model that was made anew has run its own lines again.
        return True
    if _is_made(change.new):
        reload.restart("it was made of a model as it was")
    # A type that a name stands for: to write it once more has no effect.
    return _is_type(change.new) and reload.run(change.module, change.name)


def _is_type(value: object) -> bool:
    """`Annotated[Cat | Dog, Field(discriminator="kind")]`, `list[Item]`, and the like."""
    return typing.get_origin(value) is not None or is_a(value, types.UnionType)


def _replaced(change: Change, reload: Reload) -> bool:
    """Nobody has instances of the earlier class: what names it names the new one."""
    old = [each for each in instances(_base()) if type(each) is not living(type(each))]
    return not any(type(each).__qualname__ == change.name and type(each).__module__ == change.module for each in old)


def _base() -> type:
    from pydantic import BaseModel

    found: type = BaseModel
    return found


def _method(change: Change, reload: Reload) -> None:
    """A validator: instances that modules made went through it as it was."""
    cls = change.owner
    if cls is None or "own work" not in change.facets or not _is_validator(cls, change.name.rpartition(".")[2]):
        return
    held = [value for module in _modules(cls) for value in list(vars(module).values())]
    if any(_is_made(each) and _has(each, cls) for each in held):
        reload.restart("what modules made of its model went through it")


def _is_validator(cls: Any, name: str) -> bool:
    decorators = getattr(cls, "__pydantic_decorators__", None)
    groups = vars(decorators).values() if hasattr(decorators, "__dict__") else ()
    return name == "model_post_init" or any(is_a(each, dict) and name in each for each in groups)


def _modules(cls: type) -> list[Any]:
    found = list(sys.modules.values())
    return [each for each in found if cls.__name__ in getattr(each, "__dict__", ()) or each.__name__ == cls.__module__]


def _has(value: Any, cls: type, depth: int = 2) -> bool:
    if isinstance(value, cls):
        return True
    items = value.values() if is_a(value, dict) else value if is_a(value, list, tuple, set) else ()
    return depth > 0 and any(_has(each, cls, depth - 1) for each in list(items))


plugin = Plugin(
    "pydantic",
    rules=[
        Rule(types=["builtins.object"], names=["*"], before=_touched, changed=_touched),
        Rule(names=["*"], types=["pydantic.main.BaseModel"], answers={"RL206": _value}),
        Rule(types=["pydantic.main.BaseModel"], before=_method, answers={"RL210": _replaced}),
    ],
    # Compiled of the schemas, and saying nothing more than they do.
    computed=["pydantic_core._pydantic_core.SchemaSerializer", "pydantic_core._pydantic_core.SchemaValidator"],
)
