"""Whatever bytes a file holds: the report says rejected or applied, the process lives on, the next save works."""

from __future__ import annotations

import random
import sys
import time
import warnings
from types import ModuleType
from typing import Any

import pytest
import reloadr
from comparing import changes_between, state_of
from harness import Project
from reloadr._core import Settling
from reloadr.session.session import session
from reloadr.watching import looking
from reloadr.watching.looking import Look

GOOD = """\
import functools

VALUE = 1


def f(x=VALUE):
    '''Documentation.'''
    def inner(y):
        return x + y
    return inner(1)


class C:
    attribute = [1, 2]

    def m(self):
        return super().__repr__(), self.attribute

    @property
    def p(self):
        return "naïve"


@functools.lru_cache
def cached(n):
    return n
"""
RANDOM = 150


class Patient:
    """A module that gets bad saves, and must get well by a good one."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.module = project.start("patient", GOOD)
        self.watcher = project.watch("patient")
        self.number = 0

    def gets(self, data: bytes) -> reloadr.Report:
        """Saves the bytes and polls. Raises AssertionError where the outcome is not one of the defined ones."""
        before = state_of({"patient": self.module}, caches=True)
        self.project.write("patient", data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            report = self.watcher.poll()
            if data.strip() == b"":
                report = self.watcher.poll()
        check(report)
        if report.rejected:
            changed = changes_between(before, state_of({"patient": self.module}, caches=True))
            assert not changed, f"rejected, but {changed}"
            assert reloadr.status().errors
        return report

    def gets_well(self) -> None:
        """The next good save is applied, whatever came before it."""
        self.number += 1
        text = GOOD.replace("VALUE = 1", f"VALUE = {self.number}").replace('"naïve"', f'"naïve {self.number}"')
        self.project.write("patient", text.encode())
        report = self.watcher.poll()
        assert not report.rejected, report
        assert self.number == self.module.VALUE
        assert self.module.f() == self.number + 1
        assert self.module.C().p == f"naïve {self.number}"
        assert not reloadr.status().errors


@pytest.fixture
def patient(project: Project) -> Patient:
    return Patient(project)


def check(report: reloadr.Report) -> None:
    """Whatever the outcome, the report can be shown."""
    assert report.verdict in ("nothing", "live", "caveat", "restart", "rejected")
    assert str(report)
    assert report._repr_html_().count("<ul>") == report._repr_html_().count("</ul>")
    assert report.to_dict()["verdict"] == report.verdict
    for reason in report.reasons:
        assert reason.code[2] == {"caveat": "2", "restart": "3", "rejected": "4"}[reason.verdict]
        str(reason).encode("utf-8", "surrogatepass")
        assert reason.line >= 0
    str(reloadr.status())


REJECTED = {
    "null byte": b"x = 1\0\n",
    "null bytes only": b"\0" * 100,
    "not utf-8": b"x = '\xff\xfe'\n",
    "truncated character": "x = 'é'\n".encode()[:-3],
    "lone surrogate in utf-8": b"x = '\xed\xa0\x80'\n",
    "unknown cookie": b"# -*- coding: no-such-codec -*-\nx = 1\n",
    "codec that is none of text": b"# coding: hex\nx = 1\n",
    "cookie against the mark": b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
    "utf-16": "x = 1\n".encode("utf-16"),
    "cookie that lies": b"# coding: ascii\nx = '\xe9'\n",
    "unclosed string": b"x = '''abc\n",
    "unclosed bracket": b"x = [1, 2\n",
    "bad indentation": b"def f():\n    x = 1\n  y = 2\n",
    "tabs and blanks": b"if True:\n        x = 1\n\ty = 2\n",
    "keyword": b"def class(): pass\n",
    "return outside": b"return 1\n",
    "await outside": b"await x\n",
    "break outside": b"def f():\n    break\n",
    "star": b"def f():\n    from os import *\n",
    "nonlocal": b"nonlocal x\n",
    "parameter twice": b"def f(a, a): pass\n",
    "late future": b"x = 1\nfrom __future__ import annotations\n",
    "unknown future": b"from __future__ import no_such_thing\n",
    "conflict markers": b"<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n",
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0",
    "an archive": b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(range(256)),
    "deep nesting": b"x = " + b"(" * 5000 + b")" * 5000 + b"\n",
    "deep blocks": b"".join(b" " * n + b"if 1:\n" for n in range(150)) + b" " * 150 + b"pass\n",
    "deep attributes that raise": b"x = y" + b".a" * 3000 + b"\n",
    "deep unary": b"x = " + b"-" * 100000 + b"1\n",
    "bad escape in a name": b"x = '\\N{no such name}'\n",
    "huge number": b"x = " + b"9" * 5000 + b"\n",
    "bad octal": b"x = 0777\n",
    "form feed in the middle": b"if 1:\n  x = 1\n \x0c y = 2\n",
    "control character": b"x\x01 = 1\n",
    "no-break space": "x =\u00a01\n".encode(),
    "right-to-left mark": "x\u200f = 1\n".encode(),
}
APPLIED = {
    "nothing at all": b"",
    "blank lines": b"\n\n\n",
    "blanks only": b"   \t  \n",
    "a comment": b"# nothing\n",
    "a byte order mark alone": b"\xef\xbb\xbf",
    "a byte order mark": b"\xef\xbb\xbfVALUE = 2\n",
    "old line ends": b"VALUE = 2\rdef f(): return 2\r",
    "mixed line ends": b"VALUE = 2\r\ndef f(): return 2\rOTHER = 3\n",
    "no line end": b"VALUE = 2",
    "backslash line ends": b"VALUE = \\\n  2\n",
    "form feeds": b"\x0cVALUE = 2\n\x0c\ndef f(): return 2\n",
    "latin-1": "# coding: latin-1\nVALUE = 'é'\n".encode("latin-1"),
    "cookie on line two": "#!python\n# vim: set fileencoding=cp1252 :\nVALUE = '€'\n".encode("cp1252"),
    "a huge line": b"VALUE = [" + b"1, " * 50_000 + b"]\n",
    "a huge string": b"VALUE = '" + b"a" * 1_000_000 + b"'\n",
    "many lines": b"# line\n" * 50_000 + b"VALUE = 2\n",
    "many definitions": b"".join(b"def g%d(): return %d\n" % (n, n) for n in range(400)) + b"VALUE = 2\n",
    "semicolons": b"VALUE = 2; OTHER = 3; f = lambda: 2\n",
    "wide names": "переменная = 1\nﬁ = 2\ndef 函数(): return 1\n".encode(),
    "wide characters": "VALUE = '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍👩‍👧' ; OTHER = 1\n".encode(),
    "surrogate by escape": b"VALUE = '\\ud800'\ndef f(): return '\\ud800'\n",
    "nesting that CPython takes": b"VALUE = " + b"(" * 90 + b"1" + b")" * 90 + b"\n",
    "nested functions": b"".join(b"    " * n + b"def g():\n" for n in range(18)) + b"    " * 18 + b"pass\n",
    "names of the module itself": b"__name__ = 'patient'\n__file__ = __file__\n",
    "end of file mark": b"VALUE = 2\n\x1a" if sys.version_info < (3, 0) else b"VALUE = 2\n",
}  # fmt: skip


@pytest.mark.parametrize("name", REJECTED)
def test_what_is_no_python_is_rejected(patient: Patient, name: str) -> None:
    """It is rejected, with a place in the file and a text; the process is as it was."""
    report = patient.gets(REJECTED[name])
    assert report.rejected, report
    [reason] = report.reasons
    assert reason.code in ("RL401", "RL402", "RL403")
    assert reason.path == patient.module.__file__
    assert reason.message
    patient.gets_well()


@pytest.mark.parametrize("name", APPLIED)
def test_what_is_python_is_applied(patient: Patient, name: str) -> None:
    """It is applied, however odd it looks."""
    report = patient.gets(APPLIED[name])
    assert report.verdict in ("live", "caveat", "nothing"), report
    if b"VALUE = 2" in APPLIED[name]:
        assert patient.module.VALUE == 2
    assert "m" not in vars(vars(patient.module).get("C", object))
    patient.gets_well()


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes(patient: Patient, seed: int) -> None:
    """Bytes of no meaning, and bytes put into, taken out of or changed in a good file."""
    rng = random.Random(seed)
    good = GOOD.encode()
    outcomes = set()
    for _ in range(RANDOM // 4):
        data = bytearray(good)
        roll = rng.randrange(5)
        if roll == 0:
            data = bytearray(rng.randbytes(rng.randrange(1, 400)))
        else:
            for _ in range(rng.randrange(1, 4)):
                at = rng.randrange(len(data))
                if roll == 1:
                    data[at] = rng.randrange(256)
                elif roll == 2:
                    del data[at : at + rng.randrange(1, 30)]
                elif roll == 3:
                    data[at:at] = bytes(rng.choices(b"()[]{}'\"\\:\n\t #@=,.*\0\xff", k=rng.randrange(1, 5)))
                else:
                    data[at:at] = data[rng.randrange(at + 1) : at][:80]
        try:
            outcomes.add(patient.gets(bytes(data)).verdict)
        except BaseException:
            print(f"the file was {bytes(data)!r}", file=sys.stderr)
            raise
        # Some come after a good save, some one after the other.
        if rng.random() < 0.5:
            patient.gets_well()
    patient.gets_well()
    assert "rejected" in outcomes


def test_every_truncation(patient: Patient) -> None:
    """A file that is written bit by bit: every beginning of it is rejected or applied, and the whole works."""
    good = GOOD.encode()
    for length in range(0, len(good), 7):
        patient.gets(good[:length])
    patient.gets_well()


def test_bad_then_worse_then_good(patient: Patient) -> None:
    """Of several bad saves only the last counts; the errors of the others are forgotten."""
    for data in REJECTED.values():
        patient.gets(data)
        assert len(reloadr.status().errors) == 1
    patient.gets_well()


def test_a_bad_file_beside_good_ones(project: Project) -> None:
    """A file that stays broken does not keep later saves of others back."""
    bad, good = project.start("bad", "x = 1\n"), project.start("good", "x = 1\n")
    watcher = project.watch()
    project.write("bad", "x = (\n")
    assert watcher.poll().rejected
    for number in range(2, 5):
        project.write("good", f"x = {number}\n")
        assert watcher.poll().verdict == "live"
        assert (bad.x, good.x) == (1, number)
        [error] = reloadr.status().errors
        assert error.module == "bad"
    project.write("bad", "x = 9\n")
    assert watcher.poll().verdict == "live"
    assert bad.x == 9


@pytest.mark.parametrize("what", ["removed", "a folder", "a dangling link", "unreadable"])
def test_the_file_goes(project: Project, what: str) -> None:
    """The file is removed, or is no file any more: its module lives on, the report says so once; when it is
    back it is applied."""
    module = project.start("gone", "def f(): return 1\n")
    watcher = project.watch("gone")
    path = project.path("gone")
    path.unlink()
    if what == "a folder":
        path.mkdir()
    elif what == "a dangling link":
        path.symlink_to(project.root / "nowhere.py")
    elif what == "unreadable":
        path.symlink_to(path)
    report = watcher.poll()
    assert [reason.code for reason in report.reasons] == ["RL213"]
    assert module.f() == 1
    assert watcher.poll().verdict == "nothing"
    assert [reason.code for reason in reloadr.status().pending] == ["RL213"]
    if what == "a folder":
        path.rmdir()
    elif what != "removed":
        path.unlink()
    project.write("gone", "def f(): return 2\n")
    assert watcher.poll().verdict == "live"
    assert module.f() == 2
    assert reloadr.status().in_step


def test_a_file_that_comes_back_while_it_is_looked_for(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor renames it away and writes it anew. What is there by then, half of it maybe, is not read unexamined."""
    module = project.start("gone", "def f(): return 1\n")
    watcher = project.watch("gone")
    path = project.path("gone")
    ask = session.pending.ask_loader

    def come_back(tracked: Any) -> bool:
        path.write_text("half = 1\n")
        return ask(tracked)

    monkeypatch.setattr(session.pending, "ask_loader", come_back)
    path.unlink()
    assert [reason.code for reason in watcher.poll().reasons] == ["RL213"]
    assert module.f() == 1 and not hasattr(module, "half")
    path.unlink()
    assert watcher.poll().verdict == "nothing"
    assert module.f() == 1 and not hasattr(module, "half")


