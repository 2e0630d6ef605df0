"""What ran while modules were loaded and came to code that changes, or to code that reads what changes.

Asked before anything is live, for two reasons: who calls what is to be seen in the old code, and whether a value still
is what the old code gives can be evaluated only as long as that is there.
"""

from __future__ import annotations

import ast
import dis
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType

from reloadr import _derive as derive
from reloadr import _locate as locate
from reloadr._apply import MISSING, Batch, NeedsRestart, Work
from reloadr._core import Node, users
from reloadr._tracked import Tracked

#: What a comprehension and a generator expression are called: they run where they stand, other inner functions later.
_AT_ONCE = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")

#: A name of a module: the module's, and its own.
Name = tuple[str, str]


@dataclass(frozen=True)
class Call:
    """A statement or definition that called functions while its module was loaded."""

    work: Work
    node: Node
    #: What it calls that changes, or reads what changes, as it writes them.
    names: frozenset[str]
    #: Those of them that change themselves: whom they decorate is found from that.
    direct: frozenset[str] = frozenset()
    #: Those whose inner functions do: called by decorators with arguments.
    inner: frozenset[str] = frozenset()
    #: The names that make it matter if they get another value; none: it matters in any case.
    because: frozenset[Name] = frozenset()
    #: For an assignment: whether it has no effect and its value is what the old code gives.
    holds: bool | None = None

    @property
    def key(self) -> tuple[str, int, str]:
        """The statement, as `Batch.ran` has it."""
        return self.work.tracked.name, self.node.line, self.node.source


def calls(batch: Batch) -> list[Call]:
    """Who called changed functions, or functions that read names that may change, in that order."""
    found = _of_functions(batch)
    known = {call.key for call in found}
    return found + [call for call in _of_names(batch) if call.key not in known]


def _of_functions(batch: Batch) -> list[Call]:
    changed: dict[str, tuple[Tracked, set[str], set[str]]] = {}
    for swap in batch.swaps:
        new = swap.edit.new
        if new is None or swap.edit.action == "formatted" or new.name is None:
            continue
        if swap.edit.facets == ["docstring"] or swap.edit.facets == ["annotations"]:
            continue
        _, functions, methods = changed.setdefault(swap.work.tracked.name, (swap.work.tracked, set(), set()))
        if not new.scopes:
            functions.add(new.name)
        else:
            made = new.name in ("__init__", "__new__", "__call__", "__init_subclass__", "__post_init__")
            methods.add(new.scopes[-1].name or "" if made else new.name)
    found: list[Call] = []
    for tracked, names, methods in changed.values():
        reaching = _reaching(batch, tracked, names, methods)
        for work, node, read in derive.readers_of(batch, tracked, reaching) if reaching else ():
            found += _call(batch, work, node, read, direct=names)
    return found


def _of_names(batch: Batch) -> list[Call]:
    """Functions that read names that edits bind anew, and names computed from those, wherever they are."""
    todo: list[tuple[Tracked, set[str]]] = []
    for work in batch.works:
        names: set[str] = set()
        for edit in work.edits:
            for node in (edit.old, edit.new):
                if node is not None and not node.scopes and not node.name and edit.action != "formatted":
                    names |= set(node.binds)
        if names := {name for name in names if name in work.tracked.namespace}:
            todo.append((work.tracked, names))
    found: dict[tuple[str, int, str], Call] = {}
    seen: set[Name] = set()
    while todo and len(seen) < 2000:
        tracked, names = todo.pop(0)
        names = {name for name in names if (tracked.name, name) not in seen}
        seen |= {(tracked.name, name) for name in names}
        for other in derive.candidates(batch, tracked, names) if names else ():
            work = batch.work_of(other)
            local = derive.local_names(batch, work, tracked, names)
            if not local:
                continue
            because = frozenset((tracked.name, name) for name in names)
            derived = {name for name in local if "." not in name and other is not tracked}
            for node in work.outline.readers(local):
                if node.kind == "assignment" and not node.scopes:
                    derived |= set(node.binds)
            for call in _reading(batch, other, local, because):
                found.setdefault(call.key, call)
                if call.holds is not None and not call.node.scopes:
                    todo.append((call.work.tracked, set(call.node.binds)))
            if derived:
                todo.append((other, derived))
    return list(found.values())


