"""What came to changed code, as modules were loaded, by way of a value: it follows, or is named."""

from __future__ import annotations

import pytest
from harness import Project
from probing import WAYS, probed

TABLE = {
    "a.py": "def f(x): return x + 1\ndef g(x): return x\nT = {'a': f, 'b': g}\n",
    "m.py": "import a\nfrom a import T\n",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "use",
    [
        "X = T['a'](1)\n",
        "X = a.T.get('a')(1)\n",
        "h = T['a']\nX = h(3)\n",
        "def use(key): return T[key](5)\nX = use('a')\n",
        "X = [each(2) for each in T.values()]\n",
        "run = {'k': [T['a']]}\nX = run['k'][0](2)\n",
    ],
)
def test_a_table(project: Project, use: str, way: str) -> None:
    before = {**TABLE, "m.py": TABLE["m.py"] + use}
    after = {**before, "a.py": before["a.py"].replace("x + 1", "x + 2")}
    done = probed(project, before, after, "m.X", way=way)
    assert done.right or "X was computed from" in str(done.report), done


CLASS = "class B:\n    n = 1\n    def go(self): return 1\n    def __iter__(self): return iter([1, 2])\nclass C(B):\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("own", "use", "old", "new"),
    [
        ("    pass\n", "X = C().go()\n", "    pass\n", "    def go(self): return 2\n"),
        ("    def go(self): return 2\n", "c = C()\nX = c.go()\n", "    def go(self): return 2\n", "    pass\n"),
        ("    pass\n", "c = C()\nX = c.n\n", "n = 1", "n = 2"),
        ("    pass\n", "L = [C()]\nX = [each.n for each in L]\n", "n = 1", "n = 2"),
        ("    pass\n", "D = {'k': C()}\nX = D['k'].go() + 1\n", "return 1\n", "return 2\n"),
        ("    pass\n", "X, Y = C()\n", "[1, 2]", "[3, 2]"),
        ("    pass\n", "X = [*C()]\n", "[1, 2]", "[3, 2]"),
        ("    pass\n", "run = C().go\nX = run() + 1\n", "return 1\n", "return 2\n"),
    ],
)
def test_a_class(project: Project, own: str, use: str, old: str, new: str, way: str) -> None:
    before = CLASS + own + use
    done = probed(project, before, before.replace(old, new), "m.X", way=way)
    assert done.right or "X was computed from" in str(done.report), done


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("F = [lambda: 1, lambda: 2]\nX = [f() for f in F]\n", "F = [lambda: 3, lambda: 2]\nX = [f() for f in F]\n"),
        ("f = lambda x: x + 1\nX = f(2)\n", "f = lambda x: x + 2\nX = f(2)\n"),
        ("K = 1\nF = [lambda: K + 1]\nX = F[0]()\n", "K = 2\nF = [lambda: K + 1]\nX = F[0]()\n"),
        (
            "K = 1\ndef w(f):\n    def inner(): return K + f()\n    return inner\nX = w(lambda: 1)()\n",
            "K = 2\ndef w(f):\n    def inner(): return K + f()\n    return inner\nX = w(lambda: 1)()\n",
        ),
        (
            "class D:\n    def __get__(self, obj, cls): return 1\nclass H:\n    x = D()\nX = H.x\n",
            "class D:\n    def __get__(self, obj, cls): return 2\nclass H:\n    x = D()\nX = H.x\n",
        ),
        (
            "class M:\n    def __enter__(self): return 1\n    def __exit__(self, *a): pass\nwith M() as X: pass\n",
            "class M:\n    def __enter__(self): return 2\n    def __exit__(self, *a): pass\nwith M() as X: pass\n",
        ),
        (
            "T = list[int]\ndef f(x: T): pass\nX = f.__annotations__\n",
            "T = set[int]\ndef f(x: T): pass\nX = f.__annotations__\n",
        ),
        ("if (w := 1 + 1) > 1:\n    X = w * 2\n", "if (w := 1 + 2) > 1:\n    X = w * 2\n"),
        (
            "K = 3\nmatch K:\n    case 1: Y = 1\n    case _: Y = 2\n",
            "K = 3\nmatch K:\n    case 1: X = 1\n    case _: X = 2\n",
        ),
    ],
)  # fmt: skip
def test_others(project: Project, before: str, after: str) -> None:
    done = probed(project, before, after, "getattr(m, 'X', None)")
    assert done.right or done.named, done


@pytest.mark.parametrize(
    ("line", "look"),
    [
        ("if not hasattr(C, 'z'):\n    C.z = 9\n", "hasattr(a.C, 'z')"),
        ("L.insert(0, 3)\n", "a.L"),
        ("class U(C): pass\n", "a.C.made"),
        ("@on\ndef f(): pass\n", "len(a.L)"),
    ],
)
def test_a_line_that_goes_with_its_import(project: Project, line: str, look: str) -> None:
    """It is taken back all the same, or said."""
    a = "class C:\n    made = []\n    def __init_subclass__(cls): C.made.append(cls.__name__)\nL = [1]\n"
    a += "def on(f):\n    L.append(f)\n    return f\n"
    before = {"a.py": a, "m.py": f"import a\nfrom a import C, L, on\n{line}"}
    done = probed(project, before, {"a.py": a, "m.py": "import a\n"}, look)
    assert done.right or done.named, done


def test_a_registry_that_moves_with_its_definitions(project: Project) -> None:
    registry = "R = {}\ndef on(f):\n    R[f.__name__] = f\n    return f\n@on\ndef g(): pass\nX = list(R)\n"
    before = {"a.py": f"K = 1\n{registry}", "m.py": "import a\n"}
    done = probed(project, before, {"a.py": "K = 1\n", "m.py": f"import a\n{registry}"}, "m.X, m.R['g'] is m.g")
    assert done.right, done


def test_a_line_that_fills_a_list_of_another_name(project: Project) -> None:
    """What it puts into the new list is not taken for what it had put into the old one."""
    done = probed(project, "c = [1, 2]\nc.append(2)\n", "d = [1, 2]\nd.append(2)\n", "m.d")
    assert done.right and not done.said, done


@pytest.mark.parametrize("way", WAYS)
def test_a_member_that_registers_itself_is_renamed(project: Project, way: str) -> None:
    before = (
        "class F:\n    made = {}\n    def __set_name__(self, owner, name): F.made[name] = self\n"
        "class O:\n    x = F()\n    z = F()\n"
    )
    done = probed(project, before, before.replace("x = F()", "y = F()"), "list(m.F.made)", way=way)
    assert done.right, done
