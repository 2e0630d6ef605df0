"""`%load_ext reloadr` in a real shell: saved modules are live before each cell, and what changed is shown."""

from __future__ import annotations

import importlib.util
import re
import sys
import time
from collections.abc import Callable

import pytest
import reloadr
from harness import Project
from notebook import Shell
from reloadr.running.interpreter import TRIED

SHOP = """\
import enum


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


class Cart:
    def __init__(self):
        self.items = []

    def total(self):
        return sum(self.items)


def greet():
    return "hello"
"""


def until(predicate: Callable[[], object], seconds: float = 10) -> None:
    """Waits for something that another thread does."""
    end = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_save_is_live_in_the_next_cell(shell: Shell, project: Project) -> None:
    """With instances, bound methods, enum members and names imported by value."""
    project.write("shop", SHOP)
    shell.do("import shop\nfrom shop import Cart, Size, greet\ncart = Cart()\ncart.items.append(2)\nsize = Size.SMALL")
    shell.do("total = cart.total")
    project.write("shop", SHOP.replace("return sum(self.items)", "return sum(self.items) * 10").replace("hello", "hi"))
    outcome = shell.do("cart.total(), total(), greet(), size is Size.SMALL, isinstance(cart, Cart)")
    assert outcome.result == (20, 20, "hi", True, True)
    assert outcome.plain == "reloadr: shop: 2 functions"


def test_a_name_that_a_cell_imported_follows(shell: Shell, project: Project) -> None:
    """A value, under its own name and under another."""
    project.write("lib", "RATE = 1\n")
    shell.do("from lib import RATE\nfrom lib import RATE as other")
    project.write("lib", "RATE = 2\n")
    assert shell.do("RATE, other").result == (2, 2)


def test_the_line_unfolds_into_a_diff_of_functions(shell: Shell, project: Project) -> None:
    """Coloured by classes, for a light and a dark theme, with verdicts and reasons."""
    project.write("shop", SHOP)
    shell.do("import shop\ncart = shop.Cart()")
    project.write("shop", SHOP.replace("self.items = []", "self.items = []\n        self.owner = '<nobody>'"))
    outcome = shell.do("1")
    assert outcome.plain.startswith("reloadr: shop: 1 function, 1 caveat (RL209 Cart.__init__)\n")
    assert "RL209" in outcome.plain and "owner" in outcome.plain
    page = outcome.page
    assert "<details><summary>" in page and "shop: 1 function, 1 caveat (RL209 Cart.__init__)" in page
    assert '<span class="added">+        self.owner = &#x27;&lt;nobody&gt;&#x27;</span>' in page
    assert '<span class="same">     def __init__(self):</span>' in page
    assert "RL209" in page and 'class="verdict caveat"' in page
    assert "prefers-color-scheme: dark" in page and "[data-jp-theme-light=false]" in page
    assert "--reloadr-added" in page


