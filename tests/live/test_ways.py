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
