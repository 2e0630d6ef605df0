"""SQLAlchemy: a mapped class has told its mapper of its columns, and the table of them, when it was made."""

from __future__ import annotations

from types import FunctionType

from reloadr.plugins import MISSING, Change, Plugin, Reload, Rule, is_a

_WHY = "its mapper and table were made of it"


def _edited(change: Change, reload: Reload) -> None:
    if not change.owners:
        if change.action != "changed" or not {"bases", "decorators", "keywords"}.isdisjoint(change.facets):
            reload.restart(_WHY)
    elif not change.source.lstrip().startswith(("def ", "async def ", "@")) and _is_mapped(change):
        reload.restart(_WHY)


def _is_mapped(change: Change) -> bool:
    """Whether a line of the body may be a column: what is no plain value is."""
    name = change.name.rpartition(".")[2]
    if name.startswith("__") or change.action == "added" or change.old is MISSING:
        return True
    return name in getattr(getattr(change.owners[0], "__mapper__", None), "all_orm_descriptors", ())


def _answer(change: Change, reload: Reload) -> bool:
    """Methods and plain values are no business of the mapper, but for methods that it was told of: `@validates`."""
    if is_a(change.old, FunctionType) or is_a(change.new, FunctionType):
        return not _is_told_of(change.old) and not _is_told_of(change.new)
    return not _is_mapped(change)


def _is_told_of(method: object) -> bool:
    return is_a(method, FunctionType) and any(key.startswith("__sa_") for key in method.__dict__)


plugin = Plugin(
    "sqlalchemy",
    rules=[
        Rule(
            types=["sqlalchemy.orm.decl_api.DeclarativeAttributeIntercept", "sqlalchemy.orm.decl_api.DeclarativeBase"],
            before=_edited,
            answers={"RL215": _answer},
        )
    ],
)
