"""What a class body makes of an attribute that is edited, or of what a name is: attributes, defaults of methods."""

import pytest
from harness import Project
from probing import WAYS, probed

BODY = {
    "the attribute itself": "    a = 4\n",
    "an attribute made of it": "    first = 4\n    a = first + 1\n",
    "one made of that": "    first = 4\n    second = [first]\n    a = second[0] * 2\n",
    "one made by a function of the class": "    first = 4\n    def made(x): return x + 1\n    a = made(first)\n",
    "one in a branch": "    first = 4\n    if True:\n        a = first + 1\n",
}
METHODS = """\
    def run(self, x=a): return x
    @staticmethod
    def still(x=a): return x
    def through(self): return self.run()
    def reads(self): return self.a
"""
MAKING = "    def __init__(self, n=a): self.n = n\n"
USES = {
    "an instance": "C().a",
    "a kept instance": "io.a",
    "one in a list": "kept[0].a",
    "by its name": "getattr(io, 'a')",
    "the class": "C.a",
    "a function that reads the class": "of_class()",
    "a function that reads an instance": "of_instance(io)",
    "a method that reads it": "io.reads()",
    "a method with a default": "io.run()",
    "a static method with one": "C.still()",
    "a method that calls that": "io.through()",
    "a class below": "Below().a",
    "an attribute of another class": "Other().b",
    "a function of that": "of_other(Other())",
}
USER = """\
from base import C
io = C()
kept = [io]
def of_class(): return C.a
def of_instance(x): return x.a
class Below(C): pass
class Other:
    b = C.a
def of_other(x): return x.b
"""


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("body", BODY)
def test_who_reads_it_by_way_of_the_class(project: Project, body: str, use: str) -> None:
    text = f"class C:\n{BODY[body]}{METHODS}"
    user = f"{USER}V = {USES[use]}\n"
    files = {"base.py": text, "user.py": user}
    done = probed(project, files, {**files, "base.py": text.replace("= 4", "= 7")}, "user.V")
    assert done.right and not done.named, done


@pytest.mark.parametrize("body", BODY)
def test_what_makes_an_instance_has_it_as_a_default(project: Project, body: str) -> None:
    text = f"class C:\n{BODY[body]}{MAKING}"
    files = {"base.py": text, "user.py": "from base import C\nV = C().n\nW = C(2).n\n"}
    done = probed(project, files, {**files, "base.py": text.replace("= 4", "= 7")}, "user.V, user.W")
    assert done.right and not done.named, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("use", USES)
def test_what_it_is_made_of_is_another_name(project: Project, use: str, way: str) -> None:
    text = f"X = 4\nclass C:\n    a = X\n    b = a\n{METHODS.replace('=a', '=b')}"
    files = {"base.py": text, "user.py": f"{USER}V = {USES[use]}\n"}
    done = probed(project, files, {**files, "base.py": text.replace("X = 4", "X = 7")}, "user.V", way=way)
    assert done.right and not done.named, done


def test_what_may_be_noticed_is_named(project: Project) -> None:
    """A line that does more than compute stays, and is named; one that reads nothing of it is not."""
    text = "class C:\n    first = 4\n    a = first + 1\n    other = 3\n"
    user = "from base import C\nV = print(), C().a\nW = print(C().other)\n"
    files = {"base.py": text, "user.py": user}
    done = probed(project, files, {**files, "base.py": text.replace("= 4", "= 7")}, "user.V")
    assert done.said == ["RL206"] and "V was computed" in str(done.report), done