def test_what_the_thread_has_just_carried_out_is_shown_behind_this_cell(
    shell: Shell, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it was live before the cell could ask, and is told a moment later."""
    project.write("shop", SHOP)
    shell.do("import shop")
    heard = reloadr.Watcher.heard

    def late(self: reloadr.Watcher, report: reloadr.Report) -> None:
        time.sleep(0.2)
        heard(self, report)

    monkeypatch.setattr(reloadr.Watcher, "heard", late)
    project.write("shop", SHOP.replace('"hello"', '"hi"'))
    until(lambda: shell["shop"].greet() == "hi")
    assert shell.do("shop.greet()").plain == "reloadr: shop: 1 function"


def test_a_cell_without_changes_says_nothing(shell: Shell, project: Project) -> None:
    """The quiet of daily use."""
    project.write("shop", SHOP)
    assert shell.do("import shop").shown == []
    assert shell.do("shop.greet()").shown == []


def test_an_error_stays_visible_until_it_is_mended(shell: Shell, project: Project) -> None:
    """With the line and a caret; cells run with the old code meanwhile."""
    path = project.write("shop", SHOP)
    shell.do("import shop")
    project.write("shop", SHOP + "\n\ndef broken(:\n    pass\n")
    for _ in range(2):
        outcome = shell.do("shop.greet()")
        assert outcome.result == "hello"
        assert "running is not saved: cells run with the old code until this is mended" in outcome.plain
        assert f"{path.name}:21" in outcome.plain and "def broken(:" in outcome.plain
        assert re.search(r"^ +\^$", outcome.plain, re.MULTILINE)
        assert "def broken(:" in outcome.page and 'class="problem"' in outcome.page
        assert len(outcome.shown) == 1
    project.write("shop", SHOP.replace("hello", "mended"))
    outcome = shell.do("shop.greet()")
    assert outcome.result == "mended" and "not saved" not in outcome.plain
    assert "reloadr: mended: what runs is what is saved again" in outcome.plain


def test_what_is_pending_is_marked(shell: Shell, project: Project) -> None:
    """Running is not saved, which each cell says until it is."""
    project.write("shop", SHOP)
    shell.do("import shop")
    project.write("shop", SHOP.replace("hello", "hi"))
    shell.do("1")
    outcome = shell.do("%reloadr undo")
    assert "undone: shop: 1 function" in outcome.plain
    assert "running is not saved: shop.greet RL222" in outcome.plain
    outcome = shell.do("shop.greet()")
    assert (
        outcome.result == "hello" and "running is not saved" in outcome.plain and "running is not saved" in outcome.page
    )
    project.write("shop", SHOP.replace("hello", "hey"))
    outcome = shell.do("shop.greet()")
    assert outcome.result == "hey" and "not saved" not in outcome.plain


def test_a_save_while_a_cell_runs_waits_for_its_end(shell: Shell, project: Project) -> None:
    """In the mode `after`; what it changed stands below that cell."""
    project.write("shop", SHOP)
    shell.shell.user_ns["save"] = lambda: project.write("shop", SHOP.replace("hello", "later"))
    shell.do("import shop, time")
    outcome = shell.do("save()\ntime.sleep(0.3)\nprint(shop.greet())")
    assert outcome.text == "hello\n" and "shop: 1 function" in outcome.plain
    assert shell["shop"].greet() == "later"


def test_a_save_while_a_cell_runs_is_applied_at_once(shell: Shell, project: Project) -> None:
    """In the mode `now`."""
    project.write("shop", SHOP)
    shell.shell.user_ns["save"] = lambda: project.write("shop", SHOP.replace("hello", "at once"))
    shell.shell.user_ns["until"] = until
    shell.do("import shop")
    shell.do("%reloadr mode now")
    outcome = shell.do("save()\nuntil(lambda: shop.greet() == 'at once')\nprint(shop.greet())")
    assert outcome.text == "at once\n"
    # The code is live a moment before the report is heard: it stands below this cell or the next.
    if not outcome.shown:
        until(lambda: bool(shell.extension.history))
        outcome = shell.do("1")
    assert "shop: 1 function" in outcome.plain


def test_a_save_between_cells_is_live_for_callbacks(shell: Shell, project: Project) -> None:
    """Those that run while no cell does; the next cell tells of it."""
    project.write("shop", SHOP)
    shell.do("import shop")
    greet = shell["shop"].greet
    project.write("shop", SHOP.replace("hello", "in between"))
    until(lambda: greet() == "in between")
    assert shell.do("1").plain == "reloadr: shop: 1 function"


def test_on_and_off(shell: Shell, project: Project) -> None:
    """Off leaves modules alone; on brings what was saved meanwhile."""
    project.write("shop", SHOP)
    shell.do("import shop")
    shell.do("%reloadr off")
    assert "off" in shell.do("%reloadr status").result.text
    project.write("shop", SHOP.replace("hello", "hi"))
    assert shell.do("shop.greet()").result == "hello"
    assert "shop: 1 function" in shell.do("%reloadr on").plain
    assert shell.do("shop.greet()").result == "hi"


def test_watch_and_unwatch(shell: Shell, project: Project) -> None:
    """A module is left alone, and taken in again."""
    project.write("shop", SHOP)
    shell.do("import shop")
    shell.do("%reloadr unwatch shop")
    project.write("shop", SHOP.replace("hello", "hi"))
    assert shell.do("shop.greet()").result == "hello"
    shell.do("%reloadr watch shop")
    assert shell.do("shop.greet()").result == "hi"


def test_magic(shell: Shell, project: Project) -> None:
    """Its other words."""
    project.write("shop", SHOP)
    shell.do("import shop")
    assert re.match(r"on, \d+ modules? watched", shell.do("%reloadr").result.text)
    assert "everything runs what is saved" in shell.do("%reloadr status").result.text
    assert shell.do("%reloadr mode").result.text.startswith("after")
    assert shell.do("%reloadr cells").result.text == "on"
    reloadr.undo()
    shell.do("1")
    assert shell.do("%reloadr undo").result.text == "there is nothing to take back"
    project.write("shop", SHOP.replace("hello", "hi"))
    shell.do("1")
    history = shell.do("%reloadr history 1").result
    assert "update shop.greet" in history.text and "+    return &quot;hi&quot;" in history.page
    project.write("shop", "def broken(:\n")
    shell.do("1")
    status = shell.do("%reloadr status").result
    assert "RL401" in status.text and "RL401" in status.page
    project.write("shop", SHOP)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nonsense", "not 'nonsense'"),
        ("mode never", "after or now"),
        ("cells maybe", "on or off"),
        ("watch", "wants a module"),
        ("watch no_such_module_at_all/x", "cannot watch"),
        ("unwatch", "wants the name"),
        ("unwatch no_such_module", "was not watched"),
        ("history many", "wants a number"),
    ],
)
def test_magic_refuses(shell: Shell, line: str, words: str) -> None:
    """What makes no sense, in words."""
    error = shell.run(f"%reloadr {line}").error
    assert type(error).__name__ == "UsageError" and words in str(error)


def test_settings_of_the_project(shell: Shell, project: Project) -> None:
    """`[tool.reloadr]` holds for notebooks too; a table that makes no sense is named."""
    project.write("shop", SHOP)
    project.write("vendored.lib", SHOP)
    (project.root / "pyproject.toml").write_text('[tool.reloadr]\nexclude = ["vendored"]\n')
    shell.do("%unload_ext reloadr")
    shell.do("%load_ext reloadr")
    shell.do("import shop, vendored.lib")
    for name in ("shop", "vendored.lib"):
        project.write(name, SHOP.replace("hello", "hi"))
    assert shell.do("shop.greet(), vendored.lib.greet()").result == ("hi", "hello")
    shell.do("%unload_ext reloadr")
    (project.root / "pyproject.toml").write_text("[tool.reloadr]\nnonsense = 1\n")
    assert "no setting 'nonsense'" in shell.do("%load_ext reloadr").plain


def test_autoreload_as_well(shell: Shell) -> None:
    """A clear word, once, below the cell that turns it on."""
    shell.do("%load_ext autoreload")
    assert shell.do("1").shown == []
    outcome = shell.do("%autoreload 2")
    assert "%autoreload is on as well" in outcome.plain and "`%autoreload 0` or `%reloadr off`" in outcome.plain
    assert shell.do("1").shown == []
    shell.do("%autoreload 0")
    assert shell.do("1").shown == []


def test_help(shell: Shell) -> None:
    """Each command, a line each."""
    shown = shell.do("%reloadr help").result
    assert "%reloadr history [N]" in shown.text and "%reloadr undo" in shown._repr_html_()


def test_the_history_has_times_and_cells(shell: Shell, project: Project) -> None:
    """Of the cell that a save was live in."""
    project.write("shop", SHOP)
    shell.do("import shop")
    project.write("shop", SHOP.replace("self.items = []", "self.items = [1]"))
    shell.do("1")
    history = shell.do("%reloadr history").result
    assert re.match(r"In \[3\] \d\d:\d\d:\d\d  shop: 1 function\n", history.text)
    assert re.search(r"In \[3\] \d\d:\d\d:\d\d shop: 1 function", history._repr_html_())


def test_a_statement_is_listed_once(shell: Shell, project: Project) -> None:
    """With its difference: a constant of the module, and one of a class."""
    project.write("shop", "LIMIT = 1\nclass Cart:\n    size = 1\n")
    shell.do("import shop")
    project.write("shop", "LIMIT = 2\nclass Cart:\n    size = 2\n")
    page = shell.do("1").page
    assert page.count('<span class="added">+LIMIT = 2</span>') == 1 == page.count("+    size = 2</span>")
    assert page.count('class="item"') == 2


def test_status_has_its_lines(shell: Shell) -> None:
    """In a browser as well."""
    assert shell.do("%reloadr status").result._repr_html_().count("<br>") == 2


def test_unload(shell: Shell, project: Project) -> None:
    """Nothing is left behind."""
    project.write("shop", SHOP)
    shell.do("import shop\ndef f(): return 1\nheld = f", "a")
    shell.do("%unload_ext reloadr")
    project.write("shop", SHOP.replace("hello", "hi"))
    shell.do("import shop\ndef f(): return 2", "a")
    assert shell.do("shop.greet(), held()").result == ("hello", 1)
    assert "reloadr" not in shell.shell.magics_manager.magics["line"]
    assert not reloadr.status().watched
    shell.do("%load_ext reloadr")
    assert shell.do("shop.greet()").result == "hi"


def test_disabled(shell: Shell, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said once; nothing is watched."""
    shell.do("%unload_ext reloadr")
    monkeypatch.setattr("reloadr._disabled._is_disabled", True, raising=False)
    monkeypatch.setattr("reloadr._disabled.is_disabled", lambda: True)
    project.write("shop", SHOP)
    assert "disabled" in shell.do("%load_ext reloadr").plain
    shell.do("import shop")
    project.write("shop", SHOP.replace("hello", "hi"))
    assert shell.do("shop.greet()").result == "hello"


def test_watch_alone_shows_a_live_result(shell: Shell, project: Project) -> None:
    """A watcher as the last expression of a cell; its reports come to the same place."""
    project.write("shop", SHOP)
    shell.do("%unload_ext reloadr")
    outcome = shell.do("import reloadr, shop\nwatcher = reloadr.watch(shop)\nwatcher")
    assert outcome.plain == "<watcher of shop: live on save>"
    project.write("shop", SHOP.replace("hello", "hi"))
    until(lambda: shell["shop"].greet() == "hi")
    shown: list[dict[str, str]] = []
    until(lambda: shown or shown.extend(each["data"] for each in shell.shell.display_pub.outputs[1:]))
    assert "update shop.greet" in shown[0]["text/plain"]
    shell["watcher"].stop()
    assert repr(shell["watcher"]) == "<watcher: stopped>"


def test_importing_reloadr_needs_no_ipython() -> None:
    """The integration is loaded when it is asked for."""
    source = importlib.util.find_spec("reloadr.notebook")
    assert source is not None
    assert "load_ipython_extension" not in reloadr.__all__ and callable(reloadr.load_ipython_extension)


def test_verify_compares_with_a_fresh_process(shell: Shell, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """`%reloadr verify` says that all is as it would be."""
    # Other tests load scripts of ours under names that nobody can import: those are named as unknown.
    for name in [name for name in sys.modules if name.startswith("reloadr_")]:
        monkeypatch.delitem(sys.modules, name)
    project.write("shop", SHOP)
    shell.do("import shop")
    shown = shell.do("%reloadr verify").result
    assert shown.text.startswith("verified: as a fresh process would be (")


def test_a_block_of_a_cell_is_held(shell: Shell, project: Project) -> None:
    """What an edit has made raise waits in the cell's loop, and takes the mend, which no cell could be run to bring."""
    text = "def greet():\n    return 'hello'\n"
    project.write("shop", text)
    shell.do("import shop, reloadr, sys")
    project.write("shop", text.replace("'hello'", "1 / 0"))
    # IPython shows exceptions by a hook of its own while a statement of a cell runs.
    shell.shell.user_ns["mend"] = lambda *_: project.write("shop", text.replace("hello", "mended"))
    cell = "for i in range(3):\n    sys.excepthook = mend\n    with reloadr.hold():\n        print(i, shop.greet())"
    outcome = shell.do(cell)
    assert outcome.text == "1 mended\n2 mended\n"
    assert "RL241" in outcome.plain


@pytest.mark.skipif(sys.version_info[:2] not in TRIED, reason="loops are held where they move")
@pytest.mark.parametrize("mode", ["on", "next"])
@pytest.mark.parametrize("how", ["loop", "mode", "function", "while"])
def test_a_loop_of_a_cell_is_held(shell: Shell, project: Project, mode: str, how: str) -> None:
    """By itself or all of them: the iteration is done again, or the next one, once the module is mended."""
    text = "def greet():\n    return 'hello'\n"
    project.write("shop", text)
    shell.do("import shop, reloadr, sys")
    project.write("shop", text.replace("'hello'", "1 / 0"))
    shell.shell.user_ns["mend"] = lambda *_: project.write("shop", text.replace("hello", "mended"))
    body = "    sys.excepthook = mend\n    print(i, shop.greet())"
    hold = "True" if mode == "on" else "'next'"
    cells = {
        "loop": f"for i in reloadr.loop(range(3), hold={hold}):\n{body}",
        "mode": f"for i in range(3):\n{body}",
        "function": f"def go():\n  for i in range(3):\n{body}\ngo()",
        "while": f"i = 0\nwhile i < 3:\n{body}\n    i += 1",
    }
    if how != "loop":
        shell.do(f"%reloadr hold {mode}")
    try:
        outcome = shell.do(cells[how])
        assert "it waits: save a mend, and it goes on" in outcome.plain
        lines = [line for line in outcome.text.splitlines() if "mended" in line]
        assert [line.split()[0] for line in lines] == (
            ["1", "2"] if mode == "next" and how != "while" else ["0", "1", "2"]
        )
        assert "RL241" in outcome.plain
    finally:
        shell.do("%reloadr hold off")
    assert "hold off" in shell.do("%reloadr status").result.text
