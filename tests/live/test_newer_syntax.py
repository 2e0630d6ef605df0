"""What later versions brought to expressions is told as what it is: free of effects, and what it holds follows."""

from __future__ import annotations

import sys

import pytest
from harness import Project
from probing import WAYS, probed

Edit = tuple[str, str, str, str]

TEMPLATES: dict[str, Edit] = {
    "a name": ("N = 'a'\nX = t'hello {N}'\n", "'a'", "'b'", "m.X.strings, m.X.values"),
    "text": ("N = 'a'\nX = t'hello {N}'\n", "hello", "bye", "m.X.strings, m.X.values"),
    "how it is to be shown": (
        "N = 4\nR = [1]\nX = t'{R!r:>{N}}'\n",
        "N = 4",
        "N = 5",
        "m.X.interpolations[0].format_spec, m.X.interpolations[0].conversion, m.X.values",
    ),
    "rendered": (
        "N = 'a'\ndef f(t): return [p if isinstance(p, str) else p.value for p in t]\nX = f(t'hello {N}')\n",
        "'a'",
        "'b'",
        "m.X",
    ),
    "a value of it": ("N = 'a'\nX = t'hello {N}'.values[0]\n", "'a'", "'b'", "m.X"),
    "a place in it": (
        "N = 'a'\nT = t'hello {N}'\nX = T.interpolations[0].expression, T.values[0]\n",
        "'a'",
        "'b'",
        "m.X",
    ),
    "two": ("N = 'a'\nX = t'hello {N}' + t' {N}'\n", "'a'", "'b'", "m.X.strings, m.X.values"),
    "a default": ("N = 'a'\ndef f(x=t'hello {N}'): return x.strings, x.values\n", "'a'", "'b'", "m.f()"),
}
UNPACKED: dict[str, Edit] = {
    "lists": ("N = [[1], [2]]\nX = [*x for x in N]\n", "[1]", "[3]", "m.X"),
    "sets": ("N = [[1], [2]]\nX = {*x for x in N}\n", "[1]", "[3]", "m.X"),
    "dicts": ("N = [{1: 1}, {2: 2}]\nX = {**x for x in N}\n", "1: 1", "3: 3", "m.X"),
    "one after the other": ("N = [[1], [2]]\nX = list((*x for x in N))\n", "[1]", "[3]", "m.X"),
}
EDITS = {f"template strings: {name}": edit for name, edit in TEMPLATES.items() if sys.version_info >= (3, 14)} | {
    f"unpacking: {name}": edit for name, edit in UNPACKED.items() if sys.version_info >= (3, 15)
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("edit", EDITS)
def test_it_follows(project: Project, way: str, edit: str) -> None:
    before, old, new, look = EDITS[edit]
    done = probed(project, before, before.replace(old, new), look, way=way)
    assert done.right and not done.named, done


@pytest.mark.skipif(sys.version_info < (3, 14), reason="template strings came with 3.14")
def test_what_stands_in_braces_is_not_formatted(project: Project) -> None:
    """Formatting it would have effects; the template is made anew all the same."""
    text = "N = 'a'\nmade = []\nclass C:\n    def __format__(self, how): made.append(1)\nc = C()\nX = t'{c}{N}'\n"
    done = probed(project, text, text.replace("'a'", "'b'"), "m.X.values[1], m.made")
    assert done.right and not done.named, done
