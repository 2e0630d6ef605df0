"""What came to changed code while modules were loaded by way of a value that has it: a table, an alias, an attribute.

def first(x): ...                  # edited
HANDLERS = {"a": first}
V = HANDLERS["a"](1)               # due, though it mentions nothing of `first`
def run(key): return HANDLERS[key](1)
W = run("a")                       # due as well

Asked before anything is live, as `calls.py` does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import _lru_cache_wrapper
from types import CodeType, FunctionType

from reloadr._core import Node, may_lead
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.evaluate.held_code import ATOMS, METHODS
from reloadr.engine.evaluate.looking import Looking
from reloadr.engine.evaluate.worlds import old_world
from reloadr.engine.follow.given import Given, Methods, had_it_called
from reloadr.engine.follow.places import evaluated
from reloadr.engine.follow.pointing import MANY, SPECIAL, Sight, as_tree, parts_of, rows_of
from reloadr.engine.follow.readers import candidates, local_names, readers_anywhere
from reloadr.live import locate
from reloadr.live.kinds import entries_of, is_a
from reloadr.live.module import Tracked
from reloadr.source.asking import without_annotations
from reloadr.source.statements import parse_statements
from reloadr.stage.steps import MISSING

__all__ = ["Sought", "readers_of_holders"]

#: Names of a module that are the interpreter's.
_INTERPRETERS = frozenset({"__builtins__", "__spec__", "__loader__"})


class Sought:
    """The functions and methods that change, or come to what does."""

    def __init__(self, codes: set[int], methods: Methods) -> None:
        #: By identity: functions of one text are equal.
        self.codes = codes
        self.methods = methods

    def has(self, value: object) -> bool:
        """Whether it is such a function, or an instance of a class with such a method."""
        if type(value) is FunctionType:
            # Also one that makes such functions, or wraps one.
            wraps = value.__closure__ is not None or value.__dict__
            codes = [each.function.__code__ for each in locate.unwrap(value)] if wraps else [value.__code__]
            return any(id(code) in self.codes or not self.codes.isdisjoint(map(id, code.co_consts)) for code in codes)
        return id(type(value)) in self.methods or (is_a(value, type) and id(value) in self.methods)

    def meets(self, use: tuple[object, str]) -> bool:
        """Whether a use of something comes to it."""
        what, name = use
        if is_a(what, CodeType):
            return id(what) in self.codes
        if is_a(what, FunctionType):
            return id(what.__code__) in self.codes
        names = self.methods.get(id(what), (what, set[str]()))[1]
        return any(each[:2] == "__" == each[-2:] for each in names) if name == SPECIAL else name in names


def readers_of_holders(batch: Batch, sought: Sought) -> Iterator[tuple[Work, Node, set[str], bool]]:
    """The statements, and the functions, that use what is sought by way of something that holds it; whether a function
    does."""
    nested: dict[str, set[str]] = {}
    for cls, _ in sought.methods.values():
        parts = locate.qualname_of(cls).split(".")
        if len(parts) > 1:
            nested.setdefault(str(locate.class_dict(cls).get("__module__")), set()).update({parts[0], parts[-1]})
    found = {
        name: (batch.works.listed.by_name[name], names)
        for name, names in nested.items()
        if name in batch.works.listed.by_name
    }
    for tracked, name in _names_of_holders(batch, sought):
        found.setdefault(tracked.name, (tracked, set()))[1].add(name)
    for tracked, names in found.values():
        yield from _using(batch, tracked, names, sought)


def _names_of_holders(batch: Batch, sought: Sought) -> list[tuple[Tracked, str]]:
    """The names that are such functions, or lead to what is sought, and their modules."""
    looking, listed = Looking(sought.has, _parts), batch.works.listed
    # These are the names of all modules.
    found = may_lead(listed.namespaces, sought.codes, set(sought.methods), ATOMS, METHODS, _lru_cache_wrapper)
    return [
        (listed.all[number], name) for number, name, value in found if name not in _INTERPRETERS and looking.at(value)
    ]


def _using(
    batch: Batch, tracked: Tracked, names: set[str], sought: Sought
) -> Iterator[tuple[Work, Node, set[str], bool]]:
    for work, node, read in readers_anywhere(batch.works, tracked, names):
        trees = _trees_of(node) if batch.worlds.find_space(work, node) is not None else []
        sight = _sight(old_world(batch.worlds, work, node)) if trees else None
        for tree in trees:
            assert sight is not None
            meets = any(sought.meets(use) for use in sight.uses(tree))
            if meets or had_it_called(batch, work, node, tree, Given(read, sought.methods, sight)):
                yield work, node, read, False
                break
    for other in candidates(batch.works, tracked, names):
        work = batch.works.of(other)
        local = local_names(work, tracked, names)
        for node in _functions_of(work, other.users({name.rpartition(".")[2] for name in local})) if local else ():
            if any(sought.meets(use) for use in _uses_of(batch.works, other, node)):
                yield work, node, local, True


def _uses_of(works: Works, tracked: Tracked, node: Node) -> list[tuple[object, str]]:
    """What the body of a function uses, found once as long as nothing is live."""
    memory = works.memory
    assert memory is not None
    key = tracked.name, node.line
    if key not in memory.uses:
        body = parse_statements(node.segment)
        memory.uses[key] = [] if body is None else list(_sight(tracked.namespace).uses(body))
    return memory.uses[key]


def _functions_of(work: Work, names: Iterable[str]) -> Iterator[Node]:
    """Some definitions of a module, and the methods of those that are classes."""
    todo = [node for name in names for node in work.outline.find(name)]
    while todo:
        node = todo.pop()
        if node.kind == "class":
            todo += [member for member in node.members if member.name]
        elif node.kind == "function":
            yield node


def _trees_of(node: Node) -> Sequence[ast.AST]:
    """What of a statement or definition is evaluated where it stands, but annotations and the suites that it heads."""
    if node.name:
        return [tree for source in evaluated(node) if (tree := parse_statements(source)) is not None]
    whole = as_tree(node)
    return [] if whole is None else [without_annotations(whole) if isinstance(whole, ast.Module) else whole]


def _sight(names: Mapping[str, object]) -> Sight:
    """What expressions of a statement, or of the body of a function, mean."""
    return Sight(lambda name: names.get(name, MISSING))


def _parts(value: object) -> Iterator[object]:
    """What a value holds, but what holds nothing."""
    return (each for each in _all_parts(value) if id(type(each)) not in ATOMS)


def _all_parts(value: object) -> Iterable[object]:
    entries = entries_of(value)
    if entries is not None:
        return list(dict.values(entries))[:MANY]
    rows = rows_of(value)
    if rows is not None:
        return rows
    if is_a(value, type):
        held = locate.class_dict(value)
        return [each for each in list(held.values()) if id(type(each)) not in METHODS] if "__module__" in held else ()
    found = [each.function for each in locate.unwrap(value)] if callable(value) else []
    own = parts_of(value)
    return [*found, *(list(own.values())[:MANY] if own is not None else [])]
