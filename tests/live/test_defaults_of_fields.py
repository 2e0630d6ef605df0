"""Fields whose default reads what changes: what an instance has that was made with it, wherever the class keeps it."""

import pytest
from harness import Project

#: A class with the default, and one of another module that is below it.
CLASSES = {
    "named tuple": "class C(NamedTuple):\n    a: int\n    size: int = SIZE\n",
    "slots": "@dataclass(slots=True)\nclass C:\n    a: int\n    size: int = SIZE\n",
    "slots, frozen": "@dataclass(slots=True, frozen=True)\nclass C:\n    a: int\n    size: int = SIZE\n",
    "a field": "@dataclass(slots=True)\nclass C:\n    a: int\n    size: int = field(default=SIZE)\n",
    "what makes it": (
        "@dataclass(slots=True)\nclass C:\n    a: int\n    size: list = field(default_factory=lambda: [SIZE])\n"
    ),
    "plain": "@dataclass\nclass C:\n    a: int\n    size: int = SIZE\n",
}
HEAD = "from dataclasses import dataclass, field\nfrom typing import NamedTuple\nfrom sizes import SIZE\n"


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("made", ["C(1)", "[C(1), C(2)]"])
def test_what_is_made_with_a_default_that_follows_is_made_anew_or_named(project: Project, kind: str, made: str) -> None:
    project.write("sizes", "SIZE = 2\n")
    module = project.start("fields", f"{HEAD}{CLASSES[kind]}made = {made}\nEMPTY = [C(1, 5)]\n")
    watcher = project.watch()
    project.write("sizes", "SIZE = 3\n")
    report = watcher.poll()
    size = [3] if kind == "what makes it" else 3
    assert module.C(1).size == size
    first = module.made[0] if made[0] == "[" else module.made
    named = [reason.qualname for reason in report.reasons if reason.verdict != "live"]
    # The class follows: nothing of it is named.
    assert "C.size" not in named
    assert first.size == size or "made" in named
