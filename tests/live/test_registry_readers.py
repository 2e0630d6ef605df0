"""What read a registry follows, or is named, when what is registered in it changes."""

import pytest
from harness import Project
from probing import WAYS, probed

#: Registries: how they are made, what decorates, and what of it is read.
REGISTRIES = {
    "dict": ("H = {}\ndef on(n):\n    def deco(f):\n        H[n] = f\n        return f\n    return deco\n", "H"),
    "lists in a dict": (
        "H = {}\ndef on(n):\n    def deco(f):\n        H.setdefault(n, []).append(f.__name__)\n        return f\n"
        "    return deco\n",
        "H",
    ),
    "list of an object": (
        "class Router:\n    def __init__(self): self.routes = []\n    def on(self, n):\n        def deco(f):\n"
        "            self.routes.append(n)\n            return f\n        return deco\n"
        "r = Router()\non = r.on\n",
        "r.routes",
    ),
    "attribute of a class": (
        "class Base:\n    H = {}\n    @classmethod\n    def on(cls, n):\n        def deco(f):\n"
        "            Base.H[n] = f\n            return f\n        return deco\non = Base.on\n",
        "Base.H",
    ),
}
BODY = "@on('a')\ndef one(): pass\n@on('b')\ndef two(): pass\n"
EDITS = {
    "another key": ("@on('a')", "@on('z')"),
    "removed": ("@on('a')\ndef one(): pass\n", ""),
    "added": ("@on('b')", "@on('n')\ndef new(): pass\n@on('b')"),
    "a decorator taken away": ("@on('b')\ndef two", "def two"),
}
READERS = "N = sorted({0})\nC = len({0})\ndef names(): return list({0})\nM = names()\nS = [str(k) + '!' for k in {0}]\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("registry", REGISTRIES)
def test_what_can_be_computed_again_follows(project: Project, registry: str, edit: str, way: str) -> None:
    head, read = REGISTRIES[registry]
    before = head + BODY + READERS.format(read)
    done = probed(project, before, before.replace(*EDITS[edit]), "(m.N, m.C, m.M, m.S)", way=way)
    assert done.right and not done.said, done


CALLED = "H = {}\ndef on(n, f):\n    H[n] = f\ndef f(): pass\non('a', f)\non('b', f)\nN = sorted(H)\n"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("old", "new"), [("on('a'", "on('z'"), ("on('a', f)\n", ""), ("on('b'", "on('n', f)\non('b'")])
def test_registered_by_a_call(project: Project, old: str, new: str, way: str) -> None:
    done = probed(project, CALLED, CALLED.replace(old, new), "m.N", way=way)
    assert done.right and not done.said, done


SUBCLASSES = (
    "class Base:\n    R = {}\n    def __init_subclass__(cls, key=None): Base.R[key] = cls\n"
    "class A(Base, key='a'): pass\nN = sorted(Base.R)\n"
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("old", "new"), [("'a'", "'z'"), ("N =", "class B(Base, key='b'): pass\nN =")])
def test_registered_by_a_base(project: Project, old: str, new: str, way: str) -> None:
    done = probed(project, SUBCLASSES, SUBCLASSES.replace(old, new), "m.N", way=way)
    assert done.right and not done.said, done


@pytest.mark.parametrize("way", WAYS)
def test_read_in_another_file_that_imports_who_registers(project: Project, way: str) -> None:
    registry, _ = REGISTRIES["dict"]
    plug = "from registry import on\n" + BODY
    files = {"registry.py": registry, "plug.py": plug, "m.py": "import registry, plug\nN = sorted(registry.H)\n"}
    after = {**files, "plug.py": plug.replace("'a'", "'z'")}
    done = probed(project, files, after, "m.N", way=way)
    assert done.right and not done.said, done


def test_what_was_read_before_it_was_registered_stays(project: Project) -> None:
    registry, _ = REGISTRIES["dict"]
    text = registry + "N = sorted(H)\n" + BODY
    done = probed(project, text, text.replace("'a'", "'z'"), "m.N")
    assert done.right and not done.said, done


