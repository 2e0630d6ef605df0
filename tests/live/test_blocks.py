"""Blocks whose headers are all they do, branches that do not run, and definitions that begin with a parenthesis."""

import pytest
from harness import Project
from probing import WAYS, probed

COUNT = "CALLS = []\ndef call(value):\n    CALLS.append(value)\n    return value\n"


@pytest.mark.parametrize(
    ("block", "calls", "bound"),
    [
        ("for each in call([1, 2]): pass\n", [[1, 2]], {"each": 2}),
        ("while call(len(CALLS) < 2): ...\n", [True, True, False], {}),
        ("if (found := call(5)): pass\n", [5], {"found": 5}),
        ("if call(0): pass\nelif call(1): pass\n", [0, 1], {}),
        ("match call('a'):\n    case what: pass\n", ["a"], {"what": "a"}),
        ("import contextlib\nwith contextlib.nullcontext(call(3)) as three: pass\n", [3], {"three": 3}),
        ("if call(1):\n    if call(2): pass\n", [1, 2], {}),
        ("if call(1):\n    def f(): return 'f'\nelse:\n    def g(): pass\n", [1], {"f": ...}),
        ("with __import__('contextlib').nullcontext(call(3)):\n    def f(): pass\n", [3], {"f": ...}),
    ],
)
def test_headers_run(project: Project, block: str, calls: list[object], bound: dict[str, object]) -> None:
    """A block that was added runs once, also where its suites hold nothing but `pass` and definitions."""
    module = project.start("headers", COUNT)
    before = set(vars(module))
    watcher = project.watch(module)
    project.write("headers", COUNT + block)
    report = watcher.poll()
    assert report.verdict == "live", report
    assert calls == module.CALLS
    found = {name: value for name, value in vars(module).items() if name not in before and name != "contextlib"}
    assert found == {name: found.get(name) if value is ... else value for name, value in bound.items()}
    assert watcher.poll().verdict == "nothing" and calls == module.CALLS


def test_header_that_raises(project: Project) -> None:
    """What a fresh process would fail at is rejected."""
    module = project.start("raising", "x = 1\n")
    watcher = project.watch(module)
    project.write("raising", "x = 2\nfor each in nowhere: pass\n")
    report = watcher.poll()
    assert report.rejected and "NameError: name 'nowhere'" in str(report)
    assert module.x == 1


@pytest.mark.parametrize(
    ("branch", "line"),
    [
        ("    print 'x'\n", 3),
        ("    class C:\n        break\n", 4),
        ("    def f(a, a): pass\n", 3),
        ("    pass\n    return\n", 4),
        ("    for x in (): break\n    else:\n        continue\n", 5),
    ],
)
def test_dead_branches_are_python(project: Project, branch: str, line: int) -> None:
    """A branch that does not run is compiled by the next process all the same."""
    module = project.start("dead", "x = 1\nif x == 2:\n    pass\n")
    watcher = project.watch(module)
    project.write("dead", "x = 1\nif x == 2:\n" + branch)
    (reason,) = watcher.poll().reasons
    assert (reason.code, reason.line) == ("RL401", line)
    project.write("dead", "x = 1\nif x == 2:\n    for y in (): break\n    while y: continue\n")
    assert watcher.poll().verdict == "live"


def test_decorators_in_parentheses(project: Project) -> None:
    """The code object of a decorated function has the line of the decorator's expression, wherever the `@` is."""
    text = (
        "class C:\n    @(\n        property)\n    def x(self): return self.v\n"
        "    @(\n\n        x.setter)\n    def x(self, value): self.v = value\n"
    )
    module = project.start("parenthesised", text)
    instance = module.C()
    watcher = project.watch(module)
    edits = [("self.v = value", "self.v = value + 1"), ("return self.v", "return -self.v"), ("class", "\n\nclass")]
    for old, new in edits:
        text = text.replace(old, new)
        project.write("parenthesised", text)
        assert watcher.poll().verdict == "live"
    instance.x = 1
    assert instance.x == -2
    fresh: dict[str, type] = {}
    exec(compile(text, module.__file__, "exec"), fresh)
    ours, theirs = module.C.x, fresh["C"].x  # type: ignore[attr-defined]
    assert (ours.fget.__code__, ours.fset.__code__) == (theirs.fget.__code__, theirs.fset.__code__)
    assert (ours.fget.__code__.co_firstlineno, ours.fset.__code__.co_firstlineno) == (5, 9)


TRY = "K = 1\ntry:\n    Q = 8 // {0}\n    P = 1\nexcept ZeroDivisionError:\n    Q = {1}\n"
CALLED = "def f():\n    {0}\ntry:\n    Q = f()\nexcept ValueError:\n    Q = 0\n"
BESIDE = "L = []\ndef reg(x): L.append(x)\ntry:\n    reg(1)\n    Q = 1 // {0}\nexcept ZeroDivisionError:\n    Q = 0\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("before", "after", "look"),
    [
        (TRY.format("1", 0), TRY.format("0", 0), "(m.Q, hasattr(m, 'P'))"),
        (TRY.format("K", 0), TRY.format("K", 0).replace("K = 1", "K = 0"), "(m.Q, hasattr(m, 'P'))"),
        (TRY.format("1", 0), TRY.format("K", 7).replace("K = 1", "K = 0"), "(m.Q, hasattr(m, 'P'))"),
        (CALLED.format("return 1"), CALLED.format("raise ValueError"), "m.Q"),
    ],
)
def test_a_try_that_means_a_line_to_raise(project: Project, before: str, after: str, look: str, way: str) -> None:
    done = probed(project, before, after, look, way=way)
    assert done.right and not done.said, done


def test_a_try_that_would_do_more_is_named(project: Project) -> None:
    text = "L = []\nK = 1\ntry:\n    Q = 8 // K\nexcept ZeroDivisionError:\n    L.append(1)\n"
    done = probed(project, text, text.replace("K = 1", "K = 0"), "m.K")
    assert done.right and done.said == ["RL216"], done


@pytest.mark.parametrize("way", ["edit", "undo"])
def test_what_stands_above_the_line_that_raises_is_not_repeated(project: Project, way: str) -> None:
    done = probed(project, BESIDE.format("1"), BESIDE.format("0"), "(m.Q, m.L)", way=way)
    assert done.right and not done.said, done


def test_a_try_that_failed_and_is_mended_says_what_it_repeats(project: Project) -> None:
    done = probed(project, BESIDE.format("0"), BESIDE.format("1"), "m.Q")
    assert done.right and done.said == ["RL208"], done
