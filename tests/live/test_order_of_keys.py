"""A dict with its keys in another order is another for who goes through it; what holds functions unchangeably."""

import sys

import pytest
from harness import Project
from probing import WAYS, probed

HEAD = "import types\ndef rows(x): return [*x]\nL = {'a': 1, 'b': [{'c': 1, 'd': 2}]}\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reader", ["dict(L)", "[*L]", "rows(L)", "types.MappingProxyType(dict(L))", "[*L['b'][0]]"])
@pytest.mark.parametrize("literal", ["{'b': [{'c': 1, 'd': 2}], 'a': 1}", "{'a': 1, 'b': [{'d': 2, 'c': 1}]}"])
def test_who_goes_through_it_follows(project: Project, way: str, reader: str, literal: str) -> None:
    text = f"{HEAD}D = {reader}\n"
    done = probed(project, text, text.replace(HEAD[HEAD.index("{") : -1], literal), "[*m.D], str(m.D)", way=way)
    assert done.right or done.named, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("use", ["D['a']()", "D.get('a')()", "[f() for f in D.values()]", "call()"])
@pytest.mark.parametrize(
    "made",
    [
        "types.MappingProxyType({'a': f})",
        pytest.param(
            "frozendict(a=f)",
            marks=pytest.mark.skipif(sys.version_info < (3, 15), reason="frozendict came with 3.15"),
        ),
    ],
)
def test_functions_in_what_cannot_be_changed(project: Project, way: str, use: str, made: str) -> None:
    text = f"import types\ndef f(): return 1\nD = {made}\ndef call(): return D['a']()\nX = {use}\n"
    done = probed(project, text, text.replace("f(): return 1", "f(): return 2"), "m.X", way=way)
    assert done.right or done.named, done
