"""Registries of many shapes: after an edit they hold what a fresh process has, in its order; so they do after undo."""

import itertools
from collections.abc import Callable

import pytest
import reloadr
from harness import Project
from probing import WAYS, probed

#: What `@on(key)` does with a function: the lines above the decorated ones. `R` is looked at.
STORES = {
    "a dict": ("R = {}", "R[p] = f"),
    "a dict of lists": ("R = {}", "R.setdefault(p, []).append(f)"),
    "a dict of lists that are there": ("R = {k: [] for k in 'abcdefnz'}", "R[p].append(f)"),
    "a defaultdict": ("from collections import defaultdict\nR = defaultdict(list)", "R[p].append(f)"),
    "an OrderedDict": ("from collections import OrderedDict\nR = OrderedDict()", "R[p] = f"),
    "a list": ("R = []", "R.append((p, f))"),
    "a list that is filled from the front": ("R = []", "R.insert(0, (p, f))"),
    "a list that is sorted": ("R = []", "R.append((p, f)); R.sort(key=lambda e: e[0])"),
    "a deque": ("from collections import deque\nR = deque()", "R.append((p, f))"),
    "a tuple": ("R = ()", "global R; R += ((p, f),)"),
    "a list that is replaced": ("R = []", "global R; R = R + [(p, f)]"),
    "a dict that is replaced": ("R = {}", "global R; R = {**R, p: f}"),
    "a set": ("R = set()", "R.add((p, f))"),
    "a weak set": ("import weakref\nR = weakref.WeakSet()", "R.add(f)"),
    "a weak dict": ("import weakref\nR = weakref.WeakValueDictionary()", "R[p] = f"),
    "attributes": ("class Bus: pass\nR = Bus()", "setattr(R, 'on_' + p, f)"),
    "objects made of it": (
        "class Route:\n    def __init__(self, p, f): self.path, self.endpoint = p, f\nR = []",
        "R.append(Route(p, f))",
    ),
    "a nested dict": ("R = {'x': {}}", "R['x'].setdefault(p, {})[f.__name__] = f"),
    "a dict for each": ("R = {}", "R[p] = {'function': f, 'doc': f.__doc__, 'name': f.__name__}"),
    "names alone": ("R = []", "R.append(f.__name__)"),
    "names with what was said": ("R = []", "R.append((p, f.__name__))"),
    "what was said by name": ("R = {}", "R[f.__name__] = p"),
    "docstrings": ("R = {}", "R[p] = f.__doc__"),
    "a count": ("R = {'#': 0}", "R['#'] += 1; R[p] = f"),
    "a registry that refuses a name twice": (
        "R = {}\nN = set()",
        "assert f.__name__ not in N, 'twice'; N.add(f.__name__); R[p] = f",
    ),
    "a registry that keeps the first": ("R = {}", "R.setdefault(f.__name__, (p, f))"),
    "a helper's": ("R = []\ndef add(p, f): R.append((p, f))", "add(p, f)"),
}
FACTORY = "{store}\ndef on(p):\n    def decorate(f):\n        {put}\n        return f\n    return decorate\n"
WRAPPING = (
    "import functools\nR = []\ndef on(p):\n    def decorate(f):\n        @functools.wraps(f)\n"
    "        def wrapper(*a): return f(*a)\n        R.append((p, wrapper))\n        return wrapper\n"
    "    return decorate\n"
)
METHOD = (
    "class Bus:\n    __slots__ = ('table',)\n    def __init__(self): self.table = {}\n    def on(self, p):\n"
    "        def decorate(f):\n            self.table.setdefault(p, []).append(f)\n            return f\n"
    "        return decorate\nbus = Bus()\non = bus.on\nR = bus.table\n"
)
CLOSURE = (
    "def make():\n    held = []\n    def on(p):\n        def decorate(f):\n            held.append((p, f))\n"
    "            return f\n        return decorate\n    return on, held\non, R = make()\n"
)
CALLED = (
    "R = []\nclass on:\n    def __init__(self, p): self.p = p\n    def __call__(self, f):\n"
    "        R.append((self.p, f))\n        return f\n"
)
HEADS = {name: FACTORY.format(store=store, put=put) for name, (store, put) in STORES.items()}
HEADS |= {"wrappers": WRAPPING, "behind a method": METHOD, "in a closure": CLOSURE, "by an instance": CALLED}

