"""Lambdas in the body of a class that is renamed are called after it, wherever they are held."""

import pytest
from harness import Project
from probing import WAYS, probed

TEXT = """\
import dataclasses
KEPT = []
@dataclasses.dataclass
class A:
    rows: dict = dataclasses.field(default_factory=lambda: {1: 2})
    key = lambda self: 1
    table = {"a": lambda: 2, "b": lambda: (lambda: 3)}
    KEPT.append(lambda: 4)
    def act(self, how=lambda: 5): return how
    class Inner:
        key = lambda self: 6
"""
NAMED = "[(f.__qualname__, f.__code__.co_qualname, f.__code__.co_firstlineno) for f in ({})]"
HELD = (
    "cls.__dataclass_fields__['rows'].default_factory, cls.key, cls.table['a'], cls.table['b'](), m.KEPT[0],"
    " cls().act(), cls.Inner.key"
)
RENAMED = TEXT.replace("class A", "class B")
EDITS = {
    "renamed": RENAMED,
    "renamed, and further down": f"X = 1\n{RENAMED}",
    "renamed, and one changes": RENAMED.replace("lambda: 2", "lambda: 7"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("edit", EDITS)
def test_lambdas_are_called_after_their_class(project: Project, edit: str, way: str) -> None:
    look = NAMED.format(HELD.replace("cls", "getattr(m, 'B', getattr(m, 'A', None))"))
    done = probed(project, TEXT, EDITS[edit], look, way=way)
    assert done.right and not done.named, done


def test_they_are_the_same_functions(project: Project) -> None:
    """Each is found by later edits too."""
    plain = TEXT.replace("@dataclasses.dataclass\n", "")
    module = project.start("m", plain)
    watcher = project.watch()
    key, inner = module.A.key, module.A.Inner.key
    for old, new in (("class A", "class B"), ("self: 1", "self: 8"), ("self: 6", "self: 9")):
        plain = plain.replace(old, new)
        project.write("m", plain)
        assert watcher.poll().verdict == "live"
    assert module.B.key is key and key(None) == 8 and inner(None) == 9 and inner.__qualname__ == "B.Inner.<lambda>"
