"""Compares what a notebook's user meets: `%load_ext reloadr` beside `%autoreload 2` and `3`.

    python benches/notebook.py edits       the twenty edits, as a table
    python benches/notebook.py overhead    what stands before each cell with 500 modules and no change
    python benches/notebook.py docs        both, into docs/notebooks.md

Needs IPython. Each tool runs all edits in one process of its own, in an InteractiveShell, each edit on modules of
its own: a cell imports and makes objects, the files are saved, the next cell is run. What is expected of that cell is
what a fresh process of the new source would do, with the state of the old one. An edit counts as wrong where the
expression is not true or raises; whether anything was said of it is noted.
"""

from __future__ import annotations

import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

TOOLS = ("reloadr", "%autoreload 2", "%autoreload 3")
DOCS = Path(__file__).resolve().parent.parent / "docs" / "notebooks.md"
MODULES = 500
#: What each of them holds.
MODULE = "def f(x):\n    return x + VALUE\n\n\nclass C:\n    def m(self):\n        return 1\n"
#: Cells that are run for a figure.
CELLS = 200


class Scenario(NamedTuple):
    """One edit; `M` stands for the module's name, `N` for that of a second one."""

    name: str
    before: str
    #: Replacements of text, or the whole new source.
    after: tuple[tuple[str, str], ...] | str
    #: The cell before the save and the expression of the cell behind it.
    setup: str
    check: str
    other: tuple[str, str] = ("", "")


CART = """
class Base:
    def f(self): return 1
class Cart(Base):
    def __init__(self): self.items = [1, 2]
    def total(self): return sum(self.items)
    def f(self): return super().f()
    @property
    def count(self): return len(self.items)
    @staticmethod
    def name(): return 'cart'
"""