@pytest.mark.parametrize(
    ("reader", "code"),
    [
        ("made = []\nclass P:\n    def __init__(self, n): made.append(n)\np = P(sorted(H))\n", "RL206"),
        ("def g(names=sorted(H)): return names\n", "RL206"),
        ("if 'a' in H:\n    Y = 1\nelse:\n    Y = 2\n", "RL216"),
        ("print(len(H))\n", "RL206"),
    ],
)
def test_what_cannot_is_named(project: Project, reader: str, code: str) -> None:
    text = REGISTRIES["dict"][0] + BODY + reader
    done = probed(project, text, text.replace("@on('a')", "@on('z')"), "0")
    assert code in done.said, done


def test_what_was_handed_the_registry_has_it_as_it_is(project: Project) -> None:
    text = REGISTRIES["dict"][0] + BODY + "class App:\n    def __init__(self, h): self.h = h; open\napp = App(H)\n"
    done = probed(project, text, text.replace("@on('a')", "@on('z')"), "sorted(m.app.h)")
    assert done.right and not done.said, done


DISPATCH = (
    "from functools import singledispatch\n@singledispatch\ndef show(x): return 'object'\n"
    "@show.register\ndef _(x: int): return 'int'\n@show.register(str)\ndef _s(x): return 'str'\n"
)
LOOK = "[m.show(each) for each in (1, 1.5, 'a', b'b')]"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x: int", "x: float"),
        ("register(str)", "register(bytes)"),
        ("@show.register(str)\ndef _s(x): return 'str'\n", ""),
        ("@show.register(str)", "@show.register(float)\n@show.register(str)"),
    ],
)
def test_single_dispatch(project: Project, old: str, new: str, way: str) -> None:
    done = probed(project, DISPATCH, DISPATCH.replace(old, new), LOOK, way=way)
    assert done.right, done


@pytest.mark.parametrize(
    ("text", "old", "new", "name"),
    [
        (DISPATCH + "T = sorted(each.__name__ for each in show.registry)\n", "x: int", "x: float", "T"),
        (
            "import weakref\nR = weakref.WeakValueDictionary()\nclass C: pass\n"
            "def make(n):\n    c = C()\n    R[n] = c\n    return c\na = make('a')\nT = sorted(R)\n",
            "'a'",
            "'z'",
            "T",
        ),
    ],
)
def test_what_reads_a_table_of_the_library_is_named(project: Project, text: str, old: str, new: str, name: str) -> None:
    done = probed(project, text, text.replace(old, new), "0")
    assert f"{name} was computed from" in str(done.report), done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("registry", REGISTRIES)
def test_one_more_decorator_leaves_what_the_others_wrote(project: Project, registry: str, way: str) -> None:
    head, read = REGISTRIES[registry]
    before = head + BODY
    done = probed(project, before, before.replace("@on('b')", "@on('d')\n@on('b')"), f"sorted(m.{read})", way=way)
    assert done.right and not done.said, done


def test_who_reads_what_a_named_definition_is_registered_in(project: Project) -> None:
    """Where a class or function is named for what was recorded of it, who went through the records is named too."""
    reg = (
        "R = {}\nclass P:\n    name = None\n    def __init_subclass__(cls): R[cls.name or cls.__name__.lower()] = cls\n"
    )
    files = {
        "reg.py": reg,
        "m.py": "import reg\nclass A(reg.P): ...\nclass B(reg.P):\n    name = 'b'\nNAMES = list(reg.R)\n",
    }
    done = probed(project, files, {**files, "reg.py": reg.replace("lower", "upper")}, "m.NAMES")
    assert done.right or "NAMES" in {each.qualname for each in done.report.reasons}, done


def test_who_reads_what_an_argument_led_to(project: Project) -> None:
    files = {
        "conf.py": "PREFIX = '/a'\n",
        "m.py": "import conf\nR = {}\ndef on(path):\n    def put(f):\n        R[path] = f\n        print(end='')\n"
        "        return f\n    return put\n@on(conf.PREFIX + '/x')\ndef x(): ...\nPATHS = sorted(R)\n",
    }
    done = probed(project, files, {**files, "conf.py": "PREFIX = '/b'\n"}, "m.PATHS")
    assert done.right or "PATHS" in {each.qualname for each in done.report.reasons}, done
