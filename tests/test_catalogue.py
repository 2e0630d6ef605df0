"""Every numbered reason: produced for real by a reload, with its exact message, and with its row in the docs."""

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest
import reloadr
from reloadr.live import capture
from reloadr.program import cli
from reloadr.report.catalogue import CATALOGUE
from reloadr.report.explain import pages
from reloadr.report.reasons import Reason

DOCS = Path(__file__).resolve().parent.parent / "docs" / "edits.md"
VERDICT_OF = {"RL2": "caveat", "RL3": "restart", "RL4": "rejected"}


@dataclass(frozen=True)
class Program:
    """A tiny program before and after an edit, and what a report says of it."""

    #: Modules by name, in the order of their import; None: the file is deleted.
    before: dict[str, str]
    after: dict[str, str | bytes | None]
    #: The reason's message, word for word.
    message: str
    #: Where it points: module, qualified name, line.
    at: tuple[str, str, int]
    #: What the process does before the edit; what it binds is held until the end.
    state: str = ""
    options: dict[str, bool] = field(default_factory=dict)
    #: The only definition that is asked for; the reason is then looked for in `status()`.
    asked: str = ""
    #: Imported before `reloadr`, and edited before it is watched.
    unseen: bool = False


def one(before: str, after: str, message: str, line: int, qualname: str, **more: object) -> Program:
    """A program of one module, `m`."""
    at = ("m", qualname, line)
    return Program({"m": before}, {"m": after}, message, at, **more)  # type: ignore[arg-type]


