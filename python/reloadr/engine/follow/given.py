"""Whether a statement had changed code called by something that it gave it to, or that holds it.

def twice(g, x): return g(g(x))
V = twice(f, 3)                    # due where `f` changes, though it does not call it
p = Pipe([f])                      # not due: it only keeps it
W = p.run(1)                       # due
TEXT = re.sub("a", f, "banana")    # due: what comes out is text, so that the library has called it or left it
"""

from __future__ import annotations

import ast
import builtins
import dis
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, FunctionType, MappingProxyType, ModuleType

from reloadr._core import Node
from reloadr.engine.batch import Batch, Work
from reloadr.engine.evaluate import places
from reloadr.engine.evaluate.reach import called_by
from reloadr.engine.follow.calls import Call
from reloadr.engine.follow.kept_nowhere import is_kept
from reloadr.engine.follow.places import evaluated
from reloadr.engine.follow.pointing import Sight
from reloadr.judge.static import static_attribute
from reloadr.live import locate
from reloadr.live.codes import all_codes
from reloadr.live.kinds import is_a
from reloadr.source.evaluating import operands
from reloadr.source.statements import written
from reloadr.source.using import calls_in, is_special
from reloadr.stage.steps import MISSING

__all__ = ["Given", "Methods", "had_it_called", "is_open"]

