"""A new line reads what a module that is loaded later stores in: it is as a fresh process has it at that line."""

import pytest
from harness import Project
from probing import WAYS, probed

BASE = """\
K = 3
def f(): return 1
class C:
    a = 5
    def go(self): return self.a
class Slotted:
    __slots__ = ("a",)
io = C()
io.n = 1
slotted = Slotted()
D = {"a": 1}
"""
LATER = """\
import base, early
from base import C, D, f, io
C.a = 6
C.b = 7
setattr(C, "c", 8)
io.n = 2
io.m = 3
f.tag = 4
base.K = 7
base.N = 8
base.slotted.a = 9
D["b"] = 2
"""
READS = {
    "an attribute of a class": "C.a",
    "one that it has later": "hasattr(C, 'b')",
    "one that is set by name": "getattr(C, 'c', 0)",
    "what a class has": "str(sorted(n for n in dir(C) if n[0] != '_'))",
    "its namespace": "str([n for n in vars(C) if n[0] != '_'])",
    "by way of an instance": "C().a",
    "by way of a method": "io.go()",
    "an attribute of an instance": "io.n",
    "one that that has later": "hasattr(io, 'm')",
    "what an instance has": "str(sorted(vars(io)))",
    "a slot": "hasattr(slotted, 'a')",
    "an attribute of a function": "hasattr(f, 'tag')",
    "a name of a module": "base.K",
    "one that it has later, of a module": "hasattr(base, 'N')",
    "a key": "str(list(D))",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("read", READS)
def test_what_is_stored_later_is_not_there_yet(project: Project, read: str, way: str) -> None:
    files = {"base.py": BASE, "early.py": "import base\nfrom base import *\nX = 0\n", "later.py": LATER}
    early = f"import base\nfrom base import *\nX = {READS[read]}\n"
    look = "early.X, base.K, base.N, base.C.a, base.C.b, vars(base.io), base.f.tag, base.slotted.a, base.D"
    done = probed(project, files, {**files, "early.py": early}, look, way=way)
    assert done.right and not done.named, done


@pytest.mark.parametrize("read", ["C.a", "C().a", "hasattr(C, 'b')", "vars(C)['a']"])
def test_lines_below_in_the_module_itself(project: Project, read: str) -> None:
    text = "class C:\n    a = 5\nX = 0\nC.a = 6\nC.b = 7\n"
    done = probed(project, text, text.replace("X = 0", f"X = {read}"), "m.X, m.C.a, m.C.b")
    assert done.right and not done.named, done
