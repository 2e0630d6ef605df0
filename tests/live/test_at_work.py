"""What is at work on its earlier text when a save becomes live calls and reads there what lives by then."""

from __future__ import annotations

import sys
from textwrap import dedent

import pytest
import reloadr
from harness import Project
from reloadr.running.interpreter import TRIED

MOVES = pytest.mark.skipif(sys.version_info[:2] not in TRIED, reason="loops do not move on this CPython: RL201")

TOOLS = "def show(n):\n    return n\nLIMIT = 3\n"
#: The module that is at work and what it is saved as; what `tools` is saved as; what it needs, and what it raises.
NEEDS = {
    "a function": (
        """
        def show(n):
            return n
        def steps():
            n = 0
            while True:
                n += 1
                yield n
                show(n)
        """,
        [("def show(n)", "def show(n, more)"), ("show(n)\n", "show(n, 1)\n")],
        TOOLS,
        "calls show as it was: missing a required argument: 'more'",
        TypeError,
    ),
    "an imported function": (
        """
        from tools import show
        def steps():
            for n in range(9):
                yield n
                if n < 5:
                    show(n)
        """,
        [("show(n)\n", "show()\n")],
        TOOLS.replace("show(n)", "show()").replace("return n", "return 0"),
        "calls show as it was: too many positional arguments",
        TypeError,
    ),
    "a method": (
        """
        class Shop:
            def show(self, n):
                return n
            def steps(self):
                for n in range(9):
                    yield n
                    self.show(n)
        def steps():
            return Shop().steps()
        """,
        [("show(self, n)", "show(self, *, n)"), ("self.show(n)\n", "self.show(n=n)\n")],
        TOOLS,
        "calls Shop.show as it was: too many positional arguments",
        TypeError,
    ),
    "a method of an object": (
        """
        class Shop:
            def show(self, n):
                return n
        SHOP = Shop()
        def steps():
            for n in range(9):
                yield n
                SHOP.show(n)
        """,
        [("show(self, n)", "show(self, n, more)"), ("SHOP.show(n)\n", "SHOP.show(n, 1)\n")],
        TOOLS,
        "calls .show, and Shop.show takes other arguments now",
        TypeError,
    ),
    "a method that has another name": (
        """
        class Shop:
            def show(self, n):
                return n
            def steps(self):
                for n in range(9):
                    yield n
                    self.show(n)
        def steps():
            return Shop().steps()
        """,
        [("show(self, n)", "display(self, n)"), ("self.show(n)", "self.display(n)")],
        TOOLS,
        "reads .show, which Shop has no more",
        AttributeError,
    ),
    "an attribute of a class": (
        """
        class Shop:
            LIMIT = 3
        def steps():
            for n in range(9):
                yield n
                n < Shop.LIMIT
        """,
        [("    LIMIT = 3", "    MOST = 3"), ("Shop.LIMIT", "Shop.MOST")],
        TOOLS,
        "reads .LIMIT, which Shop has no more",
        AttributeError,
    ),
    "a name": (
        """
        LIMIT = 3
        def steps():
            for n in range(9):
                yield n
                n < LIMIT
        """,
        [("LIMIT = 3", "MOST = 3"), ("n < LIMIT", "n < MOST")],
        TOOLS,
        "reads LIMIT, which is gone",
        NameError,
    ),
    "a name of another module": (
        """
        import tools
        def steps():
            for n in range(9):
                yield n
                n < tools.LIMIT
        """,
        [("tools.LIMIT", "tools.MOST")],
        TOOLS.replace("LIMIT", "MOST"),
        "reads tools.LIMIT, which is gone",
        AttributeError,
    ),
}


@pytest.mark.parametrize("kind", NEEDS)
def test_what_the_rest_of_an_iteration_needs_is_named(project: Project, kind: str) -> None:
    """Beforehand, with what it will raise; a generator that begins afterwards runs the saved text."""
    text, edits, tools, needs, error = NEEDS[kind]
    project.start("tools", TOOLS)
    module = project.start("working", text)
    watcher = project.watch("working", "tools")
    steps = module.steps()
    next(steps)
    saved = dedent(text)
    for old, new in edits:
        assert old in saved
        saved = saved.replace(old, new)
    project.write("tools", tools)
    project.write("working", saved)
    report = watcher.poll()
    (reason,) = [each for each in report.reasons if each.code == "RL248"]
    assert reason.message.endswith(f"is at work on its earlier text, which {needs}")
    with pytest.raises(error):
        next(steps)
    assert len([each for each, _ in zip(module.steps(), range(4), strict=False)]) == 4


@MOVES
@pytest.mark.parametrize("where", ["above", "below the loop", "in what moved"])
def test_what_it_comes_to_in_the_new_text_is_not(project: Project, where: str) -> None:
    """It moves before that."""
    text = """
    def show(n):
        return n
    def steps():
        for n in range(3):
            first(show(n))
            yield n
        last(show(9))
    def first(value):
        pass
    def last(value):
        pass
    """
    at = "last" if where == "below the loop" else "first"
    text = dedent(text).replace(f"{'first' if at == 'last' else 'last'}(show", "first((lambda n: n)")
    module = project.start("moved_on", text)
    watcher = project.watch("moved_on")
    steps = module.steps()
    next(steps)
    new = text.replace("def show(n)", "def show(n, more)").replace(f"{at}(show(n))", f"{at}(show(n, 1))")
    new = new.replace(f"{at}(show(9))", f"{at}(show(9, 1))")
    if where == "in what moved":
        project.write("moved_on", text.replace("yield n", "yield n + 10"))
        watcher.poll()
        assert next(steps) == 11
        new = new.replace("yield n", "yield n + 10")
    project.write("moved_on", new)
    report = watcher.poll()
    assert not isinstance(report, type(None)) and "RL248" not in {each.code for each in report.reasons}
    assert len(list(steps)) == (1 if where == "in what moved" else 2)


def test_a_member_that_went_to_a_base_is_there(project: Project) -> None:
    """The class has it from there."""
    text = """
    class Base:
        pass
    class Shop(Base):
        def show(self):
            return 1
        def steps(self):
            for n in range(9):
                yield n
                self.show()
    """
    module = project.start("higher", text)
    watcher = project.watch("higher")
    steps = module.Shop().steps()
    next(steps)
    text = (
        dedent(text).replace("    def show(self):\n        return 1\n", "", 1).replace("self.show()", "self.show() + 1")
    )
    project.write("higher", text.replace("    pass\n", "    def show(self):\n        return 1\n"))
    assert "RL248" not in {each.code for each in watcher.poll().reasons}
    assert next(steps) == 1


def test_what_is_not_at_work_is_not_named(project: Project) -> None:
    """Nor what a name means that a builtin has as well."""
    text = "len = len\ndef size(n):\n    return len(n)\ndef g():\n    yield 1\n    yield len('ab')\n"
    module = project.start("resting", text)
    watcher = project.watch("resting")
    generator = module.g()
    next(generator)
    project.write("resting", text.replace("len = len\n", "").replace("yield 1", "yield 3"))
    report: reloadr.Report = watcher.poll()
    assert "RL248" not in {each.code for each in report.reasons}
    assert next(generator) == 2