EDITS = (
    Scenario(
        "a function's body, called through `from m import f`",
        "def f(): return 1",
        (("return 1", "return 2"),),
        "from M import f",
        "f() == 2",
    ),
    Scenario(
        "a function that a list of callbacks holds",
        "def f(): return 1",
        (("return 1", "return 2"),),
        "import M; held = [M.f]",
        "held[0]() == 2",
    ),
    Scenario(
        "a method, on an instance and a bound method",
        CART,
        (("sum(self.items)", "-sum(self.items)"),),
        "from M import Cart; cart = Cart(); total = cart.total",
        "cart.total() == total() == -3",
    ),
    Scenario(
        "a method, and `isinstance` and `pickle` afterwards",
        CART,
        (("sum(self.items)", "0"),),
        "import pickle; from M import Cart; cart = Cart()",
        "isinstance(cart, Cart) and isinstance(pickle.loads(pickle.dumps(cart)), Cart)",
    ),
    Scenario(
        "a property and a static method",
        CART,
        (("len(self.items)", "'2'"), ("'cart'", "'basket'")),
        "from M import Cart; cart = Cart(); name = Cart.name",
        "cart.count == '2' and cart.name() == 'basket' and name() == 'basket'",
    ),
    Scenario(
        "a method with `super()`, on an old instance",
        CART,
        (("return super().f()", "return super().f() + 1"),),
        "from M import Cart; cart = Cart()",
        "cart.f() == 2 and Cart().f() == 2",
    ),
    Scenario(
        "a class's method, called by a subclass from another module",
        CART,
        (("def f(self): return 1", "def f(self): return 5"),),
        "from N import Sub; sub = Sub()",
        "sub.f() == 15 and Sub().f() == 15 and isinstance(sub, __import__('M').Cart)",
        other=("from M import Cart\nclass Sub(Cart):\n    def f(self): return super().f() + 10\n", ""),
    ),
    Scenario(
        "an Enum gets a method; members made before are equal to those after",
        "import enum\nclass Size(enum.Enum):\n    S = 1\n    L = 2\n",
        (("L = 2\n", "L = 2\n    def low(self): return self.name.lower()\n"),),
        "from M import Size; size = Size.S; chosen = {Size.L: 1}",
        "size is Size.S and size.low() == 's' and chosen[Size.L] == 1",
    ),
    Scenario(
        "a dataclass gets a field with a default",
        "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\n",
        (("x: int = 1", "x: int = 1\n    y: int = 2"),),
        "from M import P; p = P(5)",
        "p.y == 2 and P(1, 3).y == 3 and P(5) == p",
    ),
    Scenario(
        "a function under `functools.wraps`, held elsewhere",
        "import functools\ndef loud(f):\n    @functools.wraps(f)\n    def w(): return f(), '!'\n    return w\n"
        "@loud\ndef f(): return 1\n",
        (("return 1", "return 2"),),
        "import M; held = [M.f]",
        "held[0]() == (2, '!')",
    ),
    Scenario(
        "a function under `functools.cache` that has cached",
        "import functools\n@functools.cache\ndef f(): return 1\n",
        (("return 1", "return 2"),),
        "from M import f; f(); held = [f]",
        "f() == 2 and held[0]() == 2",
    ),
    Scenario(
        "a closure that was made before",
        "def adder(n):\n    def add(x): return x + n\n    return add\n",
        (("x + n", "x - n"),),
        "import M; add = M.adder(1)",
        "add(5) == 4",
    ),
    Scenario(
        "a default of a parameter",
        "def f(x=1): return x",
        (("x=1", "x=2"),),
        "from M import f; held = [f]",
        "f() == 2 and held[0]() == 2",
    ),
    Scenario(
        "a function, and the module's state stays",
        "seen = []\nopened = object()\ndef f(): return len(seen)\n",
        (("len(seen)", "-len(seen)"),),
        "import M; M.seen.append(1); opened = M.opened",
        "M.f() == -1 and M.opened is opened",
    ),
    Scenario(
        "a comment, and nothing of the module runs again",
        "import builtins\nbuiltins.RUNS = getattr(builtins, 'RUNS', 0) + 1\ndef f(): return 1\n",
        (("def f", "# a comment\ndef f"),),
        "import M, builtins",
        "builtins.RUNS == 1 and M.f.__code__.co_firstlineno == 4",
    ),
    Scenario(
        "a constant, and a default that was computed from it",
        "RATE = 2\ndef f(x, rate=RATE): return x * rate\n",
        (("RATE = 2", "RATE = 3"),),
        "import M; held = M.f",
        "M.RATE == 3 and M.f(1) == 3 and held(1) == 3",
    ),
    Scenario(
        "a function is removed",
        "def f(): return 1\ndef g(): return 2\n",
        "def g(): return 2\n",
        "import M",
        "not hasattr(M, 'f') and M.g() == 2",
    ),
    Scenario(
        "a method is removed",
        CART,
        (("    @staticmethod\n    def name(): return 'cart'\n", ""),),
        "from M import Cart; cart = Cart()",
        "not hasattr(cart, 'name')",
    ),
    Scenario(
        "two files at once: a new function, and its first use",
        "def f(): return 1",
        (("return 1", "return 1\ndef g(): return 2"),),
        "import N, M",
        "N.use() == 2",
        other=("import M\ndef use(): return M.f()\n", "from M import g\ndef use(): return g()\n"),
    ),
    Scenario(
        "a file whose last line raises: nothing of it is half applied",
        "LOG = []\ndef f(): return 1\n",
        "LOG = [1]\ndef f(): return 2\nraise RuntimeError('no')\n",
        "import M",
        "M.LOG == [] and M.f() == 1",
    ),
)


# ---- one tool, in a process of its own --------------------------------------------------------------


def shell_with(tool: str) -> Any:
    """An InteractiveShell in which the tool is on."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    if tool == "reloadr":
        shell.run_line_magic("load_ext", "reloadr")
    elif tool != "none":
        shell.run_line_magic("load_ext", "autoreload")
        shell.run_line_magic("autoreload", tool.split()[1])
    return shell


def save(path: Path, text: str, stamp: int) -> None:
    """With a newer modification time than ever, in whole seconds, for those who go by it."""
    path.write_text(text)
    os.utime(path, (stamp, stamp))


def edits_with(tool: str, folder: Path) -> list[tuple[bool, bool]]:
    """By edit: whether it is right, and whether anything was said that no cell printed."""
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    shell = shell_with(tool)
    outcomes: list[tuple[bool, bool]] = []
    stamp = int(time.time()) - 1000
    for number, edit in enumerate(EDITS):
        names = {"M": f"first{number}", "N": f"second{number}"}

        def named(text: str, names: dict[str, str] = names) -> str:
            return re.sub(r"\b[MN]\b", lambda found: names[found[0]], dedent(text))

        after = edit.after if isinstance(edit.after, str) else edit.before
        for old, new in () if isinstance(edit.after, str) else edit.after:
            assert old in after, (edit.name, old)
            after = after.replace(old, new)
        paths = [folder / f"{name}.py" for name in names.values()]
        for path, text in zip(paths, (edit.before, edit.other[0]), strict=True):
            save(path, named(text), stamp)
        quietly(shell, named(edit.setup))
        stamp += 10
        for path, text in zip(paths, (after, edit.other[1]), strict=True):
            if text:
                save(path, named(text), stamp)
        is_right, said = quietly(shell, f"outcome = bool({named(edit.check)})")
        outcomes.append((is_right and shell.user_ns.pop("outcome", False) is True, said))
    return outcomes


def quietly(shell: Any, text: str) -> tuple[bool, bool]:
    """Runs a cell; whether it ended well, and whether anything was said."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        done = shell.run_cell(text)
    return bool(done.success), bool(said.getvalue().strip())


