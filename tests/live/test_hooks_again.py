"""What has a part in making classes runs again where it writes on nothing but the class; else the class is named."""

from __future__ import annotations

import pytest
from harness import Project
from probing import WAYS, probed

HOOK = "class Base:\n    def __init_subclass__(cls, **words):\n        super().__init_subclass__(**words)\n"
META = "class Meta(type):\n    def __init__(cls, name, bases, space):\n        super().__init__(name, bases, space)\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        cls.label = cls.__name__\n", "        cls.label = cls.__name__.upper()\n"),
        ("        cls.label = cls.__name__\n", "        cls.label, cls.size = cls.__name__.upper(), 1\n"),
        (
            "        cls.label = sorted(each for each in vars(cls) if each.startswith('on_'))\n",
            "        cls.label = sorted(each for each in vars(cls) if each.startswith('do_'))\n",
        ),
        (
            "        cls.label = getattr(cls, 'label', ()) + (cls.__name__,)\n",
            "        cls.label = getattr(cls, 'label', ()) + (cls.__name__.upper(),)\n",
        ),
    ],
)
def test_a_hook_that_changes(project: Project, old: str, new: str, way: str) -> None:
    use = "class Page(Base):\n    def on_open(self): ...\n    def do_close(self): ...\nclass Home(Page): pass\n"
    before, after = (f"{HOOK}{each}{use}X = Page.label, Home.label\n" for each in (old, new))
    done = probed(project, before, after, "m.X", way=way)
    assert done.right and not done.report.reasons, done


@pytest.mark.parametrize("way", WAYS)
def test_a_hook_that_comes(project: Project, way: str) -> None:
    use = "class Page(Base): pass\ndef look(): return getattr(Page, 'label', None)\n"
    hook = f"{HOOK}        cls.label = cls.__name__\n"
    done = probed(project, f"class Base: pass\n{use}", hook + use, "m.look()", way=way)
    assert done.right and not done.report.reasons, done


def test_a_hook_that_goes(project: Project) -> None:
    use = "class Page(Base): pass\ndef look(): return getattr(Page, 'label', None)\n"
    hook = f"{HOOK}        cls.label = cls.__name__\n"
    done = probed(project, hook + use, f"class Base: pass\n{use}", "m.look()")
    assert done.right and not done.report.reasons, done


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def name_of(cls): return cls.__name__\n", "def name_of(cls): return cls.__name__.upper()\n"),
        ("P = 'a'\ndef name_of(cls): return P\n", "P = 'b'\ndef name_of(cls): return P\n"),
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_what_a_hook_calls(project: Project, old: str, new: str, apart: bool) -> None:
    base, use = f"{HOOK}        cls.label = name_of(cls)\n", "class Page(Base): pass\nX = Page.label\n"

    def files(text: str) -> dict[str, str]:
        if apart:
            return {"a.py": text, "b.py": f"from a import name_of\n{base}", "m.py": f"from b import Base\n{use}"}
        return {"m.py": text + base + use}

    done = probed(project, files(old), files(new), "m.X")
    assert done.right or "RL227" in str(done.report), done


def test_a_metaclass(project: Project) -> None:
    use = "class Page(metaclass=Meta): pass\ndef look(): return Page.label\n"
    before = f"{META}        cls.label = name\n{use}"
    done = probed(project, before, before.replace("= name\n", "= name.upper()\n"), "m.look()")
    assert done.right and not done.report.reasons, done


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (
            "R = []\nclass Base:\n    def __init_subclass__(cls): R.append(cls.__name__)\nclass Page(Base): pass\n"
            "X = R[:]\n",
            "cls.__name__",
            "cls.__name__.upper()",
        ),
        (
            "class R:\n    def __init__(self): self.held = []\n    def add(self, cls): self.held.append(1)\nr = R()\n"
            "class Base:\n    def __init_subclass__(cls): r.add(cls)\nclass Page(Base): pass\nX = r.held[:]\n",
            "append(1)",
            "append(2)",
        ),
        (
            "def name_of(name): return name\n"
            "class F:\n    def __set_name__(self, cls, name): self.name = name_of(name)\n"
            "class Page:\n    x = F()\nX = Page.x.name\n",
            "return name\n",
            "return name.upper()\n",
        ),
        (
            "def name_of(name): return name\nclass Meta(type):\n    def __new__(*given, **words):\n"
            "        print(given[1])\n        cls = type.__new__(*given)\n        cls.label = name_of(given[1])\n"
            "        return cls\nclass Page(metaclass=Meta): pass\nX = Page.label\n",
            "return name\n",
            "return name.upper()\n",
        ),
    ],
)
def test_what_writes_elsewhere_is_named(project: Project, text: str, old: str, new: str) -> None:
    done = probed(project, text, text.replace(old, new), "m.X")
    assert done.right or "RL227" in str(done.report), done


def test_another_method_of_a_registry_is_not_what_the_hook_called(project: Project) -> None:
    text = (
        "class R:\n    def __init__(self): self.held = []\n    def add(self, cls): self.held.append(1)\n"
        "    def first(self): return self.held[0]\nr = R()\n"
        "class Base:\n    def __init_subclass__(cls): r.add(cls)\nclass Page(Base): pass\n"
    )
    done = probed(project, text, text.replace("held[0]", "held[-1]"), "m.r.held")
    assert done.right and not done.report.reasons, done


@pytest.mark.parametrize("how", ["from base import N", "from base import N as M", "import base"])
def test_what_a_hook_reads_may_be_imported(project: Project, how: str) -> None:
    """Under whatever name."""
    name = "base.N" if how == "import base" else how.split()[-1]
    text = f"{how}\nclass B:\n    def __init_subclass__(cls): cls.v = {name}\nclass C(B): pass\nV = C.v\n"
    files = {"base.py": "N = 1\n", "m.py": text}
    done = probed(project, files, {**files, "base.py": "N = 2\n"}, "m.C.v, m.V")
    assert done.right or done.named, done
