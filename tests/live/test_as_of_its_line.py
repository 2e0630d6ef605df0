"""What a line sees is what stands above it, and what it made stands where its line is."""

import pytest
import reloadr
from harness import Project
from probing import WAYS, probed

REGISTRY = "R = []\nI = {}\ndef reg(f):\n    R.append(f.__name__)\n    I[f.__name__] = len(I)\n    return f\n"
A, B, C, N = (f"@reg\ndef {name}(): return 1\n" for name in "abcn")
COUNTING = (
    "K_1 = 1\nN = len([n for n in globals() if n.startswith('K_')])\nALL = sorted(n for n in dir() if n[0] != '_')\n"
)
SLOTS = (
    "import dataclasses\n@dataclasses.dataclass(slots=True)\n"
    "class D:\n    b: int = 1\n    a: int = 2\n    def m(self): ...\n"
)
FIELD = "import dataclasses\nK = 4\n@dataclasses.dataclass\nclass D:\n    a: int\n    b: int = K\nD1 = D(3)\n"
MAKER = "def made():\n    def inner(): return 1\n    return inner\nI = made()\n"
UPDATED = "D = {'c': 4}\nD.update(z=4)\nE = sorted(D)\n"
CALLED = "def f(): return 1\nA = eval('f() + 1')\n"
MEMBERS = "[n for n in vars(m.D) if n[0] != '_']"

