"""Who inherits from a class makes no instance of it: its class statement is not named where making one would be."""

import pytest
from harness import Project
from probing import probed

LIB = (
    "class Has:\n    def __contains__(self, x): return x == 1\n"
    "class Handler:\n    def __init__(self, x): self.has = x in Has()\n    def get(self): return 1\n"
)


@pytest.mark.parametrize("base", ["lib.Handler", "Handler"])
def test_a_base_is_not_called(project: Project, base: str) -> None:
    line = f"import lib\nfrom lib import Handler\nclass Chat({base}):\n    def post(self): return 2\n"
    files = {"lib.py": LIB, "m.py": line}
    done = probed(project, files, {**files, "lib.py": LIB.replace("x == 1", "x == 2")}, "m.Chat(2).has")
    assert done.right and not done.said, done


def test_an_instance_of_it_is_named_or_follows(project: Project) -> None:
    line = "import lib\nclass Chat(lib.Handler):\n    def post(self): return 2\nHAS = Chat(2).has, lib.Handler(1).has\n"
    files = {"lib.py": LIB, "m.py": line}
    done = probed(project, files, {**files, "lib.py": LIB.replace("x == 1", "x == 2")}, "m.HAS")
    assert done.right or done.named, done


def test_a_decorator_is_called(project: Project) -> None:
    lib = LIB + "class mark:\n    def __init__(self, cls): self.has = 1 in Has()\n"
    line = "import lib\n@lib.mark\nclass Chat: pass\nHAS = Chat.has\n"
    files = {"lib.py": lib, "m.py": line}
    done = probed(project, files, {**files, "lib.py": lib.replace("x == 1", "x == 2")}, "m.HAS")
    assert done.right or done.named, done
