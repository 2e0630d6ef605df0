"""Functions whose source is looked into: the user's own, and those made during the evaluation."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Mapping

from reloadr.judge.operable import Lazy
from reloadr.judge.purity.ground import Ground
from reloadr.judge.purity.scopes import Local, Scope, bound_names, own_nodes, parameters
from reloadr.judge.purity.values import ANY, NONE, STR, Arguments, Cell, Impure, Value, covers, join
from reloadr.judge.static import NOTHING, captured

_DEPTH = 24


class Functions(Ground):
    """The part of the walk that makes functions, binds their arguments and walks their bodies."""

    # -- made during the evaluation

    def eval_Lambda(self, node: ast.Lambda) -> Value:
        return self.make_function(node)

    def make_function(self, node: ast.FunctionDef | ast.Lambda) -> Value:
        defaults = tuple(self.eval(n) for n in node.args.defaults)
        keyword_defaults = {
            a.arg: self.eval(n) for a, n in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if n
        }
        key = (id(node), id(self.scope))
        # One object per place: a value that changed each time would never settle.
        made = self.cells.setdefault((id(node), "function"), Cell(True))
        before = made.inner.known
        if (
            isinstance(before, Local)
            and before.scope.parent is self.scope
            and all(covers(x, y) for x, y in zip(before.defaults, defaults, strict=True))
            and all(covers(before.keyword_defaults[name], y) for name, y in keyword_defaults.items())
        ):
            return made.inner
        if isinstance(before, Local):
            defaults = tuple(join(x, y) for x, y in zip(before.defaults, defaults, strict=True))
            keyword_defaults = {n: join(before.keyword_defaults[n], y) for n, y in keyword_defaults.items()}
        scope = self.scope_for(key, node, self.scope, self.scope.globals, {})
        local = Local(node, scope, defaults, keyword_defaults)
        made.inner = Value(frozenset({types.FunctionType}), frozenset(), local)
        self.version += 1
        return made.inner

    def scope_for(
        self,
        key: tuple[int, int],
        node: ast.FunctionDef | ast.Lambda,
        parent: Scope | None,
        space: Mapping[str, object],
        free: Mapping[str, object],
    ) -> Scope:
        known = self.scopes.get(key)
        if known is None:
            generator = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(node))
            known = (node, Scope(parent, space, bound_names(node), free, generator=generator))
            self.scopes[key] = known
        return known[1]

    # -- called

    def call_function(self, function: types.FunctionType, arguments: Arguments, node: ast.AST) -> Value:
        if function.__code__.co_flags & inspect.CO_ITERABLE_COROUTINE:
            raise Impure
        known = self.sources.get(id(function))
        if known is None:
            source = self.source_of(function)
            if not isinstance(source, ast.FunctionDef | ast.Lambda):
                raise Impure
            if function.__code__.co_argcount != len(source.args.posonlyargs) + len(source.args.args):
                raise Impure  # not the source of this function
            known = self.sources[id(function)] = (function, source)
        definition = known[1]
        free = {
            name: value
            for name, value in zip(function.__code__.co_freevars, captured(function), strict=True)
            if value is not NOTHING
        }
        scope = self.scope_for((id(definition), id(function)), definition, None, function.__globals__, free)
        defaults = tuple(self.live_value(x) for x in function.__defaults__ or ())
        keyword_defaults = {name: self.live_value(x) for name, x in (function.__kwdefaults__ or {}).items()}
        return self.call_node(definition, scope, defaults, keyword_defaults, arguments, node)

    def call_node(
        self,
        definition: ast.FunctionDef | ast.Lambda,
        scope: Scope,
        defaults: tuple[Value, ...],
        keyword_defaults: Mapping[str, Value],
        arguments: Arguments,
        node: ast.AST,
    ) -> Value:
        for name, value in self.bound(definition, defaults, keyword_defaults, arguments).items():
            self.grow(scope.names.setdefault(name, Cell(True)), value)
        if not scope.running:
            self.run(definition, scope)
        if scope.generator:
            return Value(frozenset({Lazy}), frozenset({scope.yielded}))
        return scope.result.inner

    def run(self, definition: ast.FunctionDef | ast.Lambda, scope: Scope) -> None:
        if self.depth >= _DEPTH:
            raise Impure
        outside = (self.scope, self.env, self.nested)
        self.depth += 1
        scope.running = True
        self.scope, self.nested = scope, self.nested + 1
        # What other calls passed counts too: the scope is shared by all of them.
        self.env = {a.arg: scope.names[a.arg].inner for a in parameters(definition.args) if a.arg in scope.names}
        try:
            if isinstance(definition, ast.Lambda):
                self.grow(scope.result, self.eval(definition.body))
            elif self.block(definition.body):
                self.grow(scope.result, NONE)
        finally:
            scope.running = False
            self.depth -= 1
            self.scope, self.env, self.nested = outside

    def bound(
        self,
        definition: ast.FunctionDef | ast.Lambda,
        defaults: tuple[Value, ...],
        keyword_defaults: Mapping[str, Value],
        arguments: Arguments,
    ) -> dict[str, Value]:
        spec = definition.args
        places = [a.arg for a in (*spec.posonlyargs, *spec.args)]
        found = dict(zip(places, arguments.positional, strict=False))
        extra = arguments.positional[len(places) :]
        known_names = {a.arg for a in (*spec.args, *spec.kwonlyargs)}
        by_name = {n: v for n, v in arguments.keywords.items() if n in known_names}
        other = [v for n, v in arguments.keywords.items() if n not in known_names]
        default_of = dict(zip(places[len(places) - len(defaults) :], defaults, strict=True)) | dict(keyword_defaults)
        if (extra and spec.vararg is None) or (other and spec.kwarg is None):
            raise Impure  # it would raise; why it is written is not for us to guess
        for a in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs):
            candidates = [v for v in (found.get(a.arg), by_name.get(a.arg)) if v is not None]
            if not candidates or arguments.rest is not None:
                candidates += [v for v in (arguments.rest, default_of.get(a.arg)) if v is not None]
            if not candidates:
                raise Impure
            found[a.arg] = join(*candidates)
        rest = [] if arguments.rest is None else [arguments.rest]
        if spec.vararg is not None:
            found[spec.vararg.arg] = self.fresh(spec.vararg, [tuple], *extra, *rest)
        if spec.kwarg is not None:
            found[spec.kwarg.arg] = self.fresh(spec.kwarg, [dict], STR, *other, *rest)
        return found

    # -- generators

    def eval_Yield(self, node: ast.Yield) -> Value:
        if not self.scope.generator:
            raise Impure
        self.grow(self.scope.yielded, NONE if node.value is None else self.eval(node.value))
        return NONE  # nobody can send: `send` is on no list

    def eval_YieldFrom(self, node: ast.YieldFrom) -> Value:
        if not self.scope.generator:
            raise Impure
        self.grow(self.scope.yielded, self.items(self.eval(node.value)))
        return ANY
