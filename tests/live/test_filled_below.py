"""A line that is new, or runs once more, reads containers without what lines below it have put into them."""

import pytest
from harness import Project
from probing import WAYS, probed

REG = "R = []\ndef reg(f):\n    R.append(f.__name__)\n    return f\n"
BASE = "class B:\n    made = []\n    def __init_subclass__(cls): B.made.append(cls.__name__)\n"
LATER = "from base import L\nimport base, mid\nL.extend([3])\n"

#: Files before, of them after, what is looked at, and whether it is right without a word.
CASES = {
    "a list that goes on": (
        {"m.py": "L = []\nL.append(1)\n"},
        {"m.py": "L = []\nX = len(L)\nL.append(1)\n"},
        "m.X",
        True,
    ),
    "a dict that goes on": (
        {"m.py": "D = {'a': 1}\nD.update(b=2)\n"},
        {"m.py": "D = {'a': 1}\nX = sorted(D)\nD.update(b=2)\n"},
        "m.X",
        True,
    ),
    "a new line that goes on as well": (
        {"m.py": "L = []\nL.append(1)\n"},
        {"m.py": "L = []\nL.append(5)\nX = sum(L)\nL.append(1)\n"},
        "m.X",
        False,
    ),
    "a registry": (
        {"m.py": REG + "@reg\ndef b(): pass\n"},
        {"m.py": REG + "X = len(R)\n@reg\ndef b(): pass\n"},
        "m.X",
        True,
    ),
    "what a hook of classes fills": (
        {"m.py": BASE + "class C(B): pass\n"},
        {"m.py": BASE + "X = list(B.made)\nclass C(B): pass\n"},
        "m.X",
        True,
    ),
    "a registry that a later module fills": (
        {
            "base.py": REG + "@reg\ndef a(): pass\n",
            "mid.py": "import base\n",
            "m.py": "import base, mid\n@base.reg\ndef c(): pass\n",
        },
        {"mid.py": "import base\nX = list(base.R)\n"},
        "m.mid.X",
        True,
    ),
    "a list that a later module goes on with": (
        {"base.py": "L = [3]\n", "mid.py": "import base\n", "m.py": LATER},
        {"base.py": "L = [3]\nX = len(L)\n", "mid.py": "import base\nY = sum(base.L)\n"},
        "m.base.X, m.mid.Y",
        True,
    ),
    "subclasses": (
        {"m.py": BASE + "class C(B): pass\n"},
        {"m.py": BASE + "X = len(B.__subclasses__())\nclass C(B): pass\n"},
        "m.X",
        False,
    ),
    "subclasses of later modules": (
        {"base.py": BASE, "mid.py": "import base\n", "m.py": "import base, mid\nclass C(base.B): pass\n"},
        {"mid.py": "import base\nX = len(base.B.__subclasses__())\n"},
        "m.mid.X",
        False,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_new_line(project: Project, case: str) -> None:
    before, edited, look, follows = CASES[case]
    done = probed(project, before, {**before, **edited}, look)
    assert (done.right and not done.said) if follows else (done.right or done.named), done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", [each for each in CASES if CASES[each][3]])
def test_what_was_filled_is_left_as_it_was(project: Project, case: str, way: str) -> None:
    before, edited, _, _ = CASES[case]
    look = "[(n, getattr(o, n, None)) for o in (m, getattr(m, 'base', m)) for n in ('L', 'D', 'R')], m.__name__"
    done = probed(project, before, {**before, **edited}, look, way=way)
    assert done.right and not done.said, done


@pytest.mark.parametrize("line", ["X = L\n", "X = len(L)\n"])
def test_a_line_below_all_of_it_reads_all(project: Project, line: str) -> None:
    text = "L = []\nL.append(1)\n"
    done = probed(project, text, text + line, "m.X, m.L")
    assert done.right and not done.said, done


def test_what_the_program_put_in_is_not_told_from_it(project: Project) -> None:
    """A fresh process would have counted none of it: that is said."""
    text = "L = []\nL.append(1)\ndef more(): L.append(7)\n"
    module = project.start("m", text)
    watcher = project.watch()
    module.more()
    project.write("m", text.replace("L.append(1)", "X = len(L)\nL.append(1)", 1))
    report = watcher.poll()
    assert [each.code for each in report.reasons] == ["RL206"] and module.L == [1, 7], report


PASSED = {
    "a list": ("L = [1]\n", "L.append(2)\n", "X = len(L)\n"),
    "a key": ("D = {}\n", "D['a'] = 1\n", "X = len(D)\n"),
    "a decorator": (REG, "@reg\ndef a(): pass\n", "X = len(R)\n"),
    "a hook of classes": (BASE, "class C(B): pass\n", "X = list(B.made)\n"),
    "subclasses": (BASE, "class C(B): pass\n", "X = len(B.__subclasses__())\n"),
    "by an effect": ("L = [1]\n", "L.append(2)\n", "X = [len(L), object()][0]\n"),
}


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("case", PASSED)
def test_lines_that_change_places(project: Project, case: str, up: bool) -> None:
    """Nothing of them is edited, and one fills what the other reads."""
    head, filling, reading = PASSED[case]
    texts = [head + filling + reading, head + reading + filling]
    done = probed(project, *(texts if up else texts[::-1]), "m.X")
    assert done.right or done.named, done
    if up and case in ("a list", "a key", "a decorator", "a hook of classes"):
        assert not done.said, done


def test_lines_that_read_nothing_of_each_other_may_change_places(project: Project) -> None:
    lines = ["L = [1]\n", "L.append(2)\n", "K = []\n", "X = [len(K), object()]\n"]
    done = probed(project, "".join(lines), lines[2] + lines[3] + lines[0] + lines[1], "m.X[0], m.L")
    assert done.right and not done.said, done


def test_what_an_import_below_registers_is_named(project: Project) -> None:
    """`COUNT` stands between two imports of modules that register; who loaded the second one first is not known."""
    register = "import base\n@base.on\ndef {}(): ...\n"
    main = "import base\nimport early\nCOUNT = len(base.R)\nimport late\nALL = len(base.R)\n"
    texts = {
        "base": "R = []\ndef on(f):\n    R.append(f)\n    return f\n",
        "early": register.format("first"),
        "late": register.format("second"),
        "m": main,
    }
    for name, text in texts.items():
        project.write(name, text)
    m = project.load("m")
    watcher = project.watch()
    project.write("m", main.replace("COUNT = len(base.R)", "COUNT = len(base.R) + 0"))
    report = watcher.poll()
    assert m.COUNT == 1 or [(each.code, each.qualname) for each in report.reasons] == [("RL206", "COUNT")], report
    project.write("m", main.replace("ALL = len(base.R)", "ALL = len(base.R) + 0"))
    report = watcher.poll()
    assert m.ALL == 2 and "ALL" not in {each.qualname for each in report.reasons}, report