PROGRAMS: dict[str, Program] = {
    "RL201": one(
        "def ticks():\n    yield 1\n    yield 1\n",
        "def ticks():\n    yield 2\n    yield 2\n",
        "1 generator running on the old code of ticks until done: no loop of it comes round again",
        1,
        "ticks",
        state="ticks = m.ticks(); next(ticks)",
    ),
    "RL202": one(
        "def make(a):\n    b = 1\n    def inner():\n        return a\n    return inner\n",
        "def make(a):\n    b = 1\n    def inner():\n        return a + b\n    return inner\n",
        "1 function of make.<locals>.inner cannot be given b and keep the old code",
        3,
        "make.<locals>.inner",
        state="inner = m.make(1)",
    ),
    "RL203": one(
        "def make():\n    return [lambda: 1, lambda: 2]\n",
        "def make():\n    return [lambda: 3, lambda: 4, lambda: 5]\n",
        "1 function of make.<locals>.<lambda> could belong to several places in the new source and keep the old code",
        1,
        "make.<locals>.<lambda>",
        state="made = m.make()[:1]",
    ),
    "RL204": one(
        "import functools\n@functools.partial\ndef page(user):\n    pass\n",
        "import functools\n@functools.partial\ndef page(user, language='en'):\n    pass\n",
        "the signature of page changed under @functools.partial, which may have read it when it was applied",
        2,
        "page",
    ),
    "RL205": one(
        "routes = []\ndef route(f):\n    routes.append(f)\n    return f\n@route\ndef page():\n    pass\n",
        "routes = []\ndef route(f):\n    routes.insert(0, f)\n    return f\n@route\ndef page():\n    pass\n",
        "page was decorated by the old route, whose work at decoration time is not repeated",
        5,
        "page",
    ),
    "RL206": one(
        "opened = []\ndef connect(url):\n    opened.append(url)\n    return object()\nURL = 'a'\ndb = connect(URL)\n",
        "opened = []\ndef connect(url):\n    opened.append(url)\n    return object()\nURL = 'b'\ndb = connect(URL)\n",
        "db was computed from the old URL",
        6,
        "db",
    ),
    "RL207": Program(
        {"m": "def f():\n    pass\n", "user": "from m import f\n"},
        {"m": "x = 1\n"},
        "f was removed but is still held by user.f",
        ("m", "f", 1),
    ),
    "RL208": one(
        "print('hello')\nx = 1\n",
        "x = 1\n",
        "what `print('hello')` did when it ran cannot be undone",
        1,
        "",
    ),
    "RL209": one(
        "class Cart:\n    def __init__(self):\n        self.items = []\n",
        "class Cart:\n    def __init__(self):\n        self.items = []\n        self.owner = None\n"
        "        self.tax = 0\n",
        "1 instance of Cart made earlier lacks owner, tax, which __init__ now sets",
        2,
        "Cart.__init__",
        state="cart = m.Cart()",
    ),
    "RL210": one(
        "class Point:\n    __slots__ = ('x', 'y')\n",
        "class Point:\n    __slots__ = ('x', 'y', 'z')\n",
        "Point is a new class, because its instances have another layout; the earlier class keeps 2 instances",
        1,
        "Point",
        state="points = m.Point(), m.Point()",
    ),
    "RL211": one(
        "from functools import cached_property\nclass A:\n    @cached_property\n    def x(self):\n        return 1\n",
        "from functools import cached_property\nclass A:\n    @cached_property\n    def x(self):\n        return 2\n",
        "the old code computed A.x for 2 instances before; the value is kept",
        3,
        "A.x",
        state="a, b = m.A(), m.A(); a.x, b.x",
    ),
    "RL212": one(
        "def add(a):\n    return a\ndef use():\n    return add(1)\n",
        "def add(a, b):\n    return a\ndef use():\n    return add(1)\n",
        "this call of add no longer fits: missing a required argument: 'b'",
        4,
        "use",
    ),
    "RL213": Program(
        {"m": "x = 1\n"},
        {"m": None},
        "the file is gone (No such file or directory); its module lives on as it was",
        ("m", "", 0),
    ),
    "RL214": Program(
        {"__main__": "import sys\nif __name__ == '__main__':\n    print('hello')\n"},
        {"__main__": "import sys\nif __name__ == '__main__':\n    print('good morning')\n"},
        "`print('good morning')` stands in code of the module that ran as the main block; it is not run again",
        ("__main__", "", 3),
    ),
    "RL215": one(
        "class Base:\n    known = {}\n    def __init_subclass__(cls):\n        cls.known[cls.name] = cls\n"
        "class A(Base):\n    name = 'a'\n",
        "class Base:\n    known = {}\n    def __init_subclass__(cls):\n        cls.known[cls.name] = cls\n"
        "class A(Base):\n    name = 'b'\n",
        "Base.__init_subclass__ may have read name when the class was made",
        6,
        "A.name",
    ),
    "RL216": one(
        "MODE = 'a'\nif MODE == 'a':\n    x = 1\nelse:\n    x = 2\n",
        "MODE = 'b'\nif MODE == 'a':\n    x = 1\nelse:\n    x = 2\n",
        "the condition of `if MODE == 'a': ...` reads MODE, which changed; the branch that ran is kept",
        2,
        "x",
    ),
    "RL217": one(
        "db = object()  # reloadr: once\n",
        "db = dict()  # reloadr: once\n",
        "`db = dict()` is marked `# reloadr: once` and was not run again",
        1,
        "",
    ),
    "RL218": one(
        "import functools\n@functools.partial\ndef page():\n    pass\n",
        "import functools\n",
        "page was removed, but @functools.partial may have registered it",
        2,
        "page",
    ),
    "RL219": one(
        "def make():\n    class C:\n        x = 1\n    return C\n",
        "def make():\n    class C:\n        x = 2\n    return C\n",
        "classes that make made earlier run its new methods but keep their other attributes",
        1,
        "make",
        state="made = m.make()",
    ),
    "RL224": one(
        "import functools\ndef scale(x):\n    return x\n@functools.cache\ndef slow(x):\n    return scale(x)\n",
        "import functools\ndef scale(x):\n    return -x\n@functools.cache\ndef slow(x):\n    return scale(x)\n",
        "the cache of slow holds 1 result that the old scale may have had a part in",
        4,
        "slow",
        state="m.slow(1)",
    ),
    "RL225": one(
        "def spell(f):\n    f.__code__ = f.__code__.replace(co_consts=(None, 'spelt'))\n    return f\n"
        "@spell\ndef f():\n    return 'plain'\n",
        "def spell(f):\n    f.__code__ = f.__code__.replace(co_consts=(None, 'spelt'))\n    return f\n"
        "@spell\ndef f():\n    return 'other'\n",
        "f runs code that something else made of its source; the edit does not reach it",
        4,
        "f",
    ),
    "RL226": one(
        "HANDLERS = {}\ndef register(f):\n    HANDLERS[f.__name__] = f\n    return f\n@register\ndef a(): ...\n",
        "HANDLERS = {'x': 1}\ndef register(f):\n    HANDLERS[f.__name__] = f\n    return f\n@register\ndef a(): ...\n",
        "HANDLERS was assigned anew: what became of its old value since it was made (2 items) is not in the new one",
        1,
        "HANDLERS",
        state="m.HANDLERS['later'] = 2",
    ),
    "RL227": one(
        "R = []\nclass Base:\n    def __init_subclass__(cls):\n        R.append('old')\nclass Sub(Base): ...\n",
        "R = []\nclass Base:\n    def __init_subclass__(cls):\n        R.append('new')\nclass Sub(Base): ...\n",
        "Sub was made with the old Base.__init_subclass__, whose work when a class is made is not repeated",
        5,
        "Sub",
    ),
    "RL228": one(
        "def make(n):\n    def inner(x=n):\n        return x\n    return inner\n",
        "def make(n):\n    def inner(x=n + 1):\n        return x\n    return inner\n",
        "1 function of make.<locals>.inner made earlier keep the default of x",
        2,
        "make.<locals>.inner",
        state="inner = m.make(1)",
    ),
    "RL231": one(
        "class C:\n    def __init__(self):\n        self.n = 1\n",
        "class C:\n    def __init__(self):\n        self.n = 2\n",
        "2 instances of C made earlier keep what the old __init__ gave: n",
        2,
        "C",
        state="alive = [m.C(), m.C()]",
    ),
    "RL234": one(
        "class App:\n    def __init__(self, n): self.n = n\nkept = set()\napp = App(1)\n",
        "class App:\n    def __init__(self, n): self.n = n\nkept = set()\napp = App(2)\n",
        "app was made anew, and the earlier one is still held by m.kept",
        4,
        "app",
        state="m.kept.add(m.app)",
    ),
    "RL235": one(
        "R = []\ndef add(x):\n    R.append(x)\n    return len(R) - 1\nA = add('a')\nB = add('b')\n",
        "R = []\ndef add(x):\n    R.append(x)\n    return len(R) - 1\nZ = add('z')\nA = add('a')\nB = add('b')\n",
        "ids that R gives out are not those of a fresh process: Z, A, B",
        5,
        "Z",
    ),
    "RL220": one(
        "def f():\n    return 1\n",
        "def f():\n    return 2\n",
        "the module was loaded before it was watched and its file has changed since; "
        "what its statements outside definitions did is unknown",
        0,
        "",
        unseen=True,
    ),
    "RL222": one(
        "def f():\n    return 1\ndef g():\n    return 1\n",
        "def f():\n    return 2\ndef g():\n    return 2\n",
        "saved but not live: it was not asked for",
        3,
        "g",
        asked="m.f",
    ),
    "RL240": one(
        "SHADE = 1\n",
        "SHADE = 2\n",
        "mix of a plug-in raised ValueError: no pigment",
        0,
        "",
        state="from reloadr.plugins import Plugin, Rule, register\n"
        "def mix():\n    raise ValueError('no pigment')\n"
        "let_go = register(Plugin('paint', [Rule(names=['SHADE'], changed=lambda change, reload: reload.after(mix))]))",
    ),
    "RL247": one(
        "def kept(f):\n    results = {}\n    def wrapper(x):\n        results[x] = f(x)\n        return results[x]\n"
        "    return wrapper\n@kept\ndef price(x):\n    return x\n",
        "def kept(f):\n    results = {}\n    def wrapper(x):\n        results[x] = f(x)\n        return results[x]\n"
        "    return wrapper\n@kept\ndef price(x):\n    return -x\n",
        "what wraps price holds 1 result of the old code",
        7,
        "price",
        state="m.price(1)",
    ),
    "RL301": one(
        "def old():\n    return [each for each in range(10)]\n",
        "def new():\n    return [each for each in range(10)]\n",
        "old cannot be made anew in this process: nothing is bound to that name",
        1,
        "new",
        state="del m.old",
    ),
    "RL303": one(
        "class Base:\n    __slots__ = ('a',)\nclass Sub(Base):\n    pass\n",
        "class Base:\n    __slots__ = ('a', 'b')\nclass Sub(Base):\n    pass\n",
        "Sub cannot get the bases Base while it lives: Base is a new class, because its instances have another layout",
        2,
        "Base",
    ),
    "RL305": one(
        "class Base:\n    __slots__ = ('a',)\nclass Sub(Base):\n    pass\ndef f():\n    return 1\n",
        "class Base:\n    __slots__ = ('a', 'b')\nclass Sub(Base):\n    pass\ndef f():\n    return 2\n",
        "left pending, because strict=True and another edit needs a restart",
        5,
        "f",
        options={"strict": True},
    ),
    "RL306": one(
        "import itertools\ntimes = itertools.count()\n"
        "def once(x):\n    assert next(times) == 0, 'already done'\nonce(1)\n",
        "import itertools\ntimes = itertools.count()\n"
        "def once(x):\n    assert next(times) == 0, 'already done'\nonce(2)\n",
        "a fresh process starts with this source, this one refuses it: AssertionError: already done",
        5,
        "",
    ),
    "RL310": one(
        "a = 1\nCANVAS = 1\n",
        "a = 1\nCANVAS = 2\n",
        "paint cannot take CANVAS into this process: it is stretched once",
        2,
        "",
        state="from reloadr.plugins import Plugin, Rule, register\n"
        "def refuse(change, reload):\n    reload.restart('it is stretched once')\n"
        "let_go = register(Plugin('paint', [Rule(names=['CANVAS'], before=refuse)]))",
    ),
    "RL401": one("x = 1\n", "x = 1\ndef f(:\n    pass\n", "SyntaxError: invalid syntax", 2, ""),
    "RL402": one("x = 1\n", "x = 1 / 0\n", "ZeroDivisionError: division by zero", 1, ""),
    "RL403": Program(
        {"m": "x = 1\n"},
        {"m": b"x = 1\ny = '\xff'\n"},
        "SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xff",
        ("m", "", 2),
    ),
    "RL404": one(
        "x = 1\n",
        "x = 2\n",
        "a before-reload hook raised ValueError: not now",
        0,
        "",
        state="def refuse(modules):\n    raise ValueError('not now')\nhook = reloadr.on_reload(before=refuse)",
    ),
}

