"""A default that is computed anew stays that of its parameter where others come, go or move in the same save.

LIMIT = 1                          # edited to 2
def f(x, limit=LIMIT): ...         # edited as well: def f(x, limit=LIMIT, step=1): ...
"""

import pytest
from harness import Project
from probing import WAYS, probed

BEFORE = "(x, low=LOW, high=HIGH)"
AFTER = [
    "(x, low=LOW, high=HIGH, step=1)",
    "(x, step=1, low=LOW, high=HIGH)",
    "(x, low=LOW, step=1, high=HIGH)",
    "(x, y, low=LOW, high=HIGH)",
    "(x, low=LOW)",
    "(x, high=HIGH)",
    "(high=HIGH, low=LOW)",
    "(x, high=HIGH, low=LOW)",
    "(x, low=LOW, *, high=HIGH)",
    "(x, low=LOW, *, high=HIGH, step=1)",
    "(x, *, step=1, high=HIGH, low=LOW)",
    "(x, /, low=LOW, high=HIGH, *rest, step=1, **more)",
    "(low=LOW, high=HIGH)",
    "(x=0, low=LOW, high=HIGH)",
]
KINDS = {
    "a function": "def f{0}: return 1\n",
    "a method": "class C:\n    def f(self, {1}: return 1\nf = C.f\n",
    "a wrapped one": "from functools import wraps\ndef w(g):\n    @wraps(g)\n    def i(*a, **k): return g(*a, **k)\n"
    "    return i\n@w\ndef f{0}: return 1\n",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_still_that_of_its_parameter(project: Project, kind: str, after: str, way: str) -> None:
    text = KINDS[kind]
    old = "LOW = 1\nHIGH = 10\n" + text.format(BEFORE, BEFORE[1:])
    new = "LOW = 2\nHIGH = 20\n" + text.format(after, after[1:])
    done = probed(project, old, new, "__import__('inspect').signature(m.f)", way=way)
    assert done.right, done
