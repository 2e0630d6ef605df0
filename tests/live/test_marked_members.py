"""Methods that are marked for a library, which was handed their class or an instance of it."""

import pytest
from harness import Project

#: Not watched, and so none of the user's own modules.
LIBRARY = """\
def hook(f=None, **options):
    def mark(f):
        f.hook = options
        return f
    return mark if f is None else mark(f)
class Manager:
    def __init__(self): self.hooks = []
    def register(self, plugin):
        kind = plugin if isinstance(plugin, type) else type(plugin)
        self.hooks += [(k, v.hook) for k, v in vars(kind).items() if hasattr(v, "hook")]
"""
TEXT = """\
import marking
manager = marking.Manager()
class Csv:
    @marking.hook
    def load(self): return 1
    def plain(self): return 2
class Other:
    def load(self): return 1
manager.register({})
manager.register(Other())
"""
HANDED = {"an instance": "Csv()", "the class": "Csv"}
#: What is edited, and whether the library has read it.
EDITS = {
    "marked otherwise": ("@marking.hook\n", "@marking.hook(first=True)\n", True),
    "goes": ("    @marking.hook\n    def load(self): return 1\n    def plain", "    def plain", True),
    "comes": ("    def plain", "    @marking.hook\n    def save(self): return 1\n    def plain", True),
    "another signature": ("load(self): return 1\n    def plain", "load(self, at): return 1\n    def plain", True),
    "another body": ("return 1\n    def plain", "return 3\n    def plain", False),
    "one that is not marked": ("plain(self)", "plain(self, at=1)", False),
    "one of another class": ("class Other:\n    def load(self)", "class Other:\n    def load(self, at=1)", False),
}


@pytest.mark.parametrize("handed", HANDED)
@pytest.mark.parametrize("edit", EDITS)
def test_what_a_library_has_read_of_marked_methods_is_named(project: Project, edit: str, handed: str) -> None:
    old, new, read = EDITS[edit]
    project.start("marking", LIBRARY)
    text = TEXT.format(HANDED[handed])
    module = project.start("marked", text)
    watcher = project.watch(module)
    assert text.count(old) == 1
    project.write("marked", text.replace(old, new))
    named = [reason.message for reason in watcher.poll().reasons if reason.code == "RL206"]
    said = f"`manager.register({HANDED[handed]})` was computed from the old marks of Csv"
    assert named == ([said] if read else [])
