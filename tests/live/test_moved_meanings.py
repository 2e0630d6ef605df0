"""A class that moves to a module where names mean something else: it has the bases and values that these give."""

import pytest
from harness import Project
from probing import WAYS, Files, probed

SHOP = "class S(Base):\n    t = T\n    n = LIMIT\n    def m(self, x=LIMIT): return x\n"
BEFORE: Files = {
    "a.py": "class Base: pass\nclass T: pass\nLIMIT = 1\n",
    "b.py": "from a import Base, T, LIMIT\n" + SHOP,
    "c.py": "from b import S\n",
    "d.py": "",
}
LOOK = "c.S.__module__, [b.__module__ for b in c.S.__bases__], c.S.t.__module__, c.S.n, c.S().m()"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "names",
    [
        "from a import Base, T, LIMIT\n",
        "class Base: pass\nfrom a import T, LIMIT\n",
        "from a import Base, LIMIT\nclass T: x = 1\n",
        "class Base: pass\nclass T: x = 1\nLIMIT = 2\n",
    ],
)
def test_names_of_the_new_place(project: Project, names: str, way: str) -> None:
    after = {**BEFORE, "b.py": "from a import LIMIT\n", "c.py": "from d import S\n", "d.py": names + SHOP}
    done = probed(project, BEFORE, after, LOOK, way=way)
    assert done.right or (way == "edit" and "S.m was computed from" in str(done.report)), done


def test_a_held_instance_has_the_new_base(project: Project) -> None:
    for name, text in BEFORE.items():
        project.write(name, text)
    module, other = project.load("c"), project.load("d")
    held = module.S()
    watcher = project.watch()
    project.write("d.py", "class Base:\n    def far(self): return 7\nfrom a import T, LIMIT\n" + SHOP)
    project.write("c.py", "from d import S\n")
    project.write("b.py", "from a import LIMIT\n")
    watcher.poll()
    assert isinstance(held, other.S) and held.far() == 7
