"""The ways that lead to an object from the names of watched modules: who writes one of them may read what it holds.

app.conf["url"] = "db"             # stores in the dict that `app.conf` is
db = make(app)                     # `make` may come to it: `app` leads there
Y = box[0]["url"]                  # and so does `box`, which holds it

own = vars(app)
own["url"] = "db"                  # stores in the dict of the attributes of `app`: `app.url` is another view of it
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType

from reloadr.engine.batch import Work, Works
from reloadr.engine.evaluate.places import Place, dict_of, own_dict
from reloadr.engine.evaluate.reach import called_by
from reloadr.judge.static import instance_namespace
from reloadr.live import locate
from reloadr.live.codes import all_codes
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.statements import parse_statements
from reloadr.source.stores import ANY, Store
from reloadr.stage.stage import Stage

#: How many items of a container are looked at, and how far it is gone.
_MANY, _DEEP = 64, 3


def ways_to(tracked: Tracked, owner: object) -> Iterator[tuple[str, str]]:
    """The names of a module that lead to an object, each with the rest of the way: `box`, `[0]`."""
    for name, value in list(tracked.namespace.items()):
        if not name.startswith("__") and not is_a(value, ModuleType, type, FunctionType):
            yield from ((name, rest) for rest, _ in _down(value, lambda each: each is owner, "", _DEEP, set()))


def _down(
    value: object, wanted: Callable[[object], bool], way: str, left: int, seen: set[int]
) -> Iterator[tuple[str, object]]:
    if wanted(value):
        yield way, value
        return
    if not left or id(value) in seen:
        return
    seen.add(id(value))
    for step, each in _parts(value):
        yield from _down(each, wanted, way + step, left - 1, seen)


def views_of(tracked: Tracked, place: Place) -> list[Place]:
    """The place that an attribute is as a key of its object's `__dict__`, and the other way round, as the names of a
    module write it."""
    own = own_dict(place)
    if own is not None:
        held = [name for name, value in list(tracked.namespace.items()) if value is own]
        texts = [*held, f"{ast.unparse(place.store.owner)}.__dict__"]
        return [_view(place, own, text, item=True) for text in texts]
    if not place.item or not (place.key is ANY or isinstance(place.key, str)) or type(place.owner) is not dict:
        return []
    found: dict[int, Place] = {}
    for name, value in list(tracked.namespace.items()):
        if not name.startswith("__") and not is_a(value, ModuleType, type):
            for rest, each in _down(value, lambda each: dict_of(each) is place.owner, "", _DEEP, set()):
                found.setdefault(id(each), _view(place, each, name + rest, item=False))
    return list(found.values())


def _view(place: Place, owner: object, text: str, *, item: bool) -> Place:
    store = place.store
    name = "" if place.key is ANY else str(place.key)
    key: ast.expr | str = ast.Constant(name) if item else name
    written = f"{text}[{name!r}]" if item else f"{text}.{name}"
    return Place(owner, place.key, item, Store(ast.parse(text, mode="eval").body, key, store.value, written))


def _parts(value: object) -> list[tuple[str, object]]:
    if is_a(value, list, tuple):
        assert is_a(value, list, tuple)
        return [(f"[{at}]", each) for at, each in enumerate(value[:_MANY]) if not is_a(each, str, int, float)]
    if type(value) is dict and len(value) <= _MANY:
        return [(f"[{key!r}]", each) for key, each in list(value.items()) if type(key) in (str, int)]
    if is_a(value, type, FunctionType, ModuleType, str, bytes, int, float):
        return []
    held = instance_namespace(value)
    return [] if held is None or len(held) > _MANY else [(f".{name}", each) for name, each in list(held.items())]


def comes_to(works: Works, stage: Stage, work: Work, source: str, way: tuple[object, str], key: object) -> bool:
    """Whether functions of watched modules that a statement calls, or methods of what a way begins at, go the rest of
    the way and ask for a key there."""
    root, rest = way
    tree = parse_statements(source)
    if tree is None:
        return False
    called = called_by(
        works, stage, compile(tree, work.tracked.filename, "exec", dont_inherit=True), work.tracked.namespace
    )
    steps = {part for part in rest.replace("[", ".").split(".") if part.isidentifier()}
    codes = [code for code, _ in called.functions]
    used = {each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute)}
    for cls in locate.mro(type(root)):
        own = locate.class_dict(cls)
        codes += [found.function.__code__ for name in used & own.keys() for found in locate.unwrap(own[name])]
    return any(_goes(code, steps, key) for code in codes)


def _goes(code: CodeType, steps: set[str], key: object) -> bool:
    codes = all_codes(code)
    names = {name for each in codes for name in each.co_names}
    texts = {text for each in codes for text in each.co_consts if isinstance(text, str) and text.isidentifier()}
    asks = not isinstance(key, str) or key in names or key in texts or not texts
    return asks and steps <= names


__all__ = ["comes_to", "views_of", "ways_to"]
