"""Whether an expression may be evaluated again unseen.

An unchanged statement that was computed from a changed name is evaluated again only if nobody can
notice the evaluation. This package answers that by abstract interpretation: the expression is walked,
and each step is allowed only if the types of its operands are known and what Python would call for
them is on a list (`_library`). Everything not on a list is refused, so a gap costs a stale-value caveat
and never a second connection or a second write.

The walk is one object, and its methods are told by subject, each class on top of those it needs: `ground` at
the bottom; `attributes`, `expressions`, `classes` and `functions` (the user's), `library_methods` and
`library_functions`; `statements` and `calls` at the top. `values` and `scopes` are what it knows.

The whole walk is repeated until no cell of a value grows, so every check has held against the final state;
that makes loops, recursion, closures and lazy iterators sound without ordering arguments.

Why not evaluate in a sandbox instead: both branches of a condition must be harmless, since the new
values may take the other one, and nothing of the user's may run before it is known to be pure.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from reloadr.judge.operable import Lazy
from reloadr.judge.purity.calls import Calls
from reloadr.judge.purity.ground import SourceOf
from reloadr.judge.purity.statements import Statements
from reloadr.judge.purity.values import Arguments, Impure

__all__ = ["is_pure", "is_pure_body"]

_PASSES = 24


def is_pure(expression: ast.expr, namespace: Mapping[str, object], source_of: SourceOf) -> bool:
    """Whether evaluating `expression` has no effect and gives a value that can be compared.

    `namespace` is the live module namespace, or a `ChainMap` of a class namespace over it. It must
    hold the values the evaluation would see: ask again after a name in it changed. Functions read
    their own globals. Nothing of the user's is called by asking.
    """
    try:
        return _Analysis(namespace, source_of).accepts(expression)
    except (Impure, RecursionError):
        return False
    except Exception:  # an object that lies about itself: unsure, hence not pure
        return False


def is_pure_body(statements: list[ast.stmt], namespace: Mapping[str, object], source_of: SourceOf) -> bool:
    """Whether statements, run one after the other, have no effect but on what they bind and make themselves.

    As `is_pure`, for statements of a module: the names that they bind are taken for variables of their own.
    """
    function = ast.parse("def body(): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = statements
    try:
        return _Analysis(namespace, source_of).accepts_body(function)
    except (Impure, RecursionError):
        return False
    except Exception:  # as above
        return False


class _Analysis(Calls, Statements):
    """One question: the walk over one expression, repeated until nothing new is learnt."""

    def accepts(self, expression: ast.expr) -> bool:
        for _ in range(_PASSES):
            before = self.version
            self.env = {}
            result = self.eval(expression)
            if self.version == before:
                return result.types is None or not any(
                    kind is Lazy or kind in self.library.hashes for kind in result.types
                )
        return False

    def accepts_body(self, function: ast.FunctionDef) -> bool:
        for _ in range(_PASSES):
            before = self.version
            self.env = {}
            self.call(self.make_function(function), Arguments([]), function)
            if self.version == before:
                return True
        return False
