"""Fields and members of generated classes that change places: the class is made in the new order."""

import pytest
from harness import Project
from probing import WAYS, probed

DATA = (
    "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: int\n    z: int = 1\n    w: int = 2\n"
)
TUPLE = "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    y: int\n"
ENUM = "import enum\nclass P(enum.Enum):\n    x = enum.auto()\n    y = enum.auto()\n"
COLLECTED = DATA.replace(
    "@dataclass",
    """def columns(cls):
    cls.columns = [{"all": dict(cls.__annotations__)}]
    return cls
@columns
@dataclass""",
)
META = """class Meta(type):
    def __new__(m, n, b, d):
        made = super().__new__(m, n, b, d)
        made.columns = {n: v for n, v in d.items() if n[:2] != "__"}
        return made
class P(metaclass=Meta):
    z = 1
    w = 2
"""
BASE = """class Base:
    def __init_subclass__(cls):
        cls.columns = {n: v for n, v in vars(cls).items() if n[:2] != "__"}
class P(Base):
    z = 1
    w = 2
"""
TYPED = "from typing import TypedDict\nclass P(TypedDict):\n    x: int\n    y: str\n"


def swapped(text: str, one: str, other: str) -> str:
    return text.replace(one, "<>").replace(other, one).replace("<>", other)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "one", "other", "look"),
    [
        (DATA, "    x: int\n", "    y: int\n", "vars(m.P(1, 2)), m.P.__match_args__, repr(m.P(1, 2))"),
        (DATA, "    z: int = 1\n", "    w: int = 2\n", "vars(m.P(1, 2, 3)), [*m.P.__annotations__]"),
        (TUPLE, "    x: int\n", "    y: int\n", "m.P._fields, m.P(1, 2).x, repr(m.P(1, 2))"),
        (
            ENUM,
            "    x = enum.auto()\n",
            "    y = enum.auto()\n",
            "[*m.P], m.P.x.value, [n for n in vars(m.P) if len(n) < 2]",
        ),
        (TYPED, "    x: int\n", "    y: str\n", "[*m.P.__annotations__]"),
        (COLLECTED, "    z: int = 1\n", "    w: int = 2\n", "[*m.P.columns[0]['all']], [*m.P.__annotations__]"),
        (META, "    z = 1\n", "    w = 2\n", "[*m.P.columns]"),
        (BASE, "    z = 1\n", "    w = 2\n", "[*m.P.columns]"),
        ("class P:\n    x: int\n    y: str\n", "    x: int\n", "    y: str\n", "[*m.P.__annotations__]"),
        ("x: int\ny: str\nx = 1\n", "x: int\n", "y: str\n", "[*m.__annotations__]"),
    ],
)
def test_two_lines_change_places(project: Project, way: str, text: str, one: str, other: str, look: str) -> None:
    done = probed(project, text, swapped(text, one, other), look, way=way)
    assert done.right, done


def test_an_instance_that_was_made_by_position(project: Project) -> None:
    text = DATA + "R = P(1, 2)\n"
    done = probed(project, text, swapped(text, "    x: int\n", "    y: int\n"), "m.R")
    assert done.right or "R was computed from" in str(done.report), done


def test_a_second_edit_and_a_held_instance(project: Project) -> None:
    module = project.start("m", DATA)
    held = module.P(1, 2)
    watcher = project.watch()
    project.write("m", swapped(DATA, "    x: int\n", "    y: int\n"))
    assert watcher.poll().verdict == "live" and isinstance(held, module.P)
    assert (held.x, held.y, module.P(1, 2).x) == (1, 2, 2)
    project.write("m", DATA)
    assert watcher.poll().verdict == "live" and module.P(1, 2) == held


def test_what_a_metaclass_wrote_stands_below_the_members(project: Project) -> None:
    meta = (
        "class Meta(type):\n    def __new__(m, n, b, d):\n        made = super().__new__(m, n, b, d)\n"
        "        made.order = [k for k in d if k[0] != '_']\n        return made\n"
    )
    before, after = (
        "class P(metaclass=Meta):\n    a = 1\n    b = 2\n",
        "class P(metaclass=Meta):\n    b = 2\n    a = 1\n",
    )
    done = probed(project, meta + before, meta + after, "[k for k in vars(m.P) if k[0] != '_'], m.P.order")
    assert done.right, done
