"""Calls at module level that register something.

app.add_route("/a", index)         # before
app.add_route("/b", index)         # after: in the table of `app` under its new path alone
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Sequence
from types import BuiltinMethodType, FunctionType, MethodDescriptorType
from typing import TypeVar

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work, Worlds
from reloadr.engine.registrations.named import is_owned
from reloadr.engine.registrations.roots import roots_of
from reloadr.engine.registrations.settling import Entry, Settling, settling_of
from reloadr.engine.registrations.taking import suspects
from reloadr.engine.registrations.ties import PLAIN, Tokens, holds_its_like, ties, walk
from reloadr.live.kinds import is_a
from reloadr.source.statements import parse_statements
from reloadr.stage.steps import MISSING

T = TypeVar("T")
#: A call of the old source, and what it is in the new one.
Pair = tuple[ast.Call | None, ast.Call | None]


def call_of(node: Node) -> ast.Call | None:
    """The call that a statement of a module is; None for anything else."""
    if node.kind != "statement" or node.scopes or node.guards or "(" not in node.source:
        return None
    tree = parse_statements(node.segment)
    body = tree.body if tree is not None else []
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    return value if isinstance(value, ast.Call) else None


def call_roots(worlds: Worlds, work: Work, node: Node) -> dict[str, object]:
    """What a call is made of, its plain arguments and the definitions that it is given aside."""
    return roots_for(worlds, work, node, call_of(node))


def roots_for(worlds: Worlds, work: Work, node: Node, call: ast.Call | None, *, old: bool = False) -> dict[str, object]:
    """The containers that any call in a node may register in."""
    if call is None or is_owned(work, ast.unparse(call)):
        return {}
    names = [_dotted(each) for each in ast.walk(call.func)]
    given = [_dotted(each) for each in _arguments(call)]
    roots = roots_of(worlds, work, node, [name for name in names if name is not None], old=old)
    for name, value in roots_of(worlds, work, node, [name for name in given if name is not None], old=old).items():
        if is_a(value, dict, list, set):
            roots[name] = value
    return roots


def registering_call(
    batch: Batch,
    work: Work,
    nodes: tuple[Node | None, Node],
    run: Callable[[], dict[str, object]],
    lambdas: Sequence[FunctionType] = (),
) -> tuple[dict[str, object], bool]:
    """Runs a call that is new or changed. What the earlier one registered gives way; also whether it did so for all.
    `lambdas`: those that the earlier one was given."""
    old, new = nodes
    pairs = [(call_of(old) if old is not None else None, call_of(new))]

    def kept(settling: Settling, bound: dict[str, object]) -> bool:
        settling.tokens.became(lambdas, list(_lambdas_of(settling, work, new)))
        return True

    bound, settling = handed(batch, work, nodes, pairs, run, kept)
    return bound, settling is not None and gave_way(settling)


def _lambdas_of(settling: Settling, work: Work, new: Node) -> Iterator[FunctionType]:
    """The functions without a name of a line, of those that were registered as it ran."""
    for growth in settling.recording.growths():
        for at in growth.fresh():
            for _, each in walk(growth.after[at][1], "", settling.recording.reach.spine):
                if is_a(each, FunctionType) and each.__globals__ is work.tracked.namespace:
                    line = each.__code__.co_firstlineno
                    if each.__code__.co_name == "<lambda>" and new.line <= line <= new.end_line:
                        yield each


def handed(
    batch: Batch,
    work: Work,
    nodes: tuple[Node | None, Node],
    pairs: Sequence[Pair],
    run: Callable[[], T],
    kept: Callable[[Settling, T], bool] | None = None,
) -> tuple[T, Settling | None]:
    """Runs what makes some calls anew, with what the earlier ones registered giving way. `kept` sees what came of it
    first, and may say that all of it stays."""
    old, new = nodes
    roots: dict[str, object] = {}
    earlier: dict[str, object] = {}
    for was, now in pairs:
        roots |= roots_for(batch.worlds, work, new, now)
        earlier |= roots_for(batch.worlds, work, old, was) if old is not None else {}
    fresh = _have_nothing(roots, earlier)
    roots |= earlier
    if not roots:
        return run(), None
    again = any(was is not None for was, _ in pairs) and not fresh
    settling = settling_of(batch.works, batch.swaps, work, new, roots)
    for at, pair in enumerate(pairs):
        say_call(batch.worlds, work, settling.tokens, nodes, pair, f"{at}." if at else "")
        settling.elsewhere |= _place_said(pair[0]) != _place_said(pair[1])
    try:
        bound = run()
    except Exception:
        settling.recording.restore()
        second = _without(settling, run) if again else None
        if second is None:
            raise
        bound = second[0]
    except BaseException:
        settling.recording.restore()
        raise
    if kept is None or kept(settling, bound):
        settling.settle(again=again)
    settling.journal(batch)
    return bound, settling


def _have_nothing(roots: dict[str, object], earlier: dict[str, object]) -> bool:
    """Whether a call is given containers alone that the earlier one was not: nothing in them is of that."""
    # Methods of a container lead nowhere else.
    given = [each for each in roots.values() if not is_a(each, BuiltinMethodType, MethodDescriptorType)]
    return bool(given) and all(
        is_a(each, dict, list, set) and not any(each is one for one in earlier.values()) for each in given
    )


def gave_way(settling: Settling) -> bool:
    """Whether all that a call had registered gave way to what it registers now."""
    return bool(settling.stale or settling.taken or settling.overwritten) and not settling.left


def _without(settling: Settling, run: Callable[[], T]) -> tuple[T] | None:
    """A second try, with what the earlier call registered taken out; None where there is nothing of the kind, or it
    does not help."""
    found = suspects(settling)
    if not found:
        return None
    settling.recording.without([(entry.place, entry.at) for entry in found])
    settling.taken = found
    try:
        return (run(),)
    except Exception:
        settling.recording.restore()
        settling.taken = []
        return None


def removed_call(batch: Batch, work: Work, old: Node) -> bool:
    """Takes out what a call registered that is gone; False where that cannot be told."""
    roots = call_roots(batch.worlds, work, old)
    if not roots:
        return False
    settling = settling_of(batch.works, batch.swaps, work, old, roots)
    say_call(batch.worlds, work, settling.tokens, (old, old), (call_of(old), None))
    said = {label for labels in settling.tokens.before.values() for label in labels if not label.startswith(_NAME)}
    wanted = {label for label in said if label.startswith("text")} | ({"it"} if settling.tokens.was else set())
    found = [entry for entry in suspects(settling) if wanted and wanted <= _labels(settling, entry)]
    if not _is_one_a_place(found):
        # Numbers are said of much; beside an object that several calls were given they tell which is meant.
        found = [entry for entry in found if said <= _labels(settling, entry)]
    spine = settling.recording.reach.spine
    if not found or not _is_one_a_place(found) or any(holds_its_like(each.value, each.ties, spine) for each in found):
        return False
    found += _held_elsewhere(settling, found)
    settling.recording.without([(entry.place, entry.at) for entry in found])
    settling.taken = found
    settling.settle(again=False)
    settling.journal(batch)
    return True


def _is_one_a_place(found: list[Entry]) -> bool:
    return len({entry.place.shape for entry in found}) == len(found)


def _held_elsewhere(settling: Settling, found: list[Entry]) -> list[Entry]:
    """What else holds the objects that a call had made and that are taken out: `argparse` has each option in a dict by
    its name, and in two lists."""
    spine = settling.recording.reach.spine
    made = {id(entry.value): entry.value for entry in found if entry.place.keyed}
    made = {
        key: value
        for key, value in made.items()
        if key not in spine
        and key not in settling.tokens.was
        and not is_a(value, *PLAIN, FunctionType, type, type(None))
    }
    known = {(id(entry.place), entry.at) for entry in found}
    return [
        Entry(place, at, key, value, {})
        for place, content in settling.recording.before
        for at, (key, value) in enumerate(content if place.open else [])
        if id(value) in made and (id(place), at) not in known
    ]


def _labels(settling: Settling, entry: Entry) -> set[str]:
    around = ties(None, entry.place.keys, settling.tokens, settling.recording.reach.spine, old=True)
    return {label for labels in [*entry.ties.values(), *around.values()] for label in labels}


#: How a call says what something that it is given is called.
_NAME = "name of"


def say_call(
    worlds: Worlds, work: Work, tokens: Tokens, nodes: tuple[Node | None, Node], pair: Pair, prefix: str = ""
) -> None:
    """Notes what a call was given and is given: definitions, and plain values by their place."""
    before = dict(_given(worlds, work, nodes[0], pair[0], old=True)) if nodes[0] is not None else {}
    after = dict(_given(worlds, work, nodes[1], pair[1], old=False))
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key, MISSING), after.get(key, MISSING)
        plain = type(was) in PLAIN or type(now) in PLAIN
        if key.startswith(_NAME):
            tokens.pair(f"{key} {prefix}", was, now)
        elif plain:
            label = f"text {prefix}{key}" if type(was) is str or type(now) is str else f"{prefix}{key}"
            tokens.pair(label, was, now)
        else:
            tokens.became([] if was is MISSING else [was], [] if now is MISSING else [now])


def _given(worlds: Worlds, work: Work, node: Node, call: ast.Call | None, *, old: bool) -> Iterator[tuple[str, object]]:
    """What a call is given; of functions also what they are called, for who registers one may note nothing else."""
    for key, value in _arguments_of(worlds, work, node, call, old=old):
        if type(value) is not _Lambda:
            yield key, value
        if type(value) is _Lambda or is_a(value, FunctionType, BuiltinMethodType):
            yield f"{_NAME} {key}", value.__name__


class _Lambda:
    """Stands for one that is written in a call."""

    __name__ = "<lambda>"


def _arguments_of(
    worlds: Worlds, work: Work, node: Node, call: ast.Call | None, *, old: bool
) -> Iterator[tuple[str, object]]:
    if call is None:
        return
    position = _position(call)
    for at, argument in enumerate(each for each in _arguments(call) if each is not position):
        name = _dotted(argument)
        if isinstance(argument, ast.Constant):
            if type(argument.value) in PLAIN:
                yield str(at), argument.value
        elif isinstance(argument, ast.Lambda):
            yield str(at), _Lambda()
        elif name is not None and name not in work.tracked.namespace and hasattr(builtins, name):
            yield str(at), getattr(builtins, name)
        elif name is not None:
            for value in roots_of(worlds, work, node, [name], old=old).values():
                if not is_a(value, dict, list, set, *PLAIN):
                    yield str(at), value


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    """What a call is given, and what makes that which is called: `on("start")(f)`."""
    if isinstance(call.func, ast.Call):
        yield from _arguments(call.func)
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def _position(call: ast.Call) -> ast.expr | None:
    """What says where a row takes something, and is in no entry: the 0 of `HOOKS.insert(0, f)`."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "insert" or len(call.args) != 2:
        return None
    at = call.args[0]
    return at if isinstance(at, ast.Constant) and type(at.value) is int else None


def _place_said(call: ast.Call | None) -> str | None:
    """Where in a row a call puts what it is given; None where that is not the row's own method."""
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in _PUTTING:
        return None
    at = _position(call)
    return call.func.attr if at is None else ast.unparse(at)


_PUTTING = frozenset({"append", "appendleft", "extend", "extendleft", "insert"})


def _dotted(tree: ast.AST) -> str | None:
    parts: list[str] = []
    while isinstance(tree, ast.Attribute):
        parts.append(tree.attr)
        tree = tree.value
    return ".".join([tree.id, *reversed(parts)]) if isinstance(tree, ast.Name) else None


__all__ = [
    "Pair",
    "call_of",
    "call_roots",
    "gave_way",
    "handed",
    "registering_call",
    "removed_call",
    "roots_for",
    "say_call",
]
