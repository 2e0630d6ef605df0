"""What a function has changes in one step: whoever calls it meanwhile meets one of its sources, whole."""

import sys
import threading
from collections import Counter

import pytest
import reloadr
from harness import Project

#: Three signatures that take the same call, each with all that a function has.
SIGNATURES = [
    "def f(a, b=1):\n    return (a, b)\n",
    "def f(a, *, c=2, d=3):\n    return (a, c, d)\n",
    "def f(*args, k=1, **kw):\n    return (args, k, kw)\n",
]
#: What stands above and has the batch commit what is ready before the line of `f` is reached.
ABOVE = {
    "nothing": ("", "{default}"),
    "a function of the batch is called above": ("def h():\n    return {n}\nX = h()\nY = h() + {n}\n", "{default}"),
    "a default calls a function of the batch": ("def h():\n    return {n}\n", "h() + {default}"),
    "a closure": (
        "def h():\n    return {n}\nX = h()\ndef wrap(f):\n    def g(a):\n        return f(a)\n    return g\n@wrap\n",
        "{default}",
    ),
}


def text(above: str, number: int) -> str:
    head, default = ABOVE[above]
    body = SIGNATURES[number % 3]
    for value in "123":
        body = body.replace(f"={value}", f"={default.replace('{default}', value)}")
    return head.replace("{n}", str(number)) + body


@pytest.mark.parametrize("above", ABOVE)
def test_a_call_never_meets_new_code_with_old_defaults(project: Project, above: str) -> None:
    module = project.start("swapped", text(above, 0))
    watcher = project.watch(module)
    done, failed = threading.Event(), Counter[str]()
    held = module.f

    def call() -> None:
        while not done.is_set():
            try:
                held(1)
                module.f(1)
            except Exception as error:
                failed[repr(error)] += 1

    callers = [threading.Thread(target=call) for _ in range(3)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for caller in callers:
            caller.start()
        for number in range(1, 46):
            project.write("swapped", text(above, number))
            assert watcher.poll().verdict in ("live", "caveat")
    finally:
        done.set()
        sys.setswitchinterval(interval)
        for caller in callers:
            caller.join()
    assert failed == {}


@pytest.mark.parametrize("above", ABOVE)
def test_it_ends_as_the_last_source_says(project: Project, above: str) -> None:
    module = project.start("swapped", text(above, 0))
    watcher, held = project.watch(module), module.f
    for number in range(1, 7):
        project.write("swapped", text(above, number))
        watcher.poll()
        namespace: dict[str, object] = {"__name__": "swapped"}
        exec(text(above, number), namespace)
        assert module.f(7) == held(7) == namespace["f"](7)  # type: ignore[operator]


def test_a_decorator_that_changes_with_the_signature_leaves_no_mixture(project: Project) -> None:
    """Who holds the function from before has the new code with the new defaults."""
    head = "def plain(f):\n    return f\ndef other(f):\n    return f\n"
    module = project.start("swapped", head + "@plain\ndef f(a, b=1):\n    return (a, b)\n")
    watcher, held = project.watch(module), module.f
    project.write("swapped", head + "@other\ndef f(a, *, c=2, d=3):\n    return (a, c, d)\n")
    assert watcher.poll().verdict == "live"
    assert module.f(1) == held(1) == (1, 2, 3)


def test_a_class_that_is_replaced_keeps_its_methods_whole(project: Project) -> None:
    """Living instances stay with the earlier class, which is left as it was: code and defaults."""
    old = "class A: pass\nclass B(A):\n    def f(self, a, b=1):\n        return (a, b)\nheld = B()\n"
    module = project.start("replaced", old)
    watcher, held = project.watch(module), module.held
    new = old.replace("B(A)", "B(int)").replace("a, b=1", "a, *, c=2").replace("(a, b)", "(a, c)")
    project.write("replaced", new.replace("held = B()\n", "held = B()\n\n"))
    assert "RL210" in {reason.code for reason in watcher.poll().reasons}
    assert type(held) is not module.B and held.f(1) == (1, 1)
    assert module.B().f(1) == (1, 2)


def test_holders_of_a_function_that_is_decorated_anew(project: Project) -> None:
    """Who held the function before its decorators changed can still call it: the new code has its defaults."""
    module = project.start("redone", "def same(f): return f\n\n@same\ndef f(a, b=1):\n    return a + b\n")
    held = module.f
    watcher = project.watch("redone")
    project.write("redone", "def same(f): return f\n\n@same\n@same\ndef f(a, *, c=10, d=20):\n    return a + c + d\n")
    report = watcher.poll()
    assert report.verdict in ("live", "caveat"), report
    assert module.f(1) == 31 == held(1)
    reloadr.undo()
    assert module.f(1) == 2 == held(1)


def test_defaults_of_a_function_that_is_decorated_anew_are_evaluated_once(project: Project) -> None:
    """What evaluating a default does is done once, as in a fresh process."""
    text = "SEEN = []\ndef note(x):\n    SEEN.append(x)\n    return x\ndef same(f): return f\n\n"
    module = project.start("counted", text + "@same\ndef f(a=note(1)):\n    return a\n")
    held = module.f
    watcher = project.watch("counted")
    project.write("counted", text + "@same\n@same\ndef f(*, a=note(2), b=note(3)):\n    return a, b\n")
    watcher.poll()
    assert module.f() == (2, 3) == held()
    assert module.SEEN == [2, 3], "those of now stand where those of before stood"


def test_a_statement_above_meets_the_function_whole(project: Project) -> None:
    """A changed statement that calls, by way of a registry, a function that stands below it: the function is as it
    was, code and defaults alike, and afterwards as it is."""
    text = "CALLS = {{}}\ndef now():\n    return CALLS['f']() if CALLS else 0\nSEEN = [now(), {n}]\n"
    module = project.start("above", text.format(n=1) + "def f(*, k=1):\n    return k\nCALLS['f'] = f\n")
    watcher = project.watch("above")
    changed = text.format(n=2).replace("else 0", "else 9")
    project.write("above", changed + "def f(*, k=2, j=3):\n    return k + j\nCALLS['f'] = f\n")
    report = watcher.poll()
    assert not report.rejected, report
    assert module.SEEN[0] in (0, 1, 9)
    assert module.f() == 5


def test_a_refused_edit_leaves_the_function_whole(project: Project) -> None:
    """A new variable that a nested function cannot have needs a restart or is named: what still runs can be called."""
    module = project.start("kept", "def outer():\n    def inner(*, k=1):\n        return k\n    return inner\n")
    inner = module.outer()
    watcher = project.watch("kept")
    project.write(
        "kept", "def outer():\n    x = 5\n    def inner(*, k=2, j=3):\n        return k + j + x\n    return inner\n"
    )
    watcher.poll()
    assert inner() == 1
    assert module.outer()() == 10
