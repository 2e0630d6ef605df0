"""What was registered and computed stands as a fresh process has it: what a later module did came afterwards."""

import pytest
from harness import Project
from probing import WAYS, probed

DISPATCH = "import functools\n@functools.singledispatch\ndef s(x): return 0\n"
IMPLEMENTATION = "{0}.register(str)\ndef sd(x): return 4\n"
DECO = "def reg(key):\n    def deco(f):\n        {}\n        return f\n    return deco\n"
LIST = "R = []\n" + DECO.format("R.append((key, f.__name__))")
LISTS = "R = {}\n" + DECO.format("R.setdefault(key, []).append(f)")
FUNCTIONS = "R = []\n" + DECO.format("R.append(f)")
DOCS = "R = []\n" + DECO.format("R.append((key, f.__doc__))")
FIRST = "@reg('j')\ndef one(): return 1\n"
MOVED = "@reg(4)\ndef new(): return 4\n@reg('j')\ndef two(): return 2\n"

#: Files before, of them after, and what is looked at.
CASES = {
    "an implementation moves to a later module": (
        {
            "base.py": DISPATCH + IMPLEMENTATION.format("@s"),
            "mid.py": "from base import s\nX = s('a')\n",
            "m.py": "import base, mid\n",
        },
        {"base.py": DISPATCH, "m.py": "import base, mid\n" + IMPLEMENTATION.format("@base.s")},
        "m.mid.X, m.base.s('a')",
    ),
    "one goes and another comes in a later module": (
        {
            "base.py": LIST + "@reg(1)\ndef a(): pass\n@reg(2)\ndef b(): pass\n",
            "mid.py": "import base\nX = len(base.R)\n",
            "m.py": "import base, mid\n",
        },
        {"base.py": LIST + "@reg(2)\ndef b(): pass\n", "m.py": "import base, mid\n@base.reg(3)\ndef c(): pass\n"},
        "m.mid.X, m.base.R",
    ),
    "calls of a later module have names alone": (
        {
            "base.py": LIST,
            "mid.py": "import base\n",
            "m.py": "import base, mid\nbase.reg(5)(len)\nbase.reg(6)(lambda: 2)\n",
        },
        {"mid.py": "import base\n@base.reg('c')\nclass C: pass\nbase.reg(7)(max)\n"},
        "m.base.R",
    ),
    "between calls of one module": (
        {"m.py": LIST + "reg(5)(len)\nreg(6)(lambda: 2)\n"},
        {"m.py": LIST + "reg(5)(len)\nreg(8)(max)\nreg(6)(lambda: 2)\n"},
        "m.R",
    ),
    "definitions move to a later module, past one that stays": (
        {
            "base.py": LIST,
            "mid.py": "from base import reg\n@reg(2)\ndef a(): pass\n@reg(4)\ndef b(): pass\n@reg(1)\ndef c(): pass\n",
            "m.py": "import base, mid\nfrom base import *\n",
        },
        {
            "mid.py": "from base import reg\n@reg(1)\ndef c(): pass\n",
            "m.py": "import base, mid\nfrom base import *\n@reg(2)\ndef a(): pass\n@reg(4)\ndef b(): pass\n",
        },
        "m.base.R",
    ),
    "a call of what has a name, beside one of another": (
        {"base.py": LIST + "reg(5)(lambda: 1)\n", "m.py": "import base\nbase.reg(5)(len)\n"},
        {"m.py": "import base\nbase.reg(2)(len)\n"},
        "m.base.R",
    ),
    "a call whose entry says nothing of what it was given": (
        {"m.py": DOCS + "reg(3)(lambda x=1: 4)\nreg(3)(len)\nreg(3)(len)\n"},
        {"m.py": DOCS + "reg(3)(lambda x=1: 3)\nreg(3)(len)\nreg(3)(len)\n"},
        "m.R",
    ),
    "a lambda above another": (
        {"m.py": FUNCTIONS + "reg(2)(lambda: 3)\n"},
        {"m.py": FUNCTIONS + "reg(2)(lambda: 4)\nreg(2)(lambda: 3)\n"},
        "[f() for f in m.R]",
    ),
    "what joins others under a key moves to their module": (
        {"base.py": LISTS + FIRST, "m.py": "import base\nfrom base import reg\n@reg('j')\ndef two(): return 2\n"},
        {"base.py": LISTS + FIRST + MOVED, "m.py": "import base\nfrom base import reg\n"},
        "[(key, [f() for f in held]) for key, held in m.base.R.items()]",
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_of_several_modules(project: Project, case: str, way: str) -> None:
    before, edited, look = CASES[case]
    done = probed(project, before, {**before, **edited}, look, way=way)
    # Saved back, what a later module has registered meanwhile may not be told from what was there.
    assert (done.right and not done.said) or (way == "back" and done.named), done


@pytest.mark.parametrize("way", WAYS)
def test_an_implementation_moves_to_the_module_above(project: Project, way: str) -> None:
    """The one that goes takes what it had registered, and not what has come in its place."""
    moved = IMPLEMENTATION.format("@s") + "X = s('a')\n"
    before = {"base.py": DISPATCH, "m.py": "import base\n" + IMPLEMENTATION.format("@base.s")}
    after = {"base.py": DISPATCH + moved, "m.py": "import base\nY = base.s('a')\n"}
    look = "getattr(m.base, 'X', None), getattr(m, 'Y', None), m.base.s('a')"
    done = probed(project, before, after, look, way=way)
    assert done.right or (way == "back" and done.named), done


ALIASES = {
    "of a method": "class A:\n    def go(self): return 1\na = A()\nrun = a.go\n",
    "of a function": "def go(): return 1\nrun = go\n",
    "in a table": "class A:\n    def go(self): return 1\na = A()\nrun = [a.go][0]\n",
}


@pytest.mark.parametrize("alias", ALIASES)
def test_another_name_of_a_method_leaves_it_to_later_edits(project: Project, alias: str) -> None:
    module = project.start("m", ALIASES[alias] + "X = 1\n")
    watcher = project.watch()
    project.write("m", ALIASES[alias].replace("return 1", "return 2") + "X = 1\n")
    watcher.poll()
    project.write("m", "X = 1\n" + ALIASES[alias].replace("return 1", "return 2"))
    watcher.poll()
    project.write("m", "X = 1\n" + ALIASES[alias].replace("return 1", "return 3"))
    report = watcher.poll()
    assert module.run() == 3 and not report.reasons, report


ENTRIES = {
    "an object": ("Entry(key, c)", "m.R[0].held"),
    "a closure": ("lambda: c", "m.R[0]()"),
    "a list": ("[key, c]", "m.R[0][1]"),
    "a dict within": ("(key, {'held': c})", "m.R[0][1]['held']"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_is_of_the_class_that_lives(project: Project, entry: str, way: str) -> None:
    """The class is made once more for its decorator, which has a new argument, and nobody is to hold that one."""
    made, held = ENTRIES[entry]
    text = (
        "class Entry:\n    def __init__(self, key, held): self.key, self.held = key, held\n"
        f"R = []\ndef reg(key):\n    def deco(c):\n        R.append({made})\n        return c\n    return deco\n"
        "@reg(1)\nclass C: pass\n"
    )
    done = probed(project, text, text.replace("@reg(1)", "@reg(5)"), f"{held} is m.C, len(m.R)", way=way)
    assert done.right and not done.said, done


CLASS = "class C_7: pass\n"
ASKING = {
    "sorted": ("X = sorted(n for n in globals() if n.startswith('C_'))\n", True),
    "counted": ("X = len([n for n in vars() if n.startswith('C_')])\n", True),
    "by name": ("X = 'C_7' in globals()\n", False),
    "in a function": ("def f(): return [n for n in globals() if n.startswith('C_')]\nX = f()\n", False),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("down", [True, False])
@pytest.mark.parametrize("asking", ASKING)
def test_names_that_change_places(project: Project, asking: str, down: bool, way: str) -> None:
    """Who goes through the names of the module has those of the lines above it."""
    line, follows = ASKING[asking]
    texts = (CLASS + line, line + CLASS) if down else (line + CLASS, CLASS + line)
    done = probed(project, *texts, "m.X", way=way)
    assert (done.right and not done.said) if follows else (done.right or done.named), done


def test_names_of_another_module_that_change_places(project: Project) -> None:
    line = "import base\nX = [n for n in vars(base) if n[0] == 'K']\nY = sorted(n for n in vars(base) if n[0] == 'K')\n"
    files = {"base.py": "K_1 = 1\nK_2 = 2\n", "m.py": line}
    done = probed(project, files, {**files, "base.py": "K_2 = 2\nK_1 = 1\n"}, "m.X, m.Y")
    assert done.right or done.said == ["RL206"], done


@pytest.mark.parametrize("way", WAYS)
def test_a_member_follows_in_a_class_that_gets_another_name(project: Project, way: str) -> None:
    text = "K = 2\nclass C:\n    a = 3\n    b = a + K\n    def go(self): return 1\nC.c = 1\n"
    done = probed(project, text, text.replace("C", "D").replace("a = 3", "a = 1"), "[k for k in vars(m)][-1:]", way=way)
    cls = {"edit": "D"}.get(way, "C")
    wanted = (1, 3) if way == "edit" else (3, 5)
    made = getattr(__import__("m"), cls)
    assert (made.a, made.b) == wanted and not done.said, done


def test_calls_of_a_registry_that_gets_another_name(project: Project) -> None:
    text = (
        "R_1 = []\n" + DECO.format("R_1.append((key, f))").replace("reg(", "reg_1(") + "reg_1(2)(len)\nreg_1(4)(len)\n"
    )
    done = probed(project, text, text.replace("_1", "_2"), "[key for key, _ in getattr(m, 'R_2', [])]")
    assert done.right and not done.said, done
