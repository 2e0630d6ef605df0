"""What reads a place or a name by way of another object follows, or is named."""

import pytest
from harness import Project
from probing import WAYS, probed

APP = (
    "class App:\n    def __init__(self): self.conf = {}\n"
    "    def make(self): return self.conf['url'] + '!'\napp = App()\n"
)
#: Programs in which the first `1` becomes 2, and what is looked at.
FOLLOWING = {
    "handed to a function": (
        APP + "app.conf['url'] = '1'\ndef make(a): return a.conf['url']\ndb = make(app)\n",
        "m.db",
    ),
    "method": (APP + "app.conf['url'] = '1'\ndb = app.make()\n", "m.db"),
    "item of another": ("conf = {}\nconf['a'] = 1\nbox = [conf]\nY = box[0]['a']\n", "m.Y"),
    "item of another, in a function": (
        "conf = {}\nconf['a'] = 1\nbox = [conf]\ndef f(): return box[0]['a']\nY = f()\n",
        "m.Y",
    ),
    "the module's namespace": ("X = 1\nns = globals()\nY = ns['X']\n", "m.Y"),
    "the dict of its attributes": (
        "class App: pass\napp = App()\nown = vars(app)\nown['url'] = '1'\ndb = app.url + '!'\n",
        "(m.db, m.app.url)",
    ),
    "an attribute, read in that dict": (
        "class App: pass\napp = App()\napp.url = '1'\nown = app.__dict__\ndb = own['url'] + '!'\n",
        "m.db",
    ),
    "the dict of its attributes, unnamed": (
        "class App: pass\napp = App()\nbox = {'a': app}\napp.__dict__['url'] = '1'\n"
        "def f(): return app.url\ndb, other = f(), box['a'].url\n",
        "(m.db, m.other)",
    ),
    "the attributes of a function": (
        "def f(): pass\nown = f.__dict__\nown['url'] = '1'\ndb = f.url + '!'\n",
        "m.db",
    ),
    "the attributes of a namespace": (
        "from types import SimpleNamespace\nns = SimpleNamespace(url='0')\nvars(ns)['url'] = '1'\ndb = ns.url\n",
        "m.db",
    ),
    "the namespace, written by another name": ("ns = globals()\nns['X'] = 1\nY = X + 1\n", "m.Y"),
    "setattr": ("class App: pass\napp = App()\nsetattr(app, 'url', '1')\ndb = app.url\n", "m.db"),
    "setattr of a class": ("class C: pass\nsetattr(C, 'n', 1)\nY = C.n + 1\n", "m.Y"),
    "setattr of the module": (
        "import sys\nme = sys.modules[__name__]\nsetattr(me, 'X', 1)\nY = X + 1\n",
        "m.Y",
    ),
    "the module itself": ("import sys\nX = 1\nme = sys.modules[__name__]\nY = me.X\n", "m.Y"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", FOLLOWING)
def test_follows(project: Project, case: str, way: str) -> None:
    text, look = FOLLOWING[case]
    done = probed(project, text, text.replace("1", "2", 1), look, way=way)
    assert done.right and not done.said, done


def test_a_name_that_comes_to_the_namespace(project: Project) -> None:
    text = "ns = globals()\nY = 'X' in ns\n"
    done = probed(project, text, "X = 1\n" + text, "m.Y")
    assert done.right and not done.said, done


def test_another_key_is_no_matter(project: Project) -> None:
    text = APP + "app.conf['x'] = 1\napp.conf['url'] = open\ndef make(a): return [a.conf['url']]\ndb = make(app)\n"
    done = probed(project, text, text.replace("= 1", "= 2"), "len(m.db)")
    assert done.right and not done.said, done


OWN = "class App: url = 0\napp = App()\nown = vars(app)\n{}db = app.url\n"
SETATTR = "class App: url = 0\napp = App()\n{}db = app.url\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("head", "before", "after"),
    [
        (OWN, "own['url'] = 1\n", ""),
        (OWN, "own['url'] = 1\n", "app.url = 2\n"),
        (OWN, "app.url = 2\n", "app.url = 2\nown['url'] = 1\n"),
        (OWN, "app.url = 2\nown['url'] = 1\n", "app.url = 3\nown['url'] = 1\n"),
        (SETATTR, "setattr(app, 'url', 1)\n", ""),
        (SETATTR, "setattr(app, 'url', 1)\n", "setattr(app, 'other', 1)\n"),
        (SETATTR, "setattr(app, 'url', 1)\n", "app.url = 3\n"),
        (SETATTR, "app.url = 3\n", "setattr(app, 'url', 1)\n"),
    ],
)
def test_two_views_of_one_place(project: Project, head: str, before: str, after: str, way: str) -> None:
    done = probed(project, head.format(before), head.format(after), "(m.db, vars(m.app))", way=way)
    assert done.right and not done.said, done
