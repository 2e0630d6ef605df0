"""A name goes from a module in the very save in which what it meant becomes another object."""

import pytest
from harness import Project

MADE_ANEW = [
    ("import enum\nKind = enum.Enum('Kind', 'A C')\n", "import enum\nKind = enum.Enum('Kind', 'A B')\n"),
    (
        "from typing import NamedTuple\nclass Kind(NamedTuple):\n    a: int\n",
        "from typing import NamedTuple\nclass Kind(NamedTuple):\n    b: int\n",
    ),
    ("def make(): return lambda: 1\nKind = make()\n", "def make(): return lambda: 1\nKind = [make()][0]\n"),
    ("class Kind: pass\n", "def Kind(): pass\n"),
]
USERS = [
    ("from base import K, Kind\n", "from base import K\n"),
    ("from base import *\n", "from base import K\n"),
    ("import base\nfrom base import *\n", "import base\n"),
    ("import base\nfrom base import *\n", "import base\nfrom other import *\n"),
    ("import base\nMine = base.Kind\n", "import base\n"),
    ("if True:\n    from base import Kind\n", "if True:\n    from base import K\n"),
]


@pytest.mark.parametrize(("before", "after"), MADE_ANEW)
@pytest.mark.parametrize(("uses", "uses_no_more"), USERS)
def test_it_does_not_follow_on_its_way_out(
    project: Project, before: str, after: str, uses: str, uses_no_more: str
) -> None:
    project.write("base", f"K = 1\n{before}")
    project.write("other", "L = 2\n")
    user = project.start("user", f"Z = 1\n{uses}")
    watcher = project.watch()
    project.write("base", f"K = 1\n{after}")
    project.write("user", f"Z = 1\n{uses_no_more}")
    report = watcher.poll()
    assert report.verdict == "live", report
    fresh: dict[str, object] = {}
    exec(f"Z = 1\n{uses_no_more}", fresh)
    gone = ("Kind", "Mine")
    assert [name for name in gone if hasattr(user, name)] == [name for name in gone if name in fresh]


def test_names_of_another_module_take_their_place(project: Project) -> None:
    """Where all of one module was imported, and all of another is."""
    project.write("base", "A = 1\nB = 2\n")
    project.write("other", "A = 3\nC = 4\n")
    user = project.start("user", "from base import *\nZ = 1\n")
    watcher = project.watch()
    project.write("user", "from other import *\nZ = 1\n")
    assert watcher.poll().verdict == "live"
    assert (user.A, user.C) == (3, 4) and not hasattr(user, "B")


def test_what_was_put_there_from_elsewhere_follows(project: Project) -> None:
    """No line of the module binds it, before the save or after it, so none takes it away."""
    project.write("base", f"K = 1\n{MADE_ANEW[0][0]}")
    project.write("user", "Z = 1\n")
    project.start("patches", "import base, user\nuser.Kind = base.Kind\n")
    watcher = project.watch()
    project.write("base", f"K = 1\n{MADE_ANEW[0][1]}")
    project.write("user", "Z = 2\n")
    watcher.poll()
    user, base = project.load("user"), project.load("base")
    assert user.Kind is base.Kind and user.Kind.B
