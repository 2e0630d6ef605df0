"""What `import *` offers a module, and what functions there that were called as it was loaded read of it."""

import pytest
import reloadr
from harness import Project

BASE = "K = 4\nV = 5\ndef tag(f): return f\n"
BY_STAR = [
    ("A = base.V\n", "A = V\n"),
    ("@base.tag\ndef f(): return 1\n", "@tag\ndef f(): return 1\n"),
    ("def f(x=base.V): return x\n", "def f(x=V): return x\n"),
    ("class C:\n    a = base.V\n", "class C:\n    a = V\n"),
]


@pytest.mark.parametrize("listed", ["__all__ = ['K']\n", "__all__ = [n for n in list(globals()) if n == 'K']\n"])
@pytest.mark.parametrize(("before", "after"), BY_STAR)
def test_what_is_not_offered_is_not_what_was_said(project: Project, listed: str, before: str, after: str) -> None:
    """The line would say the same of a name that `import *` does not bring: a fresh process ends there."""
    project.write("base", BASE + listed)
    module = project.start("user", f"import base\n{before}")
    watcher = project.watch()
    project.write("user", f"from base import *\n{after}")
    report = watcher.poll()
    assert report.verdict == "rejected" and "is not defined" in str(report)
    assert not hasattr(module, "K")


@pytest.mark.parametrize(("before", "after"), BY_STAR)
def test_what_is_offered_no_more_in_the_same_save(project: Project, before: str, after: str) -> None:
    project.write("base", BASE)
    project.start("user", f"import base\n{before}")
    watcher = project.watch()
    project.write("base", f"__all__ = ['K']\n{BASE}")
    project.write("user", f"from base import *\n{after}")
    assert watcher.poll().verdict == "rejected"


@pytest.mark.parametrize(("before", "after"), BY_STAR)
def test_what_is_offered_says_the_same(project: Project, before: str, after: str) -> None:
    project.write("base", BASE)
    module = project.start("user", f"import base\n{before}")
    watcher = project.watch()
    project.write("user", f"from base import *\n{after}")
    assert watcher.poll().verdict == "live"
    assert module.K == 4


READS_LATER = [
    "def g(): return V\nA = g()\n",
    "class C:\n    @staticmethod\n    def g(): return V\nA = C.g()\n",
    "def g(): return V\nclass C:\n    a = g()\n",
    "def g(): return V\ndef f(x=g()): return x\n",
]


@pytest.mark.parametrize("uses", READS_LATER)
@pytest.mark.parametrize("imports", ["from base import V\n", "from base import *\n"])
def test_an_import_goes_that_a_called_function_reads(project: Project, imports: str, uses: str) -> None:
    """Nothing else of the module reads the name; the next start ends with a `NameError`. Defaults are named."""
    project.write("base", BASE)
    module = project.start("user", f"{imports}{uses}")
    watcher = project.watch()
    project.write("user", f"import base\n{uses}")
    report = watcher.poll()
    assert report.verdict == ("caveat" if "x=g()" in uses else "rejected"), report
    assert report.verdict == "caveat" or module.V == 5


@pytest.mark.parametrize("uses", READS_LATER)
def test_an_import_goes_that_nothing_reads_any_more(project: Project, uses: str) -> None:
    project.write("base", BASE)
    module = project.start("user", f"from base import V\n{uses}")
    watcher = project.watch()
    project.write("user", "import base\n" + uses.replace("V", "base.V"))
    report = watcher.poll()
    assert report.verdict == "live", report
    assert not hasattr(module, "V")


@pytest.mark.parametrize("uses", READS_LATER[:-1])
def test_another_import_of_all_brings_another_value(project: Project, uses: str) -> None:
    project.write("base", BASE)
    project.write("other", "V = 6\n")
    module = project.start("user", f"from base import *\n{uses}")
    watcher = project.watch()
    for imports, value in (
        ("from base import *\nfrom other import *\n", 6),
        ("from base import *\n", 5),
        ("from other import *\n", 6),
    ):
        project.write("user", f"{imports}{uses}")
        report = watcher.poll()
        assert report.verdict == "live", report
        found = module.A if "A = " in uses else module.C.a
        assert found == value, imports
    reloadr.undo()
    assert module.V == 5


@pytest.mark.parametrize("saved", ["X = 1\n", "O = 3\n", "O = mid.COUNT\n"])
@pytest.mark.parametrize(
    ("before", "after"), [("K_1 = 1\n", "K_1 = 1\nK_2 = 2\n"), ("K_1 = 1\nK_2 = 2\n", "K_1 = 1\n")]
)
def test_who_asks_which_names_there_are(project: Project, before: str, after: str, saved: str) -> None:
    """A name comes to a module, or goes from it, by `import *`, while a module that imports it is saved as well."""
    project.write("base", before)
    project.write("mid", "from base import *\nCOUNT = len([n for n in globals() if n.startswith('K_')])\n")
    last = project.start("last", "import base, mid\nfrom base import *\nX = 1\n")
    watcher = project.watch()
    project.write("base", after)
    project.write("last", f"import base, mid\nfrom base import *\n{saved}")
    report = watcher.poll()
    assert report.verdict == "live", report
    assert after.count("K_") == project.load("mid").COUNT and vars(last).get("O", 3) in (3, after.count("K_"))