BODY = "@on('a')\ndef one(): return 1\n@on('b')\ndef two(): return 2\n@on('c')\ndef three(): return 3\n"
EDITS = {
    "another argument": ("@on('b')", "@on('z')"),
    "another name": ("def two", "def second"),
    "removed": ("@on('b')\ndef two(): return 2\n", ""),
    "a decorator taken away": ("@on('b')\ndef two", "def two"),
    "inserted": ("@on('b')", "@on('n')\ndef new(): return 9\n@on('b')"),
    "a docstring": ("def two(): return 2", "def two():\n    'said'\n    return 2"),
    "argument, name and body": ("@on('b')\ndef two(): return 2", "@on('z')\ndef second(): return 5"),
    "places exchanged": (
        BODY,
        "@on('b')\ndef two(): return 2\n@on('a')\ndef one(): return 1\n@on('c')\ndef three(): return 3\n",
    ),
}

#: What makes and registers classes, and how one of them is written.
CLASSES = {
    "__init_subclass__, a dict": (
        "R = {}\nclass Base:\n    def __init_subclass__(cls, key=None): R[key] = cls\n",
        "class {n}(Base, key='{k}'): v = {v}\n",
    ),
    "__init_subclass__, a list": (
        "R = []\nclass Base:\n    def __init_subclass__(cls, key=None): R.append((key, cls))\n",
        "class {n}(Base, key='{k}'): v = {v}\n",
    ),
    "a metaclass": (
        "R = []\nclass Meta(type):\n    def __new__(meta, name, bases, namespace, key=None):\n"
        "        cls = super().__new__(meta, name, bases, namespace)\n        if bases: R.append((key, cls))\n"
        "        return cls\n    def __init__(cls, name, bases, namespace, key=None): pass\n"
        "class Base(metaclass=Meta): pass\n",
        "class {n}(Base, key='{k}'): v = {v}\n",
    ),
    "a decorator, a dict": (
        "R = {}\ndef reg(k):\n    def decorate(cls):\n        R[k] = cls\n        return cls\n    return decorate\n",
        "@reg('{k}')\nclass {n}: v = {v}\n",
    ),
    "a decorator, a list": (
        "R = []\ndef reg(k):\n    def decorate(cls):\n        R.append((k, cls))\n        return cls\n"
        "    return decorate\n",
        "@reg('{k}')\nclass {n}: v = {v}\n",
    ),
}
FUNCTIONS = (
    "def One(): return 1\ndef Two(): return 2\ndef Three(): return 3\ndef New(): return 9\n"
    "def Dos(): return 22\ndef Last(): return 7\n"
)
CALLS = {
    "a function, a dict": ("R = {}\ndef add(k, f): R[k] = f\n", "add('{k}', {n})\n"),
    "a function, a list": ("R = []\ndef add(k, f): R.append((k, f))\n", "add('{k}', {n})\n"),
    "a function, lists in a dict": (
        "R = {}\ndef add(k, f): R.setdefault(k, []).append(f)\n",
        "add('{k}', {n})\n",
    ),
    "a method": (
        "class App:\n    def __init__(self): self.r = []\n    def add(self, k, f): self.r.append((k, f))\n"
        "app = App()\nR = app.r\n",
        "app.add('{k}', {n})\n",
    ),
    "without a key": ("R = []\ndef connect(f): R.append(f)\n", "connect({n})\n"),
    "a decorator that is called": (
        "R = []\ndef on(k):\n    def decorate(f): R.append((k, f))\n    return decorate\n",
        "on('{k}')({n})\n",
    ),
    "one that refuses a function twice": (
        "R = {}\ndef add(k, f):\n    assert f not in R.values(), 'twice'\n    R[k] = f\n",
        "add('{k}', {n})\n",
    ),
}
CLASS_HEADS = {f"class by {name}": each for name, each in CLASSES.items()}
CALL_HEADS = {f"call of {name}": (head + FUNCTIONS, line) for name, (head, line) in CALLS.items()}
LINES = [("One", "a", 1), ("Two", "b", 2), ("Three", "c", 3)]
LINE_EDITS = {
    "another argument": [LINES[0], ("Two", "z", 2), LINES[2]],
    "removed": [LINES[0], LINES[2]],
    "inserted": [LINES[0], ("New", "n", 9), *LINES[1:]],
    "another name and argument": [LINES[0], ("Dos", "z", 22), LINES[2]],
    "places exchanged": [LINES[1], LINES[0], LINES[2]],
}
_numbers = itertools.count()


