"""Models and apps, of which tables and migrations hang; forms, whose metaclass collects their fields."""

from __future__ import annotations

import functools
import sys
from typing import Any

from reloadr.plugins import Change, Reload

_OF_TABLE = "tables, migrations and relations of other models hang on it"


def model_edited(change: Change, reload: Reload) -> None:
    names = change.name.split(".")
    if not change.owners:
        if change.action != "changed" or not {"bases", "decorators", "keywords"}.isdisjoint(change.facets):
            reload.restart(_OF_TABLE)
    elif "Meta" in names[1:]:
        reload.restart(_OF_TABLE)


def _is_field(change: Change) -> bool:
    model = change.owners[0] if change.owners else None
    name = change.name.rpartition(".")[2]
    meta = getattr(model, "_meta", None)
    if hasattr(change.new, "contribute_to_class"):
        return True
    known = {getattr(each, "name", "") for each in (*meta.get_fields(), *meta.managers)} if meta is not None else set()
    return name in known


def model_changed(change: Change, reload: Reload) -> None:
    if change.owners and _is_field(change):
        reload.restart(_OF_TABLE)


def queryset_changed(change: Change, reload: Reload) -> None:
    """A manager that was made of a queryset has copies of its methods."""
    if change.owner is not None and change.action != "followed":
        reload.after(functools.partial(_manager_methods, change.owner))


def _manager_methods(queryset: Any) -> None:
    from django.db.models.manager import BaseManager

    todo: list[Any] = list(BaseManager.__subclasses__())
    for cls in todo:
        todo += cls.__subclasses__()
        made_of = vars(cls).get("_queryset_class")
        if isinstance(made_of, type) and issubclass(made_of, queryset):
            now = cls._get_queryset_methods(made_of)
            for name, method in now.items():
                setattr(cls, name, method)
            for name, value in list(vars(cls).items()):
                if getattr(value, "__name__", "") == name and not hasattr(made_of, name):
                    if getattr(value, "__qualname__", "").endswith("create_method.<locals>.manager_method"):
                        delattr(cls, name)


def model_answer(change: Change, reload: Reload) -> bool:
    """The metaclass takes nothing from the body but what contributes to the class, and `Meta`."""
    if not change.owners:
        return False
    if _is_field(change) or "Meta" in change.name.split(".")[1:]:
        reload.restart(_OF_TABLE)
    return change.code == "RL215"


def app_edited(change: Change, reload: Reload) -> None:
    if change.owners:
        reload.restart("apps are set up once")


# ---- what metaclasses collect


def living(cls: type) -> type:
    """The class that a class was made beside, to be grafted onto it."""
    found: object = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        found = getattr(found, name, None)
    return found if isinstance(found, type) else cls


class Collected:
    """Attributes that a metaclass computes from the body of a class: taken from a class made once more."""

    def __init__(self, cls: type, names: tuple[str, ...], kinds: tuple[type, ...], reload: Reload) -> None:
        self._cls = cls
        self._names = names
        self._kinds = kinds
        self._reload = reload
        self._before: list[tuple[type, dict[str, object]]] = []

    def take(self) -> None:
        """Once all is live: for the class and those below it."""
        todo: list[type] = [self._cls]
        for cls in todo:
            subclasses: list[type] = cls.__subclasses__()
            todo += [each for each in subclasses if living(each) is each]
            twin = self._reload.twin(cls)
            if twin is None:
                raise TypeError(f"{cls.__qualname__} cannot be made once more")
            self._before.append((cls, {name: vars(cls)[name] for name in self._names if name in vars(cls)}))
            for name in self._names:
                if name in vars(twin):
                    setattr(cls, name, vars(twin)[name])
            # The metaclass took them out of the body.
            for name, value in list(vars(cls).items()):
                if isinstance(value, self._kinds) and name not in vars(twin):
                    delattr(cls, name)

    def put_back(self) -> None:
        """The save is taken back."""
        for cls, values in self._before:
            for name, value in values.items():
                setattr(cls, name, value)


def collect(change: Change, reload: Reload, base: type, names: tuple[str, ...], kinds: tuple[type, ...]) -> bool:
    """Has what a metaclass collected made anew; whether a change is about such a class."""
    cls = change.owners[0] if change.owners else None
    if cls is None or not issubclass(cls, base) or change.source.lstrip().startswith(("def ", "async def ")):
        return False
    collected = Collected(cls, names, kinds, reload)
    reload.after(collected.take, collected.put_back)
    return True


def form(change: Change, reload: Reload) -> bool:
    from django.forms import Field
    from django.forms.forms import BaseForm

    return collect(change, reload, BaseForm, ("declared_fields", "base_fields", "_meta"), (Field,))
