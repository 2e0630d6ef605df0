"""Who asks for the classes below another as the program runs gets those of the source, in its order.

def shapes(): return [each.__name__ for each in Shape.__subclasses__()]
"""

import sys

import pytest
from harness import Project
from probing import WAYS, Files, probed

#: What a decorator made on its way is gone by then.
LOOK = "(__import__('gc').collect(), m.names(), [each.__name__ for each in getattr(m, 'more', list)()])[1:]"
ASK = "def names(): return [each.__name__ for each in P.__subclasses__()]\n"
BASE = "class P: pass\n" + ASK
A, B, C = (f"class {name}(P): pass\n" for name in "ABC")
SIZES = BASE + "class A(P):\n    __slots__ = {0}\n" + B
DATA = BASE + "import dataclasses\n@dataclasses.dataclass{0}\nclass A(P):\n    x: int = 0\n" + B
SEVERAL = BASE + "class Q: pass\ndef more(): return Q.__subclasses__()\nclass A(P, Q): pass\n{0}class C(Q): pass\n"
ABSTRACT = "import abc\nclass P(abc.ABC):\n    @abc.abstractmethod\n    def f(self): ...\n" + ASK
ERRORS = BASE.replace("P:", "P(Exception):")
PLUGINS, MAIN = "from base import *\n", "from base import *\nimport a\nclass M(P): pass\n"
#: What an edit finds and what it leaves.
CASES: dict[str, tuple[str | Files, str | Files]] = {
    "one that goes": (BASE + A + B, BASE + B),
    "one that goes with the one below it": (BASE + A + "class B(A): pass\n" + C, BASE + C),
    "one within another that goes": (BASE + "class A:\n    class I(P): pass\n" + B, BASE + B),
    "one that comes between others": (BASE + A + C, BASE + A + B + C),
    "one that gets the base": (BASE + "class A: pass\n" + B, BASE + A + B),
    "one with another layout": (SIZES.format("('x',)"), SIZES.format("('x', 'y')")),
    "one that a decorator makes anew": (DATA.format(""), DATA.format("(slots=True)")),
    "two that change places": (BASE + A + B, BASE + B + A),
    "below several": (SEVERAL.format(""), SEVERAL.format("class B(P, Q): pass\n")),
    "abstract ones": (ABSTRACT + A + B, ABSTRACT + C + B + "class D(B): pass\n"),
    "exceptions": (ERRORS + A + B, ERRORS + B),
    "of other modules": (
        {"base.py": BASE, "a.py": PLUGINS + B, "m.py": MAIN},
        {"base.py": BASE, "a.py": PLUGINS + A + B + C, "m.py": MAIN},
    ),
    "one that moves to another module": (
        {"base.py": BASE, "a.py": PLUGINS + A + B, "m.py": MAIN},
        {"base.py": BASE, "a.py": PLUGINS + B, "m.py": MAIN + A},
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_they_are_those_of_the_source(project: Project, case: str, way: str) -> None:
    before, after = CASES[case]
    done = probed(project, before, after, LOOK, way=way)
    if case == "one that a decorator makes anew" and sys.version_info >= (3, 14) and not done.right:
        # What gives the annotations of its `__init__` holds the earlier class there, so it stays, and is named.
        assert [each.code for each in done.report.reasons] == ["RL207"], done
        return
    assert done.right and done.report.verdict == "live", done


def test_one_that_is_held_stays_what_it_was_and_is_named(project: Project) -> None:
    above = BASE.replace("class P: pass", "class P:\n    def size(self): return 3")
    module = project.start("m", above + "class A(P): pass\nKEPT = []\ndef keep(x): KEPT.append(x)\n")
    module.keep(module.A)
    watcher = project.watch()
    project.write("m", above + "KEPT = []\ndef keep(x): KEPT.append(x)\n")
    report = watcher.poll()
    assert module.KEPT[0]().size() == 3
    assert "RL207" in [each.code for each in report.reasons], report


def test_an_instance_of_one_that_went_goes_on_as_it_did(project: Project) -> None:
    above = BASE.replace("class P: pass", "class P:\n    def size(self): return 3")
    module = project.start("m", above + "class A(P): pass\n")
    kept = module.A()
    watcher = project.watch()
    project.write("m", above)
    report = watcher.poll()
    assert kept.size() == 3
    assert [each.code for each in report.reasons] == ["RL207"] and "P.__subclasses__()" in str(report), report
