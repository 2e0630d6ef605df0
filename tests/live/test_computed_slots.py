"""Slots that a line computes of what changed are those of the class, which is made anew for them.

NAMES = ("x", "y")                 # edited
class Point:
    __slots__ = NAMES
"""

import pytest
from harness import Project
from probing import WAYS, Files, probed

POINT = "class P:\n    __slots__ = {0}\n    def m(self): return 1\n"
CASES: dict[str, tuple[Files, Files]] = {
    "a name": (
        {"m.py": "N = ('a',)\n" + POINT.format("N")},
        {"m.py": "N = ('a', 'b')\n" + POINT.format("N")},
    ),
    "of another module": (
        {"base.py": "N = ('a',)\n", "m.py": "import base\n" + POINT.format("(*base.N, 'c')")},
        {"base.py": "N = ('b',)\n", "m.py": "import base\n" + POINT.format("(*base.N, 'c')")},
    ),
    "a function": (
        {"m.py": "def f(): return ['a']\n" + POINT.format("f()")},
        {"m.py": "def f(): return ['a', 'b']\n" + POINT.format("f()")},
    ),
    "a class below": (
        {"m.py": "N = ('a',)\nclass O:\n    __slots__ = ()\nclass P(O):\n    __slots__ = N\n"},
        {"m.py": "N = ('a', 'b')\nclass O:\n    __slots__ = ()\nclass P(O):\n    __slots__ = N\n"},
    ),
    "with a method": (
        {"m.py": "N = ('a',)\n" + POINT.format("N")},
        {"m.py": "N = ('a', 'b')\n" + POINT.format("N") + "    def n(self): return 2\n"},
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_they_are_those_of_a_fresh_process(project: Project, case: str, way: str) -> None:
    before, after = CASES[case]
    look = "m.P.__slots__, sorted(k for k in dir(m.P) if k[0] != '_'), type(vars(m.P).get('b')).__name__"
    done = probed(project, before, after, look, way=way)
    assert done.right or done.named, done
