"""What a package has imported from its modules is read by others from the package; functions go by other names."""

import pytest
from harness import Project
from probing import WAYS, probed

INNER = (
    "K = 1\nH = {}\ndef f(): return 1\nclass C:\n    k = 1\n    @staticmethod\n    def n(): return 1\n"
    "def use(): return f()\n"
)
#: How the module between imports, and how that is read.
BETWEEN = {
    "by name": "from inner import C, H, K, f, use\n",
    "all": "from inner import *\n",
    "by another name": "from inner import C, H, K, f as g, use\nf = g\n",
}
READERS = {
    "from it": "from between import f\nX = f() + 1\n",
    "from it by another name": "from between import f as h\nX = h() + 1\n",
    "as an attribute": "import between\nX = between.f() + 1\n",
    "through another function": "from between import use\nX = use() + 1\n",
    "alias": "from between import f\nh = f\nX = h() + 1\n",
    "partial": "from functools import partial\nfrom between import f\nh = partial(f)\nX = h() + 1\n",
    "static method": "from between import C\nX = C.n() + 1\n",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("between", BETWEEN)
def test_a_function_that_is_imported_twice(project: Project, between: str, reader: str, way: str) -> None:
    before = {"inner.py": INNER, "between.py": BETWEEN[between], "m.py": READERS[reader]}
    after = {**before, "inner.py": INNER.replace("return 1", "return 2")}
    done = probed(project, before, after, "m.X", way=way)
    assert done.right or done.named, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("reader", ["from it", "from it by another name", "as an attribute", "alias"])
def test_it_follows(project: Project, reader: str, way: str) -> None:
    before = {"inner.py": INNER, "between.py": BETWEEN["by name"], "m.py": READERS[reader]}
    after = {**before, "inner.py": INNER.replace("return 1", "return 2")}
    done = probed(project, before, after, "m.X", way=way)
    assert done.right and not done.said, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "reader", ["from between import H\nX = H['a'] + 1\n", "import between\nX = between.H['a'] + 1\n"]
)
def test_a_place_of_what_is_imported_twice(project: Project, reader: str, way: str) -> None:
    before = {"inner.py": INNER + "H['a'] = 1\n", "between.py": BETWEEN["by name"], "m.py": reader}
    after = {**before, "inner.py": INNER + "H['a'] = 2\n"}
    done = probed(project, before, after, "m.X", way=way)
    assert done.right and not done.said, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("use", ["g = f\nX = g()\n", "from functools import partial\ng = partial(f)\nX = g()\n"])
def test_another_name_in_the_same_module(project: Project, use: str, way: str) -> None:
    text = "def f(): return 1\n" + use
    done = probed(project, text, text.replace("return 1", "return 2"), "m.X", way=way)
    assert done.right or done.named, done