def shown(value: object) -> str:
    """A registry as a text: functions by name and result, classes by name and attribute, in order."""
    kind = type(value).__name__
    if isinstance(value, type):
        return f"<{value.__name__} {value.__dict__.get('v')}>"
    if callable(value):
        return f"<{value.__name__} {value()}>"  # type: ignore[attr-defined]
    if isinstance(value, dict) or kind == "WeakValueDictionary":
        return kind + str([(key, shown(each)) for key, each in value.items()])  # type: ignore[attr-defined]
    if isinstance(value, (set, frozenset)) or kind == "WeakSet":
        return kind + str(sorted(map(shown, value)))  # type: ignore[call-overload]
    if isinstance(value, (list, tuple)) or kind == "deque":
        return kind + str([shown(each) for each in value])  # type: ignore[attr-defined]
    return kind + shown(dict(sorted(vars(value).items()))) if hasattr(value, "__dict__") else repr(value)


def fresh(text: str, name: str) -> str:
    namespace: dict[str, object] = {"__name__": name}
    exec(compile(text, "<fresh>", "exec"), namespace)
    return shown(namespace["R"])


def plays(project: Project, before: str, after: str, further: str) -> None:
    """Edits, edits again, goes back step by step, edits once more and undoes that."""
    name = f"registered_{next(_numbers)}"
    module = project.start(name, before)
    watcher = project.watch(name)
    for text in (after, further, after, before, after):
        project.write(name, text)
        report = watcher.poll()
        assert report.verdict in ("live", "nothing"), f"{report}\n{text}"
        assert shown(module.R) == fresh(text, name), f"{report}\n{text}"
    if report.verdict == "live":
        reloadr.undo()
    assert shown(module.R) == fresh(before, name), "undone"


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("head", HEADS)
def test_decorated_functions(project: Project, head: str, edit: str) -> None:
    """What a decorator put wherever it puts things follows each kind of edit, the next one, and back."""
    old, new = EDITS[edit]
    before = HEADS[head] + BODY
    after = before.replace(old, new)
    further = after.replace("@on('c')", "@on('d')") + "@on('e')\ndef last(): return 7\n"
    plays(project, before, after, further)


@pytest.mark.parametrize("edit", LINE_EDITS)
@pytest.mark.parametrize("head", CLASS_HEADS | CALL_HEADS)
def test_classes_and_calls(project: Project, head: str, edit: str) -> None:
    """So does what a class statement or a call at module level registers."""
    start, line = (CLASS_HEADS | CALL_HEADS)[head]

    def text(lines: list[tuple[str, str, int]]) -> str:
        return start + "".join(line.format(n=name, k=key, v=value) for name, key, value in lines)

    more = [*LINE_EDITS[edit], ("Last", "e", 7)]
    plays(project, text(LINES), text(LINE_EDITS[edit]), text(more))


def _recorded(head: str, before: str, after: str) -> Callable[[Project], None]:
    return lambda project: plays(project, head + before, head + after, head + after + "# more\n")


RECORDED = {
    "a signature": _recorded(
        "import inspect\nR = {}\ndef on(f):\n    R[f.__name__] = str(inspect.signature(f))\n    return f\n",
        "@on\ndef a(x): return 1\n",
        "@on\ndef a(x, y=2): return 1\n",
    ),
    "a default that is computed anew": _recorded(
        "import inspect\nR = {}\ndef on(f):\n    R[f.__name__] = str(inspect.signature(f))\n    return f\n",
        "LIMIT = 1\n@on\ndef a(x=LIMIT): return 1\n",
        "LIMIT = 2\n@on\ndef a(x=LIMIT): return 1\n",
    ),
    "the signature of a default": _recorded(
        "import inspect\nR = {}\ndef on(f):\n    for p in inspect.signature(f).parameters.values():\n"
        "        R[f.__name__] = str(inspect.signature(p.default))\n    return f\n",
        "def dep(n=1): return n\n@on\ndef a(x=dep): return 1\n",
        "def dep(n=2): return n\n@on\ndef a(x=dep): return 1\n",
    ),
    "what kind of function it is": _recorded(
        "import inspect\nR = {}\ndef on(f):\n    R[f.__name__] = inspect.iscoroutinefunction(f)\n    return f\n",
        "@on\ndef a(): return 1\n",
        "@on\nasync def a(): return 1\n",
    ),
}


@pytest.mark.parametrize("what", RECORDED)
def test_recorded(project: Project, what: str) -> None:
    """What a decorator recorded of a function is recorded anew when it is another."""
    RECORDED[what](project)


ON = "R = {}\ndef on(p):\n    def decorate(f):\n        R[p] = f\n        return f\n    return decorate\n"


