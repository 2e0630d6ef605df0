"""The objects that decorators, bases and calls of the source name, and what they say in plain values."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from types import ModuleType

from reloadr._core import Node, Part
from reloadr.engine.batch import Work, Worlds
from reloadr.engine.registrations.named import is_owned
from reloadr.engine.registrations.ties import Tokens
from reloadr.judge.static import NOTHING, static_attribute, stored
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.source.statements import decorator_name, parse_expression
from reloadr.stage.steps import MISSING


def roots_of(worlds: Worlds, work: Work, node: Node, names: Iterable[str], *, old: bool = False) -> dict[str, object]:
    """What names mean at a node, dotted ones too: `app` and `app.get` for `@app.get("/")`."""
    space = worlds.find_space(work, node, old=old)
    if space is None:
        return {}
    found: dict[str, object] = {}
    for name in names:
        head, *rest = name.split(".")
        value = space.get(head)
        value = work.space.get(head) if value is MISSING else value
        for each in rest:
            value = MISSING if value is MISSING else attribute(value, each)
        if value is not MISSING and not is_a(value, ModuleType):
            found[name] = value
    return found


def attribute(value: object, name: str) -> object:
    """An attribute as it lies there; MISSING if there is none to be seen."""
    if is_a(value, ModuleType):
        return value.__dict__.get(name, MISSING)
    found = static_attribute(value, name) if is_a(value, type) else stored(value, name)
    return MISSING if found is NOTHING else found


def decorator_roots(worlds: Worlds, work: Work, node: Node, *, old: bool = False) -> dict[str, object]:
    """What the decorators of a definition name; those that a plug-in answers for aside."""
    decorators = [part for part in node.decorators if not is_owned(work, part.source)]
    names = [name for part in decorators for name in [*part.reads, decorator_name(part)]]
    return roots_of(worlds, work, node, names, old=old)


def say(tokens: Tokens, old: Node | None, new: Node | None) -> None:
    """Notes what a definition was and is called, and what its decorators said and say."""
    before, after = old or new, new or old
    assert before is not None and after is not None
    tokens.pair("name", before.name, after.name)
    tokens.pair("qualname", before.qualname, after.qualname)
    olds, news = list(before.decorators), list(after.decorators)
    for at, part in enumerate(olds):
        twin = next((each for each in news if decorator_name(each) == decorator_name(part)), None)
        if twin is not None:
            news.remove(twin)
        _say(tokens, str(at), part, twin)
    for at, part in enumerate(news):
        _say(tokens, f"+{at}", None, part)

    said, says = (dict(_keywords(node)) if node is not None else {} for node in (old, new))
    _pair(tokens, "class", said, says)


def _keywords(node: Node) -> Iterator[tuple[str, object]]:
    for keyword, part in node.bases:
        tree = parse_expression(part.source) if keyword is not None else None
        if isinstance(tree, ast.Constant):
            yield str(keyword), tree.value


def _say(tokens: Tokens, label: str, old: Part | None, new: Part | None) -> None:
    said, says = (dict(constants(part.source)) if part is not None else {} for part in (old, new))
    _pair(tokens, label, said, says)


def _pair(tokens: Tokens, label: str, said: dict[str, object], says: dict[str, object]) -> None:
    for key in dict.fromkeys([*said, *says]):
        tokens.pair(f"{label}.{key}", said.get(key), says.get(key))


def constants(source: str) -> Iterator[tuple[str, object]]:
    """The plain values that a call is given, by position or keyword."""
    tree = parse_expression(source)
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)] if tree is not None else []
    for depth, call in enumerate(calls):
        for at, argument in enumerate(call.args):
            if isinstance(argument, ast.Constant):
                yield f"{depth}.{at}", argument.value
        for keyword in call.keywords:
            if isinstance(keyword.value, ast.Constant):
                yield f"{depth}.{keyword.arg}", keyword.value.value


def found_in(value: object) -> Iterator[object]:
    """A definition, and what its decorators made of it."""
    yield value
    for found in locate.unwrap(value):
        yield found.function
        yield from found.wrappers


__all__ = ["attribute", "constants", "decorator_roots", "found_in", "roots_of", "say"]
