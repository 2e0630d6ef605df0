"""Attributes that a loop sets on what it goes through: who reads one of them by another name follows, or is named."""

import pytest
from harness import Project
from probing import probed

THINGS = {
    "a list": ("class P:\n    def __init__(self, n): self.value = n\nALL = [P(1), P(2)]\n", "ALL", "ALL[0]"),
    "an enumeration": ("import enum\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2\n", "Color", "Color.RED"),
    "the values of a dict": (
        "class P:\n    def __init__(self, n): self.value = n\nALL = {'a': P(1)}\n",
        "ALL.values()",
        "ALL['a']",
    ),
}
LOOP = "for each in {0}:\n    each.hex = '#' + str(each.value)\n"
READERS = {
    "itself": "E = {1}.hex\n",
    "a function that is handed it": "def label(c): return c.hex\nE = label({1})\n",
    "each of them": "E = [one.hex for one in {0}]\n",
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("thing", THINGS)
def test_who_reads_it_follows_or_is_named(project: Project, thing: str, reader: str) -> None:
    made, gone_through, one = THINGS[thing]
    text = made + (LOOP + READERS[reader]).format(gone_through, one)
    done = probed(project, text, text.replace("'#'", "'x'"), "m.E")
    assert done.right or done.said == ["RL206"], done
    assert not done.said or reader == "each of them", done


def test_who_reads_it_in_another_module(project: Project) -> None:
    lib = THINGS["a list"][0]
    text = "import lib\nfrom lib import ALL\n" + LOOP.format("ALL", "") + "E = lib.ALL[0].hex\n"
    files = {"lib.py": lib, "m.py": text}
    done = probed(project, files, {**files, "m.py": text.replace("'#'", "'x'")}, "m.E")
    assert done.right and not done.said, done


def test_what_reads_something_else_is_not_named(project: Project) -> None:
    text = THINGS["a list"][0] + LOOP.format("ALL", "") + "N = print(len(ALL), end='')\n"
    done = probed(project, text, text.replace("'#'", "'x'"), "m.N")
    assert done.right and not done.said, done
