"""Calls in watched modules that a changed signature no longer takes.

Only calls whose callee is surely the changed function are looked at, and only those that the old
signature took: a call that never worked says nothing about the edit. What is sure is decided by names
alone, from the text; nothing is imported and no object is asked. A call with `*` or `**` is named only
if it fails whatever they bring.

Why not a type checker: it would find more, and would take longer than the save it is to comment on.
"""

from __future__ import annotations

import ast
import bisect
import contextlib
import functools
import inspect
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reloadr.source.binding import FUNCTIONS, SCOPES, dotted, method_kind, method_kinds, own_nodes, split, times_bound

__all__ = ["Call", "broken_calls", "parse"]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was good and no longer is."""

    module: str
    qualname: str
    path: str
    line: int
    why: str


def parse(text: str) -> ast.Module | None:
    """The tree of a file's text; None if it has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the compiler warns of the user's text when it runs, not here
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def broken_calls(
    function_name: str,
    old: inspect.Signature,
    new: inspect.Signature,
    *,
    owner: str | None,
    in_module: str,
    sources: Iterable[tuple[str, str, str]],
    aliases: Callable[[str], Mapping[str, tuple[str, str]]],
    parsed: Callable[[str], ast.Module | None] = parse,
) -> list[Call]:
    """The calls of a function, method or class that bound to `old` and fail to bind to `new`.

    `owner` is the qualified name of the class for a method, and None for a function of the module. With
    `__init__` the calls of the class count. The signatures are those of the plain function: for a method
    the first parameter is the instance or class, and a static method's shows in both having none.
    `sources` are module name, path and text; `aliases` gives for a module what its imports bind:
    (defining module, name), or (module, "") where the module itself is bound. `parsed` gives the tree of a text, and
    may remember it.
    """
    given = list(sources)
    target = _Target(function_name, owner, in_module, old, new)
    kinds = _Kinds(target, given, parsed)
    found: list[Call] = []
    for module, path, text in given:
        if not target.may_be_called_in(text):
            continue
        tree = parsed(text)
        if tree is None:
            continue
        with contextlib.suppress(RecursionError):  # nested too deep for a walk: nothing is sure there
            found += _Search(target, kinds, module, path, tree, target.lines_in(text), aliases(module)).calls()
    return found


# --------------------------------------------------------------------------------------- the target


@dataclass(frozen=True, slots=True)
class _Target:
    """The function whose calls are wanted."""

    name: str
    owner: str | None
    module: str
    old: inspect.Signature
    new: inspect.Signature

    @property
    def constructs(self) -> bool:
        """Whether the calls are those of a class."""
        return self.owner is not None and self.name == "__init__"

    def may_be_called_in(self, text: str) -> bool:
        """A look at the text that costs little; an import under another name is a mention too."""
        name = self.name
        if self.constructs:
            assert self.owner is not None
            name = self.owner.rpartition(".")[2]
            if re.search(r"__init__\s*\(", text):
                return True
        word = re.escape(name)
        return re.search(rf"\b{word}\s*\(|\b{word}\s+as\b", text) is not None

    def lines_in(self, text: str) -> list[int]:
        """The lines that may hold the name of what a call reaches, sorted: no other line has to be looked at."""
        names = {self.name}
        if self.constructs:
            assert self.owner is not None
            names.add(self.owner.rpartition(".")[2])
        words = "|".join(map(re.escape, names))
        names |= set(re.findall(rf"\b(?:{words})[\s\\]+as[\s\\]+(\w+)", text))
        # A name may be written in more than one way: what is beyond ASCII is looked at in any case.
        wanted = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b|[^\x00-\x7f]")
        return [number for number, line in enumerate(text.split("\n"), 1) if wanted.search(line)]


class _Kinds:
    """How the target is stored in its class; its module is parsed when the first call asks."""

    def __init__(
        self,
        target: _Target,
        sources: list[tuple[str, str, str]],
        parsed: Callable[[str], ast.Module | None],
    ) -> None:
        self._target = target
        self._sources = sources
        self._parsed = parsed

    @functools.cached_property
    def kind(self) -> str | None:
        """`plain`, `class` or `static`; None if it is not sure."""
        for module, _, text in self._sources:
            tree = self._parsed(text) if module == self._target.module else None
            if tree is not None:
                wanted = f"{self._target.owner}.{self._target.name}"
                found = {kind for name, kind in method_kinds(tree) if name == wanted}
                return found.pop() if len(found) == 1 else None
        first = next(iter(self._target.new.parameters), None)
        return {"self": "plain", "cls": "class"}.get(first or "")


