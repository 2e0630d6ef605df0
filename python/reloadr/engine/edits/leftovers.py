"""What assignments and class bodies wrote elsewhere as they ran, and that stays when their line goes.

first = QUEUE.pop(0)               # before
                                   # after: `first` is unbound, and said that `QUEUE` stays as it is
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Works
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.reach import called_by
from reloadr.engine.memory import Within
from reloadr.judge.same import COMMON
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.report.caveats import RL208
from reloadr.source.asking import without_annotations
from reloadr.source.compiling import DEFERRED
from reloadr.source.filling import Says, root_of, written_in
from reloadr.source.snippets import quoted
from reloadr.source.statements import class_binds, parse_statements

_DEFINITIONS = (FunctionType, type, ModuleType)


def told(walk: Walk, old: Node, line: int, *, more: bool = False) -> None:
    """Names the objects that a line changed beside what it binds; `more`: one that runs again, changed, and that made
    them grow."""
    if old.kind != "assignment" or "(" not in old.source:
        return
    tree = parse_statements(old.segment)
    if tree is None:
        return
    reached = _reached(walk, tree)
    wrote = _written(walk, old, tree, reached, more=more)
    for name in sorted(wrote if old.scopes else wrote - walk.chains.gone(wrote)):
        if more and _has_given_way(walk, old, name):
            continue
        walk.batch.findings.reason(RL208(name=f"{quoted(old)} in {name}"), walk.tracked, name, line)
    for home, name in _counted(walk.batch.works, reached):
        walk.batch.findings.reason(RL208(name=f"{quoted(old)} in {name}"), home, name, line)


def _counted(works: Works, reached: list[Within]) -> Iterator[tuple[Tracked, str]]:
    """The attributes of classes that functions which a line calls sum up: `C.total += price` in `__init__`. What adds a
    constant counts what was made, and that is so many."""
    found: dict[str, Tracked] = {}
    for code, names in reached:
        for owner, attribute in _says(works, code, names).sums:
            its_own = owner in ("cls", "self.__class__", "type(self)")
            cls = names.get(code.co_qualname.partition(".")[0] if its_own else owner)
            if is_a(cls, type) and is_a(locate.class_dict(cls).get(attribute), *COMMON):
                found[f"{locate.qualname_of(cls)}.{attribute}"] = works.namespaces[id(names)]
    yield from ((home, name) for name, home in sorted(found.items(), key=lambda each: each[0]))


def _has_given_way(walk: Walk, old: Node, name: str) -> bool:
    """Whether a container holds what a line binds now, and no more what it bound."""
    space = walk.batch.worlds.space_of(walk.work, old, old=True)
    before = walk.batch.stage.before.get(id(space.owner), {})
    held = walk.work.space.get(name)
    items = list(held.values()) if is_a(held, dict) else list(held) if is_a(held, list, set) else []
    pairs = [(before[each], space.get(each)) for each in old.binds if each in before]
    return bool(pairs) and all(
        any(item is now for item in items) and not any(item is was for item in items) for was, now in pairs
    )


def told_of_class(walk: Walk, old: Node) -> None:
    """The same for the lines of a class that went."""
    own = set(class_binds(old))
    for member in old.members:
        if member.kind == "class":
            told_of_class(walk, member)
        elif member.kind in ("statement", "assignment") and walk.liveness(member, old=True) == "live":
            tree = parse_statements(member.segment)
            found = _written(walk, member, tree, _reached(walk, tree), more=False) if tree is not None else set[str]()
            for name in sorted(found - own):
                walk.batch.findings.reason(RL208(name=f"{quoted(member)} in {name}"), walk.tracked, name, member.line)


def _written(walk: Walk, node: Node, tree: ast.Module, reached: list[Within], *, more: bool) -> set[str]:
    """The names of the module by which a line reached what it changed, itself or through functions of watched
    modules."""
    batch, namespace = walk.batch, walk.tracked.namespace
    # What the line itself stores in is seen to elsewhere.
    values = [each.value for each in tree.body if isinstance(each, (ast.Assign, ast.AnnAssign, ast.Expr))]
    given: set[str] = set()
    found: set[str] = set()
    for value in values:
        if value is not None:
            found |= written_in(value, more=more)
            given |= set(_given(value))
    for code, names in reached:
        says = _says(batch.works, code, names)
        wrote = says.grows if more else says.writes
        parameters = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
        found |= given if wrote & parameters else set()
        if names is namespace:
            found |= wrote - {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    cls = locate.class_of(walk.tracked, node.scopes[-1]) if node.scopes else None
    held = {**namespace, **(locate.class_dict(cls) if cls is not None else {})}
    return {name for name in found - set(node.binds) if _is_changed(held.get(name))}


def _given(value: ast.expr) -> Iterator[str]:
    for each in ast.walk(value):
        if isinstance(each, ast.Call):
            owner = [each.func.value] if isinstance(each.func, ast.Attribute) else []
            for part in [*owner, *each.args, *(keyword.value for keyword in each.keywords)]:
                root = root_of(part)
                if root is not None:
                    yield root


def _is_changed(value: object) -> bool:
    """Whether an object may be what a call changed: neither a definition nor something that cannot change."""
    return not is_a(value, *_DEFINITIONS) and (is_a(value, int) or not is_a(value, *COMMON))


def _reached(walk: Walk, tree: ast.Module) -> list[Within]:
    """The functions of watched modules that a line may call."""
    tree = without_annotations(tree) if DEFERRED else tree
    code = compile(tree, walk.tracked.filename, "exec", dont_inherit=True)
    return called_by(walk.batch.works, walk.batch.stage, code, walk.tracked.namespace).functions


def _says(works: Works, code: CodeType, namespace: Mapping[str, object]) -> Says:
    """What the text of a function says; of many lines that come to it, the first one reads it."""
    tracked = works.namespaces[id(namespace)]
    key = tracked.name, code.co_qualname
    if key not in works.says:
        nodes = [node for node in tracked.outline.find(code.co_qualname) if node.kind == "function"]
        tree = parse_statements(nodes[0].segment) if len(nodes) == 1 else None
        works.says[key] = Says() if tree is None else Says.of(tree)
    return works.says[key]


__all__ = ["told", "told_of_class"]
