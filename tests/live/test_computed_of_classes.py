"""What is computed of all members of a class: abstract methods, `__hash__`, methods that decorators and metaclasses
derive or collect. It is what the source says, in the classes below too, after each save and after an undo."""

import pytest
import reloadr
from harness import Project, fresh

ABC = "from abc import ABC, abstractmethod\n"
RUN = "    @abstractmethod\n    def run(self): ...\n"
EQ = "    def __eq__(self, other): return True\n"
ABSTRACT = "[sorted(getattr(each, '__abstractmethods__', ())) for each in (A, B, C)]"
HASHED = "C.__hash__ is None, '__hash__' in vars(C)"

#: Text, what of it is replaced by what, and what is looked at.
EDITS = {
    "eq goes": (f"class C:\n    x = 1\n{EQ}", (EQ, ""), f"{HASHED}, C.__hash__ is object.__hash__"),
    "eq goes, and a base has a hash": (
        f"class B:\n    def __hash__(self): return 7\nclass C(B):\n    x = 1\n{EQ}",
        (EQ, ""),
        f"{HASHED}, C.__hash__ is B.__hash__",
    ),
    "eq goes to the base": (
        f"class B:\n    x = 1\nclass C(B):\n    x = 1\n{EQ}",
        (f"class B:\n    x = 1\nclass C(B):\n    x = 1\n{EQ}", f"class B:\n    x = 1\n{EQ}class C(B):\n    x = 1\n"),
        f"{HASHED}, B.__hash__",
    ),
    "eq gets another name": (f"class C:\n    x = 1\n{EQ}", ("__eq__", "__ne__"), HASHED),
    "eq is assigned no more": (
        "def same(a, b): return True\nclass C:\n    x = 1\n    __eq__ = same\n",
        ("    __eq__ = same\n", ""),
        HASHED,
    ),
    "eq of a nested class goes": (
        f"class D:\n  class C:\n    x = 1\n{EQ}",
        (EQ, ""),
        "D.C.__hash__ is None, '__hash__' in vars(D.C)",
    ),
    "hash goes, eq stays": (
        f"class C:\n    x = 1\n    def __hash__(self): return 3\n{EQ}",
        ("    def __hash__(self): return 3\n", ""),
        HASHED,
    ),
    "an abstract method goes": (
        f"{ABC}class A(ABC):\n    x = 1\n{RUN}class B(A): pass\nclass C(B): pass\n",
        (RUN, ""),
        ABSTRACT,
    ),
    "an abstract property goes": (
        f"{ABC}class A(ABC):\n    x = 1\n    @property\n{RUN}class B(A): pass\nclass C(B): pass\n",
        (f"    @property\n{RUN}", ""),
        ABSTRACT,
    ),
    "an abstract method gets another name": (
        f"{ABC}class A(ABC):\n    x = 1\n{RUN}class B(A):\n    def run(self): ...\nclass C(A): pass\n",
        (RUN, RUN.replace("run", "start")),
        ABSTRACT,
    ),
    "a method becomes abstract": (
        f"{ABC}class A(ABC):\n    def run(self): ...\nclass B(A): pass\nclass C(B):\n    def run(self): ...\n",
        ("    def run(self): ...\nclass B", f"{RUN}class B"),
        ABSTRACT,
    ),
    "an abstract method is implemented": (
        f"{ABC}class A(ABC):\n{RUN}class B(A):\n    x = 1\nclass C(B): pass\n",
        ("    x = 1\n", "    x = 1\n    def run(self): ...\n"),
        ABSTRACT,
    ),
    "a base that is not abstract implements it": (
        f"{ABC}class A(ABC):\n{RUN}class B:\n    x = 1\nclass C(B, A): pass\n",
        ("    x = 1\n", "    x = 1\n    def run(self): ...\n"),
        ABSTRACT,
    ),
    "an abstract method of a dataclass goes": (
        f"{ABC}from dataclasses import dataclass\n@dataclass\nclass A(ABC):\n    x: int = 1\n{RUN}"
        "@dataclass\nclass B(A):\n    y: int = 1\nclass C(B): pass\n",
        (RUN, ""),
        ABSTRACT,
    ),
    "the base with the abstract method goes": (
        f"{ABC}class A(ABC):\n{RUN}class B(A): pass\nclass C(B): pass\n",
        ("class B(A)", "class B(ABC)"),
        ABSTRACT,
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_it_follows(project: Project, name: str) -> None:
    """After the edit, after it was taken back in the file, after the edit again, after `undo()`: same classes."""
    before, (old, new), looked_at = EDITS[name]
    after = before.replace(old, new, 1)
    module = project.start("computed", before)
    held = {key: value for key, value in vars(module).items() if isinstance(value, type)}
    watcher = project.watch(module)
    for text in (after, before, after):
        assert repr(eval(looked_at, vars(module))) != fresh(module, text, looked_at)
        project.write("computed", text)
        report = watcher.poll()
        assert report.verdict == "live", report
        assert repr(eval(looked_at, vars(module))) == fresh(module, text, looked_at)
    assert reloadr.undo().verdict == "live"
    assert repr(eval(looked_at, vars(module))) == fresh(module, before, looked_at)
    assert all(vars(module)[key] is value for key, value in held.items())


def test_it_follows_in_other_modules_and_what_runs_in_the_same_save_sees_it(project: Project) -> None:
    project.write("upper", f"{ABC}class A(ABC):\n    x = 1\n{RUN}")
    lower = project.start("lower", "from upper import A\nclass B(A): pass\n")
    watcher = project.watch()
    project.write("upper", f"{ABC}class A(ABC):\n    x = 1\n")
    project.write("lower", "from upper import A\nclass B(A): pass\nb = B()\n")
    report = watcher.poll()
    assert report.verdict == "live", report
    assert type(lower.b) is lower.B
    assert reloadr.undo().verdict == "live"
    with pytest.raises(TypeError, match="abstract"):
        lower.B()


def test_what_the_program_set_beside_its_source_stays(project: Project) -> None:
    """`B` was abstract when it was made, whatever it got since; `C` has a hash that a line below gave it."""
    text = f"{ABC}class A(ABC):\n    x = 1\n{RUN}class B(A): pass\nB.run = lambda self: 1\n"
    text += f"class C:\n    x = 1\n{EQ}C.__hash__ = lambda self: 4\n"
    module = project.start("beside", text)
    watcher = project.watch(module)
    project.write("beside", text.replace("    x = 1\n", "    x = 1\n    @abstractmethod\n    def end(self): ...\n", 1))
    assert watcher.poll().verdict == "live"
    assert module.B.__abstractmethods__ == {"run", "end"}
    project.write("beside", text.replace(EQ, ""))
    assert watcher.poll().verdict == "live"
    assert module.B.__abstractmethods__ == {"run"} and hash(module.C()) == 4