@dataclass(frozen=True, slots=True)
class _Arguments:
    """What a call passes: how many by place, which by name, and whether `*` or `**` bring more."""

    places: int
    names: tuple[str, ...]
    more_places: bool
    more_names: bool

    @classmethod
    def of(cls, call: ast.Call) -> _Arguments:
        starred = [a for a in call.args if isinstance(a, ast.Starred)]
        return cls(
            len(call.args) - len(starred),
            tuple(k.arg for k in call.keywords if k.arg is not None),
            bool(starred),
            any(k.arg is None for k in call.keywords),
        )

    def failure(self, signature: inspect.Signature, bound: int) -> str | None:
        """Why the call does not bind, `bound` arguments being passed before the written ones."""
        places = (None,) * (self.places + bound)
        names = dict.fromkeys(self.names)
        try:
            if self.more_places or self.more_names:
                # More arguments mend what is missing and never what is too much: partial binding
                # fails only on the latter.
                signature.bind_partial(*places, **names)
            else:
                signature.bind(*places, **names)
        except TypeError as error:
            return str(error)
        return None


# --------------------------------------------------------------------------------------- the search


@dataclass
class _Scope:
    """A definition that encloses a call."""

    qualname: str
    node: ast.AST
    class_qualname: str | None = None  # of the class whose method this is
    first: str | None = None  # its first parameter, where that is the instance or class
    kind: str | None = None

    @functools.cached_property
    def names(self) -> Mapping[str, int]:
        """How often it binds each of its names."""
        return times_bound(self.node)

    @functools.cached_property
    def imported(self) -> Mapping[str, tuple[str, str]]:
        """What imports inside this very definition bind. Relative ones would need the package."""
        found: dict[str, tuple[str, str]] = {}
        for part in own_nodes(self.node):
            if isinstance(part, ast.ImportFrom) and not part.level:
                found |= {a.asname or a.name: (part.module or "", a.name) for a in part.names}
            elif isinstance(part, ast.Import):
                for a in part.names:
                    name = a.name if a.asname else a.name.partition(".")[0]
                    found[a.asname or name] = (name, "")
        return found


