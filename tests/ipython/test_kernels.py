"""Real kernels, driven as a notebook drives them."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable

import pytest
from harness import Project
from notebook import Kernel
from reloadr.running.interpreter import TRIED

SHOP = "def greet():\n    return 'hello'\n"
Start = Callable[..., Kernel]


def test_a_kernel(kernel: Start, project: Project) -> None:
    """Saves are live in the next cell, cells that run again patch; errors stay until mended."""
    project.write("shop", SHOP)
    notebook = kernel()
    notebook.do("import shop\nheld = shop.greet", "a")
    project.write("shop", SHOP.replace("hello", "hi"))
    outcome = notebook.do("held()", "b")
    assert outcome.result == "'hi'"
    assert outcome.plain == "reloadr: shop: 1 function" and "+    return &#x27;hi&#x27;" in outcome.page
    notebook.do("class Cart:\n    def total(self):\n        return 1\n", "c")
    notebook.do("cart = Cart()", "d")
    assert (
        notebook.do("class Cart:\n    def total(self):\n        return 2\n", "c").plain
        == "reloadr: this cell: 1 function"
    )
    assert notebook.do("cart.total(), isinstance(cart, Cart)", "e").result == "(2, True)"
    project.write("shop", "def greet(:\n")
    outcome = notebook.do("held()", "b")
    assert outcome.result == "'hi'" and "shop.py:1: SyntaxError" in outcome.plain
    project.write("shop", SHOP)
    outcome = notebook.do("held()", "b")
    assert outcome.result == "'hello'"
    # The cell says so, and the display of the error where it stands.
    texts = [each["text/plain"] for each in outcome.shown]
    assert texts[:2] == ["reloadr: mended: what runs is what is saved again", "reloadr: mended"]
    outcome = notebook.run("1 / 0", "f")
    assert outcome.error == "ZeroDivisionError: division by zero" and outcome.shown == []


def test_a_long_cell(kernel: Start, project: Project) -> None:
    """A save in its midst waits for its end, or comes at once."""
    project.write("shop", SHOP)
    notebook = kernel()
    notebook.do("import pathlib, shop, time")
    loop = """
    print('begun', flush=True)
    end = time.monotonic() + 30
    while time.monotonic() < end and shop.greet() == 'hello' and not pathlib.Path('enough').exists():
        time.sleep(0.01)
    print(shop.greet())
    """
    running = notebook.send(loop)
    assert notebook.next_text(running) == "begun\n"
    project.write("shop", SHOP.replace("hello", "later"))
    # It has the time to be applied.
    time.sleep(0.5)
    (project.root / "enough").write_text("")
    outcome = notebook.wait(running)
    assert outcome.text == "hello\n" and "shop: 1 function" in outcome.plain
    assert notebook.do("shop.greet()").result == "'later'"
    notebook.do("%reloadr mode now")
    project.write("shop", SHOP)
    (project.root / "enough").unlink()
    running = notebook.send(loop)
    assert notebook.next_text(running) == "begun\n"
    project.write("shop", SHOP.replace("hello", "at once"))
    outcome = notebook.wait(running)
    assert outcome.text == "at once\n" and "shop: 1 function" in outcome.plain


def test_several_kernels_on_one_folder(kernel: Start, project: Project) -> None:
    """Each follows for itself."""
    project.write("shop", SHOP)
    notebooks = [kernel(), kernel()]
    for notebook in notebooks:
        notebook.do("import shop\nheld = shop.greet")
    project.write("shop", SHOP.replace("hello", "hi"))
    for notebook in notebooks:
        outcome = notebook.do("held()")
        assert outcome.result == "'hi'" and outcome.plain == "reloadr: shop: 1 function"


def test_async_cells_and_tasks(kernel: Start, project: Project) -> None:
    """A task that goes on between cells runs new code at its next call; its own loop does at its next iteration."""
    project.write(
        "shop",
        """
        import asyncio

        async def step():
            return 1

        async def loop(out):
            while True:
                out.append(await step())
                await asyncio.sleep(0.01)
        """,
    )
    notebook = kernel()
    notebook.do(
        "import asyncio, shop\nout = []\ntask = asyncio.create_task(shop.loop(out))\nawait asyncio.sleep(0.05)\nout[-1]"
    )
    project.write("shop", project.path("shop").read_text().replace("return 1", "return 2"))
    assert notebook.do("await asyncio.sleep(0.1)\nout[-1]").result == "2"
    project.write("shop", project.path("shop").read_text().replace("out.append(", "out.append(10 * "))
    outcome = notebook.do("await asyncio.sleep(0.05)\nout[-1], task.done()")
    moves = sys.version_info[:2] in TRIED
    assert outcome.result == ("(20, False)" if moves else "(2, False)")
    assert ("RL201" in outcome.plain) != moves
    notebook.do("task.cancel()")


def test_run(kernel: Start, project: Project) -> None:
    """`%run` of a script that imports what is edited, and is edited itself."""
    project.write("shop", SHOP)
    project.write("script.py", "import shop\nprint(shop.greet())\ndef local():\n    return 1\n")
    notebook = kernel()
    assert notebook.do("%run script.py").text == "hello\n"
    project.write("shop", SHOP.replace("hello", "hi"))
    assert notebook.do("%run script.py").text == "hi\n"
    project.write("script.py", "import shop\nprint(shop.greet())\ndef local():\n    return 2\n")
    assert notebook.do("%run script.py").text == "hi\n"
    assert notebook.do("local()").result == "2"


def test_forked_workers(kernel: Start, project: Project) -> None:
    """They run what was live when they were forked, and do not hold up the notebook."""
    project.write("shop", SHOP)
    notebook = kernel()
    notebook.do("import shop, multiprocessing, warnings\nwarnings.simplefilter('ignore')")
    notebook.do("pool = multiprocessing.get_context('fork').Pool(1)\npool.apply(shop.greet)")
    project.write("shop", SHOP.replace("hello", "hi"))
    assert notebook.do("shop.greet(), pool.apply(shop.greet)").result == "('hi', 'hello')"
    fresh = "with multiprocessing.get_context('fork').Pool(1) as fresh:\n    print(fresh.apply(shop.greet))"
    assert notebook.do(fresh).text == "hi\n"
    notebook.do("pool.terminate()")


def test_children_are_edited_as_well(kernel: Start, project: Project) -> None:
    """A process that a cell forks: one line says where the save is live."""
    project.write("shop", SHOP)
    notebook = kernel()
    notebook.do("%reloadr children\nimport shop, os, multiprocessing")
    notebook.do("def ask(n):\n    return os.getpid() != n, shop.greet()")
    notebook.do("pool = multiprocessing.get_context('fork').Pool(1)")
    assert notebook.do("pool.apply(ask, [os.getpid()])").result == "(True, 'hello')"
    project.write("shop", SHOP.replace("hello", "hi"))
    end = time.monotonic() + 30
    while "live in 2 processes" not in notebook.do("1").plain:
        assert time.monotonic() < end
    assert notebook.do("pool.apply(ask, [os.getpid()])").result == "(True, 'hi')"
    notebook.do("pool.terminate()")


def test_debugger(kernel: Start, project: Project) -> None:
    """It steps through the lines that were saved last, in modules and in cells that ran again."""
    project.write("shop", SHOP)
    notebook = kernel()
    notebook.do("import shop\nheld = shop.greet", "a")
    cell = "def local():\n    return {}\n"
    notebook.do(cell.format(1), "b")
    notebook.do("kept = local", "c")
    project.write("shop", f"# moved\n\n{SHOP.replace('hello', 'hi')}")
    notebook.do("# moved too\n" + cell.format(2), "b")
    step = """
    import io, pdb
    said = io.StringIO()
    debugger = pdb.Pdb(stdin=io.StringIO("step\\nwhere\\ncontinue\\n"), stdout=said, nosigint=True, readrc=False)
    debugger.runcall({})
    print(said.getvalue())
    """
    shown = uncoloured(notebook.do(step.format("held")).text)
    assert "shop.py(4)greet()" in shown and "----> 4     return 'hi'" in shown
    shown = uncoloured(notebook.do(step.format("kept")).text)
    assert "(3)local()" in shown and "----> 3     return 2" in shown


def uncoloured(text: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def test_values_the_user_holds(kernel: Start, project: Project) -> None:
    """numpy and pandas objects, and callbacks of matplotlib: none is made anew, each runs the new code."""
    project.write(
        "work",
        """
        import functools
        import numpy
        TABLE = numpy.zeros(3)
        def scale(x):
            return x * 2
        @functools.cache
        def slow(n):
            return n * 2
        def on_draw(event):
            events.append(1)
        events = []
        """,
    )
    notebook = kernel()
    done = notebook.run("import numpy, pandas, matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt")
    if done.error:
        pytest.skip(f"without numpy, pandas and matplotlib: {done.error}")
    notebook.do(
        "import work\nframe = pandas.DataFrame({'a': [1, 2]})\narray = numpy.arange(3)\nwork.TABLE[:] = 7\nwork.slow(1)"
    )
    notebook.do("fig = plt.figure(); fig.canvas.mpl_connect('draw_event', work.on_draw); ident = id(work.TABLE)")
    text = project.path("work").read_text()
    project.write("work", text.replace(" * 2", " * 3").replace("events.append(1)", "events.append(2)"))
    outcome = notebook.do("frame.a.map(work.scale).tolist(), work.scale(array).tolist(), work.slow(1)")
    assert outcome.result == "([3, 6], [0, 3, 6], 3)" and outcome.plain == "reloadr: work: 3 functions"
    assert notebook.do("fig.canvas.draw(); work.events").result == "[2]"
    assert notebook.do("id(work.TABLE) == ident, work.TABLE.tolist()").result == "(True, [7.0, 7.0, 7.0])"
    cell = """
    class Frame(pandas.DataFrame):
        @property
        def _constructor(self):
            return Frame
        def both(self):
            return {}
    """
    notebook.do(cell.format(1), "c")
    notebook.do("mine = Frame({'a': [1]})")
    notebook.do(cell.format(2), "c")
    assert notebook.do("mine.both(), mine.head().both(), isinstance(mine, Frame)").result == "(2, 2, True)"


def test_cells_without_ids_go_by_their_text(kernel: Start) -> None:
    """As nbclient and papermill run them: two cells that define one name are two; the same cell again is the same."""
    running = kernel()
    first, second = "def f(): return 1\na = f", "def f(): return 2"
    running.do(first)
    running.do(second)
    assert running.do("a(), f()").result == "(1, 2)"
    running.do(second.replace("f()", "g()"))
    running.do("held = g")
    running.do(second.replace("f()", "g()"))
    assert running.do("held is g").result == "True"
