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
from dataclasses import dataclass, field
from functools import _lru_cache_wrapper
from types import CodeType, FunctionType, ModuleType
from typing import TypeVar

from reloadr._core import Node, keys_of, may_lead
from reloadr.engine.batch import Batch, Work, Works
from reloadr.engine.evaluate.held_code import ATOMS, METHODS
from reloadr.engine.evaluate.holding import held_by
from reloadr.engine.evaluate.looking import Looking
from reloadr.engine.evaluate.worlds import old_world
from reloadr.engine.follow.given import Given, Methods, had_it_called
from reloadr.engine.follow.places import evaluated
from reloadr.engine.follow.pointing import BY_NAME, OF_NAMES, SPECIAL, Sight
from reloadr.engine.follow.readers import candidates, local_names, readers_anywhere
from reloadr.live import locate
from reloadr.live.kinds import is_a
from reloadr.live.module import Tracked
from reloadr.source.asking import without_annotations
from reloadr.source.evaluating import as_tree
from reloadr.source.statements import parse_statements
from reloadr.source.using import is_special
from reloadr.stage.steps import MISSING

__all__ = ["Sought", "readers_of_holders"]

#: Names of a module that are the interpreter's.
_INTERPRETERS = frozenset({"__builtins__", "__spec__", "__loader__"})


T = TypeVar("T")
_Named = dict[int, tuple[T, set[str]]]

_LISTING = [f"{each}(" for each in sorted(OF_NAMES)]
#: Words of modules that may come to others by what they are called.
_ROUNDABOUT = [*sorted(BY_NAME), "__dict__", *_LISTING]


