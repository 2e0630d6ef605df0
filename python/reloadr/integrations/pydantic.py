"""pydantic: a model has computed its schema and its validator from its fields, and from those of other models and
enumerations, when it was made. An edited model is a new class; what was made of the earlier one at load time is old.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

from reloadr.plugins import Change, Plugin, Reload, Rule, has_member, instances


def living(cls: Any) -> Any:
    """The class that its module has by now under the name of a class."""
    found: object = sys.modules.get(getattr(cls, "__module__", ""))
    for name in getattr(cls, "__qualname__", "").split("."):
        found = getattr(found, name, None)
    return found if isinstance(found, type) else cls


def models_again() -> None:
    """Schemas and validators of all models are computed from what those refer to now."""
    from pydantic import BaseModel

    todo: list[Any] = list(BaseModel.__subclasses__())
    for cls in todo:
        todo += [each for each in cls.__subclasses__() if not any(each is one for one in todo)]
    for cls in todo:
        if cls.__module__.partition(".")[0] not in ("pydantic", "pydantic_settings", "fastapi") and living(cls) is cls:
            with contextlib.suppress(Exception):
                cls.model_rebuild(force=True)


def _is_made(value: object, depth: int = 2) -> bool:
    """Whether it is an instance of a model, or holds some."""
    if has_member(type(value), "__pydantic_fields__"):
        return True
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple, set)) else ()
    return depth > 0 and any(_is_made(each, depth - 1) for each in list(items))


def _value(change: Change, reload: Reload) -> bool:
    """What a module made of a model when it was loaded."""
    if change.owners and has_member(change.owners[0], "__pydantic_fields__"):
        # A model that was made anew has run its own lines again.
        return True
    if _is_made(change.new):
        reload.restart("it was made of a model as it was")
    return False


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
    return name == "model_post_init" or any(isinstance(each, dict) and name in each for each in groups)


def _modules(cls: type) -> list[Any]:
    found = list(sys.modules.values())
    return [each for each in found if cls.__name__ in getattr(each, "__dict__", ()) or each.__name__ == cls.__module__]


def _has(value: Any, cls: type, depth: int = 2) -> bool:
    if isinstance(value, cls):
        return True
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple, set)) else ()
    return depth > 0 and any(_has(each, cls, depth - 1) for each in list(items))


plugin = Plugin(
    "pydantic",
    rules=[
        Rule(names=["*"], types=["pydantic.main.BaseModel"], answers={"RL206": _value}),
        Rule(types=["pydantic.main.BaseModel"], before=_method, answers={"RL210": _replaced}),
    ],
    # Compiled of the schemas, and saying nothing more than they do.
    computed=["pydantic_core._pydantic_core.SchemaSerializer", "pydantic_core._pydantic_core.SchemaValidator"],
)
