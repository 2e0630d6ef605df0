"""A module that imports a name of its own from itself: it means what the lines above make of it."""

import pytest
from harness import Project
from probing import WAYS, Files, probed

FUNCTION, CLASS = "def f():\n    return 1\n\n\n", "class f:\n    x = 1\n\n\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("before", "after", "look"),
    [
        (FUNCTION + "from m import f\n", CLASS + "from m import f\n", "type(m.f)"),
        (CLASS + "from m import f\nG = [f]\n", FUNCTION + "from m import f\nG = [f]\n", "type(m.f), m.G[0] is m.f"),
        (
            FUNCTION + "if True:\n    from m import f as h\n",
            CLASS + "if True:\n    from m import f as h\n",
            "type(m.h)",
        ),
        ("X = [1]\nfrom m import X as Y\nZ = Y + [0]\n", "X = [2]\nfrom m import X as Y\nZ = Y + [0]\n", "m.Y, m.Z"),
        ("X = 1\nimport m\nZ = m.X + 1\n", "X = 2\nimport m\nZ = m.X + 1\n", "m.Z"),
        (
            "X = 1\nimport m as me\nclass K:\n    v = me.X\ndef f(a=me.X): return a\n",
            "X = 2\nimport m as me\nclass K:\n    v = me.X\ndef f(a=me.X): return a\n",
            "m.K.v, m.f()",
        ),
        ("def f(): return 1\nX = f()\n", "def f(): return 1\nfrom m import f as g\nX = g() + 1\n", "m.X"),
    ],
)
def test_by_its_own_name(project: Project, way: str, before: str, after: str, look: str) -> None:
    done = probed(project, before, after, look, way=way)
    assert done.right, done


def test_a_second_edit(project: Project) -> None:
    module = project.start("m", "X = 1\nfrom m import X as Y\nZ = Y + 1\n")
    watcher = project.watch()
    for value in (5, 7):
        project.write("m", f"X = {value}\nfrom m import X as Y\nZ = Y + 1\n")
        assert watcher.poll().verdict == "live"
        assert (value, value + 1) == (module.Y, module.Z)


PACKAGE: Files = {"p/__init__.py": "from .load import load\nfrom p import load as again\n", "p/load.py": FUNCTION}


@pytest.mark.parametrize("way", WAYS)
def test_a_package_whose_name_shadows_its_module(project: Project, way: str) -> None:
    before = {**PACKAGE, "p/load.py": FUNCTION.replace("def f", "def load")}
    after = {**PACKAGE, "p/load.py": CLASS.replace("class f", "class load")}
    done = probed(project, before, after, "type(p.load), type(p.again)", way=way)
    assert done.right, done


@pytest.mark.parametrize("old", [FUNCTION, CLASS])
def test_a_definition_of_another_kind_that_a_function_read(project: Project, old: str) -> None:
    new = CLASS if old == FUNCTION else FUNCTION
    ask = "def g(): return f()\nR = g()\n"
    done = probed(project, old + ask, new + ask, "type(m.R)")
    assert done.right or "R was computed from" in str(done.report), done
