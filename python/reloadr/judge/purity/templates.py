"""Template strings (CPython 3.14 and later): `t"{x}"` keeps what stands in braces as it is, and formats nothing."""

from __future__ import annotations

from typing import Any

from reloadr.judge.library import ATTRIBUTES, INTERPOLATION, TEMPLATE
from reloadr.judge.purity.ground import Ground
from reloadr.judge.purity.values import NEVER, Value, join, of


class Templates(Ground):
    """The part of the walk that makes template strings, and reads what they hold.

    A template's cell has texts and interpolations, the cell of an interpolation what it holds."""

    def eval_TemplateStr(self, node: Any) -> Value:
        return self.fresh(node, self._kinds_named(TEMPLATE), *(self.eval(part) for part in node.values))

    def eval_Interpolation(self, node: Any) -> Value:
        parts = [node.value] if node.format_spec is None else [node.value, node.format_spec]
        texts = of(str, type(None))
        return self.fresh(node, self._kinds_named(INTERPOLATION), *(self.eval(part) for part in parts), texts)

    def _kinds_named(self, name: str) -> list[type]:
        return [kind for kind, known in self.library.data.items() if known == name]

    def template_attribute(self, owner: Value, kind: str, name: str) -> Value:
        held = join(*(cell.inner for cell in owner.cells))
        if name in ATTRIBUTES[kind]:
            return self.plain
        if kind == TEMPLATE and name in ("interpolations", "values"):
            return Value(frozenset({tuple}), (owner if name == "interpolations" else held).cells)
        return held if kind == INTERPOLATION and name == "value" else NEVER
