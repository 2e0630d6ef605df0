"""What the ways of web frameworks, bots and the like come down to: a few lines that stand in for such a library."""

import sys
from collections.abc import Callable, Iterator

import pytest
from harness import Project

#: A table of routes that decorators fill and an application copies; commands that are known once, and what checks them.
LIBRARY = """
class Routes:
    def __init__(self):
        self._items = []
    def __iter__(self):
        return iter(self._items)
    def get(self, path):
        def decorate(f):
            self._items.append((path, f))
            return f
        return decorate

class App:
    def __init__(self):
        self.paths = {}
    def add_routes(self, routes):
        for path, f in routes:
            self.paths[path] = f

class Command:
    def __init__(self, f):
        self.f, self.help = f, f.__doc__
        self.checks = getattr(f, "checks", [])

class Bot:
    def __init__(self):
        self.commands = {}
    def command(self):
        def decorate(f):
            if f.__name__ in self.commands:
                raise ValueError("there is one")
            command = self.commands[f.__name__] = Command(f)
            return command
        return decorate

def check(predicate):
    def decorate(f):
        if not hasattr(f, "checks"):
            f.checks = []
        f.checks.append(predicate)
        return f
    return decorate

class Handler:
    def __init__(self, name, f):
        self.name, self.f = name, f

class Dispatcher:
    def __init__(self):
        self.handlers = []
    def add(self, handler):
        self.handlers.append(handler)

class Signal:
    pass

class Hub:
    def __init__(self):
        self.table = {}
    def put(self, name, value):
        self.table[name] = value
    def add(self, name):
        return self.table.setdefault(name, Signal())
    def get(self, name):
        return self.table[name]
    def count(self):
        return len(self.table)

class Site:
    def __init__(self):
        self.responders = {}
        self.hooks = {"before": [], "after": [], "reset": []}
        self.names = {}
    def add_resource(self, path, resource):
        found = [name for name in dir(resource) if name.startswith("on_")]
        self.responders[path] = {name: getattr(resource, name) for name in found}
    def keep(self, resource):
        self.kept = resource
    def hook(self, name):
        self.names.setdefault(name, "hook")
        def decorate(f):
            self.hooks[name].append(f)
            return f
        return decorate

class Node:
    def __init__(self, part):
        self.part, self.path, self.children = part, None, []

class Tree:
    def __init__(self):
        self.roots = []
    def add_route(self, path, f):
        nodes = self.roots
        for part in path.split("/"):
            node = next((each for each in nodes if each.part == part), None)
            if node is None:
                node = Node(part)
                nodes.append(node)
            nodes = node.children
        node.path, node.f = path, f
    def paths(self, nodes=None):
        for each in self.roots if nodes is None else nodes:
            yield from [each.path] if each.path else []
            yield from self.paths(each.children)
"""


