"""Stores in places that are no names: after the save each place, and what read it, is as in a fresh process."""

import os

import pytest
import reloadr
from harness import Project, fresh

BOX = "class Box:\n    size = 1\n    def __init__(self): self.url = 'u'\n    def m(self): return 'm'\ndef f(): 'Doc.'\n"

#: Text, what of it is replaced by what, and what is looked at.
FOLLOWED = {
    "value of a key": ("D = {}\nD['a'] = 1\nX = D['a'] + 1", ("= 1", "= 2"), "D, X"),
    "key gone": ("D = {}\nD['a'] = 1\nD['b'] = 2\nX = D.get('b', 0)\nY = sorted(D)", ("D['b'] = 2\n", ""), "D, X, Y"),
    "another key": ("D = {}\nD['a'] = 1\nX = list(D)", ("'a'", "'z'"), "D, X"),
    "key put in between": ("D = {}\nD['a'] = 1\nD['c'] = 3", ("D['c']", "D['b'] = 2\nD['c']"), "list(D)"),
    "literal's value comes back": ("D = {'a': 0}\nD['a'] = 1", ("D['a'] = 1", ""), "D"),
    "earlier line's value comes back": ("D = {}\nD['a'] = 0\nD['a'] = 1", ("D['a'] = 1", ""), "D"),
    "line below keeps the place": ("D = {}\nD['a'] = 0\nD['a'] = 1", ("= 0", "= 5"), "D"),
    "line above goes": ("D = {}\nD['a'] = 0\nD['a'] = 1", ("D['a'] = 0\n", ""), "D"),
    "nested": ("D = {'x': {'a': 0}}\nD['x']['a'] = 1\nX = D['x']['a']", ("D['x']['a'] = 1\n", ""), "D, X"),
    "item of a list": ("L = [0, 1]\nL[0] = 5\nX = L[0]", ("L[0] = 5\n", ""), "L, X"),
    "two at once": ("D = {}\nD['a'], D['b'] = 1, 2\nX = D['b']", ("1, 2", "1, 3"), "D, X"),
    "in a block": ("D = {}\nif True:\n    D['a'] = 1\n    D['b'] = 2", ("    D['b'] = 2", ""), "D"),
    "block gone": ("D = {}\nif True:\n    D['a'] = 1", ("if True:\n    D['a'] = 1", ""), "D"),
    "beside a name": ("D = {}\nx = D['a'] = 1", ("x = D['a'] = 1", "x = 1"), "D, x"),
    "a lambda": ("D = {}\nD['a'] = lambda: 1\nX = len(D)", ("D['a'] = lambda: 1\n", ""), "D, X"),
    "attribute of a class": (BOX + "Box.help = 'x'\nX = Box.help", ("'x'", "'y'"), "Box.help, X"),
    "attribute of a class gone": (BOX + "Box.help = 'x'", ("Box.help = 'x'", ""), "hasattr(Box, 'help')"),
    "another attribute": (
        BOX + "Box.help = 'x'",
        ("Box.help", "Box.hint"),
        "hasattr(Box, 'help'), hasattr(Box, 'hint')",
    ),
    "class's own value comes back": (BOX + "Box.size = 2\nX = Box.size", ("Box.size = 2\n", ""), "Box.size, X"),
    "class's own value changes beneath": (BOX + "Box.size = 2", ("    size = 1", "    size = 3"), "Box.size"),
    "class's own method comes back": (BOX + "Box.m = len", ("Box.m = len", ""), "Box.m is len"),
    "attribute of a function": (BOX + "f.tag = 1\nX = f.tag", ("f.tag = 1", "f.tag = 2"), "f.tag, X"),
    "attribute of a function gone": (BOX + "f.tag = 1", ("f.tag = 1", ""), "hasattr(f, 'tag')"),
    "docstring comes back": (BOX + "f.__doc__ = 'x'\nX = f.__doc__", ("f.__doc__ = 'x'\n", ""), "f.__doc__, X"),
    "attribute of an instance": (BOX + "o = Box()\no.url = 'v'\nX = o.url.upper()", ("'v'", "'w'"), "o.url, X"),
    "instance's own value comes back": (BOX + "o = Box()\no.url = 'v'\nX = o.url", ("o.url = 'v'\n", ""), "o.url, X"),
    "in a class": ("class C:\n    D = {}\n    D['a'] = 1\n    X = D['a']\nY = C.D['a']", ("= 1", "= 2"), "C.D, C.X, Y"),
    "through a function": ("D = {}\nD['a'] = 1\ndef g(): return D['a']\nX = g()", ("= 1", "= 2"), "X"),
    "by another name": ("D = {'x': {}}\nE = D['x']\nD['x']['a'] = 1\nX = E['a']", ("= 1", "= 2"), "X"),
    "computed from a name": ("R = 1\nD = {}\nD['a'] = R * 2\nX = D['a']", ("R = 1", "R = 2"), "D, X"),
    "attribute computed from a name": (BOX + "R = 1\nBox.r = R * 2\nX = Box.r", ("R = 1", "R = 2"), "Box.r, X"),
    "condition that comes out as it did": (
        "D = {}\nD['a'] = 1\nif D['a']:\n    X = 1",
        ("D['a'] = 1", "D['a'] = 2"),
        "D, X",
    ),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_the_place_follows(project: Project, name: str) -> None:
    """The edit, its undo, the edit once more, and back."""
    before, (old, new), looked_at = FOLLOWED[name]
    after = before.replace(old, new, 1)
    module = project.start("stores", before)
    watcher = project.watch(module)

    def check(text: str) -> None:
        seen = repr(eval(f"({looked_at},)", vars(module)))
        assert seen.partition(" at 0x")[0] == fresh(module, text, f"({looked_at},)").partition(" at 0x")[0]

    project.write("stores", after)
    report = watcher.poll()
    assert report.verdict == "live", report
    check(after)
    reloadr.undo()
    check(before)
    for text in (before + "\n", after, before):
        project.write("stores", text)
        report = watcher.poll()
        assert report.verdict in ("live", "nothing"), str(report)
        check(text)


#: Text, what of it is replaced by what, code, and what is named.
NAMED = {
    "a line that may not be evaluated": ("D = {}\nD['a'] = object()", ("D['a'] = object()", ""), "RL208", "D"),
    "what builds upon the place": ("D = {}\nfor k in 'n':\n    D[k] = 0\nD['n'] += 1", ("+= 1", "+= 2"), "RL208", "D"),
    "what built upon the place is gone": (
        "D = {}\nfor k in 'n':\n    D[k] = 0\nD['n'] += 1",
        ("D['n'] += 1", ""),
        "RL208",
        "D",
    ),
    "in a loop": ("D = {}\nfor k in 'ab':\n    D[k] = 1", ("for k in 'ab':\n    D[k] = 1", ""), "RL208", "D"),
    "a reader with effects": ("D = {}\nD['a'] = 1\nX = [D['a'], object()]", ("= 1", "= 2"), "RL206", "X"),
    "a default": ("D = {}\nD['a'] = 1\ndef f(x=D['a']): return x", ("= 1", "= 2"), "RL206", "f"),
    "another branch": ("D = {}\nD['a'] = 1\nif D['a'] == 1:\n    X = 1", ("= 1", "= 2"), "RL216", "X"),
    "a value with effects": (
        "R = 1\nD = {}\nD['a'] = [R, object()]",
        ("R = 1", "R = 2"),
        "RL206",
        "D",
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_cannot_follow_is_named(project: Project, name: str) -> None:
    before, (old, new), code, qualname = NAMED[name]
    module = project.start("stores", before)
    watcher = project.watch(module)
    project.write("stores", before.replace(old, new, 1))
    report = watcher.poll()
    assert [(each.code, each.qualname) for each in report.reasons] == [(code, qualname)], report


#: Text and what of it is replaced, by what, so that nothing need be said.
QUIET = {
    "another key is read": ("D = {}\nD['a'] = 1\nD['b'] = 2\nX = [D['b'], object()]", ("= 1", "= 3")),
    "another key is asked for": ("D = {}\nD['a'] = 1\nX = [D.get('b'), 'b' in D, object()]", ("= 1", "= 3")),
    "another name for the owner": ("D = {}\nD['a'] = 1\nX = [D, object()]", ("= 1", "= 3")),
    "another attribute": (BOX + "o = Box()\no.url = 1\nX = [o.size, object()]", ("url = 1", "url = 3")),
    "a function that fills": (
        "D = {}\ndef reg(f):\n    D[f.__name__] = f\n    return f\nD['a'] = 1\n@reg\ndef g(): pass",
        ("= 1", "= 3"),
    ),
}


@pytest.mark.parametrize("name", QUIET)
def test_nothing_is_said_of_what_reads_something_else(project: Project, name: str) -> None:
    before, (old, new) = QUIET[name]
    module = project.start("stores", before)
    watcher = project.watch(module)
    project.write("stores", before.replace(old, new, 1))
    report = watcher.poll()
    assert report.verdict == "live", report


def test_what_the_program_changed_since_stays(project: Project) -> None:
    module = project.start("stores", "D = {}\nD['a'] = 1\nD['b'] = 2\n")
    watcher = project.watch(module)
    module.D["a"] = "mine"
    module.D["c"] = "added"
    project.write("stores", "D = {}\n")
    assert watcher.poll().verdict == "live"
    assert module.D == {"a": "mine", "c": "added"}


def test_places_of_other_modules(project: Project) -> None:
    project.write("owner", "D = {'k': 9}\nA = 1\ndef get(): return A\n")
    project.write("user", "import owner\nfrom owner import D as E\nX = E.get('a')\nY = owner.get()\n")
    project.write("storer", "import owner\nowner.D['a'] = 1\nowner.D['k'] = 8\nowner.A = 2\nimport user\n")
    project.load("storer")
    owner, user = project.load("owner"), project.load("user")
    watcher = project.watch()
    project.write("storer", "import owner\nowner.D['a'] = 3\nowner.D['k'] = 8\nowner.A = 4\nimport user\n")
    assert watcher.poll().verdict == "live"
    assert (owner.D, owner.A, user.X, user.Y) == ({"k": 8, "a": 3}, 4, 3, 4)
    project.write("storer", "import owner\nimport user\n")
    assert watcher.poll().verdict == "live"
    assert (owner.D, owner.A, user.X, user.Y) == ({"k": 9}, 1, None, 1)
    reloadr.undo()
    assert (owner.D, owner.A, user.X, user.Y) == ({"k": 8, "a": 3}, 4, 3, 4)


def test_environment_variables(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELOADR_PLACE", "1")
    text = "import os\nos.environ['RELOADR_PLACE'] = '{}'\nX = os.environ['RELOADR_PLACE']\nY = os.getenv('HOME')\n"
    module = project.start("stores", text.format(2))
    watcher = project.watch(module)
    project.write("stores", text.format(3))
    report = watcher.poll()
    assert os.environ["RELOADR_PLACE"] == "3"
    assert [(each.code, each.qualname) for each in report.reasons] == [("RL206", "X")], report
    reloadr.undo()
    assert os.environ["RELOADR_PLACE"] == "2"
    project.write("stores", "import os\nX = 0\n")
    watcher.poll()
    assert "RELOADR_PLACE" not in os.environ, "this process was not started with it"
