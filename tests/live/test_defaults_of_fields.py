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


HELPERS = "def clean(x): return x.strip()\n"
DESCRIBED = """\
from dataclasses import dataclass, field
from helpers import clean
class Cleaned:
    def __init__(self, by): self.by = by
    def __set_name__(self, owner, name): self.name = "_" + name
    def __set__(self, instance, value): setattr(instance, self.name, self.by(value))
    def __get__(self, instance, owner=None): return getattr(instance, self.name)
class C:
    name = Cleaned(clean)
    by = {"clean": clean}
    def __init__(self, name): self.name = name
class D:
    by = {"clean": clean}
    def __init__(self, name): self.name = name
@dataclass
class E:
    name: str = field(default="e", metadata={"shown": clean})
@dataclass
class F:
    name: str = field(default_factory=lambda: clean(" f "))
made = C(" a ")
plain = D(" a ")
fixed = E()
given = F()
"""


def test_what_is_made_with_a_function_that_a_field_was_handed_is_made_anew_or_named(project: Project) -> None:
    project.write("helpers", HELPERS)
    module = project.start("described", DESCRIBED)
    watcher = project.watch()
    project.write("helpers", HELPERS.replace("strip()", "strip().upper()"))
    named = {reason.qualname for reason in watcher.poll().reasons if reason.verdict != "live"}
    assert module.C(" b ").name == "B"
    assert module.made.name == "A" or "made" in named
    assert module.given.name == "F" or "given" in named
    assert named.isdisjoint({"plain", "fixed"})


@pytest.mark.parametrize("kind", ["plain", "slots", "named tuple"])
def test_what_reads_the_default_from_the_class(project: Project, kind: str) -> None:
    """It is an attribute of a plain class: who reads it there has the new one."""
    text = f"from dataclasses import dataclass, field\nfrom typing import NamedTuple\nSIZE = 2\n{CLASSES[kind]}"
    reading = "SEEN = C.size if isinstance(C.size, int) else C(1).size\n"
    module = project.start("fields", text + reading)
    watcher = project.watch()
    project.write("fields", text.replace("SIZE = 2", "SIZE = 3") + reading)
    report = watcher.poll()
    assert module.C(1).size == 3 and (kind != "plain" or module.C.size == 3)
    assert module.SEEN == 3 or report.reasons, report
