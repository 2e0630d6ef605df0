"""`reloadr test`: each save runs the tests that it can touch, on what is saved, in a fork of a warm process."""

import re
import signal
import textwrap

import pytest
from program import PYTHON, replace, until

#: None of the plug-ins that are installed beside.
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

TEST = (PYTHON, "-m", "reloadr", "test")

FILES = {
    "pytest.ini": "[pytest]\naddopts = -p no:cacheprovider\npythonpath = .\n",
    "shop.py": """
        import os
        print("shop imported", os.getpid())
        RATE = 2

        def total(n):
            return n * RATE

        class User:
            def hello(self):
                return "hi"
    """,
    "cart.py": """
        from shop import total

        def pay(n):
            return total(n) + 1
    """,
    "tests/conftest.py": """
        import pytest

        @pytest.fixture
        def three():
            return 3
    """,
    "tests/test_cart.py": """
        from cart import pay

        def test_pay(three):
            assert pay(three) == 7

        def test_other():
            assert pay(0) == 1
    """,
    "tests/test_user.py": """
        from shop import User

        def test_user():
            said = User().hello()
            assert said == "hi"
    """,
}


class UnderTest:
    """A project under `reloadr test`."""

    def __init__(self, start, folder, *arguments, waits=True, summary="3 passed"):
        self.folder = folder
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip())
        self.program = start(*arguments, command=TEST, env=ALONE)
        self.runs = 0
        self.passes(summary)
        if waits:
            self.program.prints("what the tests import is imported")

    def save(self, name, old, new):
        path = self.folder / name
        text = path.read_text()
        assert old in text
        replace(path, text.replace(old, new))

    def passes(self, summary):
        """Waits for the next run, and for what it comes to."""
        self.runs += 1
        until(lambda: len(self.summaries) >= self.runs, lambda: self.program.output)
        assert summary in self.summaries[self.runs - 1], self.program.output

    @property
    def summaries(self):
        return [line for line in self.program.lines if re.fullmatch(r"=+ .* in [\d.:s ()]+=+", line)]


@pytest.fixture
def tested(start, tmp_path):
    return UnderTest(start, tmp_path)


def test_a_save_runs_what_it_can_touch(tested):
    """Functions by name, assignments, a test file with its rewritten assertions; one process all the while."""
    tested.save("shop.py", "n * RATE", "RATE * n")
    tested.passes("2 passed")
    tested.save("shop.py", '"hi"', '"ho"')
    tested.passes("1 failed")
    assert "assert 'ho' == 'hi'" in tested.program.output
    tested.program.prints("1 failing")
    tested.save("tests/test_user.py", 'said == "hi"', 'said == "ho"')
    tested.passes("1 passed")
    tested.save("shop.py", "RATE = 2", "RATE = 3")
    tested.passes("1 failed, 1 passed")
    tested.save("tests/test_cart.py", "== 7", "== 10")
    tested.passes("2 passed")
    # What was imported was not imported again: by the first run and, once, by the warm process.
    assert tested.program.output.count("shop imported") == 0


def test_what_is_wrong_and_what_cannot_be_had(tested):
    """A mistake runs nothing; another base starts the process anew, as does a conftest file that it has loaded."""
    tested.save("shop.py", "RATE = 2", "RATE = 2)")
    tested.program.prints("rejected RL401")
    tested.save("tests/test_user.py", "said = User", "said  = User")
    tested.program.prints("nothing is run before that is mended")
    tested.save("shop.py", "RATE = 2)", "RATE = 4")
    tested.passes("1 failed, 2 passed")
    tested.save("tests/conftest.py", "return 3", "return 1.5")
    tested.program.prints("it starts anew")
    tested.passes("3 passed")
    tested.program.prints("what the tests import is imported", times=2)
    tested.save("tests/test_cart.py", "pay(0) == 1", "pay(0) == (1")
    tested.passes("1 error")
    tested.save("tests/test_cart.py", "pay(0) == (1", "pay(0) == 1")
    tested.passes("2 passed")


def test_files_come_and_go(tested):
    """A new test file runs at once; one that is deleted is missed by nobody."""
    path = tested.folder / "tests" / "test_new.py"
    replace(path, "from shop import total\n\ndef test_new():\n    assert total(1) == 2\n")
    tested.passes("1 passed")
    tested.save("shop.py", "n * RATE", "RATE * n")
    tested.passes("3 passed")
    path.unlink()
    tested.save("shop.py", "RATE * n", "n * RATE")
    tested.passes("2 passed")


def test_what_a_broken_off_run_left_out_is_run_by_the_next(tested):
    """A mistake in one test file ends pytest's run before any test: what else was touched is not forgotten."""
    tested.save("tests/test_user.py", "from shop", "import nowhere\nfrom shop")
    tested.passes("1 error")
    path = tested.folder / "shop.py"
    replace(path, path.read_text().replace("n * RATE", "n - RATE").replace('"hi"', '"hi" + ""'))
    tested.passes("1 error")
    tested.save("tests/test_user.py", "import nowhere\n", "")
    tested.passes("2 failed, 1 passed")
    tested.save("tests/test_user.py", "said = User", "said  = User")
    tested.passes("1 passed")


