"""Decorators that call what they decorate right away, and those of the user's own that are called as known ones are."""

from __future__ import annotations

import pytest
from harness import Project
from probing import WAYS, probed


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "text",
    [
        "def apply(f): return f()\n@apply\ndef table(): return 1\nX = table + 0\n",
        "L = []\ndef now(f):\n    f()\n    return f\n@now\ndef setup(): L.append(1)\nX = L[:]\n",
        "L = []\ndef now(f):\n    f()\n    return f\ndef one(): return 1\n"
        "@now\ndef setup(): L.append(one())\nX = L[:]\n",
        "D = {}\ndef key(name):\n    def put(f):\n        D[name] = f()\n        return f\n    return put\n"
        "@key('a')\ndef a(): return 1\nX = dict(D)\n",
        "L = []\nclass App:\n    def setup(self, f):\n        f(self)\n        return f\napp = App()\n"
        "@app.setup\ndef go(app): L.append(1)\nX = L[:]\n",
        "L = []\ndef run(f): f()\ndef now(f):\n    run(f)\n    return f\n@now\ndef setup(): L.append(1)\nX = L[:]\n",
        "class Value:\n    def __init__(self, f): self.held = f(None)\n"
        "    def __get__(self, obj, cls): return self.held\n"
        "class A:\n    @Value\n    def x(self): return 1\nX = A.x\n",
        "L = []\nclass Told:\n    def __init__(self, f): self.f = f\n"
        "    def __set_name__(self, cls, name): L.append(self.f(1))\n"
        "class A:\n    @Told\n    def x(self): return 1\nX = L[:]\n",
        "def only(cls): return cls()\n@only\nclass A:\n    def __init__(self): self.x = [1][0] if 1 else 1\nX = A.x\n",
        "D = {}\nclass M(type):\n    def __init__(cls, *given):\n        super().__init__(*given)\n"
        "        D[given[0]] = cls.key()\n"
        "class A(metaclass=M):\n    @classmethod\n    def key(cls): return 1\nX = dict(D)\n",
    ],
)
def test_what_was_called_with_the_old_body_is_named(project: Project, text: str, way: str) -> None:
    after = text.replace("return 1\n", "return 2\n").replace("append(1)", "append(2)").replace("[1][0]", "[2][0]")
    done = probed(project, text, after, "m.X", way=way)
    assert done.right or done.named, done


def test_a_decorator_that_only_wraps_is_not(project: Project) -> None:
    text = (
        "def logged(f):\n    def inner(*given): return f(*given)\n    return inner\n"
        "@logged\ndef a(): return 1\ndef look(): return a()\n"
    )
    done = probed(project, text, text.replace("return 1\n", "return 2\n"), "m.look()")
    assert done.right and not done.report.reasons, done


OWN = "L = []\ndef {0}(f):\n    L.append(f.{1})\n    return f\n"


@pytest.mark.parametrize("name", ["cache", "deprecated", "override", "overload", "contextmanager", "property"])
@pytest.mark.parametrize(
    ("mark", "old", "new"),
    [("__name__", "def a(): ...\n", "def b(): ...\n"), ("__doc__", "def a():\n    'one'\n", "def a():\n    'two'\n")],
)
def test_a_decorator_of_the_users_own(project: Project, name: str, mark: str, old: str, new: str) -> None:
    """What it registers is not that of the library's one of that name."""
    before, after = (f"{OWN.format(name, mark)}@{name}\n{each}def look(): return L[:]\n" for each in (old, new))
    done = probed(project, before, after, "m.look()")
    assert done.right or done.named, done


@pytest.mark.parametrize("name", ["define", "frozen", "final", "dataclass"])
@pytest.mark.parametrize(
    "made", ["cls.names = names", "cls.names = property(lambda self: names)", "cls.look = lambda self: names"]
)
def test_a_class_decorator_of_the_users_own(project: Project, name: str, made: str) -> None:
    head = (
        f"def {name}(cls):\n    names = sorted(each for each in vars(cls) if each.startswith('f_'))\n    {made}\n"
        f"    return cls\n@{name}\nclass A:\n    f_one = 1\n"
    )
    use = "X = A().look()\n" if "look" in made else "X = A().names\n"
    done = probed(project, head + use, f"{head}    f_two = 2\n{use}", "m.X")
    assert done.right or done.named, done
