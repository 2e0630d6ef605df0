"""Names of which a line goes, or changes places with another, while others bind them still."""

import pytest
import reloadr
from harness import Project

DECO = "def deco(g):\n    def w(x): return g(x) + 100\n    return w\n"
OTHER = "def other(g):\n    return lambda x: g(x) - 1\n"
EITHER = "import sys\nif sys.version_info > (3,):\n    from json import loads as f\nelse:\n    def f(x): return 2\n"

EDITS = [
    ("from json import loads as f\ndef f(x): return 2\n", "from json import loads as f\n"),
    ("def f(x): return 2\nfrom json import loads as f\n", "def f(x): return 2\n"),
    ("f = 5\ndef f(x): return 2\n", "f = 5\n"),
    ("def f(x): return 2\nf = 5\n", "def f(x): return 2\n"),
    ("def f(x): return 2\nf = 5\n", "def f(x): return 2\ng = 5\n"),
    ("class f: pass\nfrom json import JSONDecoder as f\n", "class f: pass\n"),
    (f"{DECO}def f(x): return 2\nf = deco(f)\n", f"{DECO}def f(x): return 2\n"),
    (f"{DECO}def f(x): return 2\nf = deco(f)\n", f"{DECO}def f(x): return 3\n"),
    (f"{DECO}{OTHER}def f(x): return 2\nf = deco(f)\n", f"{DECO}{OTHER}def f(x): return 2\nf = other(f)\n"),
    (f"{DECO}@deco\ndef f(x): return 2\n", f"{DECO}def f(x): return 2\nf = deco(f)\n"),
    ("f = 1\nf = 2\n", "f = 2\nf = 1\n"),
    ("f = 2\nf += 3\nf *= 4\n", "f = 2\nf *= 4\nf += 3\n"),
    ("f = []\nf.append(1)\nf.append(2)\n", "f = []\nf.append(2)\nf.append(1)\n"),
    ("def f(x): return 1\ndef f(x): return 2\n", "def f(x): return 2\ndef f(x): return 1\n"),
    ("def f(x): return 2\nfrom json import loads as f\n", "from json import loads as f\ndef f(x): return 2\n"),
    (EITHER, "import sys\n"),
    ("try:\n    from json import loads as f\nexcept ImportError:\n    class f: pass\n", "X = 1\n"),
    ("def f(x): return 1\nif True:\n    from json import loads as f\n", "def f(x): return 1\n"),
    ("def f(x): return 1\nfor f in (1, 2): pass\n", "def f(x): return 1\n"),
    ("from json import *\nf = 1\n", "f = 1\n"),
    ("def dumps(x): return 1\nfrom json import *\nf = 1\n", "def dumps(x): return 1\nf = 1\n"),
]


def shown(namespace: dict[str, object]) -> dict[str, str]:
    """What the names of a module mean: where a function or class is from and what it gives, or a value."""
    found: dict[str, str] = {}
    for name, value in namespace.items():
        if name.startswith("__") and name != "__all__":
            continue
        own = getattr(value, "__module__", "") == namespace["__name__"]
        gives = value(1) if own and callable(value) and name == "f" and not isinstance(value, type) else ""
        found[name] = (
            f"{value.__module__}.{value.__qualname__} {gives}" if hasattr(value, "__qualname__") else repr(value)
        )
    return found


@pytest.mark.parametrize(("before", "after"), EDITS)
def test_a_name_means_what_is_left(project: Project, before: str, after: str) -> None:
    """The name means what the last line of it makes, as in a fresh process; the other way round too, and undone."""
    module = project.start("left", before)
    watcher = project.watch(module)
    for source in (after, before, after):
        project.write("left", source)
        report = watcher.poll()
        assert report.verdict == "live", report
        fresh: dict[str, object] = {"__name__": "left"}
        exec(source, fresh)
        assert shown(vars(module)) == shown(fresh), (source, report)
    reloadr.undo()
    fresh = {"__name__": "left"}
    exec(before, fresh)
    assert shown(vars(module)) == shown(fresh)


def test_the_function_that_a_wrapper_held(project: Project) -> None:
    """It is the very function that the wrapper calls, so that who holds the wrapper runs what is edited next."""
    module = project.start("held", f"{DECO}def f(x): return 2\nf = deco(f)\n")
    wrapper = module.f
    watcher = project.watch(module)
    project.write("held", f"{DECO}def f(x): return 2\n")
    assert watcher.poll().verdict == "live" and module.f(1) == 2
    project.write("held", f"{DECO}def f(x): return 3\n")
    assert watcher.poll().verdict == "live"
    assert module.f(1) == 3 and wrapper(1) == 103


def test_what_was_bound_at_run_time_stays(project: Project) -> None:
    """A name that means something else by now than its line made keeps that."""
    module = project.start("patched", "def f(x): return 2\nfrom json import loads as f\n")
    watcher = project.watch(module)
    module.f = "by hand"
    project.write("patched", "def f(x): return 2\n")
    watcher.poll()
    assert module.f == "by hand"


def test_a_line_that_would_do_something_is_named(project: Project) -> None:
    """A definition whose decorator may do anything is not called again for a name that falls back to it."""
    source = "SEEN = []\ndef note(f):\n    SEEN.append(f)\n    return f\n@note\ndef f(x): return 2\n"
    module = project.start("noted", source + "f = 5\n")
    watcher = project.watch(module)
    project.write("noted", source)
    report = watcher.poll()
    assert len(module.SEEN) == 1
    assert [(reason.code, reason.qualname) for reason in report.reasons] == [("RL206", "f")], report


def test_a_reader_on_the_other_side(project: Project) -> None:
    """An assignment that now stands below another of what it reads is computed anew; what has an object is named."""
    module = project.start("order", "a = 1\nf = a\na = 2\nb = [1]\ng = b\nb = [2]\n")
    watcher = project.watch(module)
    project.write("order", "a = 1\na = 2\nf = a\nb = [1]\nb = [2]\ng = b\n")
    report = watcher.poll()
    assert module.f == 2 and [(reason.code, reason.qualname) for reason in report.reasons] == [("RL206", "g")]
