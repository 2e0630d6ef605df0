"""What reads `module.NAME` follows it wherever it stands, or is named."""

import pytest
from harness import Project
from probing import WAYS, probed

#: Lines of `m`, which imports `conf`, where `X` changes from 1 to 2; and what is looked at.
FOLLOWING = {
    "default": ("def f(a=conf.X): return a\n", "m.f()"),
    "default by keyword": ("def f(*, a=conf.X): return a\n", "m.f()"),
    "default of a method": ("class C:\n    def f(self, a=conf.X): return a\n", "m.C().f()"),
    "default of a lambda": ("f = lambda a=conf.X: a\n", "m.f()"),
    "annotation": ("def f(a: conf.X): pass\n", "m.f.__annotations__"),
    "chain": ("Y = conf.X\nZ = Y + conf.X\n", "m.Z"),
    "key": ("D = {}\nD[conf.X] = 1\n", "m.D"),
    "loop": ("L = []\nwhile len(L) < conf.X:\n    L.append(1)\n", "m.L"),
    "field": ("import dataclasses\n@dataclasses.dataclass\nclass C:\n    x: int = conf.X\n", "m.C().x"),
    "base": ("class C(conf.B): pass\n", "m.C().f()"),
}
NAMED = {
    "condition": ("if conf.X > 1:\n    Y = 1\nelse:\n    Y = 2\n", "m.Y"),
    "condition in a class": ("class C:\n    if conf.X > 1:\n        Y = 1\n    else:\n        Y = 2\n", "m.C.Y"),
    "match": ("match conf.X:\n    case 1: Y = 'a'\n    case _: Y = 'b'\n", "m.Y"),
    "filled": ("L = []\nL.append(conf.X)\n", "m.L"),
}
CONF = "class A:\n    def f(self): return 1\nclass Z:\n    def f(self): return 2\nX = 1\nB = A\n"
EDITED = CONF.replace("X = 1", "X = 2").replace("B = A", "B = Z")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", FOLLOWING)
def test_follows(project: Project, case: str, way: str) -> None:
    text, look = FOLLOWING[case]
    files = {"conf.py": CONF, "m.py": "import conf\n" + text}
    done = probed(project, files, {**files, "conf.py": EDITED}, look, way=way)
    assert done.right and not done.said, done


@pytest.mark.parametrize("case", NAMED)
def test_is_right_or_named(project: Project, case: str) -> None:
    text, look = NAMED[case]
    files = {"conf.py": CONF, "m.py": "import conf\n" + text}
    done = probed(project, files, {**files, "conf.py": EDITED}, look)
    assert done.right or done.named, done


@pytest.mark.parametrize("way", WAYS)
def test_follows_through_another_module(project: Project, way: str) -> None:
    between = {"b.py": "import conf\n", "m.py": "import b\nY = b.conf.X\ndef f(a=b.conf.X): return a\n"}
    files = {"conf.py": CONF, **between}
    done = probed(project, files, {**files, "conf.py": EDITED}, "(m.Y, m.f())", way=way)
    assert done.right and not done.said, done


@pytest.mark.parametrize("way", WAYS)
def test_follows_by_the_name_of_the_package_alone(project: Project, way: str) -> None:
    files = {"pkg/__init__.py": "", "pkg/conf.py": CONF, "m.py": "import pkg\nfrom pkg import conf\nY = pkg.conf.X\n"}
    done = probed(project, files, {**files, "pkg/conf.py": EDITED}, "m.Y", way=way)
    assert done.right and not done.said, done
