"""Statements that make functions without a name: whoever holds one of them runs its new code.

ROUTES = {"/": lambda r: r.ok()}       # before
ROUTES = {"/": lambda r: r.fine()}     # after: the same dict, with what was put into it since, and the same function
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import CodeType, FunctionType

from reloadr._core import Node
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.failures import compiled
from reloadr.engine.registrations import keeping
from reloadr.live import locate
from reloadr.live.codes import all_codes
from reloadr.live.module import function_codes
from reloadr.source.edits import Edit
from reloadr.source.snippets import first_line
from reloadr.source.statements import below_scope, parse_statements
from reloadr.stage.steps import ATTR, CODE

#: What keeps a function that it is given, and does not call it.
_KEEPING = frozenset({"dict", "list", "tuple", "set", "property", "staticmethod", "classmethod", "partial"}) | {
    "defaultdict",
    "OrderedDict",
    "MappingProxyType",
    "SimpleNamespace",
    "field",
    "cached_property",
}
_HOLDING = (ast.Dict, ast.List, ast.Tuple, ast.Set, ast.Starred, ast.IfExp, ast.keyword, ast.NamedExpr)
_MAKING = (ast.ListComp, ast.SetComp, ast.DictComp)

Pair = tuple[CodeType, CodeType, ast.Lambda]


def swapped(walk: Walk, edit: Edit) -> bool:
    """Gives living lambdas of a changed statement their new code; whether nothing of it has to run for that."""
    old, new = edit.old, edit.new
    if old is None or new is None or "lambda" not in old.source or not walk.tracked.in_step:
        return False
    before, after = parse_statements(old.segment), parse_statements(new.segment)
    if before is None or after is None:
        return False
    pairs = _pairs(walk, old, new, before, after)
    kept = partial(_keeps, walk)
    alone = bool(pairs) and _bodies_alone(before, after) and _is_kept(before, kept) and _is_kept(after, kept)
    if not pairs or (alone and any(was.co_freevars != fresh.co_freevars for was, fresh, _ in pairs)):
        return False
    living = locate.search([was for was, _, _ in pairs]).functions
    for was, fresh, tree in pairs:
        functions = [each for each in living.get(id(was), ()) if each.__globals__ is walk.tracked.namespace]
        _swap(walk, functions, was, fresh, tree)
    if alone:
        for name in [below_scope(new.qualname, each) for each in new.binds] or [new.qualname]:
            walk.batch.findings.change("update", walk.tracked, name, new.line, f"lambda in {first_line(new)}")
        walk.batch.agenda.note_run(walk.tracked, new)
    return alone


def _swap(walk: Walk, functions: list[FunctionType], was: CodeType, fresh: CodeType, tree: ast.Lambda) -> None:
    give_code(walk, functions, was, fresh)
    for function in functions:
        for name, value in _defaults(tree).items():
            if getattr(function, name) != value:
                walk.batch.stage.steps.append((ATTR, function, name, value))


def give_code(walk: Walk, functions: list[FunctionType], was: CodeType, fresh: CodeType) -> None:
    """Stages the new code of living lambdas."""
    tracked, batch = walk.tracked, walk.batch
    if functions:
        # Who calls one of them below is to run what is new.
        batch.stage.pending_names.add(fresh.co_name)
        batch.stage.pending_codes.add(was, fresh)
    for function in functions:
        batch.stage.steps.append((CODE, function, None, (fresh, function.__closure__)))
    if not any(was is each for each in tracked.codes.get(was.co_qualname, ())):
        # It goes with the one around it.
        return
    tracked.forget(was)
    tracked.remember([fresh])
    batch.fresh.add(id(fresh))
    batch.journal.on_undo.append(partial(tracked.exchange, fresh, was))


def renamed(walk: Walk, old: str, new: str) -> None:
    """Lambdas in the body of a class that has another name now are called after it."""
    tracked = walk.tracked
    held = [code for codes in tracked.codes.values() for code in codes if code.co_name == "<lambda>"]
    tops = [(code, _under(code, old, new)) for code in held if code.co_qualname.startswith(f"{old}.")]
    pairs = [pair for was, fresh in tops for pair in zip(all_codes(was), all_codes(fresh), strict=True)]
    living = locate.search([was for was, _ in pairs]).functions if pairs else {}
    for was, fresh in pairs:
        functions = [each for each in living.get(id(was), ()) if each.__globals__ is tracked.namespace]
        for function in functions:
            walk.batch.stage.steps.append((CODE, function, None, (fresh, function.__closure__)))
            if function.__qualname__ == was.co_qualname:
                walk.batch.stage.steps.append((ATTR, function, "__qualname__", fresh.co_qualname))
    for was, fresh in tops:
        tracked.exchange(was, fresh)
        walk.batch.journal.on_undo.append(partial(tracked.exchange, fresh, was))


def _under(code: CodeType, old: str, new: str) -> CodeType:
    inner = tuple(_under(each, old, new) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_qualname=new + code.co_qualname[len(old) :], co_consts=inner)


def _pairs(walk: Walk, old: Node, new: Node, before: ast.Module, after: ast.Module) -> list[Pair]:
    """The living code of each lambda of a statement, and its new one with its text; none where they cannot be told."""
    trees = _lambdas(before), _lambdas(after)
    tops = [
        code
        for codes in walk.tracked.codes.values()
        for code in codes
        if code.co_name == "<lambda>" and old.line <= code.co_firstlineno <= old.end_line
    ]
    held, made = _by_place(tops), _by_place(function_codes(compiled(walk.work, new)))
    if not len(held) == len(made) == len(trees[0]) == len(trees[1]):
        return []
    return [
        (was, fresh[0], b)
        for olds, fresh, a, b in zip(held, made, *trees, strict=True)
        for was in olds
        if was.co_freevars == fresh[0].co_freevars and _same_parameters(a.args, b.args)
    ]


def _by_place(tops: Iterable[CodeType]) -> list[list[CodeType]]:
    """The lambdas among some code objects and within them; those of one place, which a statement that ran again has
    made, together."""
    found: dict[tuple[int, int], list[CodeType]] = {}
    for top in tops:
        for code in all_codes(top):
            if code.co_name == "<lambda>":
                found.setdefault(_place(code), []).append(code)
    return [found[place] for place in sorted(found)]


def _place(code: CodeType) -> tuple[int, int]:
    """Where the body of a lambda begins."""
    places = [(line, column) for line, _, column, _ in code.co_positions() if line is not None and column is not None]
    return min((each for each in places if each != (code.co_firstlineno, 0)), default=(code.co_firstlineno, 0))


def _lambdas(tree: ast.Module) -> list[ast.Lambda]:
    found = [each for each in ast.walk(tree) if isinstance(each, ast.Lambda)]
    return sorted(found, key=lambda each: (each.body.lineno, each.body.col_offset))


def _same_parameters(old: ast.arguments, new: ast.arguments) -> bool:
    """Whether they differ in plain defaults at the most."""
    return ast.dump(old) == ast.dump(new) or (
        [ast.dump(each) for each in _parameters(old)] == [ast.dump(each) for each in _parameters(new)]
        and len(old.defaults) == len(new.defaults)
        and ast.dump(ast.Tuple([each or ast.Constant(0) for each in old.kw_defaults], ast.Load()))
        == ast.dump(ast.Tuple([each or ast.Constant(0) for each in new.kw_defaults], ast.Load()))
        and all(isinstance(each, ast.Constant) for each in new.defaults)
    )


def _parameters(arguments: ast.arguments) -> Iterator[ast.AST]:
    every = (*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg)
    return (each for each in every if each is not None)


def _defaults(tree: ast.Lambda) -> dict[str, object]:
    """The defaults of a lambda that are all plain."""
    plain = [each.value for each in tree.args.defaults if isinstance(each, ast.Constant)]
    if not plain or len(plain) != len(tree.args.defaults):
        return {}
    return {"__defaults__": tuple(plain)}


def _bodies_alone(old: ast.Module, new: ast.Module) -> bool:
    """Whether two statements are one but for the bodies of lambdas, and plain defaults of theirs."""
    return ast.dump(_Blanked().visit(_copy(old))) == ast.dump(_Blanked().visit(_copy(new)))


def _copy(tree: ast.Module) -> ast.Module:
    return ast.parse(ast.unparse(tree))


class _Blanked(ast.NodeTransformer):
    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        node.body = ast.Constant(None)
        arguments = node.args
        for at, each in enumerate(arguments.defaults):
            arguments.defaults[at] = ast.Constant(0) if isinstance(each, ast.Constant) else each
        return node


def _is_kept(tree: ast.AST, keeps: Callable[[ast.AST], bool]) -> bool:
    """Whether nothing that a statement does can have called one of its lambdas as it ran."""
    for each in ast.iter_child_nodes(tree):
        if isinstance(each, ast.Lambda):
            continue
        within = any(isinstance(part, ast.Lambda) for part in ast.walk(each))
        if within and not (keeps(each) and _is_kept(each, keeps)):
            return False
    return True


def _keeps(walk: Walk, tree: ast.AST) -> bool:
    if isinstance(tree, ast.Call):
        named = not any(isinstance(each, ast.Lambda) for each in ast.walk(tree.func))
        if named and ast.unparse(tree.func).rpartition(".")[2] in _KEEPING:
            return True
        return named and keeping.only_keeps(walk.batch.worlds, walk.work, tree)
    return isinstance(tree, (*_HOLDING, *_MAKING, ast.Assign, ast.AnnAssign, ast.Expr))


def living(walk: Walk, old: Node) -> list[FunctionType]:
    """The functions without a name that a statement of the old source has made and that live."""
    codes = [
        code
        for held in walk.tracked.codes.values()
        for code in held
        if code.co_name == "<lambda>" and old.line <= code.co_firstlineno <= old.end_line
    ]
    found = locate.search(codes).functions if codes and "lambda" in old.source else {}
    return [each for held in found.values() for each in held if each.__globals__ is walk.tracked.namespace]


__all__ = ["give_code", "living", "renamed", "swapped"]
