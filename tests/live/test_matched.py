"""`__match_args__` that are others: who matched by position while modules were loaded is right, or named."""

import pytest
from harness import Project
from probing import WAYS, probed

MATCH = "def f(p):\n    match p:\n        case P(x): return x\n        case _: return None\n"
INIT = "    def __init__(self, a, b): self.a, self.b = a, b\n"


def stated(args: str) -> str:
    return f"class P:\n{args}{INIT}"


OLD, NEW = '    __match_args__ = ("a", "b")\n', '    __match_args__ = ("b", "a")\n'
FIELDS = "from dataclasses import dataclass\n@dataclass\nclass P:\n    a: int\n    b: int\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (stated(OLD) + MATCH + "R = f(P(1, 2))\n", stated(NEW) + MATCH + "R = f(P(1, 2))\n"),
        (
            stated(OLD) + "match P(1, 2):\n    case P(x): R = x\n",
            stated(NEW) + "match P(1, 2):\n    case P(x): R = x\n",
        ),
        (
            stated(OLD) + f"class Q(P): pass\n{MATCH.replace('P(', 'Q(')}R = f(Q(1, 2))\n",
            stated(NEW) + f"class Q(P): pass\n{MATCH.replace('P(', 'Q(')}R = f(Q(1, 2))\n",
        ),
        (
            FIELDS + MATCH + "R = f(P(b=1, a=2))\n",
            FIELDS.replace("    a: int\n    b: int", "    b: int\n    a: int") + MATCH + "R = f(P(b=1, a=2))\n",
        ),
    ],
)
def test_who_matched_is_named(project: Project, way: str, before: str, after: str) -> None:
    done = probed(project, before, after, "m.R", way=way)
    assert done.right or "R was computed from" in str(done.report) or "RL216" in done.said, done


def test_gone(project: Project) -> None:
    tried = MATCH + "try:\n    R = f(P(1, 2))\nexcept TypeError:\n    R = 'none'\n"
    done = probed(project, stated(OLD) + tried, stated("") + tried, "m.R")
    assert done.right or "R was computed from" in str(done.report), done


def test_who_only_asks_for_the_class_is_not_named(project: Project) -> None:
    text = "def f(p):\n    match p:\n        case P(a=x): return x\nR = f(P(1, 2))\n"
    done = probed(project, stated(OLD) + text, stated(NEW) + text, "m.R")
    assert done.right and not done.said, done