@pytest.fixture(autouse=True)
def library(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    packages = project.root / "site-packages"
    packages.mkdir()
    (packages / "lib_of_all.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(str(packages))
    yield
    sys.modules.pop("lib_of_all", None)


ROUTES = """
from lib_of_all import Routes
routes = Routes()

@routes.get("/a")
def a():
    return 1
"""
MAKE = """import routes_of, lib_of_all

def make():
    app = lib_of_all.App()
    app.add_routes({given})
    return app

"""
EDITS_OF_ROUTES = {
    "another path": ('"/a"', '"/b"'),
    "one more": ("\n@routes", "\n@routes.get('/new')\ndef new(): ...\n@routes"),
    "one less": ('@routes.get("/a")\n', ""),
}


@pytest.mark.parametrize("edit", EDITS_OF_ROUTES.values(), ids=EDITS_OF_ROUTES.keys())
@pytest.mark.parametrize(
    ("made", "line"), [("app = make()\n", 8), ("class Site:\n    app = make()\n", 9)], ids=["by a name", "in a class"]
)
@pytest.mark.parametrize("given", ["routes_of.routes", "[*routes_of.routes]", "routes=routes_of.routes"])
def test_a_line_is_named_whose_function_hands_on_a_table_that_is_copied(
    project: Project, edit: tuple[str, str], made: str, line: int, given: str
) -> None:
    """`app = make()`, where `make` says `app.add_routes(routes)`."""
    project.start("routes_of", ROUTES)
    project.start("app_of", MAKE.format(given=given) + made)
    watcher = project.watch()
    project.write("routes_of", ROUTES.replace(*edit))
    found = [each for each in watcher.poll().reasons if each.code == "RL206"]
    assert [(each.line, "old content of routes" in each.message) for each in found] == [(line, True)]


def test_a_line_whose_function_hands_on_another_table_is_not_named(project: Project) -> None:
    project.start("routes_of", ROUTES + "\nothers = Routes()\n")
    project.start("app_of", MAKE.format(given="routes_of.others") + "app = make()\n")
    watcher = project.watch()
    project.write("routes_of", ROUTES.replace('"/a"', '"/b"') + "\nothers = Routes()\n")
    assert not watcher.poll().reasons


BOT = '''
from lib_of_all import Bot, check
bot = Bot()

@bot.command()
@check(len)
@check(print)
def ban(who):
    """Bans."""
    return 1
'''


@pytest.mark.parametrize(
    ("old", "new", "checks"),
    [
        ("Bans.", "Bans people.", [print, len]),
        ("def ban(who)", "def ban(who, why=1)", [print, len]),
        ("@check(len)\n", "", [print]),
        ("@check(len)\n@check(print)", "@check(print)\n@check(len)", [len, print]),
    ],
    ids=["docstring", "parameter", "one less", "swapped"],
)
def test_what_decorators_collect_on_a_function_is_there_once_where_a_registry_refuses_it_at_first(
    project: Project, old: str, new: str, checks: list[Callable[..., object]]
) -> None:
    """The first try has set the attribute again; the second one, without the registry's entry, begins anew."""
    m = project.start("m", BOT)
    watcher = project.watch()
    project.write("m", BOT.replace(old, new))
    assert not [each for each in watcher.poll().reasons if each.code != "RL204"]
    assert m.bot.commands["ban"].checks == checks and list(m.bot.commands) == ["ban"]
    project.write("m", BOT)
    watcher.poll()
    assert m.bot.commands["ban"].checks == [print, len]


CALLS = """
from lib_of_all import Dispatcher, Handler
PING = "ping"
def start(): ...
def echo(): ...
app = Dispatcher()
app.add(Handler("start", start))
app.add(Handler(PING, echo))
app.add(Handler("last", echo))
"""


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ('app.add(Handler("last"', 'app.add(Handler("new", start))\napp.add(Handler("last"', "start ping new last"),
        ('app.add(Handler("last"', 'app.add(Handler("new", echo))\napp.add(Handler("last"', "start ping new last"),
        (
            'app.add(Handler(PING, echo))\napp.add(Handler("last", echo))',
            'app.add(Handler("last", echo))\napp.add(Handler(PING, echo))',
            "start last ping",
        ),
        (
            'app.add(Handler("start", start))\napp.add(Handler(PING, echo))',
            'app.add(Handler(PING, echo))\napp.add(Handler("start", start))',
            "ping start last",
        ),
    ],
    ids=["new of another", "new of one that is there twice", "of one function change places", "change places"],
)
def test_calls_that_say_a_name_are_in_the_order_of_the_source(project: Project, old: str, new: str, names: str) -> None:
    """Which call an entry is of: of those that hand on the same function, the one that says the most of it."""
    m = project.start("m", CALLS)
    watcher = project.watch()
    project.write("m", CALLS.replace(old, new))
    assert not watcher.poll().reasons
    assert [each.name for each in m.app.handlers] == names.split()


TREE = """
from lib_of_all import Tree
def f(): ...
def g(): ...
tree = Tree()
tree.add_route("a", f)
tree.add_route("a/x", g)
tree.add_route("b", g)
"""


@pytest.mark.parametrize(
    ("old", "new", "others"),
    [
        ('"a/x"', '"c/x"', {"a", "b"}),
        ('tree.add_route("a/x", g)\n', "", {"a", "b"}),
        ('"a"', '"c"', {"a/x", "b"}),
        ('tree.add_route("a", f)\n', "", {"a/x", "b"}),
    ],
    ids=["the inner one", "the inner one goes", "the outer one", "the outer one goes"],
)
def test_a_branch_of_a_tree_that_holds_others_stays_and_is_named(
    project: Project, old: str, new: str, others: set[str]
) -> None:
    """`tree.roots[0]` says `a`, and holds what says `a/x`: it is not the one line's alone."""
    m = project.start("m", TREE)
    watcher = project.watch()
    project.write("m", TREE.replace(old, new))
    assert [each.code for each in watcher.poll().reasons] == ["RL208"]
    assert others <= set(m.tree.paths())


