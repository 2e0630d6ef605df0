"""Another way to write the same program is a formatting, and nothing else is."""

from __future__ import annotations

import ast
import random
import warnings
from collections.abc import Iterator

import pytest
import reloadr
from reloadr._core import Outline

SAME = [
    ("x = 'a'", 'x = "a"'),
    ("x = 'it''s'", 'x = r"its"'),
    (r"x = '\x41\n'", 'x = """A\n"""'),
    ("x = u'é'", r"x = '\xe9'"),
    ("x = b'a' b'b'", "x = B'''ab'''"),
    ("x = f'{a}b' 'c'", 'x = f"{a}" f"bc"'),
    ("x = 0x_10, 1_0.0, 1e3, 1J", "x = (16, 10., 1000.0, 1.0j)"),
    ("x = f((a), b,)", "x = f(a, b)"),
    ("x = ((a + b))", "x = a + b"),
    ("from a import (b, c,)", "from a import b, c"),
    ("class C(): pass", "class C: pass"),
    ("def f(a='x', *b,): return (a), 'y'", 'def f(a="x", *b): return a, "y"'),
    ("if (a == 'b'): x = 1; y = 2", 'if a == "b":\n    x = 1\n    y = 2'),
    ("if a:\n    x = 1\nelif b:\n    x = 2", "if a:\n    x = 1\nelse:\n    if b:\n        x = 2"),
    ("for (a, b) in c: x = a", "for a, b in c: x = a"),
]

OTHER = [
    ("x = (a)", "x = (a,)"),
    ("x = a & b ^ c", "x = a & (b ^ c)"),
    ("x = (a < b) < c", "x = a < b < c"),
    ("x = a[1]", "x = a[1,]"),
    ("x = [(n := a) if b else c]", "x = [n := a if b else c]"),
    ("async def f(): return await a ** b", "async def f(): return await (a ** b)"),
    ("with (a, b): x = 1", "with ((a, b)): x = 1"),
    ("(x): int = 1", "x: int = 1"),
    ("x = '\\ud83d\\ude00'", "x = '\\U0001f600'"),
    (r"x = '\n'", r"x = r'\n'"),
    (r"x = b'\u0041'", "x = b'A'"),
    ("x = 'a'", "x = b'a'"),
    ("x = 1", "x = 1.0"),
    ("x = f'{a=}'", "x = f'{a =}'"),
    ("match a:\n    case (b): x = 1", "match a:\n    case (b,): x = 1"),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_another_spelling_is_a_formatting(old: str, new: str) -> None:
    assert {(edit.action, edit.facets) for edit in reloadr.plan(old, new).edits} <= {("formatted", ())}


@pytest.mark.parametrize(("old", "new"), OTHER)
def test_another_program_is_a_change(old: str, new: str) -> None:
    assert "formatted" not in {edit.action for edit in reloadr.plan(old, new).edits}
    assert reloadr.plan(old, new)


def test_what_changed_beside_a_reformatted_line_is_all_that_changed() -> None:
    plan = reloadr.plan("if a == 'x':\n    b = 1\n", 'if (a == "x"):\n    b = 2\n')
    assert [(edit.action, edit.qualname) for edit in plan.edits] == [("changed", "b")]
    plan = reloadr.plan("def f(a='x'): return a, 'y'\n", 'def g(a="x"): return a, "y"\n')
    assert [(edit.action, edit.qualname) for edit in plan.edits] == [("renamed", "g")]


WORDS = ["a", "b", "1", "0x1", "1.0", "1.", "'s'", '"s"', "'s' 't'", "'st'", "f'{a}'", r"'\n'", r"r'\n'", "a.b", "a[0]"]
OPERATORS = ["+", "-", "**", "&", "^", "|", "<", "==", "in", "not in", "and", "or"]


class Texts:
    """Random statements, and each written otherwise."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def expression(self, depth: int) -> str:
        if depth <= 0:
            return self.random.choice(WORDS)
        a, b, c = (self.expression(depth - self.random.randint(1, 2)) for _ in range(3))
        forms = [
            *(f"{a} {operator} {b}" for operator in self.random.sample(OPERATORS, 5)),
            *(f"({a})", f"not {a}", f"-{a}", f"{a} if {b} else {c}", f"lambda: {a}", f"await {a}", f"{a}({b}, *{c},)"),
            *(f"[{a}, {b},]", f"({a}, {b})", f"{a}[{b}]", f"[{a} for i in {b} if {c}]", f"{{{a}: {b}}}", f"(n := {a})"),
        ]
        return self.random.choice(forms)

    def statement(self) -> str:
        a, b = self.expression(self.random.randint(1, 3)), self.expression(2)
        forms = [f"x = {a}", f"return {a}, {b}", f"x: {b} = {a}", f"assert {a}, {b}", f"with {a}, {b}: pass", a]
        return self.random.choice([*forms, f"if {a}: pass", f"for i in {a}: pass", f"@{a}\n def g(a={b}): pass"])

    def others(self, text: str) -> Iterator[str]:
        """The text with parentheses around an expression, or without them or a comma."""
        try:
            tree = ast.parse(f"async def f():\n {text}")
        except SyntaxError:
            return
        spans = [node for node in ast.walk(tree) if isinstance(node, ast.expr) and node.lineno == node.end_lineno == 2]
        for node in self.random.sample(spans, min(4, len(spans))):
            start, end = node.col_offset - 1, (node.end_col_offset or 0) - 1
            yield f"{text[:start]}({text[start:end]}){text[end:]}"
        opened: list[int] = []
        for at, char in enumerate(text):
            if char == "(":
                opened.append(at)
            elif char == ")" and opened:
                start = opened.pop()
                yield f"{text[:start]} {text[start + 1 : at]} {text[at + 1 :]}"
                yield f"{text[:at]},{text[at:]}"
            elif char == ",":
                yield text[:at] + text[at + 1 :]


def tree_of(text: str) -> str | None:
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return None


def test_no_two_programs_have_one_fingerprint() -> None:
    """Of random statements: the grammar's precedence is not CPython's everywhere, where it is not parentheses count."""
    texts, same, compared = Texts(7), 0, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(400):
            text = texts.statement()
            for other in texts.others(text):
                old, new = (f"async def f():\n {each}\n" for each in (text, other))
                trees, outlines = (tree_of(old), tree_of(new)), (Outline.parse(old), Outline.parse(new))
                if None in trees or any(outline.trouble is not None for outline in outlines):
                    continue
                alike = outlines[0].roots()[0].fingerprint == outlines[1].roots()[0].fingerprint
                assert trees[0] == trees[1] or not alike, (text, other)
                compared, same = compared + 1, same + alike
    assert compared > 500 and same > compared / 2
