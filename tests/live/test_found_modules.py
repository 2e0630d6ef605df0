"""Plug-ins that a program finds by itself: who read their names is due, and a file that comes is noticed."""

import pytest
from harness import Project

HEAD = "import importlib, os, pkgutil\nimport plugs\nREG = {}\n"
LOOP = (
    "for info in pkgutil.iter_modules(plugs.__path__):\n    mod = importlib.import_module(f'plugs.{info.name}')\n"
    "    REG[mod.NAME] = mod.run\n"
)
FINDING = {
    "loop": HEAD + LOOP,
    "function": f"{HEAD}def load():\n" + "".join(f"    {line}\n" for line in LOOP.splitlines()) + "load()\n",
    "listing": HEAD
    + "def load():\n    for name in sorted(os.listdir(plugs.__path__[0])):\n"
    + "        if name.endswith('.py') and name != '__init__.py':\n"
    + "            REG.update(vars(importlib.import_module('plugs.' + name[:-3])))\nload()\n",
}


@pytest.fixture
def plugs(project: Project) -> Project:
    project.write("plugs/__init__", "")
    project.write("plugs/one", "NAME = 'one'\ndef run(): return 1\n")
    return project


@pytest.mark.parametrize("case", FINDING)
def test_a_name_that_was_found(plugs: Project, case: str) -> None:
    plugs.start("m", FINDING[case])
    watcher = plugs.watch()
    plugs.write("plugs/one", "NAME = 'uno'\ndef run(): return 1\n")
    report = watcher.poll()
    assert any("plugs.one.NAME" in each.message for each in report.reasons), report
    plugs.write("plugs/one", "NAME = 'uno'\ndef run(): return 2\n")
    assert watcher.poll().verdict == "live", "the function that was found is the same one"


@pytest.mark.parametrize("case", FINDING)
def test_a_file_that_comes(plugs: Project, case: str) -> None:
    plugs.start("m", FINDING[case])
    watcher = plugs.watch()
    plugs.write("plugs/two", "NAME = 'two'\ndef run(): return 2\n")
    report = watcher.poll()
    assert any("plugs.two" in each.message for each in report.reasons), report
    assert watcher.poll().verdict == "nothing", "it is said once"


def test_a_word_in_a_text_looks_for_no_files(project: Project) -> None:
    """`glob` is a word of the language as well: what only has it in a text is not computed anew."""
    project.write("plugs/__init__", "")
    project.write("plugs/table", "EMOJI = {'glob': 1, 'listdir': 2}\n")
    text = "import os\nimport plugs.table\nNAMES = sorted(os.listdir(plugs.__path__[0]))\n"
    module = project.start("m", text)
    held = module.plugs.table.EMOJI
    watcher = project.watch()
    project.write("plugs/two", "")
    report = watcher.poll()
    assert not any("table" in each.module for each in (*report.changes, *report.reasons)), report
    assert module.plugs.table.EMOJI is held
