"""WTForms: a form has a list of its fields, in the order in which they were made, from its first instance on."""

from __future__ import annotations

import functools
from typing import Any

from reloadr.plugins import Change, Plugin, Reload, Rule


def _edited(change: Change, reload: Reload) -> bool:
    """A line of a form: its fields are taken from the class made once more, which has them in their order."""
    cls: Any = change.owners[0] if change.owners else None
    if cls is None or change.source.lstrip().startswith(("def ", "async def ")):
        # Methods are looked up as they are needed.
        return cls is not None
    todo = [cls]
    for each in todo:
        # In this order: a field that was made later comes later, and those of a base come first.
        todo += each.__subclasses__()
        before = functools.partial(_put, each, _fields(each))
        reload.after(functools.partial(_take, each, reload), before)
    return True


def _fields(cls: Any) -> dict[str, Any]:
    return {name: value for name, value in list(vars(cls).items()) if hasattr(value, "_formfield")}


def _take(cls: Any, reload: Reload) -> None:
    twin = reload.twin(cls)
    if twin is None:
        raise TypeError(f"{cls.__qualname__} cannot be made once more")
    _put(cls, _fields(twin))


def _put(cls: Any, fields: dict[str, Any]) -> None:
    for name in _fields(cls).keys() - fields.keys():
        delattr(cls, name)
    for name, value in fields.items():
        setattr(cls, name, value)
    cls._unbound_fields = cls._wtforms_meta = None


plugin = Plugin(
    "wtforms",
    rules=[
        Rule(
            types=["wtforms.form.BaseForm"],
            before=_edited,
            changed=_edited,
            answers=dict.fromkeys(["RL206", "RL215", "RL234"], _edited),
        )
    ],
)