def test_a_file_that_is_away_for_a_moment_is_not_called_gone(project: Project) -> None:
    """The file watch has just told of it; should it stay away, that is told too."""
    project.start("gone", "def f(): return 1\n")
    project.watch("gone")
    path = project.path("gone")
    path.unlink()
    look = Look(session, Settling(), [str(path)], 0.0, present={str(path)})
    assert look.gone == [] and reloadr.status().in_step
    assert [reason.code for reason in Look(session, Settling(), [str(path)], 0.0).gone] == ["RL213"]


def test_broken_when_it_is_watched(project: Project) -> None:
    """A file that is broken already when the watch begins: the first poll says so, the mended file works."""
    module = project.start("born", "def f(): return 1\n")
    project.write("born", "def f(: return 2\n")
    watcher = project.watch("born")
    assert watcher.poll().rejected
    assert module.f() == 1
    project.write("born", "def f(): return 3\n")
    assert watcher.poll().verdict == "live"
    assert module.f() == 3


def test_live_objects_of_any_kind(project: Project) -> None:
    """Names that hold objects with hostile `__eq__`, `__bool__`, `__getattr__`, `__repr__`, `__class__` are not
    asked anything."""
    text = """
    class Hostile:
        def __getattribute__(self, name): raise RuntimeError(f"asked for {name}")
        def __eq__(self, other): raise RuntimeError("compared")
        def __bool__(self): raise RuntimeError("truth")
        def __repr__(self): raise RuntimeError("shown")
        def __hash__(self): raise RuntimeError("hashed")
        def __len__(self): raise RuntimeError("length")
        def __call__(self): raise RuntimeError("called")
    class Meta(type):
        def __getattribute__(cls, name): raise RuntimeError(f"class asked for {name}")
        def __eq__(cls, other): raise RuntimeError("class compared")
        __hash__ = type.__hash__
        def __repr__(cls): raise RuntimeError("class shown")
    class Strange(metaclass=Meta): pass
    things = [Hostile(), Strange]
    one = Hostile()
    other = Strange
    ALIAS = one
    def f(x=one): return 1
    LIMIT = 1
    """
    module: Any = project.start("hostile", text)
    watcher = project.watch("hostile")
    project.write("hostile", text.replace("return 1", "return 2").replace("LIMIT = 1", "LIMIT = 2"))
    assert watcher.poll().verdict == "live"
    assert module.f() == 2 and module.LIMIT == 2
    project.write("hostile", text.replace("one = Hostile()", "one = Hostile ( )").replace("return 1", "return 3"))
    assert watcher.poll().verdict == "live"
    assert module.f() == 3


