"""Conditions that come out as they did say nothing; those that do not are named once. Truth may be asked of methods."""

import pytest
from harness import Project
from probing import probed

#: Before, what of it becomes what, and what is looked at: all of it follows, and nothing is said.
EXACT = {
    "a call that gives the same": (
        "def limit(): return 5\nif limit() > 2:\n    A = open.__name__\nelse:\n    A = 2\n",
        ("5", "4"),
        "m.A",
    ),
    "the same of several": (
        "def limit(): return 5\nif limit() > 9:\n    A = 1\nelif limit() > 2:\n    A = 2\nelse:\n    A = 3\n",
        ("5", "4"),
        "m.A",
    ),
    "none of them": (
        "A = 0\ndef limit(): return 5\nif limit() > 9:\n    A = 1\n",
        ("5", "4"),
        "m.A",
    ),
    "__bool__ comes": (
        "class Box:\n    def __len__(self): return 1\nbox = Box()\nA = 1 if box else 2\nB = not box\n",
        ("    def __len__", "    def __bool__(self): return False\n    def __len__"),
        "m.A, m.B",
    ),
    "__bool__ goes": (
        "class Box:\n    def __bool__(self): return False\n    def go(self): pass\nbox = Box()\nA = 1 if box else 2\n",
        ("    def __bool__(self): return False\n", ""),
        "m.A",
    ),
    "__bool__ comes, and says the same": (
        "class Box:\n    def __len__(self): return 1\nbox = Box()\nif box:\n    A = 1\nelse:\n    A = 2\n",
        ("    def __len__", "    def __bool__(self): return True\n    def __len__"),
        "m.A",
    ),
    "__len__ gives another number": (
        "class Box:\n    def __len__(self): return 1\nbox = Box()\nA = box and 3\n",
        ("return 1", "return 2"),
        "m.A",
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_what_comes_out_as_it_did_is_not_named(project: Project, name: str) -> None:
    before, edit, looked_at = EXACT[name]
    done = probed(project, before, before.replace(*edit), looked_at)
    assert done.right and not done.said, done


def test_a_condition_that_chooses_another_suite_is_named_once(project: Project) -> None:
    files = {
        "conf.py": "MODE = 1\ndef get(): return MODE\n",
        "m.py": "from conf import MODE, get\nimport conf\n"
        "if MODE == 1 and get() == 1 and conf.MODE == 1:\n    A = print() or 1\nelse:\n    A = 2\n",
    }
    done = probed(project, files, {**files, "conf.py": files["conf.py"].replace("= 1", "= 2")}, "m.A")
    assert done.said == ["RL216"], done


def test_a_truth_that_does_something_is_not_asked_again(project: Project) -> None:
    text = (
        "SEEN = []\nclass Box:\n    def __bool__(self):\n        SEEN.append(1)\n        return True\n"
        "box = Box()\nA = 1 if box else 2\n"
    )
    done = probed(project, text, text.replace("return True", "return False"), "m.A, m.SEEN")
    assert done.said == ["RL206"], done