def overhead_with(tool: str, folder: Path) -> tuple[float, float]:
    """Milliseconds before and behind a cell, beside 500 modules without a change: medians.

    Of processor time, that of all threads: what else the machine does is left out.
    """
    sys.path.insert(0, str(folder))
    os.chdir(folder)
    package = folder / "many"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text("")
    for number in range(MODULES):
        path = package / f"m{number}.py"
        if not path.exists():
            path.write_text(f"VALUE = {number}\n{MODULE}")
    shell = shell_with(tool)
    shell.run_cell(f"import importlib\nfor n in range({MODULES}):\n    importlib.import_module('many.m' + str(n))")
    shell.run_cell("pass")
    info, result = cell_of(shell)
    before, behind = [], []
    for _ in range(CELLS):
        started = time.process_time()
        shell.events.trigger("pre_run_cell", info)
        between = time.process_time()
        shell.events.trigger("post_run_cell", result)
        before.append((between - started) * 1000)
        behind.append((time.process_time() - between) * 1000)
    return statistics.median(before), statistics.median(behind)


def cell_of(shell: Any) -> tuple[Any, Any]:
    """What IPython tells of a cell."""
    result = shell.run_cell("pass")
    return result.info, result


# ---- all of them ------------------------------------------------------------------------------------


def measured(what: str, tool: str) -> Any:
    """The figures of one tool, from a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "IPYTHONDIR": str(Path(folder) / ".ipython")}
        command = [sys.executable, str(Path(__file__).resolve()), what, tool, folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def edits_table() -> str:
    """The twenty edits, by tool."""
    columns = {tool: measured("edits-of", tool) for tool in TOOLS}
    rows = [f"| edit | {' | '.join(f'`{tool}`' for tool in TOOLS)} |", f"| --- |{' --- |' * len(TOOLS)}"]
    for number, edit in enumerate(EDITS):
        cells = [word_of(*columns[tool][number]) for tool in TOOLS]
        rows.append(f"| {edit.name} | {' | '.join(cells)} |")
    sums = [f"**{sum(is_right for is_right, _ in columns[tool])} of {len(EDITS)}**" for tool in TOOLS]
    rows.append(f"| **right** | {' | '.join(sums)} |")
    return "\n".join(rows)


def word_of(is_right: bool, said: bool) -> str:
    """How an edit is entered."""
    return "right" if is_right else "wrong, and said" if said else "wrong"


def overhead_table() -> str:
    """What stands before each cell, in one run."""
    figures = {tool: measured("overhead-of", tool) for tool in TOOLS}
    rows = ["| tool | before each cell | behind it |", "| --- | --- | --- |"]
    rows += [f"| `{tool}` | {before:.2f} ms | {behind:.2f} ms |" for tool, (before, behind) in figures.items()]
    return "\n".join(rows)


def entered(text: str, name: str, table: str) -> str:
    """A document with a table between its marks."""
    start, end = f"<!-- {name}: benches/notebook.py -->", f"<!-- end of {name} -->"
    assert start in text and end in text, name
    head, _, rest = text.partition(start)
    return f"{head}{start}\n\n{table}\n\n{end}{rest.partition(end)[2]}"


def main(arguments: list[str]) -> int:
    """Command line."""
    if arguments[:1] == ["edits-of"]:
        print(json.dumps(edits_with(arguments[1], Path(arguments[2]).resolve())))
    elif arguments[:1] == ["overhead-of"]:
        print(json.dumps(overhead_with(arguments[1], Path(arguments[2]).resolve())))
    elif arguments == ["edits"]:
        print(edits_table())
    elif arguments == ["overhead"]:
        print(overhead_table())
    elif arguments == ["docs"]:
        text = entered(DOCS.read_text("utf-8"), "edits", edits_table())
        DOCS.write_text(entered(text, "overhead", overhead_table()), "utf-8")
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