FOREIGN = """
class Meta(type):
    def __getattribute__(cls, name): raise RuntimeError(f"class asked for {name}")
    def __eq__(cls, other): raise RuntimeError("class compared")
    def __hash__(cls): raise RuntimeError("class hashed")
    def __bool__(cls): raise RuntimeError("class weighed")
    def __repr__(cls): raise RuntimeError("class shown")
class Strange(metaclass=Meta):
    def __getattribute__(self, name): raise RuntimeError(f"asked for {name}")
    def __eq__(self, other): raise RuntimeError("compared")
    def __hash__(self): raise RuntimeError("hashed")
    def __bool__(self): raise RuntimeError("weighed")
    def __repr__(self): raise RuntimeError("shown")
KEPT = [Strange, Strange()]
"""
BESIDE = """
import abc, functools
class A(abc.ABC):
    @abc.abstractmethod
    def one(self): ...
class B: pass
class C(A):
    def one(self): return 1
def make():
    class Inner:
        number = 1
    return Inner
class Base:
    def __init_subclass__(cls): cls.told = 1
class Derived(Base): pass
class Kind(type):
    def __init__(cls, *a): cls.made = 1
class Made(metaclass=Kind): pass
@functools.cache
def cached(): return LIMIT
LIMIT = 1
made, living, cached_value = make(), C(), cached()
"""
#: Each looks through the classes, instances or caches of the whole process.
ELSEWHERE = [
    ("class C(A):", "class C(B, A):"),
    ("    @abc.abstractmethod\n", ""),
    ("    def one(self): return 1", "    def one(self): return 1\n    def __len__(self): return 3"),
    ("number = 1", "number = 2"),
    ("cls.told = 1", "cls.told = 2"),
    ("cls.made = 1", "cls.made = 2"),
    ("LIMIT = 1", "LIMIT = 2"),
    ("class B: pass", "class B(abc.ABC): pass"),
]


