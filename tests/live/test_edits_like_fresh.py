"""Edits that real projects made: after the save, what is looked at is as in a fresh process."""

import pytest
from harness import Project, fresh

CONDITIONS = """\
class C:
    D = ['a']
    if zs:
        D += ['b']
E = ['a']
if zs:
    E.append('b')
"""

#: Text, what of it is replaced by what, and what is looked at before and after.
EDITS = {
    "a cache under another name": (
        "import functools\ndef f(x): return x + 1\ng = functools.lru_cache(f)\ng(1)",
        ("x + 1", "x + 2"),
        "g(1)",
    ),
    "a wrapper that looks like another function": (
        "import functools\ndef variant(normal):\n    def deco(f):\n        @functools.wraps(normal)\n"
        "        def wrapper(*a): return f(*a)\n        return wrapper\n    return deco\n"
        'def plain(x: int):\n    """Old."""\n    return x\n@variant(plain)\ndef both(x): return x',
        ('def plain(x: int):\n    """Old."""', 'def plain(x: float):\n    """New."""'),
        "both.__doc__, both.__annotations__, both.__name__",
    ),
    "a method and a partial that look like a function": (
        'import functools\ndef f(x: int):\n    """Old."""\nclass C:\n    @functools.wraps(f)\n    def m(self): pass\n'
        "p = functools.update_wrapper(functools.partial(f, 1), f)",
        ('def f(x: int):\n    """Old."""', 'def f(x: float):\n    """New."""'),
        # From 3.14 on only what gives the annotations is copied.
        "[(each.__doc__, getattr(each, '__annotations__', None) or each.__annotate__(1)) for each in (C.m, p)]",
    ),
    "a field with the name of a type": (
        "import typing\nclass G(typing.NamedTuple):\n    key: typing.Any\n    list: typing.List",
        ("list: typing.List", "list: list[int]"),
        "typing.get_type_hints(G)",
    ),
    "a field above one with the name of a type": (
        "import typing\nclass G(typing.NamedTuple):\n    key: typing.Any\n    list: list\n    def m(self): return 1",
        ("key: typing.Any", "key: int"),
        "typing.get_type_hints(G)",
    ),
    "a new default, and a call that leaves it out": (
        "def prop(key):\n    return key\nclass C:\n    pass",
        (
            "def prop(key):\n    return key\nclass C:\n    pass",
            "def prop(key, n=2):\n    return key * n\nclass C:\n    b = prop('b')",
        ),
        "getattr(C, 'b', None)",
    ),
    "what went through the members of an enumeration": (
        "import enum\nclass E(enum.Enum):\n    A = 'a'\nALL = [each.value for each in E]\n"
        "class H:\n    every = set(E)\n    def m(self, which=every): return which\n",
        ("A = 'a'", "A = 'a'\n    B = 'b'"),
        "ALL, sorted(each.value for each in H.every), sorted(each.value for each in H().m())",
    ),
    "another condition with the same outcome": (
        f"zs, HAS = 1, True\n{CONDITIONS}V = 1",
        (f"{CONDITIONS}V = 1", f"{CONDITIONS}V = 2".replace("zs", "HAS")),
        "C.D, E, V",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_as_in_a_fresh_process(project: Project, name: str) -> None:
    before, (old, new), looked_at = EDITS[name]
    after = before.replace(old, new, 1)

    module = project.start("likefresh", before)
    watcher = project.watch(module)
    for text in (after, before):
        assert repr(eval(looked_at, vars(module))) != fresh(module, text, looked_at)
        project.write("likefresh", text)
        assert watcher.poll().verdict == "live"
        assert repr(eval(looked_at, vars(module))) == fresh(module, text, looked_at)


def test_a_module_that_is_imported_for_types_alone_does_not_come_first(project: Project) -> None:
    """`if TYPE_CHECKING:` decides no order: it never runs."""
    project.write("basis", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from upper import Upper\nX = 1\n")
    project.write("upper", "import basis\nclass Upper: pass\n")
    project.write("another", "import upper\n")
    module = project.load("another").upper
    watcher = project.watch()
    project.write("basis", project.path("basis").read_text() + "class New: pass\n")
    project.write("upper", "import basis\nfrom basis import New\nclass Upper(New): pass\n")
    assert watcher.poll().verdict == "live"
    assert issubclass(module.Upper, module.New)


PACKAGE = """\
from one import *
from two import *
__all__ = ["F", "G"]
__locals = locals()
for __name in __all__:
    if not __name.startswith("__"):
        setattr(__locals[__name], "__module__", "package")
"""


def test_what_a_package_offers_follows_the_modules_it_takes_all_from(project: Project) -> None:
    """Names come and go, and what is new is told that it is the package's."""
    project.write("one", "__all__ = ['F', 'H']\nclass F: pass\nclass H: pass\n")
    project.write("two", "class G: pass\nclass K: pass\n")
    package = project.start("package", PACKAGE)
    watcher = project.watch()
    project.write("one", "__all__ = ['F']\nclass F: pass\n")
    project.write("two", "class G: pass\nclass K: pass\nclass N: pass\n")
    project.write("package", PACKAGE.replace('"G"]', '"G", "N"]'))
    report = watcher.poll()
    assert report.verdict == "live", report
    assert not hasattr(package, "H") and hasattr(package, "K")
    assert [each.__module__ for each in (package.F, package.G, package.N)] == ["package"] * 3


def test_a_name_that_another_module_offers_as_well_stays(project: Project) -> None:
    project.write("one", "X = [1]\nV = 1\n")
    project.write("two", "from one import X\n")
    package = project.start("package", "from one import *\nfrom two import *\n")
    watcher = project.watch()
    project.write("one", "V = 2\n")
    project.write("two", "X = [2]\n")
    assert watcher.poll().verdict == "live"
    assert package.X == [2]


def test_what_was_computed_from_a_stale_value_is_named_as_well(project: Project) -> None:
    text = "import threading\nNAME = 'a'\nthread = threading.Thread(name=NAME)\nshown = thread.name\nother = [shown]\n"
    module = project.start("stale", text)
    watcher = project.watch()
    project.write("stale", text.replace("'a'", "'b'"))
    report = watcher.poll()
    assert module.other == ["a"]
    assert [(reason.code, reason.qualname) for reason in report.reasons] == [
        ("RL206", "thread"),
        ("RL206", "shown"),
        ("RL206", "other"),
    ]


def test_the_parsed_version_follows(project: Project) -> None:
    text = "from packaging.version import Version\n__version__ = '1.2.3'\nparsed = Version(__version__)\n"
    text += "info = parsed.release\nif parsed.pre:\n    info += parsed.pre\n"
    module = project.start("versioned", text)
    watcher = project.watch(module)
    for version, info in (("1.2.4", (1, 2, 4)), ("1.3.0rc1", (1, 3, 0, "rc", 1)), ("1.2.3", (1, 2, 3))):
        project.write("versioned", text.replace("1.2.3", version))
        report = watcher.poll()
        assert module.info == info or "RL216" in {reason.code for reason in report.reasons}, report
        assert str(module.parsed) == version


TOLD = """\
from told.inner import *
for value in list(locals().values()):
    if getattr(value, "__module__", "").startswith("told."):
        value.__module__ = __name__
del value
"""
INNER = """\
class R: pass
class P: pass
class L(R, P):
    limit = 1
    def m(self, n=limit): return n
class S(L): pass
TWICE = S.limit * 2
"""


def test_classes_that_are_told_another_module_are_edited_like_others(project: Project) -> None:
    """As `httpx`, `anyio` and `trio` do with what they offer."""
    project.write("told/__init__.py", TOLD)
    project.write("told/inner.py", INNER)
    told = project.load("told")
    inner, held = project.load("told.inner"), told.S()
    watcher = project.watch()
    after = INNER.replace("class L(R, P)", "class L(P, R)").replace("limit = 1", "limit = 2")
    after = after.replace("class S(L): pass", "class S(L):\n    def more(self): return 'more'")
    project.write("told/inner.py", after + "class New: pass\n")
    report = watcher.poll()
    assert report.verdict == "live", report
    assert [each.__name__ for each in told.S.__mro__] == ["S", "L", "P", "R", "object"]
    assert (held.m(), held.more(), inner.TWICE) == (2, "more", 4)
    assert told.New.__module__ == told.S.__module__ == "told" and not hasattr(told, "value")


def test_a_statement_that_leaves_a_branch_that_did_not_run_runs(project: Project) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import json\n    import re\ndef f(): return json\n"
    module = project.start("branched", text)
    watcher = project.watch(module)
    moved = text.replace("    import json\n", "").replace("if TYPE", "import json\nif TYPE")
    for after, there in ((moved, True), (text, False)):
        project.write("branched", after)
        assert watcher.poll().verdict == "live"
        assert hasattr(module, "json") is there


def test_an_import_that_goes_while_its_name_means_something_else_there(project: Project) -> None:
    project.write("source", "LIST = [1]\nimport user\n")
    project.write("user", "import sys\nfrom source import LIST\n")
    module = project.load("source")
    watcher = project.watch()
    project.write("source", "LIST = [2]\nimport user\n")
    project.write("user", "import sys\n")
    assert watcher.poll().verdict == "live"
    assert not hasattr(module.user, "LIST") and module.LIST == [2]


def test_a_function_becomes_the_one_of_the_branch_that_runs(project: Project) -> None:
    """Though the other branch holds its text word for word."""
    before = "class C:\n    def m(self):\n        return 1\n    def last(self): return 9\n"
    after = """\
class C:
    if len("x"):
        def m(self, *, n=2):
            return n
    else:
        def m(self):
            return 1
    def last(self): return 9
"""
    module = project.start("versions", before)
    held, instance = module.C.m, module.C()
    watcher = project.watch(module)
    for text, gives in ((after, 2), (before, 1), (after, 2)):
        project.write("versions", text)
        assert watcher.poll().verdict == "live"
        assert held is module.C.m and held(instance) == gives
    assert held.__code__.co_firstlineno == 3 and held.__kwdefaults__ == {"n": 2}