#: What stands by a callee that is neither a global name nor a method: a parameter, an item, what a call gave.
_BESIDE = dis.opmap["PUSH_NULL"]
#: By the id of a class: the class, and its methods that change.
Methods = Mapping[int, tuple[type, set[str]]]
#: How methods of libraries begin that call what their object holds; most others add something, or look.
_WORKING = (
    "apply", "call", "convert", "dispatch", "dump", "emit", "eval", "exec", "feed", "handle", "invoke", "load", "parse",
    "process", "render", "run", "send", "submit", "transform",
)  # fmt: skip
_MADE_BY = frozenset({"__init__", "__new__", "__call__", "__set_name__", "__init_subclass__"})
_PLAIN = (str, bytes, int, float, complex, type(None))
#: They call nothing of what they hold.
_CONTAINERS = (dict, list, tuple, set, frozenset, deque, MappingProxyType)
#: How much of a container is looked at.
_MANY = 1000
#: Functions that look at what they are given, and do not call it; so do those that are named `is…` and `get…`.
_LOOKING = frozenset(
    {
        "callable", "cast", "debug", "dir", "format", "hasattr", "hash", "help", "id", "info", "len", "log", "print",
        "pprint", "repr", "signature", "str", "type", "vars", "warning",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Given:
    """What a statement may give to others."""

    #: Names of what changes, or leads to it, as the statement has them.
    names: set[str]
    methods: Methods
    #: What its expressions meant as it ran.
    sight: Sight
    #: Whether a value is what changes, or leads to it.
    leads: Callable[[object], bool]


def had_it_called(batch: Batch, work: Work, node: Node, tree: ast.AST, given: Given) -> bool:
    """Whether a statement gave what some names mean, or lead to, to something that called it. `tree`: what of the
    statement was evaluated."""
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
    # What a definition is registered with does not call what it holds already.
    known = [
        each
        for each in calls
        if not given.names.isdisjoint(_within(_arguments(each) if node.name else [*_arguments(each), each.func]))
    ]
    outcome = [] if node.name else list(_outcome(batch, work, node))
    if not any(map(given.leads, outcome)) and _operates(batch, tree, given):
        return True
    if not known:
        return False
    if outcome and not any(map(given.leads, outcome)) and any(_asks_who_holds_it(batch, each, given) for each in known):
        return True
    if not all(_is_plain(value) for value in outcome):
        # It may hold what it was given, and call it when it is asked to.
        return any(_left_it(batch, each, given) for each in known)
    if any(_calls_it(batch, each, given, plain=bool(outcome)) for each in known):
        return True
    return not node.name and not outcome and any(_left_it(batch, each, given) for each in known)


def is_open(call: Call) -> bool:
    """Whether it is only known that a definition reads a name, not that it calls what that means."""
    return bool(call.node.name) and not any(calls_in(source, call.names) for source in evaluated(call.node))


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(each.value for each in call.keywords)]


def _within(trees: Iterable[ast.expr]) -> Iterator[str]:
    """The names in some expressions, but those of which only the interpreter's own attributes are asked."""
    todo: list[ast.AST] = list(trees)
    while todo:
        each = todo.pop()
        if isinstance(each, (ast.Name, ast.Attribute)):
            yield written(each)
        if not (isinstance(each, ast.Attribute) and is_special(each.attr)):
            todo += ast.iter_child_nodes(each)


def _as_they_are(trees: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """The names in some expressions of which no attribute is asked: those themselves are given."""
    todo: list[ast.AST] = list(trees)
    while todo:
        each = todo.pop()
        if isinstance(each, (ast.Name, ast.Attribute)):
            yield each
        else:
            todo += ast.iter_child_nodes(each)


def _outcome(batch: Batch, work: Work, node: Node) -> Iterator[object]:
    """What a statement left behind."""
    space = batch.worlds.find_space(work, node)
    if space is not None:
        yield from (space.live.get(name, MISSING) for name in node.binds)
    for place in places.places_of(batch.worlds, work, node, old=True):
        yield places.held(batch.worlds, place)


def _is_plain(value: object, left: int = _MANY) -> bool:
    """Whether a value is data, which holds no code."""
    if is_a(value, *_PLAIN):
        return True
    if type(value) is dict:
        return len(value) <= left and all(_is_plain(each, left // 10) for each in list(value.values()))
    # By identity: a metaclass may say what its classes are equal to.
    if any(type(value) is each for each in (list, tuple, set, frozenset)):
        assert isinstance(value, (list, tuple, set, frozenset))
        return len(value) <= left and all(_is_plain(each, left // 10) for each in list(value))
    return False


def _calls_it(batch: Batch, call: ast.Call, given: Given, *, plain: bool) -> bool:
    """Whether what is called calls what it is given, or what its object holds."""
    known, sight = False, given.sight
    for value in sight.of(call.func):
        for function, cls in _functions(value, sight.owners(call.func)):
            if id(function.__globals__) in batch.works.namespaces:
                known = True
                if _calls_what_it_holds(batch, function, cls):
                    return True
    if known or not plain or _only_looks(call):
        return False
    if not isinstance(call.func, (ast.Name, ast.Attribute)) and not given.names.isdisjoint(_within([call.func])):
        # What an operator gives is not known.
        return True
    handed = [each for each in _as_they_are(_arguments(call)) if written(each) in given.names]
    return any(_is_called_by_others(batch, each, given.methods) for tree in handed for each in sight.of(tree))


def _operates(batch: Batch, tree: ast.AST, given: Given) -> bool:
    """Whether operators, or properties, of an object that leads to what changes call what it holds: `label + "!"`."""
    for each in ast.walk(tree):
        attribute = each.attr if isinstance(each, ast.Attribute) else ""
        parts = [*operands(each), *([each.value] if isinstance(each, ast.Attribute) else [])]
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and hasattr(builtins, each.func.id):
            parts += each.args
        for part in parts:
            for value in given.sight.of(part):
                if str(type(value).__module__) not in batch.works.listed.by_name:
                    continue
                functions = _asked_by(type(value), attribute) if given.leads(value) else []
                if any(_calls_what_it_holds(batch, function, type(value)) for function in functions):
                    return True
    return False


def _asked_by(cls: type, attribute: str) -> list[FunctionType]:
    """The methods of a class that an operator, or asking for an attribute, calls."""
    if attribute:
        member = static_attribute(cls, attribute)
        return [found.function for found in locate.unwrap(member)] if is_a(member, property, cached_property) else []
    return [function for name, function in _methods(cls).items() if is_special(name) and name not in _MADE_BY]


def _asks_who_holds_it(batch: Batch, call: ast.Call, given: Given) -> bool:
    """Whether an object of a library that leads to what changes is asked to work with it: `parser.parse_args()`."""
    if not isinstance(call.func, ast.Attribute) or not call.func.attr.startswith(_WORKING):
        return False
    if not _of_library(batch, call, given):
        return False
    owners = given.sight.of(call.func.value)
    asked = [each for each in owners if not is_a(each, type, ModuleType, FunctionType, *_CONTAINERS)]
    return any(str(type(each).__module__) not in batch.works.listed.by_name and given.leads(each) for each in asked)


def _left_it(batch: Batch, call: ast.Call, given: Given) -> bool:
    """Whether a library was given a function, and keeps it no more: it has called it, as far as can be told."""
    if _only_looks(call) or not _of_library(batch, call, given):
        return False
    handed = [each for each in _as_they_are(_arguments(call)) if written(each) in given.names]
    values = [value for tree in handed for value in given.sight.of(tree)]
    by = written(call.func)
    return any(is_a(each, FunctionType) and not is_kept(batch.works, each, by) for each in values)


def _of_library(batch: Batch, call: ast.Call, given: Given) -> bool:
    functions = [function for value in given.sight.of(call.func) for function, _ in _functions(value, [])]
    return not any(id(function.__globals__) in batch.works.namespaces for function in functions)


def _only_looks(call: ast.Call) -> bool:
    last = written(call.func).rpartition(".")[2]
    return last in _LOOKING or last.startswith(("is", "get"))


def _is_called_by_others(batch: Batch, value: object, methods: Methods) -> bool:
    """Whether somebody who knows nothing of the program may come to what changed in a value: of a class only what it
    has from one that is not the program's own, and special methods. Who is given a container goes through it."""
    if is_a(value, dict, list, tuple, set):
        return False
    cls = value if is_a(value, type) else type(value)
    if id(cls) not in methods:
        return True
    names = methods[id(cls)][1]
    own = batch.works.listed.by_name
    members = [locate.class_dict(base) for base in locate.mro(cls) if base is not object]
    foreign = [each for each in members if str(each.get("__module__")) not in own]
    return any(map(is_special, names)) or any(not names.isdisjoint(each) for each in foreign)


def _functions(value: object, owners: list[type]) -> Iterator[tuple[FunctionType, type | None]]:
    """The functions that calling a value runs, and their class."""
    if is_a(value, type):
        for name in ("__init__", "__new__"):
            yield from ((found.function, value) for found in locate.unwrap(static_attribute(value, name)))
    else:
        yield from ((found.function, owners[0] if owners else None) for found in locate.unwrap(value))
        called = static_attribute(type(value), "__call__")
        if is_a(called, FunctionType):
            yield called, type(value)


def _calls_beside(code: CodeType) -> bool:
    """Whether code calls what is neither a global name, nor one of an imported module, nor a method."""
    if _BESIDE not in code.co_code[::2]:
        return False
    if sys.version_info < (3, 13):
        return True
    # It stands behind the callee, `module.name` too, from 3.13 on.
    steps = [step.opname for step in dis.get_instructions(code)]
    for at in (at for at, step in enumerate(steps) if step == "PUSH_NULL"):
        base = at - 1
        while base > 0 and steps[base] == "LOAD_ATTR":
            base -= 1
        if base == at - 1 or steps[base] not in ("LOAD_GLOBAL", "LOAD_NAME"):
            return True
    return False


def _calls_what_it_holds(batch: Batch, function: FunctionType, cls: type | None) -> bool:
    codes = _run(batch, function.__code__, function.__globals__)
    methods = _methods(cls) if cls is not None else {}
    # Methods of the object itself are called by name.
    seen: set[int] = set()
    todo = [each for code in codes for each in all_codes(code)]
    reached: list[CodeType] = []
    while todo:
        code = todo.pop()
        if id(code) not in seen:
            seen.add(id(code))
            reached.append(code)
            todo += [each for name in code.co_names if name in methods for each in all_codes(methods[name].__code__)]
    if any(_calls_beside(code) for code in reached):
        return True
    kept = {name for each in methods.values() for name in _attributes(each.__code__, "STORE_ATTR")}
    return any(name in kept for code in reached for name in _attributes(code, "LOAD_METHOD", "LOAD_ATTR"))


def _run(batch: Batch, code: CodeType, namespace: Mapping[str, object]) -> list[CodeType]:
    return [code, *(each for each, _ in called_by(batch.works, batch.stage, code, namespace).functions)]


def _methods(cls: type) -> dict[str, FunctionType]:
    found: dict[str, FunctionType] = {}
    for base in reversed(locate.mro(cls)):
        for name, member in list(locate.class_dict(base).items()):
            if is_a(member, FunctionType):
                found[name] = member
    return found


def _attributes(code: CodeType, *operations: str) -> set[str]:
    """The attributes that code stores, or calls."""
    found = (each for each in dis.get_instructions(code) if each.opname in operations)
    return {str(each.argval) for each in found if each.opname != "LOAD_ATTR" or _is_called(each)}


def _is_called(load: dis.Instruction) -> bool:
    # From 3.12 on a method is loaded by another form of the same instruction.
    return sys.version_info >= (3, 12) and bool((load.arg or 0) & 1)
