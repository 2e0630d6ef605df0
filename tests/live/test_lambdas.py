"""An edited lambda in a container: the container stays with what was put in and whoever holds it runs it."""

import sys

import pytest
from harness import Project
from probing import WAYS, probed

#: Statements whose lambda changes from `x + 1` to `x + 2`, where it is found, and what is done to the container before.
KEPT = {
    "dict": ("T = {'a': lambda x: x + 1}\n", "m.T['a']", "m.T", "T['s'] = 5"),
    "list": ("T = [lambda x: x + 1, 2]\n", "m.T[0]", "m.T", "T.append(5)"),
    "tuple": ("T = ('a', lambda x: x + 1)\n", "m.T[1]", "m.T", ""),
    "nested": ("T = {'a': {'b': [lambda x: x + 1]}}\n", "m.T['a']['b'][0]", "m.T", "T['s'] = 5"),
    "by keyword": ("T = dict(a=lambda x: x + 1)\n", "m.T['a']", "m.T", "T['s'] = 5"),
    "one of two": ("T = {'a': lambda x: x + 1, 'b': lambda x: x}\n", "m.T['a']", "m.T", "T['s'] = 5"),
    "two lines": ("T = {\n    'b': lambda x: x,\n    'a': lambda x: x + 1,\n}\n", "m.T['a']", "m.T", "T['s'] = 5"),
    "class": ("class C:\n    T = {'a': lambda x: x + 1}\n", "m.C.T['a']", "m.C.T", "T['s'] = 5"),
    "partial": ("import functools\nT = functools.partial(lambda x: x + 1)\n", "m.T", "m.T", ""),
    "comprehension": ("T = [lambda x: x + 1 for _ in range(2)]\n", "m.T[1]", "m.T", "T.append(5)"),
    "key": ("T = {}\nT['a'] = lambda x: x + 1\n", "m.T['a']", "m.T", "T['s'] = 5"),
    "name": ("f = lambda x: x + 1\n", "m.f", "m.f", ""),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", KEPT)
def test_is_kept(project: Project, case: str, way: str) -> None:
    if case == "comprehension" and sys.version_info < (3, 12):
        pytest.skip("the comprehension is a function of its own: the statement runs again, with RL226")
    text, function, container, change = KEPT[case]
    setup = f"T = {container}\nheld = {function}\n{change}\nsize = len(T) if hasattr(T, '__len__') else 0\n"
    look = f"({function}(1), held(1), T is {container}, size == (len(T) if hasattr(T, '__len__') else 0))"
    done = probed(project, text, text.replace("x + 1", "x + 2"), look, way=way, setup=setup)
    assert done.right and not done.said, done


@pytest.mark.parametrize("way", WAYS)
def test_a_plain_default(project: Project, way: str) -> None:
    text = "T = {'a': lambda x, y=1: x + y}\n"
    look = "(m.T['a'](1), held(1), m.T is T)"
    done = probed(project, text, text.replace("y=1", "y=2"), look, way=way, setup="held, T = m.T['a'], m.T")
    assert done.right and not done.said, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("class A:\n    def __init__(self, f): self.f = f\na = A(lambda x: x + 1)\n", "m.a.f"),
        ("T = {'k': 1, 'a': lambda x: x + 1}\n", "m.T['a']"),
        ("T = [(lambda i: lambda x: x + i)(1)]\n", "m.T[0]"),
    ],
)
def test_who_holds_the_earlier_one_runs_the_new_code(project: Project, text: str, held: str, way: str) -> None:
    after = text.replace("x + 1", "x + 2").replace("x + i", "x - i").replace("'k': 1", "'k': 2")
    done = probed(project, text, after, f"({held}(1), held(1))", way=way, setup=f"held = {held}")
    assert done.right, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("before", "after", "look"),
    [
        ("T = sorted([3, 1], key=lambda x: x)\n", "T = sorted([3, 1], key=lambda x: -x)\n", "m.T"),
        ("T = {'a': (lambda x: x + 1)(1)}\n", "T = {'a': (lambda x: x + 2)(1)}\n", "m.T"),
        ("T = list(map(lambda x: x + 1, [1]))\n", "T = list(map(lambda x: x + 2, [1]))\n", "m.T"),
    ],
)
def test_what_was_called_at_once_runs_again(project: Project, before: str, after: str, look: str, way: str) -> None:
    done = probed(project, before, after, look, way=way)
    assert done.right and not done.said, done


BUS = (
    "class Bus:\n    def __init__(self): self.h = {}\n    def on(self, n, f, *, prio=0):\n"
    "        self.h.setdefault(n, []).append((prio, f))\nbus = Bus()\n"
    "bus.on('a', lambda x: x + 1)\nbus.on('b', lambda x: x + 5, prio=2)\n"
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("old", "new"),
    [("x + 1", "x + 2"), ("lambda x: x + 1", "lambda x, y=1: x + y + 7"), ("'a', lambda x: x + 1", "'c', lambda x: x")],
)
def test_registered_by_a_call(project: Project, old: str, new: str, way: str) -> None:
    look = "{k: [f(1) for _, f in v] for k, v in m.bus.h.items()}"
    done = probed(project, BUS, BUS.replace(old, new), look, way=way)
    assert done.right and not done.said, done


def test_a_function_that_runs_what_it_is_given_is_called_again(project: Project) -> None:
    text = "L = []\ndef run(f): L.append(f())\nrun(lambda: 1)\n"
    done = probed(project, text, text.replace("lambda: 1", "lambda: 2"), "m.L[-1]")
    assert done.right and done.said == ["RL208"], done