def _reading(batch: Batch, tracked: Tracked, names: set[str], because: frozenset[Name]) -> list[Call]:
    """Who calls the functions of a module that read these names, as that module writes them."""
    sought = {part for name in names for part in name.split(".")}
    around = users(tracked.codes, sought)
    if not around or not any(True for _ in derive.readers_of(batch, tracked, around)):
        return []
    own, inner = set[str](), set[str]()
    for name, value in list(tracked.namespace.items()):
        if name not in around:
            continue
        for each in locate.unwrap(value):
            if each.function.__globals__ is tracked.namespace:
                code = each.function.__code__
                if _reads(code, names):
                    own.add(name)
                elif any(_reads(constant, names) for constant in code.co_consts if isinstance(constant, CodeType)):
                    inner.add(name)
    found: list[Call] = []
    own = _reaching(batch, tracked, own, set()) if own else own
    for work, node, read in derive.readers_of(batch, tracked, own | inner):
        local_inner = read & derive.local_names(batch, work, tracked, inner)
        found += _call(batch, work, node, read - local_inner, inner=local_inner, because=because)
    return found


def _reads(code: CodeType, names: set[str]) -> bool:
    """Whether a function, as it runs, reads one of these names: `NAME`, or `module.NAME`."""
    used = set(code.co_names)
    plain = {name for name in names if name in used}
    if plain and any(each.opname == "LOAD_GLOBAL" and each.argval in plain for each in dis.get_instructions(code)):
        return True
    if any("." in name and used.issuperset(name.split(".")) for name in names):
        return True
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return any(each.co_name in _AT_ONCE and _reads(each, names) for each in inner)


def _call(
    batch: Batch,
    work: Work,
    node: Node,
    read: set[str],
    *,
    direct: Iterable[str] = (),
    inner: Iterable[str] = (),
    because: frozenset[Name] = frozenset(),
) -> Iterator[Call]:
    if node.kind == "assignment" and calls_one(node, read):
        value = derive.value_of(node)
        try:
            holds = (
                value is not None
                and derive.is_pure(batch, work.tracked, value, derive.old_world(batch, work, node))
                and derive.still_holds(batch, work, node, value)
            )
        except NeedsRestart:
            # Its class is not where its source put it.
            holds = False
        yield Call(work, node, frozenset(read), because=because, holds=holds)
    elif node.name:
        yield Call(work, node, frozenset(read), frozenset(direct), frozenset(inner), because)
    elif node.kind == "statement" and calls_one(node, read):
        yield Call(work, node, frozenset(read), because=because)


def _reaching(batch: Batch, tracked: Tracked, changed: set[str], methods: set[str]) -> set[str]:
    """The functions of a module that call one of these functions or methods, directly or through others of the
    module; a method that makes instances goes by its class's name."""
    # Nearly always nothing that runs as modules are loaded uses what uses these, and the names in the code
    # objects say so without a look at what became of each definition.
    sought = changed | methods
    around = users(tracked.codes, sought) if tracked.outline.mentions(sought) else set()
    if not around or not any(True for _ in derive.readers_of(batch, tracked, around)):
        return set(changed)
    namespace = tracked.namespace
    callers: dict[str, list[str]] = {}
    for name, value in list(namespace.items()):
        if isinstance(value, (FunctionType, type)) and getattr(value, "__module__", None) == tracked.name:
            for found in _functions_under(value):
                for code in _codes_of(found.__code__):
                    for used in code.co_names:
                        callers.setdefault(used, []).append(name)
    reaching, todo = set(changed), [*changed, *methods]
    while todo:
        for name in callers.get(todo.pop(), ()):
            if name not in reaching:
                reaching.add(name)
                todo.append(name)
    return {name for name in reaching if not isinstance(namespace.get(name), type)}


def _functions_under(value: object) -> list[FunctionType]:
    if isinstance(value, FunctionType):
        return [value]
    members = locate.class_dict(value).values() if isinstance(value, type) else ()
    return [found.function for member in list(members) for found in locate.unwrap(member)]


def _codes_of(code: CodeType) -> list[CodeType]:
    found = [code]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += _codes_of(constant)
    return found


def calls_one(node: Node, names: Iterable[str]) -> bool:
    """Whether a statement calls one of these functions as it runs."""
    return calls_in(node.segment, names)


def calls_in(source: str, names: Iterable[str]) -> bool:
    """The same for the text of a statement or expression."""
    wanted = set(names)
    try:
        tree = ast.parse(textwrap.dedent(source))
    except SyntaxError:
        return False
    for each in ast.walk(tree):
        if isinstance(each, ast.Call):
            dotted = ast.unparse(each.func)
            if dotted.rpartition(".")[2] in wanted or dotted in wanted:
                return True
    return False


def matter(batch: Batch, call: Call, differ: Callable[[object, object], bool]) -> list[str]:
    """The names that made a call matter and have another value now."""
    found = []
    for module, name in sorted(call.because):
        tracked = next((each for each in batch.watched if each.name == module), None)
        if tracked is None:
            continue
        space = batch.spaces.get(id(tracked.namespace))
        before = batch.before.get(id(tracked.namespace), {})
        if space is not None and name in before and before[name] is not MISSING:
            if differ(before[name], space.get(name)):
                found.append(name)
    return found


__all__ = ["Call", "calls", "calls_in", "calls_one", "matter"]
