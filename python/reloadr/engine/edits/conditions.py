"""An edited `if` whose conditions only asking can tell: they are asked once, and the suite that they choose runs if it
is another.

if (n := limit(3)) > 2:            # before
if (n := limit(1)) > 2:            # after: what ran tells nothing of this one
    LEVEL = n
"""

from __future__ import annotations

import ast

from reloadr._core import Node, Part
from reloadr.engine.edits.walk import Walk
from reloadr.engine.evaluate.worlds import is_pure
from reloadr.engine.follow import places
from reloadr.report.caveats import RL208
from reloadr.source.edits import Edit
from reloadr.source.snippets import REACHED, quoted
from reloadr.source.statements import parse_expression

__all__ = ["ask"]


def ask(walk: Walk, edit: Edit, new: Node) -> bool:
    """Asks the conditions of an `if`, where one changed and may not be asked just to see; whether it was done. What
    they bind is staged, and which branch runs is known from then on."""
    suites = [suite for _, _, suite in new.branches]
    if not _must_ask(walk, edit, new) or any(suite[0].line == new.line for suite in suites if suite):
        return False
    for at, suite in enumerate(suites):
        # In one line with its condition.
        header = new.branches[at][1]
        if not suite or (header is not None and suite[0].line == header.line):
            return False
    bound = places.run(
        walk.batch, walk.work, new, source=new.blanked([node for suite in suites for node in suite], REACHED)
    )
    space = walk.batch.worlds.space_of(walk.work, new)
    for name in [name for name in bound if name.startswith(REACHED)]:
        space.stage.pop(name, None)
    reached = [at for at, suite in enumerate(suites) if f"{REACHED}{suite[0].line}" in bound]
    walk.liveness.chosen[new] = reached[0] if reached else len(suites)
    if edit.old is not None and not all(_only_tells(walk, header.source) for header in _gone(edit.old, new)):
        walk.batch.findings.reason(RL208(name=quoted(edit.old)), walk.tracked, new.qualname, new.line)
    return True


def _gone(old: Node, new: Node) -> list[Part]:
    """The conditions that went."""
    kept = {header.fingerprint for _, header, _ in new.branches if header is not None}
    return [header for _, header, _ in old.branches if header is not None and header.fingerprint not in kept]


class _Bare(ast.NodeTransformer):
    """Takes `name := value` for the value."""

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        bare: ast.AST = self.visit(node.value)
        return bare


def _only_tells(walk: Walk, source: str) -> bool:
    """Whether asking a condition does nothing but to bind names."""
    tree = parse_expression(source)
    if tree is None:
        return False
    return is_pure(walk.batch.works, _Bare().visit(tree), walk.work.space.live)


def _must_ask(walk: Walk, edit: Edit, new: Node) -> bool:
    old = edit.old
    if old is None or old.kind != "if" or new.kind != "if":
        return False
    for at, (_, header, _) in enumerate(new.branches):
        if header is None:
            return False
        before = old.branches[at][1] if at < len(old.branches) else None
        same = before is not None and before.fingerprint == header.fingerprint
        truth = walk.liveness.truth(header.source)
        if truth is None and same:
            truth = walk.liveness.has_run(old, at)
        if truth is None and not same:
            return True
        if truth:
            return False
    return False
