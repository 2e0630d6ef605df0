"""A module that was looked for in vain has a file now: who did without it follows, or is named."""

import pytest
import reloadr
from harness import Project, wait_until
from probing import probed

FILE = {"b.py": "v = 1\n"}
#: What asks for `b`, and what is looked at.
FOLLOWING = {
    "import": ("try:\n    import b\nexcept ImportError:\n    b = None\nX = b is not None\n", "m.X"),
    "from": ("try:\n    from b import v\nexcept ImportError:\n    v = 0\n", "m.v"),
    "flag": ("try:\n    import b\n    HAS = True\nexcept ModuleNotFoundError:\n    HAS = False\n", "m.HAS"),
}
NAMED = {
    "class": ("class C:\n    try:\n        import b\n    except ImportError:\n        b = None\n", "m.C.b is None"),
    "function": (
        "def f():\n    try:\n        import b\n    except ImportError:\n        return 0\n    return b.v\nX = f()\n",
        "m.X",
    ),
    "suppressed": (
        "import contextlib\nHAS = False\nwith contextlib.suppress(ImportError):\n    import b\n    HAS = True\n",
        "m.HAS",
    ),
    "spec": ("import importlib.util\nX = importlib.util.find_spec('b') is not None\n", "m.X"),
}


@pytest.mark.parametrize("case", FOLLOWING)
def test_follows(project: Project, case: str) -> None:
    text, look = FOLLOWING[case]
    done = probed(project, {"m.py": text}, {"m.py": text, **FILE}, look)
    assert done.right and not done.said, done


@pytest.mark.parametrize("case", NAMED)
def test_is_named(project: Project, case: str) -> None:
    text, look = NAMED[case]
    done = probed(project, {"m.py": text}, {"m.py": text, **FILE}, look)
    assert done.named, done


def test_beside_another_edit(project: Project) -> None:
    text, look = FOLLOWING["import"]
    done = probed(project, {"m.py": text}, {"m.py": text + "Y = 1\n", **FILE}, f"({look}, m.Y)")
    assert done.right and not done.said, done


def test_once_and_when_it_is_whole(project: Project) -> None:
    module = project.start("m", FOLLOWING["import"][0])
    watcher = project.watch()
    project.write("b", "v = (1,\n")
    assert watcher.poll().verdict == "nothing"
    project.write("b", "v = (1,)\n")
    assert watcher.poll().verdict == "live"
    assert module.X and module.b.v == (1,)
    assert watcher.poll().verdict == "nothing"


def test_without_a_poll(project: Project) -> None:
    module = project.start("m", FOLLOWING["flag"][0])
    watcher = reloadr.watch(str(project.root))
    try:
        project.write("b", "v = 1\n")
        wait_until(lambda: module.HAS, "what tries for `b` to have it")
    finally:
        watcher.stop()


def test_a_file_that_is_only_written_again_did_not_come(project: Project) -> None:
    """As a checkout does. What was found in vain was no Python for this machine, and is none now."""
    text = "raise ImportError('not here')\n"
    project.write("seldom", text)
    module = project.start("m", FOLLOWING["import"][0].replace("b", "seldom"))
    watcher = project.watch()
    assert watcher.poll().verdict == "nothing"
    project.write("seldom", text)
    assert watcher.poll().verdict == "nothing"
    project.write("seldom", "v = 1\n")
    assert watcher.poll().verdict == "live"
    assert module.X
