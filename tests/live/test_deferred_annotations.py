"""Annotations that are evaluated when they are asked for (CPython 3.14+)."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import reloadr
from harness import Project
from probing import probed

pytestmark = pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations became lazy with 3.14")

BEFORE = """
asked = []

def note(kind):
    asked.append(kind)
    return kind

size: note(int) = 1

def f(a: note(int), b=1) -> note(str): return a

def given(a: complex): return a

def bare(a): return a

class C:
    name: note(str)
    def m(self, a: note(bytes)): pass
"""
AFTER = (
    BEFORE.replace("int)", "list)")
    .replace("str)", "tuple)")
    .replace("bytes)", "set)")
    .replace("def bare(a)", "def bare(a: note(dict))")
    .replace("complex", "float")
)


def annotations(module: Any) -> list[dict[str, object]]:
    holders = [module, module.f, module.given, module.bare, module.C, module.C.m]
    return [holder.__annotations__ for holder in holders]


OLD = [{"size": int}, {"a": int, "return": str}, {"a": "by hand"}, {}, {"name": str}, {"a": bytes}]
NEW = [{"size": list}, {"a": list, "return": tuple}, {"a": float}, {"a": dict}, {"name": tuple}, {"a": set}]


@pytest.mark.parametrize("asked", [False, True], ids=["never asked", "asked before"])
def test_nothing_is_evaluated(project: Project, asked: bool) -> None:
    """An edit of annotations evaluates none, nor does its undoing; what is asked for afterwards is right."""
    module: Any = project.start("lazy", BEFORE)
    module.given.__annotations__ = {"a": "by hand"}
    with reloadr.watch(module, on="look") as watcher:
        if asked:
            assert annotations(module) == OLD
        module.asked.clear()
        project.write("lazy", AFTER)
        report = watcher.poll()
        assert report.verdict == "live", report
        assert module.asked == []
        assert annotations(module) == NEW
        module.asked.clear()
        report = reloadr.undo()
        assert report.verdict == "live", report
        assert module.asked == []
        assert annotations(module) == OLD, "what somebody assigned as well"
        project.write("lazy", AFTER + "\n")
        watcher.poll()
        assert annotations(module) == NEW


def test_future_feature_comes_and_goes(project: Project) -> None:
    """Under the feature annotations are strings, kept where they were before 3.14; without it they are not."""
    module: Any = project.start("feature", BEFORE)
    with reloadr.watch(module, on="look") as watcher:
        assert module.__annotations__ == {"size": int}
        project.write("feature", "from __future__ import annotations\n" + BEFORE)
        watcher.poll()
        assert module.__annotations__ == {"size": "note(int)"}
        assert module.__annotate__ is None
        assert module.C.__annotations__ == {"name": "note(str)"}
        assert module.f.__annotations__ == {"a": "note(int)", "return": "note(str)"}
        project.write("feature", BEFORE)
        watcher.poll()
        assert module.__annotations__ == {"size": int}
        assert module.C.__annotations__ == {"name": str}
        assert module.C.m.__annotations__ == {"a": bytes}
        assert module.f.__annotations__ == {"a": int, "return": str}


def test_name_means_something_else(project: Project) -> None:
    """What was kept of annotations is forgotten when a name in them gets another value."""
    source = "Kind = int\nsize: Kind = 1\ndef f(a: Kind): return a\n"
    source += "class C:\n    name: Kind\n    def m(self) -> Kind: pass\n"
    module: Any = project.start("kinds", source)
    with reloadr.watch(module, on="look") as watcher:

        def shown() -> list[dict[str, object]]:
            return [each.__annotations__ for each in (module, module.f, module.C, module.C.m)]

        assert shown() == [{"size": int}, {"a": int}, {"name": int}, {"return": int}]
        project.write("kinds", source.replace("Kind = int", "Kind = str"))
        report = watcher.poll()
        assert report.verdict == "live", report
        assert shown() == [{"size": str}, {"a": str}, {"name": str}, {"return": str}]
        reloadr.undo()
        assert shown() == [{"size": int}, {"a": int}, {"name": int}, {"return": int}]


def test_function_of_annotations_that_is_defined(project: Project) -> None:
    """A method or function that is itself called `__annotate__` is one like any other."""
    source = "def __annotate__(x): return 1\nclass C:\n    def __annotate__(self): return 1\n    a: int\n"
    module: Any = project.start("named", source)
    with reloadr.watch(module, on="look") as watcher:
        project.write("named", source.replace("return 1", "return 2").replace("a: int", "a: str"))
        report = watcher.poll()
        assert report.verdict == "live", report
        assert module.__dict__["__annotate__"](1) == 2
        assert module.C.__dict__["__annotate__"](1) == 2
        assert module.C.__dict__["__annotate_func__"](1) == {"a": str}


@pytest.mark.parametrize(
    "ask", ["f.__annotate__(1)", "annotationlib.call_annotate_function(f.__annotate__, annotationlib.Format.VALUE)"]
)
def test_who_asks_the_function_that_gives_them_is_named(project: Project, ask: str) -> None:
    text = f"import annotationlib\ndef f(a: int): pass\nX = {ask}\n"
    done = probed(project, text, text.replace("int", "str"), "m.X")
    assert done.right or "X was computed from the old f" in str(done.report), done


def test_an_error_in_the_annotation_of_a_member_that_came_is_shown_at_its_line(project: Project) -> None:
    """The class is made anew with the member; later its lines move."""
    head, member = "import enum\nclass E(enum.IntEnum):\n    ONE = 1\n", "    def m(self, a: Nobody): pass\n"
    module = project.start("lines", head)
    watcher = project.watch(module)
    for text in (head + member, f"# a line\n{head}{member}"):
        project.write("lines", text)
        assert watcher.poll().verdict == "live"
        with pytest.raises(NameError) as raised:
            module.E.m.__annotations__  # noqa: B018
        assert raised.traceback[-1].lineno + 1 == text.count("\n")