#: Given by cells that run again, and tested there.
CELLS = {"RL223"}

#: Given by no reload, and where it is tested.
AFTER_RELOADS = {
    "RL230": "e2e/test_run_verify.py",
    "RL232": "live/test_running_loops.py",
    "RL233": "live/test_running_loops.py",
    "RL238": "live/test_library.py",
    "RL239": "live/test_library.py",
    "RL241": "live/test_holding.py",
    "RL242": "e2e/test_run_hold.py",
    "RL243": "live/test_holding.py",
    "RL244": "e2e/test_dask.py",
    "RL245": "live/test_prepared.py",
    "RL246": "e2e/test_dask.py",
    "RL248": "live/test_at_work.py",
    "RL318": "live/test_library.py",
    "RL319": "live/test_prepared.py",
}


@dataclass
class Process:
    """The modules of a program, imported and watched in this process."""

    folder: Path
    held: dict[str, object]
    watcher: reloadr.Watcher = field(init=False)

    def save(self, files: dict[str, str | bytes | None]) -> None:
        """Writes the files of an edit."""
        for name, text in files.items():
            path = self.folder / f"{name}.py"
            if text is None:
                path.unlink()
            else:
                path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Program], Process]]:
    """Starts programs, and removes every trace of them."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with ExitStack() as stack:

        def begin(program: Program) -> Process:
            held: dict[str, object] = {"reloadr": reloadr}
            stack.callback(held.clear)
            modules: list[ModuleType] = []
            for name, text in program.before.items():
                (tmp_path / f"{name}.py").write_text(text)
                if name != "__main__":
                    stack.callback(sys.modules.pop, name, None)
            for name in program.before:
                module = _as_main(tmp_path, stack) if name == "__main__" else importlib.import_module(name)
                held[name] = module
                modules.append(module)
            process = Process(tmp_path, held)
            if program.unseen:
                for module in modules:
                    capture.release(module)
                process.save(program.after)
            process.watcher = stack.enter_context(reloadr.watch(*modules, on="look", **program.options))
            exec(program.state, held)
            if isinstance(hook := held.get("hook"), reloadr.Hook):
                stack.callback(hook.remove)
            if callable(let_go := held.get("let_go")):
                stack.callback(let_go)
            return process

        yield begin


def _as_main(folder: Path, stack: ExitStack) -> ModuleType:
    """A script as if it had been started."""
    path = folder / "__main__.py"
    module = ModuleType("__main__")
    module.__dict__.update(__file__=str(path), __spec__=None)
    original = sys.modules["__main__"]
    sys.modules["__main__"] = module
    stack.callback(sys.modules.__setitem__, "__main__", original)
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
    return module


def produced(process: Process, program: Program) -> tuple[Reason, ...]:
    """What a reload of the program gives."""
    if not program.unseen:
        process.save(program.after)
    if program.asked:
        reloadr.reload(program.asked)
        return reloadr.status().pending
    return process.watcher.poll().reasons


@pytest.mark.parametrize("code", PROGRAMS)
def test_exact_message(code: str, start: Callable[[Program], Process]) -> None:
    """A real reload gives the reason, word for word, with the place that it concerns and what to do."""
    program = PROGRAMS[code]
    process = start(program)
    reasons = [reason for reason in produced(process, program) if reason.code == code]
    assert [reason.message for reason in reasons] == [program.message]
    (reason,) = reasons
    assert (reason.module, reason.qualname, reason.line) == program.at
    assert Path(reason.path) == process.folder / f"{reason.module}.py"
    assert reason.verdict == CATALOGUE[code].verdict == VERDICT_OF[code[:3]]
    assert reason.advice == CATALOGUE[code].advice


def test_every_code_is_produced() -> None:
    """No code is without a program, here or among the tests of cells and of what follows a reload."""
    assert PROGRAMS.keys() | CELLS | AFTER_RELOADS.keys() == CATALOGUE.keys()


@pytest.mark.parametrize("code", AFTER_RELOADS)
def test_codes_of_what_follows_a_reload_have_their_tests(code: str) -> None:
    """With their exact message."""
    tests = Path(__file__).resolve().parent / AFTER_RELOADS[code]
    assert re.search(rf"\b{code}\b", tests.read_text("utf-8"))


@pytest.mark.parametrize("code", sorted(CELLS))
def test_codes_of_cells_have_their_tests(code: str) -> None:
    """Those that only a notebook's cell can bring."""
    tests = Path(__file__).resolve().parent / "ipython" / "test_cells.py"
    assert f'"{code}" in' in tests.read_text("utf-8")