def test_a_leaf_of_a_tree_goes_with_its_line(project: Project) -> None:
    m = project.start("m", TREE)
    watcher = project.watch()
    project.write("m", TREE.replace('"b"', '"c"'))
    assert not watcher.poll().reasons and list(m.tree.paths()) == ["a", "a/x", "c"]
    project.write("m", TREE.replace('tree.add_route("b", g)\n', ""))
    assert not watcher.poll().reasons and list(m.tree.paths()) == ["a", "a/x"]


KEPT = """
from lib_of_all import Hub, Signal
hub = Hub()
other = Signal()
hub.put("other", other)
hub.add("plain")
def f(): ...
hub.put("f", f)
saved = hub.add("saved")
again = hub.get("saved")
found = hub.get("plain")
mine = hub.get("other")
handler = hub.get("f")
count = hub.count()
"""


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        (('saved = hub.add("saved")\n', 'again = hub.get("saved")\n'), True),
        (('again = hub.get("saved")\n',), False),
        (('found = hub.get("plain")\n',), False),
        (('mine = hub.get("other")\n',), False),
        (('handler = hub.get("f")\n',), False),
        (("count = hub.count()\n",), False),
    ],
    ids=["made", "kept by another line", "made by a call", "put in", "a function", "a number"],
)
def test_what_a_method_has_made_and_registered_is_named_where_the_line_that_keeps_it_goes(
    project: Project, gone: tuple[str, ...], named: bool
) -> None:
    """`show = commands.add_parser("show")` goes: the command is there. What was only looked up is another line's."""
    project.start("m", KEPT)
    watcher = project.watch()
    text = KEPT
    for line in gone:
        text = text.replace(line, "")
    project.write("m", text)
    assert {each.code for each in watcher.poll().reasons} == ({"RL208"} if named else set())


def test_an_option_whose_line_goes_is_named(project: Project) -> None:
    text = 'import argparse\nparser = argparse.ArgumentParser()\nport = parser.add_argument("--port")\nX = 1\n'
    project.start("m", text)
    watcher = project.watch()
    project.write("m", text.replace('port = parser.add_argument("--port")\n', ""))
    assert [(each.code, each.line) for each in watcher.poll().reasons] == [("RL208", 3)]


THINGS = """
from lib_of_all import Site
site = Site()

class Things:
    def on_get(self): return "got"
    def on_post(self): return "posted"

site.{call}
"""
EDITS_OF_METHODS = {
    "one more": ("site.", '    def on_put(self): return "put"\n\nsite.'),
    "one less": ('    def on_post(self): return "posted"\n', ""),
    "another name": ("on_post", "on_put"),
    "decorated": ("    def on_post", "    @(lambda f: lambda self: f(self) + '!')\n    def on_post"),
}


@pytest.mark.parametrize("edit", EDITS_OF_METHODS.values(), ids=EDITS_OF_METHODS.keys())
def test_a_line_is_named_that_handed_an_instance_whose_methods_a_library_holds(
    project: Project, edit: tuple[str, str]
) -> None:
    """It has gone through them, by their names."""
    text = THINGS.format(call='add_resource("/", Things())')
    project.start("m", text)
    watcher = project.watch()
    after = edit[1].join(text.rsplit(edit[0], 1))
    project.write("m", after)
    line = 1 + after[: after.index("site.add_resource")].count("\n")
    assert [each.line for each in watcher.poll().reasons if each.code == "RL206"] == [line]


def test_a_line_that_handed_an_instance_alone_is_not_named(project: Project) -> None:
    m = project.start("m", THINGS.format(call="keep(Things())"))
    watcher = project.watch()
    project.write("m", THINGS.format(call="keep(Things())").replace("on_post", "on_put"))
    assert not watcher.poll().reasons
    assert m.site.kept.on_put() == "posted"


HOOKS = """
from lib_of_all import Site
site = Site()

@site.hook("before")
def count(): ...
"""


@pytest.mark.parametrize(
    ("old", "new", "hooks"),
    [
        ('"before"', '"after"', {"before": 0, "after": 1, "reset": 0}),
        ('@site.hook("before")\n', "", {"before": 0, "after": 0, "reset": 0}),
    ],
    ids=["another one", "none"],
)
def test_a_list_that_was_there_before_its_first_entry_stays(
    project: Project, old: str, new: str, hooks: dict[str, int]
) -> None:
    """Others are there with nothing in them: it was not made for the entry."""
    m = project.start("m", HOOKS)
    watcher = project.watch()
    project.write("m", HOOKS.replace(old, new))
    watcher.poll()
    assert {name: len(held) for name, held in m.site.hooks.items()} == hooks
