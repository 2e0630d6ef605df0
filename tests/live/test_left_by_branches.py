"""Names that a branch of before bound, or that are Python's own from the new source on; annotations under another
`from __future__`."""

import pytest
from harness import Project, fresh

GUARDED = "from typing import TYPE_CHECKING\nimport sys\n{}\ndef f(x): return x\n"
TAKEN = "if sys.version_info >= (3, 10):\n    from typing import TypeGuard\nelif TYPE_CHECKING:\n    TypeGuard = 1"
DEAD = "if TYPE_CHECKING:\n    if sys.version_info >= (3, 10):\n        from typing import TypeGuard"
OWN = "class {0}(Exception):\n    pass\n"
TRIED = "try:\n    {0}\nexcept NameError:\n    class {0}(Exception):\n        pass\nelse:\n    {0} = {0}\n"
NOTED = "{}import typing as t\nclass Opt:\n    @property\n    def takes(self)   -> bool: return True\n"
MORE = "from __future__ import annotations\n{}\nclass More(t.TypedDict, total=False):\n    env: tuple[str, ...]\n"

#: Text before, after, and what is looked at.
EDITS = {
    "a branch that is not taken any more": (
        GUARDED.format(TAKEN),
        GUARDED.format(DEAD),
        "'TypeGuard' in globals()",
    ),
    "a name of Python's own": (OWN.format("ExceptionGroup"), TRIED.format("ExceptionGroup"), "ExceptionGroup"),
    "a name that is nobody's": (OWN.format("Mine"), TRIED.format("Mine"), "Mine.__name__"),
    "annotations become text": (
        NOTED.format(""),
        MORE.format(NOTED.format("").replace("self)   ->", "self) ->")),
        "(Opt.takes.fget.__annotations__, sorted(map(str, More.__annotations__.items())))",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_as_in_a_fresh_process(project: Project, name: str) -> None:
    before, after, looked_at = EDITS[name]
    module = project.start("branches", before)
    watcher = project.watch(module)
    project.write("branches", after)
    report = watcher.poll()
    assert repr(eval(looked_at, vars(module))) == fresh(module, after, looked_at), report