@dataclass
class _Search:
    """One module's text, walked with the definitions around each call at hand."""

    target: _Target
    kinds: _Kinds
    module: str
    path: str
    tree: ast.Module
    lines: list[int]
    imported: Mapping[str, tuple[str, str]]
    scopes: list[_Scope] = field(default_factory=list)

    @functools.cached_property
    def top(self) -> Mapping[str, int]:
        """How often the module binds each of its names."""
        return times_bound(self.tree)

    def calls(self) -> list[Call]:
        return list(self.walk(self.tree))

    def walk(self, node: ast.AST) -> Iterator[Call]:
        for child in ast.iter_child_nodes(node):
            yield from self.visit(child)

    def visit(self, node: ast.AST) -> Iterator[Call]:
        if not self.may_call(node):
            return
        if isinstance(node, ast.Call):
            yield from self.check(node)
        if not isinstance(node, SCOPES):
            yield from self.walk(node)
            return
        inside, outside = split(node)
        for part in outside:  # decorators, defaults and bases belong to the enclosing definition
            yield from self.visit(part)
        self.scopes.append(self.scope_of(node))
        for part in inside:
            yield from self.visit(part)
        self.scopes.pop()

    def may_call(self, node: ast.AST) -> bool:
        """Whether a statement has a line that may hold a call that is wanted; of anything smaller, yes."""
        if not isinstance(node, ast.stmt):
            return True
        # Decorators stand above the line of their definition.
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        at = bisect.bisect_left(self.lines, first)
        return at < len(self.lines) and self.lines[at] <= (node.end_lineno or first)

    def scope_of(self, node: ast.AST) -> _Scope:
        parent = self.scopes[-1] if self.scopes else None
        prefix = "" if parent is None else parent.qualname
        if isinstance(node, ast.Lambda):  # not a definition that a reader could look up
            return _Scope(prefix, node)
        name = getattr(node, "name", "")
        if parent is not None and not isinstance(parent.node, ast.ClassDef):
            prefix += ".<locals>"
        scope = _Scope(f"{prefix}.{name}" if prefix else name, node)
        if isinstance(node, FUNCTIONS) and parent is not None and isinstance(parent.node, ast.ClassDef):
            parameters = [*node.args.posonlyargs, *node.args.args]
            scope.class_qualname = parent.qualname
            scope.kind = "class" if node.name == "__new__" else method_kind(node)
            if parameters and scope.kind in ("plain", "class", "property"):
                scope.first = parameters[0].arg
        return scope

    def check(self, node: ast.Call) -> Iterator[Call]:
        bound = self.arguments_before(node.func)
        if bound is None:
            return
        arguments = _Arguments.of(node)
        if arguments.failure(self.target.old, bound) is not None:
            return
        why = arguments.failure(self.target.new, bound)
        if why is not None:
            qualname = self.scopes[-1].qualname if self.scopes else ""
            yield Call(self.module, qualname, self.path, node.lineno, why)

    # -- which function a call reaches

    def arguments_before(self, callee: ast.expr) -> int | None:
        """How many arguments a call of `callee` puts before its own; None if it is not surely the target."""
        target = self.target
        if target.owner is None:
            return 0 if self.names(callee, target.name) else None
        if target.constructs and self.names(callee, target.owner):
            return 1
        if not isinstance(callee, ast.Attribute) or callee.attr != target.name:
            return None
        if self.names(callee.value, target.owner):
            return {"static": 0, "class": 1, "plain": 0}.get(self.kinds.kind or "")
        method = self.own_instance(callee.value)
        if method is None:
            return None
        plain = 0 if method.kind == "class" else 1  # `cls.method(instance, ...)` passes it itself
        return {"static": 0, "class": 1, "plain": plain}.get(self.kinds.kind or "")

    def names(self, expression: ast.expr, wanted: str) -> bool:
        """Whether `expression` stands for `wanted` of the target's module."""
        parts = dotted(expression)
        if not parts:
            return False
        scope = self.binder(parts[0])
        times = (self.top if scope is None else scope.names).get(parts[0], 0)
        imported = (self.imported if scope is None else scope.imported).get(parts[0])
        if imported is not None:
            module, name = imported
            if name and times > 1:
                return False  # bound again, here or there
            return ".".join((module, *([name] if name else []), *parts[1:])) == f"{self.target.module}.{wanted}"
        return scope is None and self.module == self.target.module and times == 1 and ".".join(parts) == wanted

    def binder(self, name: str) -> _Scope | None:
        """The definition around the call that binds `name`; None if the module does."""
        for scope in reversed(self.scopes):
            visible = not isinstance(scope.node, ast.ClassDef) or scope is self.scopes[-1]
            if visible and name in scope.names:
                return scope
        return None

    def own_instance(self, expression: ast.expr) -> _Scope | None:
        """The method around the call whose `self`, `cls` or `super()` the `expression` surely is.

        `super()` reaches the target only from a class that derives from it; which one that is takes more
        than the text of a method, so only a single, direct base is looked at.
        """
        method = next((s for s in reversed(self.scopes) if s.class_qualname is not None), None)
        if method is None:
            return None
        if isinstance(expression, ast.Name):
            sure = (
                self.module == self.target.module
                and method.class_qualname == self.target.owner
                and expression.id == method.first
                and self.binder(expression.id) is method
                and method.names[expression.id] == 1
            )
            return method if sure else None
        return method if self.is_super(expression) and self.derives(method) else None

    def is_super(self, expression: ast.expr) -> bool:
        return (
            isinstance(expression, ast.Call)
            and isinstance(expression.func, ast.Name)
            and expression.func.id == "super"
            and not expression.args
            and self.binder("super") is None
            and "super" not in self.top
        )

    def derives(self, method: _Scope) -> bool:
        """Whether the class of `method` has the target's class as its only base."""
        index = self.scopes.index(method)
        holder = self.scopes[index - 1].node
        if not isinstance(holder, ast.ClassDef) or len(holder.bases) != 1 or self.target.owner is None:
            return False
        outside, self.scopes = self.scopes, self.scopes[: index - 1]
        try:
            return self.names(holder.bases[0], self.target.owner)
        finally:
            self.scopes = outside