def test_the_function_is_the_one_that_lived(project: Project) -> None:
    """Whoever holds the function besides its registry holds what the registry has."""
    module = project.start("same", ON + "@on('a')\ndef one(): return 1\n")
    watcher, one = project.watch("same"), module.one
    project.write("same", ON + "@on('b')\ndef one(): return 2\n")
    watcher.poll()
    assert {"b": one} == module.R and module.one is one and one() == 2


def test_what_others_registered_stays(project: Project) -> None:
    """What the program registered while it ran is kept, also of the function that is edited."""
    module = project.start("late", ON + "@on('a')\ndef one(): return 1\n")
    watcher = project.watch("late")
    module.on("run")(module.one)
    project.write("late", ON + "@on('b')\ndef one(): return 1\n")
    watcher.poll()
    assert sorted(module.R) == ["b", "run"]


def test_a_rejected_save_leaves_the_registry(project: Project) -> None:
    """A line below that fails takes back what decorators above it did."""
    module = project.start("wrong", ON + "@on('a')\ndef one(): return 1\n")
    watcher = project.watch("wrong")
    project.write("wrong", ON + "@on('b')\ndef one(): return 2\n@on('c')\ndef two(): return 2\n1 / 0\n")
    assert watcher.poll().verdict == "rejected"
    assert {"a": module.one} == module.R and module.one() == 1


def test_a_refusal_is_a_restart(project: Project) -> None:
    """A registry that takes nothing any more is no fault of the source: the function stays whole as it was."""
    head = ON.replace("        R[p] = f", "        if R.get('closed'): raise RuntimeError('closed')\n        R[p] = f")
    module = project.start("closed", head + "@on('a')\ndef one(): return 1\n")
    watcher = project.watch("closed")
    module.R["closed"] = True
    project.write("closed", head + "@on('b')\ndef one(): return 2\n")
    report = watcher.poll()
    assert report.verdict == "restart" and [reason.code for reason in report.reasons] == ["RL301"]
    assert "RuntimeError: closed" in report.reasons[0].message
    assert {"a": module.one, "closed": True} == module.R and module.one() == 1


def test_a_refusal_of_what_is_only_recorded_is_named(project: Project) -> None:
    """The function is live where only what a closed registry recorded of it is old."""
    head = ON.replace(
        "        R[p] = f", "        if R.get('closed'): raise RuntimeError('closed')\n        R[p] = f.__doc__"
    )
    module = project.start("noted", head + "@on('a')\ndef one():\n    'old'\n    return 1\n")
    watcher = project.watch("noted")
    module.R["closed"] = True
    project.write("noted", head + "@on('a')\ndef one():\n    'new'\n    return 2\n")
    report = watcher.poll()
    assert [(reason.code, reason.qualname) for reason in report.reasons] == [("RL208", "one")]
    assert module.one() == 2 and module.one.__doc__ == "new" and module.R["a"] == "old"


def test_a_mistake_in_a_decorator_is_the_source_s(project: Project) -> None:
    """A name that is missing in the decorator's own line is rejected, and nothing is registered."""
    module = project.start("typo", ON + "@on('a')\ndef one(): return 1\n")
    watcher = project.watch("typo")
    project.write("typo", ON + "@on(missing)\ndef one(): return 1\n")
    assert watcher.poll().verdict == "rejected"
    assert {"a": module.one} == module.R


def test_an_attribute_is_named(project: Project) -> None:
    """Where a definition was put into an attribute of a fixed name, nothing says what was there before it."""
    head = "class Bus:\n    def started(self, f):\n        self.on_start = f\n        return f\nbus = Bus()\n"
    project.start("slot", head + "@bus.started\ndef one(): return 1\n")
    watcher = project.watch("slot")
    project.write("slot", head)
    report = watcher.poll()
    assert [(reason.code, reason.qualname) for reason in report.reasons] == [("RL218", "bus.on_start")]


def test_a_wrapper_that_is_held_follows(project: Project) -> None:
    """Who holds what a decorator made earlier gets what it makes now."""
    head = (
        "def times(n):\n    def decorate(f):\n        def wrapper(): return n * f()\n        return wrapper\n"
        "    return decorate\n"
    )
    module = project.start("held", head + "@times(2)\ndef one(): return 1\n")
    watcher, held = project.watch("held"), [module.one]
    project.write("held", head + "@times(3)\ndef one(): return 1\n")
    watcher.poll()
    assert held[0]() == module.one() == 3


