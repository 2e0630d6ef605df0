"""Functions that are handed a class when it is made: those that keep to it, and those that may not."""

import ast
import inspect
from textwrap import dedent, indent
from types import FunctionType
from typing import Any

import pytest
from reloadr.judge.confined import is_confined, makes_confined

REGISTRY: list[object] = []


def judged(body: str, header: str = "def hook(cls):", **own: Any) -> bool:
    """Whether a function of this body is confined; it may call `helper` and `spread`."""
    text = dedent(header) + "\n" + indent(dedent(body), "    ") + "\n"
    text += "def helper(cls):\n    return {k: 1 for k in vars(cls)}\ndef spread(cls):\n    REGISTRY.append(cls)\n"
    tree = ast.parse(text)
    trees = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    space: dict[str, Any] = {"REGISTRY": REGISTRY, "inspect": inspect}
    exec(compile(tree, "<judged>", "exec"), space)

    def source_of(function: FunctionType) -> ast.FunctionDef | None:
        return trees.get(function.__name__) if function.__globals__ is space else None

    return (makes_confined if own.get("makes") else is_confined)(
        space["hook"], own.get("handed", {0: "class"}), source_of
    )


@pytest.mark.parametrize(
    "body",
    [
        "cls.table = {k: v for k, v in vars(cls).items() if hasattr(v, 'event')}",
        "cls.table = {}\nfor k, v in vars(cls).items():\n    if callable(v):\n        cls.table[k] = v",
        "found = []\nfor k in dir(cls):\n    found.append(getattr(cls, k))\ncls.found = found",
        "cls.table = helper(cls)",
        "for k, v in vars(cls).items():\n    if isinstance(v, property): v.name = k",
        "setattr(cls, 'x', 1)\nreturn cls",
        "if 'run' not in vars(cls):\n    raise TypeError('no run')",
        "cls.signatures = {k: str(inspect.signature(v)) for k, v in vars(cls).items()}",
        "for k, v in list(vars(cls).items()):\n    def wrapped(self): return v(self)\n    setattr(cls, k, wrapped)",
        "n = 0\nfor k in vars(cls):\n    n += 1\ncls.n = n",
    ],
)
def test_what_keeps_to_the_class(body: str) -> None:
    assert judged(body)


@pytest.mark.parametrize(
    "body",
    [
        "REGISTRY.append(cls)",
        "spread(cls)",
        "cls.table.update(vars(cls))",
        "table = cls.table\ntable['x'] = 1",
        "cls.table += [1]",
        "found = cls.found\nfound += [1]",
        "global REGISTRY\nREGISTRY = []",
        "REGISTRY[:] = [cls]",
        "print(cls)",
        "open('x', 'w')",
        "cls.instance = cls()",
        "found = []\nfor found in REGISTRY:\n    found.append(cls)",
        "cls = REGISTRY[0]\ncls.x = 1",
        "for k, v in vars(cls).items():\n    v.owner = cls",
        "for k, v in vars(cls).items():\n    v(cls)",
        "import os\nos.environ['x'] = '1'",
        "with open('x') as f:\n    cls.x = 1",
        "yield cls",
        "cls.base.x = 1",
        "sorted(vars(cls), key=spread)",
        "helper = spread\nhelper(cls)",
    ],
)
def test_what_may_not(body: str) -> None:
    assert not judged(body)


META = "def hook(meta, name, bases, ns):"


def test_metaclasses_and_makers() -> None:
    space = {"handed": {3: "space"}}
    made = "cls = super().__new__(meta, name, bases, ns)\ncls.table = list(ns)\nreturn cls"
    assert judged(made, META, **space)
    assert judged("ns['table'] = [k for k in ns]\nreturn type.__new__(meta, name, bases, ns)", META, **space)
    assert not judged("meta.made = name\nreturn type.__new__(meta, name, bases, ns)", META, **space)
    inner = "def inner(cls):\n    cls.word = word\n    return cls\nreturn inner"
    assert judged(inner, "def hook(word):", makes=True)
    assert not judged(f"REGISTRY.append(word)\n{inner}", "def hook(word):", makes=True)
    assert not judged(inner.replace("cls.word = word", "word.append(cls)"), "def hook(word):", makes=True)