@pytest.mark.parametrize("edit", ELSEWHERE, ids=lambda edit: edit[0].strip())
def test_no_object_of_the_process_is_asked_anything(project: Project, edit: tuple[str, str]) -> None:
    """Somewhere in the process live classes and objects that are equal to nothing, have no hash and no attribute."""
    project.start("foreign", FOREIGN)
    module = project.start("beside", BESIDE)
    watcher = project.watch(module)
    project.write("beside", BESIDE.replace(*edit))
    assert watcher.poll().verdict in ("live", "caveat")
    project.write("beside", BESIDE)
    assert watcher.poll().verdict in ("live", "caveat")


def test_half_of_a_second_save_within_one_tick_is_not_taken_for_whole(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marks before and after the reading are the same, and what was read is not what is there."""
    module = project.start("ticks", "FIRST = LAST = 0\n")
    whole = "FIRST = 1\nLAST = 1\n"

    def marks(paths: list[str]) -> list[tuple[int, int, int]]:
        asked.append(paths)
        if len(asked) == 2:
            project.path("ticks").write_text(whole)
        return [(1, 1, 1)] * len(paths)

    with reloadr.watch(module, on="poll") as watcher:
        watcher.poll()
        asked: list[list[str]] = []
        monkeypatch.setattr(looking, "stillness", marks)
        project.path("ticks").write_text(whole.replace("LAST = 1\n", ""))
        end = time.monotonic() + 20
        while module.FIRST == 0 and time.monotonic() < end:
            watcher.poll()
            assert hasattr(module, "LAST")
        assert (module.FIRST, module.LAST) == (1, 1)


def test_a_module_of_the_process_that_lost_its_name(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may hold what is removed or changed is looked for in all modules, this one among them."""
    nameless = ModuleType("nameless")
    monkeypatch.setitem(sys.modules, "nameless", nameless)
    module = project.start("named", "N = 1000\ndef f():\n    return 1\n")
    nameless.__dict__.update(f=module.f, N=module.N)
    del nameless.__name__
    watcher = project.watch("named")
    project.write("named", "N = 2000\n")
    assert watcher.poll().verdict in ("live", "caveat")
    assert module.N == 2000 and not hasattr(module, "f")