def test_attributes_that_a_decorator_sets(project: Project) -> None:
    """The function that lives is handed on as a new one: without what its decorators have set on it before."""
    head = (
        "def mark(m):\n    def decorate(f):\n        f.marks = [*getattr(f, 'marks', ()), m]\n        return f\n"
        "    return decorate\n"
    )
    module = project.start("marked", head + "@mark('x')\ndef one(): return 1\nR = one.marks\n")
    watcher = project.watch("marked")
    project.write("marked", head + "@mark('y')\ndef one(): return 1\nR = one.marks\n")
    report = watcher.poll()
    assert module.one.marks == ["y"]
    assert module.R == ["y"] or [reason.qualname for reason in report.reasons] == ["R"]


ENTRIES = """class Entry:
    def __init__(self, key, f): self.key, self.f = key, f
R = []
def on(key): return lambda f: R.append(Entry(key, f))
def g(x): return x
"""
#: Calls that hand on what no definition of the module is, one after the other.
NO_DEFINITIONS = [
    ("on(2)(lambda: 3)\non(5)(lambda: 5)\non(5)(lambda: 2)\n", "on(2)(lambda: 3)\non(5)(len)\non(5)(lambda: 2)\n"),
    ("on(5)(len)\non(5)(lambda: 2)\n", "on(5)(lambda: 9)\non(5)(lambda: 2)\n"),
    ("on(5)(len)\non(5)(lambda: 2)\n", "on(5)(g)\non(5)(lambda: 2)\n"),
    ("on(5)(g)\non(5)(lambda: 2)\n", "on(5)(max)\non(5)(lambda: 2)\n"),
    ("on(2)(len)\non(5)(len)\non(6)(len)\n", "on(2)(len)\non(7)(len)\non(6)(len)\n"),
    ("on(2)(len)\non(7)(max)\non(6)(len)\n", "on(2)(len)\non(6)(len)\n"),
    ("on(2)(len)\non(5)(len)\n", "on(5)(len)\non(2)(len)\n"),
    ("on(2)(len)\non(5)(len)\n", "on(5)(g)\non(2)(len)\n"),
    ("on(2)(g)\non(5)(max)\non(6)(g)\n", "on(5)(max)\non(6)(g)\non(2)(g)\n"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("before", "after"), NO_DEFINITIONS)
def test_the_entry_of_a_call_is_told_by_what_it_handed_on(project: Project, before: str, after: str, way: str) -> None:
    """Also where that is a built-in function, or one without a name, and others have the key."""
    look = "[(e.key, e.f.__name__, e.f.__name__ == '<lambda>' and e.f()) for e in m.R]"
    done = probed(project, ENTRIES + before, ENTRIES + after, look, way=way)
    assert done.right and not done.said, done


TABLE = """R = {}
def on(key):
    def decorate(f):
        R[key] = f
        return f
    return decorate
def same(f): return f
def i(): return 1
def k(): return 3
"""
#: A key that several definitions or calls have, the last of which has it in a fresh process.
ONE_KEY = {
    "a definition above comes to it": ("@on('a')\ndef f(): return 1\n@on(2)\ndef g(): return 2\n", "'a'", "2"),
    "one above is decorated otherwise": (
        "@on(2)\ndef f(): return 1\n@on(2)\ndef g(): return 2\n",
        "@on(2)\ndef f",
        "@on(2)\n@same\ndef f",
    ),
    "one above a call": ("@on('a')\ndef f(): return 1\non(2)(k)\n", "'a'", "2"),
    "a call above": ("on('a')(i)\non(2)(k)\n", "'a'", "2"),
    "a call gives it free": ("@on(2)\ndef f(): return 1\non(2)(k)\n", "on(2)(k)", "on(4)(k)"),
    "a call gives another's free": ("on(2)(i)\non(2)(k)\n", "on(2)(k)", "on(4)(k)"),
    "a call goes": ("on(2)(i)\non(2)(k)\n", "on(2)(k)\n", ""),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", ONE_KEY)
def test_a_key_is_that_of_the_last_one(project: Project, case: str, way: str) -> None:
    text, old, new = ONE_KEY[case]
    look = "sorted((str(key), f.__name__, f()) for key, f in m.R.items())"
    done = probed(project, TABLE + text, TABLE + text.replace(old, new), look, way=way)
    assert done.right or done.named, done


def test_a_key_that_a_later_module_has_stays_its_own(project: Project) -> None:
    """The module above, which is saved, runs its line again after that."""
    below = "import base\nfrom base import on\n@on(2)\ndef j(): return 2\nX = base.R[2]()\n"
    text = TABLE + "@on('a')\ndef f(): return 1\n"
    files = {"base.py": text, "m.py": below}
    done = probed(project, files, {**files, "base.py": text.replace("'a'", "2")}, "m.base.R[2](), m.X")
    assert done.right and not done.said, done
