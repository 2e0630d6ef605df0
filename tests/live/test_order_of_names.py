"""The names of a module stand in the order of its source, for the lines that go through them and for the program."""

import pytest
import reloadr
from harness import Project
from probing import probed

NAMES = "def names(): return [n for n in list(globals()) if n[0] != '_']\n"
EDITS = {
    "a function between": ("def a(): pass\ndef c(): pass\n", "def a(): pass\ndef b(): pass\ndef c(): pass\n"),
    "a constant at the top": ("def a(): pass\n", "K = 1\ndef a(): pass\n"),
    "an import": ("def a(): pass\n", "import os, sys as s\ndef a(): pass\n"),
    "another name": ("def a(): pass\ndef c(): pass\n", "def b(): pass\ndef c(): pass\n"),
    "two places": ("def a(): pass\ndef c(): pass\n", "def c(): pass\ndef a(): pass\n"),
    "in a suite": ("if True:\n    x = 1\n    z = 3\n", "if True:\n    x = 1\n    y = 2\n    z = 3\n"),
    "of another branch": (
        "if True:\n    z = 1\nelse:\n    y = z = 2\nx = 1\n",
        "if True:\n    z = 1\n    y = 2\nx = 1\n",
    ),
    "unbound below": ("t = 1\na = t\ndel t\n", "t = 1\nb = 2\na = t\ndel t\n"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_the_program_meets_them_in_the_order_of_the_source(project: Project, edit: str) -> None:
    before, after = (text + NAMES for text in EDITS[edit])
    done = probed(project, before, after, "m.names()")
    assert done.right and not done.said, done


@pytest.mark.parametrize("edit", EDITS)
def test_a_line_meets_them_in_the_order_of_the_source(project: Project, edit: str) -> None:
    line = "N = [n for n in list(globals()) if n[0] != '_']\n"
    done = probed(project, *(text + line for text in EDITS[edit]), "m.N")
    assert done.right and not done.said, done


def test_names_that_a_module_has_of_another_stand_as_they_do_there(project: Project) -> None:
    line = "from lib import *\ndef own(): pass\nN = [n for n in list(globals()) if n[0] != '_']\n"
    files = {"lib.py": "def p(): pass\ndef q(): pass\n", "m.py": line}
    done = probed(project, files, {**files, "lib.py": "def p(): pass\ndef o(): pass\ndef q(): pass\n"}, "m.N")
    assert done.right and not done.said, done


def test_what_the_program_put_there_leaves_the_order_untold(project: Project) -> None:
    """It may stand anywhere among the others, so who goes through them is named."""
    text = "def a(): pass\nglobals()['odd'] = 1\ndef c(): pass\nN = [n for n in list(globals()) if n[0] != '_']\n"
    done = probed(project, text, text.replace("def c", "def b(): pass\ndef c"), "m.N")
    assert done.right or done.named, done


def test_an_undo_brings_the_earlier_order_back(project: Project) -> None:
    text = "def a(): pass\ndef c(): pass\n" + NAMES
    module = project.start("m", text)
    watcher = project.watch(module)
    project.write("m", text.replace("def c", "def b(): pass\ndef c"))
    assert watcher.poll().verdict == "live"
    reloadr.undo()
    assert module.names() == ["a", "c", "names"]


UNTOLD = {
    "a name within an expression": ("a = b = 1\ndef c(): pass\n", "a = (w := 1)\ndef c(): pass\n"),
    "two of them": ("def c(): pass\n", "x = y = (w := 1)\ndef c(): pass\n"),
}


@pytest.mark.parametrize("edit", UNTOLD)
def test_an_order_that_no_line_tells_is_named(project: Project, edit: str) -> None:
    line = "N = [n for n in list(globals()) if n[0] != '_']\n"
    done = probed(project, *(text + line for text in UNTOLD[edit]), "m.N")
    assert done.right or done.said == ["RL206"], done
