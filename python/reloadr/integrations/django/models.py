"""Models and apps, of which tables and migrations hang; forms, whose metaclass collects their fields."""

from __future__ import annotations

import functools
import sys
from typing import Any, cast

from reloadr.plugins import Change, Reload, is_a

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


def manager_changed(change: Change, reload: Reload) -> None:
    """Querysets that were made through a manager while modules were loaded are of what it did then."""
    from django.apps import apps
    from django.db.models.manager import BaseManager
    from django.db.models.query import QuerySet

    cls = change.owner
    if cls is None or not apps.ready:
        return
    for model in apps.get_models():
        for manager in model._meta.managers:
            made_of = cast("type", getattr(manager, "_queryset_class", QuerySet))
            if isinstance(manager, cls) if issubclass(cls, BaseManager) else issubclass(made_of, cls):
                reload.read(model, manager.name)


def queryset_answer(change: Change, reload: Reload) -> bool:
    """`queryset = Book.objects.all()`: to make it once more asks no database."""
    from django.db.models.query import QuerySet

    if not is_a(change.new, QuerySet):
        return False
    if not change.owners:
        return reload.run(change.module, change.name)
    cls, name = change.owners[-1], change.name.rpartition(".")[2]
    put_back = functools.partial(setattr, cls, name, change.new)
    reload.after(functools.partial(_queryset_again, cls, name, reload), put_back)
    return True


def _queryset_again(cls: type, name: str, reload: Reload) -> None:
    twin = reload.twin(cls)
    if twin is None:
        raise TypeError(f"{cls.__qualname__} cannot be made once more")
    setattr(cls, name, vars(twin)[name])


def _manager_methods(queryset: Any) -> None:
    from django.db.models.manager import BaseManager

    todo: list[Any] = list(BaseManager.__subclasses__())
    for cls in todo:
        todo += cls.__subclasses__()
        made_of = vars(cls).get("_queryset_class")
        if is_a(made_of, type) and issubclass(made_of, queryset):
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
    return found if is_a(found, type) else cls


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
        own = [self._own(cls) for cls in todo]
        for cls, fields in zip(todo, own, strict=True):
            self._take(cls, fields)

    def _own(self, cls: Any) -> dict[str, object]:
        """What a class itself has declared."""
        above = [getattr(base, self._names[0], {}) for base in cls.__bases__]
        fields = getattr(cls, self._names[0], {})
        return {name: field for name, field in fields.items() if not any(name in each for each in above)}

    def _take(self, cls: Any, fields: dict[str, object]) -> None:
        twin: Any = self._reload.twin(cls) or self._remade(cls, fields)
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

    def _remade(self, cls: Any, fields: dict[str, object]) -> Any:
        """A class that a function made, as `modelform_factory` does: once more by its metaclass."""
        if cls.__name__ in vars(sys.modules.get(cls.__module__, sys)):
            return None
        own = {
            name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__", *self._names)
        }
        return type(cls)(cls.__name__, cls.__bases__, {**own, **fields})

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