def test_docs_have_a_row_for_every_code() -> None:
    """The tables in the docs say what the catalogue says, examples included, of the same codes, in the same order."""
    rows = [line for line in DOCS.read_text("utf-8").splitlines() if re.match(r"\| RL\d+ \|", line)]
    wanted = [
        (code, kind.message, kind.advice, " ".join((kind.__doc__ or "").split())) for code, kind in CATALOGUE.items()
    ]
    assert rows == [f"| {' | '.join(each)} |" for each in wanted]


@pytest.mark.parametrize(
    ("heading", "verdict"), [("Caveats", "caveat"), ("Restarts", "restart"), ("Rejections", "rejected")]
)
def test_docs_have_each_code_under_its_verdict(heading: str, verdict: str) -> None:
    section = DOCS.read_text("utf-8").split(f"### {heading}\n")[1].partition("\n##")[0]
    codes = re.findall(r"^\| (RL\d+) \|", section, re.MULTILINE)
    assert codes == [code for code, entry in CATALOGUE.items() if entry.verdict == verdict]


def test_each_code_has_a_page() -> None:
    """In the order of the catalogue, each with what to do."""
    assert list(pages()) == list(CATALOGUE)
    assert [code for code, page in pages().items() if not re.search(r"\n\nDo: ", page) or "\n\n" not in page] == []


def test_explain_prints_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "rl206"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("RL206: a value was computed from what changed\n") and "# reloadr: once" in out
    assert cli.main(["explain"]) == 0
    assert [line[:5] for line in capsys.readouterr().out.splitlines()] == list(CATALOGUE)


def test_explain_names_the_nearest_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "RL2006"]) == 2
    assert capsys.readouterr().err.startswith("reloadr: no such reason: RL2006; did you mean RL206?")
