"""Calls at module level that register something.

app.add_route("/a", index)         # before
app.add_route("/b", index)         # after: in the table of `app` under its new path alone
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.registrations.named import is_owned
from reloadr.engine.registrations.roots import roots_of
from reloadr.engine.registrations.settling import Entry, Settling, settling_of
from reloadr.engine.registrations.taking import suspects
from reloadr.engine.registrations.ties import PLAIN, Tokens, ties
from reloadr.judge.static import is_a
from reloadr.source.statements import parse_statements
from reloadr.stage.steps import MISSING


def call_of(node: Node) -> ast.Call | None:
    """The call that a statement of a module is; None for anything else."""
    if node.kind != "statement" or node.scopes or node.guards or "(" not in node.source:
        return None
    tree = parse_statements(node.segment)
    body = tree.body if tree is not None else []
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    return value if isinstance(value, ast.Call) else None


def call_roots(batch: Batch, work: Work, node: Node) -> dict[str, object]:
    """What a call is made of, its plain arguments and the definitions that it is given aside."""
    call = call_of(node) if not is_owned(work, node.source) else None
    names = [_dotted(each) for each in ast.walk(call.func)] if call is not None else []
    given = [_dotted(each) for each in _arguments(call)] if call is not None else []
    roots = roots_of(batch, work, node, [name for name in names if name is not None])
    for name, value in roots_of(batch, work, node, [name for name in given if name is not None]).items():
        if is_a(value, dict, list, set):
            roots[name] = value
    return roots


def registering_call(
    batch: Batch, work: Work, nodes: tuple[Node | None, Node], run: Callable[[], dict[str, object]]
) -> tuple[dict[str, object], bool]:
    """Runs a call that is new or changed. What the earlier one registered gives way; also whether it did so for all."""
    old, new = nodes
    roots = call_roots(batch, work, new)
    if old is not None:
        roots |= call_roots(batch, work, old)
    if not roots:
        return run(), False
    settling = settling_of(batch, work, new, roots)
    _say(batch, work, settling.tokens, old, new)
    try:
        bound = run()
    except Exception:
        settling.recording.restore()
        again = _without(settling, run) if old is not None else None
        if again is None:
            raise
        bound = again
    except BaseException:
        settling.recording.restore()
        raise
    settling.settle(again=old is not None)
    settling.journal(batch)
    return bound, bool(settling.stale or settling.taken or settling.overwritten) and not settling.left


def _without(settling: Settling, run: Callable[[], dict[str, object]]) -> dict[str, object] | None:
    """A second try, with what the earlier call registered taken out; None where there is nothing of the kind, or it
    does not help."""
    found = suspects(settling)
    if not found:
        return None
    settling.recording.without([(entry.place, entry.at) for entry in found])
    settling.taken = found
    try:
        return run()
    except Exception:
        settling.recording.restore()
        settling.taken = []
        return None


def removed_call(batch: Batch, work: Work, old: Node) -> bool:
    """Takes out what a call registered that is gone; False where that cannot be told."""
    roots = call_roots(batch, work, old)
    if not roots:
        return False
    settling = settling_of(batch, work, old, roots)
    _say(batch, work, settling.tokens, old, None)
    texts = {label for labels in settling.tokens.before.values() for label in labels if label.startswith("text")}
    wanted = texts | ({"it"} if settling.tokens.was else set())
    found = [entry for entry in suspects(settling) if wanted and wanted <= _labels(settling, entry)]
    places = [entry.place.shape for entry in found]
    if not found or len(set(places)) != len(places):
        return False
    settling.recording.without([(entry.place, entry.at) for entry in found])
    settling.taken = found
    settling.settle(again=False)
    settling.journal(batch)
    return True


def _labels(settling: Settling, entry: Entry) -> set[str]:
    around = ties(None, entry.place.keys, settling.tokens, settling.recording.reach.spine, old=True)
    return {label for labels in [*entry.ties.values(), *around.values()] for label in labels}


def _say(batch: Batch, work: Work, tokens: Tokens, old: Node | None, new: Node | None) -> None:
    """Notes what a call was given and is given: definitions, and plain values by their place."""
    before = dict(_given(batch, work, old, old=True)) if old is not None else {}
    after = dict(_given(batch, work, new, old=False)) if new is not None else {}
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key, MISSING), after.get(key, MISSING)
        plain = type(was) in PLAIN or type(now) in PLAIN
        if plain:
            label = f"text {key}" if type(was) is str or type(now) is str else key
            tokens.pair(label, was, now)
        else:
            tokens.became([] if was is MISSING else [was], [] if now is MISSING else [now])


def _given(batch: Batch, work: Work, node: Node, *, old: bool) -> Iterator[tuple[str, object]]:
    call = call_of(node)
    if call is None:
        return
    for at, argument in enumerate(_arguments(call)):
        name = _dotted(argument)
        if isinstance(argument, ast.Constant):
            if type(argument.value) in PLAIN:
                yield str(at), argument.value
        elif name is not None:
            for value in roots_of(batch, work, node, [name], old=old).values():
                if not is_a(value, dict, list, set, *PLAIN):
                    yield str(at), value


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    """What a call is given, and what makes that which is called: `on("start")(f)`."""
    if isinstance(call.func, ast.Call):
        yield from _arguments(call.func)
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def _dotted(tree: ast.AST) -> str | None:
    parts: list[str] = []
    while isinstance(tree, ast.Attribute):
        parts.append(tree.attr)
        tree = tree.value
    return ".".join([tree.id, *reversed(parts)]) if isinstance(tree, ast.Name) else None


__all__ = ["call_of", "call_roots", "registering_call", "removed_call"]
