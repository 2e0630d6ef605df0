"""The loops of a function, in its source: which of the old text is which of the new one, and what stands above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

LoopNode = ast.For | ast.AsyncFor | ast.While
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Unmovable(Exception):
    """What runs cannot go on in the new text; the reason, in words."""


class Step(NamedTuple):
    """One statement on the way from the function to a loop."""

    before: list[ast.stmt]
    statement: ast.stmt
    #: The suite of it that the way leads through; "" for the loop itself.
    suite: str


class Loop(NamedTuple):
    """A `for` or `while`, with the way to it."""

    node: LoopNode
    way: tuple[Step, ...]


def loops_of(body: list[ast.stmt]) -> list[Loop]:
    """All loops of a function or module, in the order of the source, without those of inner functions and classes."""
    return list(_walk(body, ()))


def _walk(body: list[ast.stmt], way: tuple[Step, ...]) -> Iterator[Loop]:
    for at, statement in enumerate(body):
        if isinstance(statement, LoopNode):
            yield Loop(statement, (*way, Step(body[:at], statement, "")))
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for suite, inner in _suites(statement):
            yield from _walk(inner, (*way, Step(body[:at], statement, suite)))


def _suites(statement: ast.stmt) -> Iterator[tuple[str, list[ast.stmt]]]:
    for name in ("body", "orelse", "finalbody"):
        inner = getattr(statement, name, None)
        if inner:
            yield name, inner
    for at, handler in enumerate(getattr(statement, "handlers", ())):
        yield f"handler {at}", handler.body
    for at, case in enumerate(getattr(statement, "cases", ())):
        yield f"case {at}", case.body


def _header(loop: Loop) -> str:
    node = loop.node
    if isinstance(node, ast.While):
        return f"while {ast.dump(node.test)}"
    return f"{type(node).__name__} {ast.dump(node.target)} in {ast.dump(node.iter)}"


def partner(olds: list[Loop], news: list[Loop], at: int) -> Loop:
    """The loop of the new text that an old one became. Raises Unmovable.

    The one with the same header and rank among those with it; else, of those that are left, the one in the same place
    among as many.
    """
    headers, headers_after = [_header(each) for each in olds], [_header(each) for each in news]
    header = headers[at]
    # Those that are matched by their header are nobody else's.
    kept = {each for each in headers if headers.count(each) == headers_after.count(each)}
    left = [number for number, each in enumerate(headers) if each not in kept]
    left_after = [each for each, there in zip(news, headers_after, strict=True) if there not in kept]
    if header in kept:
        same_after = [each for each, there in zip(news, headers_after, strict=True) if there == header]
        found = same_after[headers[:at].count(header)]
    elif len(left) == len(left_after):
        found = left_after[left.index(at)]
    elif not news:
        raise Unmovable("its loop is gone")
    else:
        raise Unmovable("its loop cannot be told from others in the new text")
    if _blocks(olds[at]) != _blocks(found):
        raise Unmovable("its loop stands in other blocks now")
    return found


def _blocks(loop: Loop) -> list[tuple[str, str, int]]:
    """What encloses a loop, as far as the interpreter holds something for it."""
    return [
        (type(each.statement).__name__, each.suite, len(getattr(each.statement, "items", ())))
        for each in loop.way
        if not isinstance(each.statement, (ast.If, ast.Match))
    ]


def above(loop: Loop, *, in_module: bool) -> list[str]:
    """What stands above a loop and does not come round again, without where it stands. Of a module those lines are left
    out that stand in no block: they run as they are edited."""
    found: list[str] = []
    for depth, step in enumerate(loop.way):
        found += [_shown(each) for each in step.before if not _is_docstring(each)] if depth or not in_module else []
        statement = step.statement
        if isinstance(statement, (ast.For, ast.AsyncFor)):
            found.append(ast.dump(statement.iter))
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            found += [ast.dump(item) for item in statement.items]
        elif isinstance(statement, ast.If):
            found.append(ast.dump(statement.test))
        elif isinstance(statement, ast.Match):
            found.append(ast.dump(statement.subject))
        if isinstance(statement, LoopNode):
            # All that stands in it comes round again.
            break
    return found


def _shown(statement: ast.stmt) -> str:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        # What an earlier call made of it runs its new body.
        parts = [statement.args, *statement.decorator_list]
        return " ".join([type(statement).__name__, statement.name, *map(ast.dump, parts)])
    return ast.dump(statement)


def _is_docstring(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return False
    return isinstance(statement.value.value, str)


def is_endless(loop: ast.While) -> bool:
    """Whether a `while` asks nothing."""
    return isinstance(loop.test, ast.Constant) and bool(loop.test.value)


#: To ask with these alone takes nothing away, as `queue.get()` would.
_PLAIN = (ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp)
_PARTS = (ast.expr_context, ast.cmpop, ast.boolop, ast.unaryop, ast.operator)


def has_asked(old: ast.While, new: ast.While) -> bool:
    """Whether the condition of the old text, which was true, stands for that of the new one.

    Not where it was edited, so that the new one is asked; but what it took out of somewhere would be lost.
    """
    if is_endless(old):
        return False
    nodes = [*ast.walk(old.test), *ast.walk(new.test)]
    return ast.dump(old.test) == ast.dump(new.test) or not all(isinstance(node, (*_PLAIN, *_PARTS)) for node in nodes)


__all__ = [
    "FunctionNode",
    "Loop",
    "LoopNode",
    "Step",
    "Unmovable",
    "above",
    "has_asked",
    "is_endless",
    "loops_of",
    "partner",
]