def test_a_run_that_tells_nothing(tested):
    """A test may take its process along; what it was to say is asked for by the next run."""
    tested.save("shop.py", 'return "hi"', "os.abort()")
    tested.program.prints("that run told nothing of its tests: SIGABRT ended it")
    tested.save("shop.py", "os.abort()", 'return "hi"')
    tested.passes("1 passed")


def test_settings_and_conftest_files_that_are_wrong(tested):
    """pytest's settings start it anew; where pytest cannot even begin, it waits for the mending."""
    tested.save("pytest.ini", "pythonpath = .", "pythonpath = .\nxfail_strict = true")
    tested.passes("3 passed")
    tested.program.prints("what the tests import is imported", times=2)
    tested.save("tests/conftest.py", "import pytest", "import pytest, nowhere")
    tested.program.prints("nothing is run before that is mended")
    tested.save("tests/conftest.py", ", nowhere", "")
    tested.passes("3 passed")


def test_what_was_asked_for(start, tmp_path):
    """A test file that the command line does not name is none of ours, new or saved."""
    tests = UnderTest(start, tmp_path, "tests/test_user.py", summary="1 passed")
    tests.save("tests/test_cart.py", "== 7", "== 8")
    tests.program.prints("no test is known to be touched by that")
    tests.save("shop.py", '"hi"', '"hi" + ""')
    tests.passes("1 passed")


def test_threads_of_an_import(start, tmp_path):
    """They are not in a fork: each run imports what starts them."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "beat.py").write_text(
        "import threading, time\nbeats = []\n"
        "def beat():\n    while True:\n        beats.append(1)\n        time.sleep(0.01)\n"
        "thread = threading.Thread(target=beat, daemon=True, name='beat')\nthread.start()\n"
    )
    (tmp_path / "tests" / "test_beat.py").write_text(
        "import beat\n\ndef test_beat():\n    assert beat.thread.is_alive()\n"
    )
    tests = UnderTest(start, tmp_path, summary="4 passed")
    assert "an import starts beat, which a fork would not have" in tests.program.output
    tests.save("beat.py", "sleep(0.01)", "sleep(0.02)")
    tests.passes("passed")
    assert "failed" not in tests.program.output


def test_a_save_before_everything_is_imported(start, tmp_path):
    """It is not missed: nobody can tell which text the first run has met."""
    tests = UnderTest(start, tmp_path, waits=False)
    tests.save("shop.py", "n * RATE", "RATE + n")
    tests.passes("2 failed, 1 passed")
    tests.save("shop.py", "RATE + n", "RATE * n")
    tests.passes("passed")


def test_what_only_running_tests_import(start, tmp_path):
    """It is known too, and whatever nobody has imported is said to be."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "late.py").write_text("def value():\n    return 1\n")
    (tmp_path / "script.py").write_text("print(1)\n")
    (tmp_path / "tests" / "test_late.py").write_text(
        "def test_late():\n    from late import value\n    assert value() == 1\n"
    )
    tests = UnderTest(start, tmp_path, summary="4 passed")
    tests.save("late.py", "return 1", "return 2")
    tests.passes("1 failed")
    tests.program.prints("1 failing")
    tests.save("script.py", "1", "2")
    tests.program.prints("no test is known to be touched by that")


def test_what_tests_prepare_for_their_imports(start, tmp_path):
    """A module that stands in for another one is met by those that are imported next, in each run."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "light.py").write_text("from colorsys import glow\n\ndef light():\n    return glow()\n")
    (tmp_path / "tests" / "test_light.py").write_text(
        "import sys, types\n"
        "sys.modules['colorsys'] = fake = types.ModuleType('colorsys')\n"
        "fake.glow = lambda: 'fake'\n"
        "from light import light\n\ndef test_light():\n    assert light() == 'fake'\n"
    )
    tests = UnderTest(start, tmp_path, summary="4 passed")
    assert "test_light.py changes others as it is imported" in tests.program.output
    tests.save("light.py", "glow()", "glow() + ''")
    tests.passes("1 passed")
    tests.save("light.py", "glow() + ''", "glow() + '!'")
    tests.passes("1 failed")
    tests.save("shop.py", '"hi"', '"ho"')
    tests.passes("1 failed")


def test_it_ends_as_the_last_run_did(tested):
    """By Ctrl-C."""
    tested.save("shop.py", '"hi"', '"ho"')
    tested.passes("1 failed")
    tested.program.prints("1 failing")
    tested.program.send(signal.SIGINT)
    assert tested.program.ends() == 1
    assert "Traceback" not in tested.program.output


def test_keys(terminal, tmp_path):
    """a runs all, those first that failed; f their files; q ends it."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip().replace('said == "hi"', 'said == "ho"'))
    typed = terminal([*TEST, "-v"], **ALONE)
    typed.shows("what the tests import is imported")
    typed.types("f")
    typed.shows("1 failing", times=2)
    typed.types("a")
    typed.shows("1 failing", times=3)
    runs = [re.findall(r"tests/test_(\w+).py::\w+ ", run) for run in typed.screen.split("1 failing")]
    assert runs[:3] == [["cart", "cart", "user"], ["user"], ["user", "cart", "cart"]], "what failed runs first"
    replace(tmp_path / "tests" / "conftest.py", (tmp_path / "tests" / "conftest.py").read_text().replace("3", "6 // 2"))
    typed.shows("what the tests import is imported", times=2)
    typed.types("f")
    typed.shows("1 failing", times=5)
    typed.types("q")
    assert typed.ends() == 1
