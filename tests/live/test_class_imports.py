"""What class bodies and functions import follows the module it comes from, or is named."""

import pytest
from harness import Project
from probing import WAYS, probed

#: The importer, and what of it is looked at; `X` of `conf` changes from 1 to 2.
FOLLOWING = {
    "from": ("class C:\n    from conf import X\n", "m.C.X"),
    "read below": ("class C:\n    from conf import X\n    Y = X + 1\n", "(m.C.X, m.C.Y)"),
    "by another name": ("class C:\n    from conf import X as y\n    def f(self, a=y): return a\n", "m.C().f()"),
    "the module": ("class C:\n    import conf\n    Y = conf.X\n", "m.C.Y"),
    "the module by another name": ("class C:\n    import conf as c\n    def f(self, a=c.X): return a\n", "m.C().f()"),
    "nested": ("class C:\n    class D:\n        from conf import X\n", "m.C.D.X"),
    "in a block": ("class C:\n    try:\n        from conf import X\n    except ImportError:\n        X = 0\n", "m.C.X"),
    "inherited": ("class C:\n    from conf import X\nclass D(C):\n    Y = C.X\n", "(m.D.X, m.D.Y)"),
    "dataclass": (
        "import dataclasses\n@dataclasses.dataclass\nclass C:\n    from conf import X\n    y: int = X\n",
        "(m.C.X, m.C().y)",
    ),
    "function that ran": ("def f():\n    from conf import X\n    return X\nY = f()\n", "m.Y"),
    "function that ran and imports the module": ("def f():\n    import conf\n    return conf.X\nY = f()\n", "m.Y"),
}

NAMED = {
    "class in a function": ("def f():\n    class C:\n        from conf import X\n    return C\nC = f()\n", "m.C.X"),
    "bound anew": ("class C:\n    from conf import X\n    X = X + 1\n", "m.C.X"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", FOLLOWING)
def test_follows(project: Project, case: str, way: str) -> None:
    text, look = FOLLOWING[case]
    files = {"conf.py": "X = 1\n", "m.py": text}
    done = probed(project, files, {**files, "conf.py": "X = 2\n"}, look, way=way)
    assert done.right and not done.said, done


def test_what_comes_for_a_class_that_tried_for_it_is_named(project: Project) -> None:
    files = {
        "conf.py": "",
        "m.py": "class C:\n    try:\n        from conf import X\n    except ImportError:\n        X = 0\n",
    }
    done = probed(project, files, {**files, "conf.py": "X = 2\n"}, "m.C.X")
    assert done.right or done.said == ["RL216"], done


def test_what_went_and_a_class_still_holds_is_named(project: Project) -> None:
    project.start("conf", "def f(self): return 1\n")
    project.start("m", "class C:\n    from conf import f\n")
    watcher = project.watch()
    project.write("conf", "# nothing\n")
    assert [str(each) for each in watcher.poll().reasons if each.code == "RL207" and "m.C.f" in str(each)]


@pytest.mark.parametrize("case", NAMED)
def test_is_named(project: Project, case: str) -> None:
    text, look = NAMED[case]
    files = {"conf.py": "X = 1\n", "m.py": text}
    done = probed(project, files, {**files, "conf.py": "X = 2\n"}, look)
    assert done.right or done.named, done