#: The text before, after, and what is looked at; what is not told of another module is `m`.
SAME = {
    "a key that its own value counts": ("D = {'a': 1}\nD['b'] = F(5)\n", "D = {'a': 1}\nD['b'] = F(6)\n", "m.D"),
    "another key": ("D = {'a': 1}\nD['b'] = F(5)\n", "D = {'a': 1}\nD['c'] = F(5)\n", "m.D"),
    "by itself": ("D = {'a': 1}\nD['b'] = len(D)\n", "D = {'a': 1}\nD['b'] = len(D) + 5\n", "m.D"),
    "a new name above": (COUNTING, COUNTING.replace("N =", "K_2 = 2\nN ="), "m.N, m.ALL"),
    "a new name below": (COUNTING, COUNTING + "K_2 = 2\n", "m.N, m.ALL"),
    "a new line that counts": ("K_1 = 1\nX = 2\nY = 3\n", "K_1 = 1\nX = len(globals()) - 8\nY = 3\n", "m.X"),
    "a slot comes": (SLOTS, SLOTS.replace("    def", "    c: int = 3\n    def"), MEMBERS),
    "a slot goes": (SLOTS, SLOTS.replace("    a: int = 2\n", ""), MEMBERS),
    "an update": (UPDATED, UPDATED.replace("z=", "y="), "m.D, m.E"),
    "a setdefault": ("D = {}\nD['c'] = 1\nD.setdefault('c', 3)\n", "D = {}\nD.setdefault('c', 3)\n", "m.D"),
    "a value that a handler had equal": (
        "D = {'b': 3}\ntry:\n    T = D['b']\nexcept KeyError:\n    T = 3\n",
        "D = {'b': 3}\ntry:\n    T = D['b']\nexcept KeyError:\n    T = 5\n",
        "m.T",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", SAME)
def test_as_in_a_fresh_process(project: Project, case: str, way: str) -> None:
    before, after, look = SAME[case]
    counting = "def F(x): return x + len(D)\n"
    before, after = (text.replace("D['", counting + "D['", 1) if "F(" in text else text for text in (before, after))
    done = probed(project, before, after, look, way=way)
    assert done.right, done


#: Files, and the same after the edit.
ACROSS = {
    "a definition moves to a later module": (
        {"m.py": REGISTRY, "n.py": f"from m import reg\n{A}{B}", "o.py": f"import n\nfrom m import reg\n{C}"},
        {"n.py": f"from m import reg\n{B}", "o.py": f"import n\nfrom m import reg\n{C}{A}"},
        "m.R",
    ),
    "one comes in an earlier module": (
        {"m.py": REGISTRY, "n.py": "from m import reg\n", "o.py": f"import n\nfrom m import reg\n{C}"},
        {"n.py": f"from m import reg\n{A}"},
        "m.R[:0]",
    ),
    "a class that its base notes by name": (
        {"m.py": "class B:\n    made = []\n    def __init_subclass__(cls): B.made.append((cls, 1))\nclass U(B): pass\n"
         "class V(B): pass\n", "n.py": "from m import *\nclass W(B): pass\n"},
        {"m.py": "class B:\n    made = []\n    def __init_subclass__(cls): B.made.append((cls, 1))\nclass V(B): pass\n",
         "n.py": "from m import *\nclass W(B): pass\nclass U(B): pass\n"},
        "[each.__name__ for each, _ in m.B.made]",
    ),
    "a key among those of other modules": (
        {"m.py": "D = {'z': 5}\nD['b'] = 1\nD['e'] = 3\n", "n.py": "from m import D\nD['q'] = 3\n"},
        {"m.py": "D = {'z': 5}\nD['c'] = 1\nD['e'] = 3\nD['f'] = 3\n"},
        "m.D",
    ),
    "an update by way of all names": (
        {"m.py": "D = {'c': 4}\nK = 3\n", "n.py": "from m import *\nD.update({'q': 3, 'r': K})\n"},
        {"n.py": "from m import *\nD.setdefault('a', 3)\n"},
        "m.D",
    ),
    "a function that makes functions moves": (
        {"m.py": "K = 1\n", "n.py": "from m import *\n" + MAKER},
        {"m.py": "K = 1\n" + MAKER, "n.py": "from m import *\n"},
        "m.I.__module__",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", ACROSS)
def test_across_modules(project: Project, case: str, way: str) -> None:
    before, changed, look = ACROSS[case]
    done = probed(project, before, {**before, **changed}, look, way=way)
    assert done.right, done


#: What has to be named, where it is not as in a fresh process.
NAMED = {
    "a number between others": (REGISTRY + A + B, REGISTRY + N + A + B, "m.I"),
    "a number that went": (REGISTRY + A + B + C, REGISTRY + A + C, "m.I"),
    "a default of a field that follows": (FIELD, FIELD.replace("K = 4", "K = 5"), "m.D1.b"),
    "a text that is evaluated": ("X = 3\nA = eval('X * 2')\n", "X = 4\nA = eval('X * 2')\n", "m.A"),
    "a text that is executed": ("X = 3\nexec('A = X + 1')\n", "X = 4\nexec('A = X + 1')\n", "m.A"),
    "a function in a text": (CALLED, CALLED.replace("return 1", "return 2"), "m.A"),
    "abstract members": (
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def run(self): ...\nclass B(A):\n"
        "    def run(self): ...\nL = sorted(B.__abstractmethods__)\n",
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def run(self): ...\nclass B(A):\n"
        "    pass\nL = sorted(B.__abstractmethods__)\n",
        "m.L",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED)
def test_is_right_or_named(project: Project, case: str) -> None:
    before, after, look = NAMED[case]
    done = probed(project, before, after, look)
    assert done.right or done.named, done


def test_what_is_registered_once_more_keeps_its_number(project: Project) -> None:
    text = REGISTRY.replace("reg(f)", "reg(key, f=None)").replace(
        "    R.", "    if f is None: return lambda f: reg(key, f)\n    R."
    )
    a, b = "@reg(1)\ndef a(): return 1\n", "@reg(1)\ndef b(): return 1\n"
    done = probed(project, text + a + b, text + a.replace("1", "2", 1) + b, "m.I")
    assert done.right and not done.said, done


def test_another_update_than_that_of_dicts(project: Project) -> None:
    """A method of that name which stores something else."""
    table = "class Table(dict):\n    def update(self, **more): super().update({k: [v] for k, v in more.items()})\n"
    table += "T = Table()\n"
    done = probed(project, table + "T.update(a=1)\n", table, "m.T")
    assert done.right or done.named, done


def test_super_at_the_top_of_a_module(project: Project) -> None:
    """The compiler calls `super` otherwise where the module itself names it."""
    text = "class C:\n    def m(self): return super().__repr__()\n"
    module = project.start("calling", text + "super\n")
    watcher = project.watch(module)
    for other in (text, text + "alias = super\n"):
        project.write("calling", other)
        assert watcher.poll().verdict == "live"
        assert reloadr.verify().is_fresh


def test_undo_puts_members_back_in_order(project: Project) -> None:
    text = "class Steps:\n    def build(self): ...\n    def check(self): ...\n    def ship(self): ...\n"
    text += "D = {'a': 1}\nD['b'] = 2\nD['c'] = 3\n"
    module = project.start("ordered", text)
    watcher = project.watch(module)
    project.write("ordered", text.replace("    def check(self): ...\n", "").replace("D['b'] = 2\n", ""))
    assert watcher.poll().verdict == "live"
    assert list(module.D) == ["a", "c"]
    reloadr.undo()
    assert [name for name in vars(module.Steps) if name[0] != "_"] == ["build", "check", "ship"]
    assert list(module.D) == ["a", "b", "c"]
