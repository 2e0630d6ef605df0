"""A line that an edit runs reads what stands above it as the source has it, whatever that is computed from.

def load(): ...                    # edited
TABLE = load()                     # unchanged, and computed again
SIZE = len(TABLE) + 1              # edited as well: of the new table
"""

import pytest
from harness import Project
from probing import WAYS, Files, probed

FIELDS = "import dataclasses\nK = {0}\n@dataclasses.dataclass\nclass {1}:\n    a: int = 4\n    b: int = K\n"
READS = "import dataclasses\nfrom base import {0}\nX = {0}().b\n{1}"
#: What an edit finds, what it leaves, and what is looked at.
CASES: dict[str, tuple[Files, Files, str]] = {
    "what a function gives": (
        {"m.py": "def f(n): return n + 3\nA = f(1)\nB = A + 1\n"},
        {"m.py": "def f(n): return n + 5\nA = f(1)\nB = A + 2\n"},
        "m.A, m.B",
    ),
    "what a function makes": (
        {"m.py": "def make(n=4):\n    def inner(x=1): return x + n + 3\n    return inner\ng = make()\nB = g(4)\n"},
        {"m.py": "def make(n=4):\n    def inner(x=1): return x + n + 1\n    return inner\ng = make()\nB = g()\n"},
        "m.g(), m.B",
    ),
    "what a function of a module above gives": (
        {"base.py": "def f(): return 3\nA = f()\n", "m.py": "import base\nB = base.A + 1\n"},
        {"base.py": "def f(): return 5\nA = f()\n", "m.py": "import base\nB = base.A + 2\n"},
        "m.base.A, m.B",
    ),
    "a chain of them": (
        {"m.py": "def f(): return [1]\nA = f()\nB = tuple(A)\nC = len(B)\n"},
        {"m.py": "def f(): return [1, 2]\nA = f()\nB = tuple(A)\nC = len(B) + 1\n"},
        "m.A, m.B, m.C",
    ),
    "a field's default": (
        {"base.py": FIELDS.format(8, "A"), "m.py": READS.format("A", "")},
        {
            "base.py": FIELDS.format(4, "A"),
            "m.py": READS.format("A", "Y = [each.default for each in dataclasses.fields(A)]\n"),
        },
        "m.X, getattr(m, 'Y', 0)",
    ),
    "a field's default of a class that is renamed": (
        {"base.py": FIELDS.format(8, "A"), "m.py": READS.format("A", "")},
        {"base.py": FIELDS.format(4, "B"), "m.py": READS.format("B", "Y = B().b\n")},
        "m.X, getattr(m, 'Y', 0)",
    ),
    "a default": (
        {"m.py": "K = 1\ndef f(x=K): return x\nB = f() + 1\n"},
        {"m.py": "K = 2\ndef f(x=K): return x\nB = f() + 2\n"},
        "m.f(), m.B",
    ),
    "a default of a module above": (
        {"base.py": "K = 1\ndef f(x=K): return x\n", "m.py": "import base\nB = base.f() + 1\n"},
        {"base.py": "K = 2\ndef f(x=K): return x\n", "m.py": "import base\nB = base.f() + 2\n"},
        "m.base.f(), m.B",
    ),
    "an attribute of a class": (
        {"m.py": "K = 1\nclass C:\n    v = K * 2\nB = C.v + 1\n"},
        {"m.py": "K = 2\nclass C:\n    v = K * 2\nB = C.v + 2\n"},
        "m.C.v, m.B",
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_it_is_computed_first(project: Project, case: str, way: str) -> None:
    before, after, look = CASES[case]
    done = probed(project, before, after, look, way=way)
    assert done.right and not done.said, done


TRIED = "try:\n    X = {0}\nexcept {1}:\n    X = 0\n"
#: A line that puts something where nothing was, and who did without it.
DONE_WITHOUT = {
    "a key": ("D = {}\n", "D['a'] = 1\n", TRIED.format("D['a']", "KeyError")),
    "a key of another module's": ("D = {}\n", "D['a'] = 1\n", TRIED.format("base.D['a']", "LookupError")),
    "an attribute": ("class C: pass\n", "C.v = 1\n", TRIED.format("C.v", "AttributeError")),
    "of a function": ("def f(): pass\n", "f.v = 1\n", TRIED.format("f.v", "Exception")),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("split", [False, True], ids=["one module", "two"])
@pytest.mark.parametrize("case", DONE_WITHOUT)
def test_who_did_without_a_place_follows_or_is_named(project: Project, case: str, split: bool, way: str) -> None:
    above, line, text = DONE_WITHOUT[case]
    if split:
        old = {"base.py": above, "m.py": "import base\nfrom base import *\n" + text}
        new = {**old, "base.py": above + line}
    else:
        text = text.replace("base.", "")
        old, new = {"m.py": above + text}, {"m.py": above + line + text}
    done = probed(project, old, new, "m.X", way=way)
    assert done.right or done.named, done


ENUM = "import enum\nclass E(enum.Enum):\n    A = {0}\n"
#: What the first module has, what a second one makes of it, which no edit is about, and what the third one reads.
BETWEEN: dict[str, tuple[str, str, list[str]]] = {
    "what a function gives": ("def f(): return {0}\n", "import a\nA = a.f()\n", ["b.A + 1"]),
    "a name": ("K = {0}\n", "from a import K\nA = K + 1\ndef f(): return A\n", ["b.A + 1", "b.f()"]),
    "a default": ("K = {0}\n", "import a\ndef f(x=a.K): return x\n", ["b.f() + 1"]),
    "a member of a class": ("K = {0}\n", "import a\nclass C:\n    v = a.K * 2\n", ["b.C.v + 1", "b.C().v"]),
    "a member of an enumeration": (ENUM, "from a import E\nX = E.A.value\ndef f(): return X\n", ["b.f()", "b.X"]),
    "an enumeration of its own": ("def f(): return {0}\n", "import a\n" + ENUM.format("a.f()"), ["b.E.A.value"]),
    "an entry of a table": (
        "N = {0}\n",
        "import a\nclass C:\n    v = a.N\nc = C()\nD = {'x': c.v}\n",
        ["b.D['x']", "b.c.v"],
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", BETWEEN)
def test_also_of_a_module_between_that_no_edit_is_about(project: Project, case: str, way: str) -> None:
    """Whether a line reads it at once, or a function or class that it uses."""
    first, second, read = BETWEEN[case]
    third = f"import b\nV = ({', '.join(read)},)\n"
    more = f"W = (V, {', '.join(read)})\ndef g(): return ({', '.join(read)},)\nX = g()\nclass D:\n    v = V\nY = D.v\n"
    old = {"a.py": first.format(1), "b.py": second, "m.py": third}
    new = {"a.py": first.format(2), "b.py": second, "m.py": third + more}
    done = probed(project, old, new, "m.V, *(vars(m).get(each) for each in 'WXY')", way=way)
    assert done.right or (done.named and way != "edit"), done