@dataclass(frozen=True)
class Sought:
    """The functions and methods that change, or come to what does."""

    #: By identity: functions of one text are equal.
    codes: set[int] = field(default_factory=set)
    methods: Methods = field(default_factory=dict)
    #: By the id of a module: itself, and its names that mean another value or function.
    modules: Mapping[int, tuple[Tracked, set[str]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.codes or self.methods or self.modules)

    def beyond(self, other: Sought) -> Sought:
        """What of it is not in another."""
        return Sought(
            self.codes - other.codes, _beyond(self.methods, other.methods), _beyond(self.modules, other.modules)
        )

    def has(self, value: object) -> bool:
        """Whether it is such a function, or an instance of a class with such a method."""
        if type(value) is FunctionType:
            # Also one that makes such functions, or wraps one.
            wraps = value.__closure__ is not None or value.__dict__
            codes = [each.function.__code__ for each in locate.unwrap(value)] if wraps else [value.__code__]
            return any(id(code) in self.codes or not self.codes.isdisjoint(map(id, code.co_consts)) for code in codes)
        if is_a(value, ModuleType):
            return id(value) in self.modules
        return id(type(value)) in self.methods or (is_a(value, type) and id(value) in self.methods)

    def may_be_in(self, text: str) -> bool:
        """Whether a text may use it: a name that is asked of a module is written there, the others need not be."""
        if self.codes or self.methods or "getattr" in text or not text.isascii():
            return True
        return any(name in text for _, names in self.modules.values() for name in names)

    def meets(self, use: tuple[object, str]) -> bool:
        """Whether a use of something comes to it."""
        what, name = use
        if type(what) is CodeType:
            return id(what) in self.codes
        if type(what) is FunctionType:
            return id(what.__code__) in self.codes
        if (held := self.modules.get(id(what))) is not None and is_a(what, ModuleType):
            # Who only takes a function has the same one still: what is told apart is whether it is called.
            value = what.__dict__.get(name)
            return name in held[1] and not (type(value) is FunctionType and id(value.__code__) in self.codes)
        if (of_class := self.methods.get(id(what))) is None:
            return False
        return any(map(is_special, of_class[1])) if name == SPECIAL else name in of_class[1]


def _beyond(names: Mapping[int, tuple[T, set[str]]], other: Mapping[int, tuple[T, set[str]]]) -> _Named[T]:
    """The names that are not among others, by their owners."""
    rest = {key: (owner, own - other[key][1] if key in other else own) for key, (owner, own) in names.items()}
    return {key: (owner, own) for key, (owner, own) in rest.items() if own}


def readers_of_holders(
    batch: Batch, sought: Sought, fresh: Sought, found_before: set[tuple[str, int]]
) -> Iterator[tuple[Work, Node, set[str], bool]]:
    """The statements, and the functions, that use what is sought by way of something that holds it; whether a function
    does. Of what is sought only what holds `fresh` is gone through: who uses the rest is `found_before`, by module and
    line."""
    nested: dict[str, set[str]] = {}
    for cls, _ in fresh.methods.values():
        parts = locate.qualname_of(cls).split(".")
        if len(parts) > 1:
            nested.setdefault(str(locate.class_dict(cls).get("__module__")), set()).update({parts[0], parts[-1]})
    found = {
        name: (batch.works.listed.by_name[name], names)
        for name, names in nested.items()
        if name in batch.works.listed.by_name
    }
    looking = Looking(sought.has, _parts)
    for tracked, name in _names_of_holders(batch, fresh):
        found.setdefault(tracked.name, (tracked, set()))[1].add(name)
    for tracked in batch.works.mentioning(_ROUNDABOUT):
        names = found.get(tracked.name, (tracked, set[str]()))[1]
        names |= _roundabout(batch, tracked, fresh, leads=bool(names))
        found[tracked.name] = tracked, names
    for tracked, names in found.values():
        yield from _using(batch, tracked, names, sought, looking, found_before)


def _roundabout(batch: Batch, tracked: Tracked, sought: Sought, *, leads: bool) -> set[str]:
    """The names of a module by which it may come to what is sought without a name that leads there: those that give
    modules by what they are called, modules whose dict is asked for, and, where a name of it `leads` there, its own."""
    found: set[str] = set()
    if batch.works.mentions(tracked, sorted(BY_NAME)):
        found |= {*BY_NAME, "importlib", "sys"}
    if batch.works.mentions(tracked, ["__dict__", "vars("]):
        found |= {name for home, _ in sought.modules.values() for _, name in keys_of([tracked.namespace], home.module)}
    return found | OF_NAMES if leads and batch.works.mentions(tracked, _LISTING) else found


def _names_of_holders(batch: Batch, sought: Sought) -> list[tuple[Tracked, str]]:
    """The names that are such functions, or lead to what is sought, and their modules; of a class that does, those that
    its body binds as well."""
    listed, looking = batch.works.listed, Looking(sought.has, _parts)
    # These are the names of all modules.
    owners = {*sought.methods, *sought.modules}
    found = may_lead(listed.namespaces, sought.codes, owners, ATOMS, METHODS, _lru_cache_wrapper)
    leading = [
        (listed.all[number], name, value)
        for number, name, value in found
        if name not in _INTERPRETERS and looking.at(value)
    ]
    members = [
        (tracked, member)
        for tracked, _, cls in leading
        if is_a(cls, type) and locate.made_in(cls, tracked.name)
        for member, value in list(locate.class_dict(cls).items())
        if id(type(value)) not in ATOMS and looking.at(value)
    ]
    return [*((tracked, name) for tracked, name, _ in leading), *members]


def _using(
    batch: Batch,
    tracked: Tracked,
    names: set[str],
    sought: Sought,
    looking: Looking,
    found_before: set[tuple[str, int]],
) -> Iterator[tuple[Work, Node, set[str], bool]]:
    users = tracked.users(names)
    for work, node, read in readers_anywhere(batch.works, tracked, names | users):
        if (work.tracked.name, node.line) in found_before:
            continue
        trees = _trees_of(batch.works, work, node) if batch.worlds.find_space(work, node) is not None else ()
        sight = _sight(old_world(batch.worlds, work, node)) if trees else None
        for tree in trees:
            assert sight is not None
            uses = (each for each in sight.uses(tree) if not (_takes_class(each) and _is_base(node, tree)))
            use = next((each for each in uses if sought.meets(each)), None)
            given = Given(read, sought.methods, sight, looking.at)
            if use is not None or had_it_called(batch, work, node, tree, given):
                yield work, node, _said(use, read), False
                break
    for other in candidates(batch.works, tracked, names):
        work = batch.works.of(other)
        local = local_names(work, tracked, names)
        for node in _functions_of(work, other.users({name.rpartition(".")[2] for name in local})) if local else ():
            known = (other.name, node.line) in found_before or not sought.may_be_in(node.segment)
            if not known and any(sought.meets(use) for use in _uses_of(batch.works, other, node)):
                yield work, node, local, True


def _takes_class(use: tuple[object, str]) -> bool:
    """Whether it is the name of a class that a module is asked for."""
    what, name = use
    return is_a(what, ModuleType) and is_a(what.__dict__.get(name), type)


def _is_base(node: Node, tree: ast.AST) -> bool:
    """Whether a part of a class statement is a base that is only named: who inherits from a class makes no instance
    of it.

    class Chat(web.Handler): ...       # though `Handler()` comes to changed code
    """
    text = ast.unparse(tree)
    taken = any(keyword is None and part.source.strip() == text for keyword, part in node.bases)
    return taken and not any(part.source.strip().lstrip("@") == text for part in node.decorators)


def _each_once(uses: Iterable[tuple[object, str]]) -> list[tuple[object, str]]:
    # By identity: nobody is asked what he is equal to.
    return list({(id(what), name): (what, name) for what, name in uses}.values())


def _uses_of(works: Works, tracked: Tracked, node: Node) -> list[tuple[object, str]]:
    """What the body of a function uses, found once as long as nothing is live."""
    memory = works.memory
    assert memory is not None
    key = tracked.name, node.line
    if key not in memory.uses:
        body = parse_statements(node.segment)
        memory.uses[key] = [] if body is None else _each_once(_sight(tracked.namespace).uses(body))
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


def _said(use: tuple[object, str] | None, read: set[str]) -> set[str]:
    """What a report calls what was used: by the names that lead to it, where there are some."""
    leading = read - BY_NAME - OF_NAMES - {"importlib", "sys"}
    what, name = use if use is not None else (None, "")
    if not leading and is_a(what, FunctionType):
        return {f"{what.__module__}.{what.__qualname__}"}
    if not leading and is_a(what, ModuleType):
        return {f"{what.__name__}.{name}"}
    return leading or read


def _trees_of(works: Works, work: Work, node: Node) -> Sequence[ast.AST]:
    """What of a statement or definition is evaluated where it stands, but annotations and the suites that it heads."""
    memory = works.memory
    assert memory is not None
    key = work.tracked.name, node.line, node.source
    if key not in memory.trees:
        memory.trees[key] = _evaluated(node)
    return memory.trees[key]


def _evaluated(node: Node) -> Sequence[ast.AST]:
    if node.name:
        return [tree for source in evaluated(node) if (tree := parse_statements(source)) is not None]
    whole = as_tree(node)
    return [] if whole is None else [without_annotations(whole) if isinstance(whole, ast.Module) else whole]


def _sight(names: Mapping[str, object]) -> Sight:
    """What expressions of a statement, or of the body of a function, mean."""
    return Sight(lambda name: names.get(name, MISSING), names)


def _parts(value: object) -> Iterator[object]:
    """What a value holds, but what holds nothing."""
    return (each for each in _all_parts(value) if id(type(each)) not in ATOMS or is_a(each, ModuleType))


def _all_parts(value: object) -> Iterable[object]:
    if is_a(value, type):
        held = locate.class_dict(value)
        return [each for each in list(held.values()) if id(type(each)) not in METHODS] if "__module__" in held else ()
    return held_by(value)
