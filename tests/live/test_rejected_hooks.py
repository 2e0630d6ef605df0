"""What hooks of classes wrote while a batch was prepared is not there any more when the batch is rejected.

class Price:
    amount = Number(float)         # edited: `Number.__set_name__` writes on the class
RATE = 1 / 0                       # edited: the save is rejected
"""

import pytest
from harness import Project

HOOKS = """
class V:
    def __init__(self, kind):
        self.kind = kind
    def __set_name__(self, owner, name):
        owner.kinds = {**getattr(owner, "kinds", {}), name: self.kind.__name__}
class Base:
    made = []
    def __init_subclass__(cls):
        Base.made.append(cls.__name__)
        Base.last = cls.__name__
"""
LOOK = "{kind.__name__: {k: str(v) for k, v in vars(kind).items() if k[:2] != '__'} for kind in (Base, C)}"
EDITS = {
    "a member": ("class C:\n    a = V(int)\n", "class C:\n    a = V(float)\n"),
    "one that comes": ("class C:\n    a = V(int)\n", "class C:\n    a = V(int)\n    b = V(str)\n"),
    "one of a dataclass": (
        "import dataclasses\n@dataclasses.dataclass\nclass C:\n    a: int = 1\n",
        "import dataclasses\n@dataclasses.dataclass\nclass C:\n    a: int = 2\n    b = V(str)\n",
    ),
    "a class": ("class C: pass\n", "class C: pass\nclass D(Base): pass\n"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_it_is_as_it_was(project: Project, edit: str) -> None:
    before, after = EDITS[edit]
    module = project.start("m", HOOKS + before + "RATE = 1\n")
    was = eval(LOOK, vars(module))
    watcher = project.watch()
    project.write("m", HOOKS + after + "RATE = 1 / 0\n")
    report = watcher.poll()
    assert report.verdict == "rejected", report
    now = eval(LOOK, vars(module))
    for kind in now:
        # Members themselves are compared elsewhere: they are objects without a text of their own.
        assert {k: v for k, v in now[kind].items() if k != "a"} == {k: v for k, v in was[kind].items() if k != "a"}
