"""Lines within a `with`, `for` or `while`: edited twice, taken back and undone, compared with a fresh process."""

import pytest
import reloadr
from harness import Project

LOOP = "T = []\nfor x in (1, 2, 3):\n    T.append(x)\nLAST = T[-1]\n"
SUM = "n = 0\nfor x in (1, 2, 3):\n    n += x\nn *= 2\n"
CONTEXT = "import decimal\nwith decimal.localcontext() as c:\n    c.prec = 3\n    third = decimal.Decimal(1) / 3\n"
CUT = (
    "from contextlib import suppress\nwith suppress(ImportError):\n    import no_such_library\n"
    "    def f(): return 1\n    K = 1\n"
)
WALK = "i = 0\nwhile i < 5:\n    i += 1\n"
CLASS = "class C:\n    T = {}\n    for k in 'ab':\n        T[k] = 1\n    n = len(T)\n"


def shown(namespace: dict[str, object]) -> dict[str, str]:
    """What a user would see of a module: its names, and the attributes of its classes."""
    found: dict[str, str] = {}
    for name, value in namespace.items():
        if name.startswith("__") or name in ("c", "suppress"):
            continue
        if isinstance(value, type):
            found |= {f"{name}.{key}": repr(each) for key, each in vars(value).items() if not key.startswith("__")}
        else:
            found[name] = "a function" if callable(value) else repr(value)
    return found


@pytest.mark.parametrize(
    ("source", "edits"),
    [
        (LOOP, [("append(x)", "append(x * 2)"), ("(1, 2, 3)", "(4, 5)"), ("append(x * 2)", "append(x)")]),
        (LOOP, [("    T", "    if x == 2: continue\n    T"), ("continue", "break"), ("    if x == 2: break\n", "")]),
        (SUM, [("n += x", "n += x * x"), ("n *= 2", "n *= 3"), ("(1, 2, 3)", "(1,)"), ("n = 0", "n = 5")]),
        (WALK, [("+= 1", "+= 2"), ("< 5", "< 9"), ("+= 2", "+= 1\n    if i == 4:\n        break")]),
        (CONTEXT, [("prec = 3", "prec = 5"), ("/ 3", "/ 3\n    more = third * 2"), ("    more = third * 2\n", "")]),
        (CUT, [("K = 1", "K = 2"), ("no_such_library", "colorsys"), ("return 1", "return 2"), ("colorsys", "no_such")]),
        (CLASS, [("= 1", "= 2"), ("'ab'", "'abc'"), ("T[k] = 2", "T[k] = 2\n        last = k"), ("'abc'", "'a'")]),
    ],
)
def test_edits_in_a_row(project: Project, source: str, edits: list[tuple[str, str]]) -> None:
    """After each edit, and after the last one is undone and made again, all is as in a fresh process."""
    module = project.start("suites", source)
    watcher = project.watch(module)
    for old, new in edits:
        assert old in source, (old, source)
        before, source = source, source.replace(old, new)
        project.write("suites", source)
        report = watcher.poll()
        assert report.verdict == "live", (source, report)
        fresh: dict[str, object] = {"__name__": "suites"}
        exec(source, fresh)
        assert shown(vars(module)) == shown(fresh), (source, report)
    reloadr.undo()
    fresh = {"__name__": "suites"}
    exec(before, fresh)
    assert shown(vars(module)) == shown(fresh)


def test_state_that_an_edit_drops_is_named(project: Project) -> None:
    """What was put into a list since a loop filled it is not in the new one; edits that leave it alone keep it."""
    module = project.start("state", LOOP)
    watcher = project.watch(module)
    module.T.append("later")
    held = module.T
    project.write("state", LOOP.replace("    T.append", "    y = x\n    T.append"))
    # What reads a place of that list is named though it is as it was: a caveat that could go.
    assert {reason.qualname for reason in watcher.poll().reasons} <= {"LAST"}
    assert module.T is held and module.y == 3
    project.write("state", LOOP.replace("append(x)", "append(-x)"))
    report = watcher.poll()
    assert [reason.code for reason in report.reasons] == ["RL226", "RL206"], report
    assert module.T == [-1, -2, -3]


def test_a_context_that_is_not_known_is_not_entered_twice(project: Project) -> None:
    """Nothing of a suite runs outside of its context; the names that wait are told."""
    source = (
        "from contextlib import contextmanager\nENTERED = []\n@contextmanager\ndef inside(what):\n"
        "    ENTERED.append(what)\n    yield what\n    ENTERED.append('left')\nwith inside(1) as v:\n    a = v + 1\n"
    )
    module = project.start("entered", source)
    watcher = project.watch(module)
    project.write("entered", source + "    b = v + 2\n")
    report = watcher.poll()
    assert {reason.qualname for reason in report.reasons} >= {"b"}, report
    assert module.ENTERED == [1, "left"] and not hasattr(module, "b")
    project.write("entered", source + "    b = v + 2\nc = b\n")
    assert "it needs b, which needs a restart itself" in str(watcher.poll()) or not hasattr(module, "c")


def test_a_line_that_is_no_python_is_rejected(project: Project) -> None:
    """What stands in a suite is compiled as what it is: part of the whole block."""
    module = project.start("broken", LOOP)
    watcher = project.watch(module)
    project.write("broken", LOOP.replace("    T.append(x)", "    T.append(x)\n    return"))
    report = watcher.poll()
    assert report.rejected and "'return' outside function" in str(report), report
    assert module.T == [1, 2, 3]


def test_a_header_follows_a_name_of_the_same_save(project: Project) -> None:
    text = "import contextlib\nK = {}\nwith contextlib.nullcontext(K) as w:\n    y = w + {}\n"
    module = project.start("m", text.format(3, 1))
    watcher = project.watch()
    project.write("m", text.format(1, 2))
    assert watcher.poll().verdict == "live"
    assert (module.w, module.y) == (1, 3)
