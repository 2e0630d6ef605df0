"""Special methods that run without their name, and functions that something else calls: what used them is named."""

import pytest
from harness import Project
from probing import probed

CLASS = (
    "class V:\n    def __init__(self, n): self.n = n\n    def __lt__(self, o): return self.n < o.n\n"
    "    def __len__(self): return self.n\n    def __add__(self, o): return self.n + o.n\n"
    "    def __getitem__(self, at): return self.n + at\nv = V(2)\n"
)


@pytest.mark.parametrize(
    ("use", "old", "new"),
    [
        ("X = V(1) < V(2)\n", "self.n < o.n", "self.n > o.n"),
        ("X = [each.n for each in sorted([V(3), V(1)])]\n", "self.n < o.n", "self.n > o.n"),
        ("X = len(v)\n", "return self.n\n", "return self.n * 2\n"),
        ("X = v + v\n", "self.n + o.n", "self.n - o.n"),
        ("X = v[1]\n", "self.n + at", "self.n * at"),
    ],
)
def test_a_special_method(project: Project, use: str, old: str, new: str) -> None:
    text = CLASS + use
    done = probed(project, text, text.replace(old, new), "m.X")
    assert done.right or "X was computed from" in str(done.report), done


def test_what_only_makes_an_object_is_not_named(project: Project) -> None:
    done = probed(project, CLASS, CLASS.replace("self.n < o.n", "self.n > o.n"), "m.v.n")
    assert done.right and not done.said, done


@pytest.mark.parametrize("call", ["list(ex.map(work, range(3)))", "ex.submit(work, 3).result()"])
def test_a_function_that_an_executor_calls(project: Project, call: str) -> None:
    text = (
        "from concurrent.futures import ThreadPoolExecutor\ndef work(x): return x * 2\n"
        f"with ThreadPoolExecutor(2) as ex:\n    R = {call}\n"
    )
    done = probed(project, text, text.replace("x * 2", "x * 3"), "m.R")
    assert done.right or "R was computed from" in str(done.report), done
