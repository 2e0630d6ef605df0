"""What was computed at load time from a constant that stands several methods or functions away is right, or named."""

import pytest
from harness import Project
from probing import WAYS, probed

CHAIN = (
    "class A:\n    K = 1\n    def f(self): return self.g()\n    def g(self): return self.h()\n"
    "    def h(self): return {read}\na = A()\n"
)
READS = {
    "class attribute": ("self.K", "    K = 1\n", "    K = 2\n", ""),
    "global": ("G", "G = 1\n", "G = 2\n", "G = 1\n"),
    "derived": ("H", "G = 1\n", "G = 2\n", "G = 1\nH = G + 1\n"),
    "function": ("limit()", "return 1\n", "return 2\n", "def limit(): return 1\n"),
    "global of a function": ("limit()", "G = 1\n", "G = 2\n", "G = 1\ndef limit(): return G\n"),
}
ASKS = {
    "X = a.f()\n": "X",
    "X = A().f()\n": "X",
    "class B(A):\n    def f(self): return super().f() + 1\nX = B().f()\n": "X",
    "def run(x): return x.f()\nX = run(a)\n": "X",
    "class C:\n    def of(self, other): return other.f()\nX = C().of(a)\n": "X",
    "if a.f() > 1: X = 'more'\nelse: X = 'one'\n": "X",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("what", READS)
def test_methods_deep(project: Project, what: str, ask: str, way: str) -> None:
    read, old, new, head = READS[what]
    before = head + CHAIN.format(read=read) + ask
    done = probed(project, before, before.replace(old, new, 1), f"m.{ASKS[ask]}", way=way)
    assert done.right or (way == "edit" and done.named and "X" in str(done.report)), done


SPECIAL = (
    "from c import limit\nclass A:\n    def p(self): return limit()\n"
    "    def __add__(self, o): return self.p()\n    def __len__(self): return self.p()\n"
    "    def __bool__(self): return self.p() > 1\n    def __iter__(self): return iter([self.p()])\n"
    "    def __enter__(self): return self.p()\n    def __exit__(self, *a): pass\n"
    "    def __call__(self): return self.p()\n    def plus(self): return self + 1\na = A()\n"
)


@pytest.mark.parametrize("old", ["return 1", "LIMIT = 1"])
@pytest.mark.parametrize(
    "ask",
    [
        "X = a + 1\n",
        "X = len(a)\n",
        "X = list(a)\n",
        "X = a()\n",
        "X = A()()\n",
        "X = a.plus()\n",
        "X = 1 if a else 2\n",
        "with a as X: pass\n",
        "for X in a: pass\n",
        "if a: X = 1\nelse: X = 2\n",
        "def q(x): return len(x)\nX = q(a)\n",
    ],
)
def test_operators_over_files(project: Project, ask: str, old: str) -> None:
    other = "LIMIT = 1\ndef limit(): return LIMIT\n" if "LIMIT" in old else "def limit(): return 1\n"
    before, after = {"c.py": other, "m.py": SPECIAL + ask}, {"c.py": other.replace("1", "2"), "m.py": SPECIAL + ask}
    done = probed(project, before, after, "m.X")
    assert done.right or (done.named and "X" in str(done.report)), done


@pytest.mark.parametrize("ask", ["X = a.other()\n", "def same(x): return x\nX = same(a)\n", "b = A()\nX = 1\n"])
def test_what_does_not_come_to_it_is_not_named(project: Project, ask: str) -> None:
    text = CHAIN.format(read="self.K") + ask
    text = text.replace("    K = 1\n", "    K = 1\n    def other(self): return 5\n")
    done = probed(project, text, text.replace("K = 1", "K = 2"), "type(m.X).__name__")
    assert done.right and not done.said, done


def test_one_of_several_names_is_enough(project: Project) -> None:
    text = (
        "class A:\n    K = [1]\n    L = 1\n    def f(self): return self.K, self.g()\n    def g(self): return self.L\n"
        "a = A()\nX = a.f()\n"
    )
    done = probed(project, text, text.replace("K = [1]", "K = [*[1]]").replace("L = 1", "L = 2"), "m.X")
    assert done.right or "X was computed from" in str(done.report), done
