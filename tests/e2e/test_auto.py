"""`reloadr.watch(...)` in real programs: a save is live by itself."""

import re
import signal
import time

import pytest
from program import replace, until, within

SHOP = "def price():\n    return 'old'\n"

LOOP = """
import sys, time
sys.path.insert(0, '.')
{head}
import reloadr
import shop
{watch}
seen = None
while True:
    {frame}
    now = shop.price() if hasattr(shop, 'price') else 'none'
    if now != seen:
        seen = now
        print(f'price {{now}}', flush=True)
        if now == 'end':
            break
    time.sleep(0.002)
"""


def loop(watch="reloadr.watch(shop)", head="", frame="pass"):
    return LOOP.format(watch=watch, head=head, frame=frame)


def shop(value):
    return f"def price():\n    return {value!r}\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


def run_loop(start, folder, **parts):
    (folder / "main.py").write_text(loop(**parts))
    program = start("main.py")
    program.prints("price old")
    return program


def test_a_save_is_live_by_itself_and_the_program_ends_by_itself(start, folder):
    """In place and by rename; the daemon thread does not hold up the end."""
    program = run_loop(start, folder)
    (folder / "shop.py").write_text(shop("one"))
    program.prints("price one")
    replace(folder / "shop.py", shop("two"))
    program.prints("price two")
    replace(folder / "shop.py", shop("end"))
    program.prints("price end")
    began = time.monotonic()
    assert program.ends() == 0
    assert time.monotonic() - began < 5


def test_an_import_after_the_watch_is_seen_from_its_first_byte(start, folder):
    """A module imported later, and edited while its import is still running."""
    (folder / "late.py").write_text("import time\ndef tax():\n    return 'old'\ntime.sleep(0.3)\n")
    frame = "import late\n    t = late.tax()\n    t != 'old' and (print('tax ' + t, flush=True), sys.exit())"
    (folder / "main.py").write_text(loop(watch="reloadr.watch(); print('watching', flush=True)", frame=frame))
    program = start("main.py")
    program.prints("watching")
    # By rename: an import that comes upon a file that was truncated and not yet written finds an empty module.
    replace(folder / "late.py", "import time\ndef tax():\n    return 'new'\ntime.sleep(0.3)\n")
    program.prints("tax new")


def test_what_is_imported_after_the_watch_is_taken_in_before_it_is_saved(start, folder):
    """The first save of a large program does not wait for that."""
    (folder / "main.py").write_text(
        "import sys, time\nsys.path.insert(0, '.')\nimport reloadr\nfrom reloadr.session.session import session\n"
        "reloadr.watch()\nimport shop\nwhile 'shop' not in session.tracked:\n    time.sleep(0.002)\n"
        "print('taken in', flush=True)\nwhile shop.price() == 'old':\n    time.sleep(0.002)\n"
        "print('price', shop.price(), flush=True)\n"
    )
    program = start("main.py")
    program.prints("taken in")
    replace(folder / "shop.py", shop("new"))
    program.prints("price new")


def test_a_large_file_is_ready_for_its_first_edit(start, folder):
    """It is parsed while nothing else is to be done, and what is live afterwards is what it would be without."""
    long = "".join(f"def f{number}(x):\n    return [x, {number}]\n" for number in range(2_000))
    (folder / "shop.py").write_text(long + shop("old"))
    head = "from reloadr._core import Outline; from reloadr.session.session import session"
    frame = "if session.tracked and session.tracked['shop']._outline is not None: print('ready', flush=True)"
    program = run_loop(start, folder, head=head, frame=frame)
    program.prints("ready")
    replace(folder / "shop.py", long + shop("end"))
    program.prints("price end")
    assert program.ends() == 0


def test_a_file_in_pieces_is_never_applied_half_and_never_an_error(start, folder):
    """Cut where it is Python and where it is not, with pauses, in one descriptor."""
    program = run_loop(start, folder)

    def save(attempt):
        with open(folder / "shop.py", "w") as file:
            for piece in (
                "def price():\n",
                f"    return 'half{attempt}'\n",
                "\ndef price(",
                "):\n",
                f"    return 'whole{attempt}'\n",
            ):
                file.write(piece)
                file.flush()
                time.sleep(0.3)

    # A file that is held open and stays as it is for two seconds is believed; all of the pauses are shorter.
    attempt = within(1.9, save)
    program.prints(f"price whole{attempt}")
    assert f"half{attempt}" not in program.output and (attempt or "Error" not in program.output)


def test_an_empty_file_waits_and_is_believed_in_the_end(start, folder):
    """Truncated and written a moment later: nothing is said. Left empty: its definitions go."""
    program = run_loop(start, folder)

    def save(attempt):
        (folder / "shop.py").write_text("")
        time.sleep(0.05)
        (folder / "shop.py").write_text(shop(f"again{attempt}"))

    # An empty file that stays so for a quarter of a second is believed.
    attempt = within(0.2, save)
    program.prints(f"price again{attempt}")
    assert attempt or "price none" not in program.output
    (folder / "shop.py").write_text("")
    program.prints("price none")


def test_an_error_is_shown_once_with_line_and_caret_and_mended_by_the_next_save(start, folder):
    """On standard error without any configuration of logging."""
    program = run_loop(start, folder)
    (folder / "shop.py").write_text("def price():\n    return (\n")
    program.prints("RL401")
    program.prints("shop.py:2")
    until(lambda: re.search(r"^ *\^", program.output, re.M), lambda: program.output)
    (folder / "shop.py").write_text(shop("mended"))
    program.prints("price mended")
    assert program.output.count("RL401") == 1


def test_one_line_per_action_on_the_logger(start, folder):
    """With the time it took."""
    head = "import logging; logging.basicConfig(level=logging.INFO, format='%(name)s|%(levelname)s|%(message)s')"
    program = run_loop(start, folder, head=head)
    (folder / "shop.py").write_text(shop("one"))
    program.prints("price one")
    program.prints("reloadr|INFO|update shop.price ")
    assert re.search(r"reloadr\|INFO\|update shop\.price \S*shop\.py:1  body  \d+\.\d ms$", program.output, re.M)


def test_safe_points(start, folder):
    """Under `on="poll"` nothing happens but where `poll()` is called."""
    watch = "w = reloadr.watch(shop, on='poll'); calls = 0"
    frame = "calls += 1; calls % 200 or print('report', w.poll().verdict, flush=True)"
    program = run_loop(start, folder, watch=watch, frame=frame)
    (folder / "shop.py").write_text(shop("one"))
    program.prints("report live")
    program.prints("price one")
    lines = program.lines
    assert next(i for i, line in enumerate(lines) if "report live" in line) < lines.index("price one")


def test_paused(start, folder):
    """Nothing is applied inside, and everything after."""
    watch = """
w = reloadr.watch(shop)
with w.paused():
    print('price old', flush=True)
    while shop.price() == 'old' and not sys.stdin.readline():
        pass
    print('inside', shop.price(), flush=True)
"""
    (folder / "main.py").write_text(loop(watch=watch))
    program = start("main.py", stdin=-1)
    program.prints("price old")
    (folder / "shop.py").write_text(shop("after"))
    time.sleep(0.3)
    program.process.stdin.write("go\n")
    program.process.stdin.flush()
    program.prints("inside old")
    program.prints("price after")
    program.process.stdin.close()


def test_on_report(start, folder):
    """Called with each report, in order; what it raises is logged and harmless."""
    watch = """
def tell(report):
    print(f'told {report.verdict} {report.changes[0].qualname}', flush=True)
    raise LookupError('mine')
reloadr.watch(shop, on_report=tell)
"""
    program = run_loop(start, folder, watch=watch)
    (folder / "shop.py").write_text(shop("one"))
    program.prints("told live price")
    program.prints("LookupError: mine")
    (folder / "shop.py").write_text(shop("two"))
    program.prints("told live price", times=2)


ASYNC = """
import asyncio, sys, threading
sys.path.insert(0, '.')
import reloadr, shop
async def consume():
    async for report in reloadr.awatch(shop):
        main = threading.current_thread() is threading.main_thread()
        print('report', report.verdict, shop.price(), main, flush=True)
        if shop.price() == 'end':
            break
async def main():
    {body}
asyncio.run(main())
print('out', flush=True)
"""


def test_awatch_applies_in_the_loops_own_thread(start, folder):
    """Each save is a report of the async iterator."""
    (folder / "main.py").write_text(
        ASYNC.format(body="print('ready', flush=True)\n    await asyncio.wait_for(consume(), 30)")
    )
    program = start("main.py")
    program.prints("ready")
    time.sleep(0.3)
    (folder / "shop.py").write_text(shop("one"))
    program.prints("report live one True")
    (folder / "shop.py").write_text(shop("end"))
    program.prints("report live end True")
    program.prints("out")
    assert program.ends() == 0


def test_awatch_as_a_task(start, folder):
    """The program goes on with its own work, and a cancelled task ends the watch."""
    body = """
    task = reloadr.awatch_task(shop, on_report=lambda report: print('told', report.verdict, flush=True))
    print('ready', flush=True)
    while shop.price() != 'end':
        await asyncio.sleep(0.002)
    await asyncio.sleep(0.05)
    task.cancel()
"""
    (folder / "main.py").write_text(ASYNC.format(body=body))
    program = start("main.py")
    program.prints("ready")
    time.sleep(0.3)
    (folder / "shop.py").write_text(shop("end"))
    program.prints("out")
    assert "told live" in program.output
    assert program.ends() == 0


FORK = """
import os, sys, time
sys.path.insert(0, '.')
import reloadr, shop
w = reloadr.watch(shop, after_fork={after!r})
pid = os.fork()
who = 'parent' if pid else 'child'
print(f'{{who}} alive {{w.is_alive}}\\n', end='', flush=True)
if not pid and not w.is_alive:
    try:
        w.poll()
    except RuntimeError as error:
        print('refused', error, flush=True)
    os._exit(0)
while shop.price() != 'new':
    time.sleep(0.002)
print(who, shop.price(), flush=True)
if pid:
    os.waitpid(pid, 0)
"""


def test_after_a_fork_both_watch(start, folder):
    """Without a warning about threads that are ours."""
    (folder / "main.py").write_text(FORK.format(after="watch"))
    program = start("-W", "error::DeprecationWarning", "main.py")
    program.prints("child alive True")
    program.prints("parent alive True")
    (folder / "shop.py").write_text(shop("new"))
    program.prints("child new")
    program.prints("parent new")
    assert program.ends() == 0


def test_after_a_fork_the_child_does_not_watch_if_so_asked(start, folder):
    """And its watcher does not look alive."""
    (folder / "main.py").write_text(FORK.format(after="stop"))
    program = start("main.py")
    program.prints("child alive False")
    program.prints("refused this watcher was stopped")
    (folder / "shop.py").write_text(shop("new"))
    program.prints("parent new")


def test_several_files_in_one_save_are_one_transaction(start, folder):
    """A name added in one file and imported in another, renamed into place together, over and over."""
    (folder / "shop.py").write_text("import tax\ndef price():\n    return 'old'\n")
    (folder / "tax.py").write_text("")
    program = run_loop(start, folder, watch="reloadr.watch(shop, 'tax')")
    for at in range(10):
        replace(folder / "shop.py", f"from tax import rate{at}\ndef price():\n    return f'v{at} {{rate{at}}}'\n")
        replace(folder / "tax.py", f"rate{at} = {at}\n")
        program.prints(f"price v{at} {at}")


DISABLED = """
import sys
sys.path.insert(0, '.')
import reloadr, shop
{call}
def f(): pass
w = reloadr.watch(shop)
with w.paused():
    print(w.poll().verdict, w.modules, reloadr.is_disabled())
w.stop()
import threading
from importlib.machinery import SourceFileLoader
print(threading.active_count(), SourceFileLoader.get_code.__module__)
"""


@pytest.mark.parametrize(("call", "env"), [("reloadr.disable()", {}), ("", {"RELOADR_DISABLE": "1"})])
def test_disabled_is_a_no_op(start, folder, call, env):
    """No thread, no import hook, no file watch."""
    (folder / "main.py").write_text(DISABLED.format(call=call))
    program = start("main.py", env=env)
    assert program.ends() == 0, program.output
    assert program.lines == ["nothing () True", "1 importlib._bootstrap_external"] or program.lines == [
        "nothing () True",
        "1 _frozen_importlib_external",
    ]


def test_four_writers_and_the_final_state_is_right(start, folder):
    """Saves by four writers, some atomic, some in pieces, some broken and mended: none is lost or applied half."""
    names = [f"m{at}" for at in range(4)]
    for name in names:
        (folder / f"{name}.py").write_text("A = 0\ndef pair():\n    return (0, 0)\nB = 0\n")
    main = f"""
import sys, time
sys.path.insert(0, '.')
import reloadr
import {", ".join(names)}
reloadr.watch()
print('ready', flush=True)
modules = [{", ".join(names)}]
while any(m.pair()[0] < 60 for m in modules):
    for m in modules:
        a, b = m.pair()
        if a != b:
            print('HALF', m.__name__, a, b, flush=True)
    time.sleep(0.0005)
print('final', [m.pair() for m in modules], flush=True)
"""
    (folder / "main.py").write_text(main)
    program = start("main.py")
    program.prints("ready")
    for at in range(1, 61):
        for number, name in enumerate(names):
            path = folder / f"{name}.py"
            text = f"A = {at}\ndef pair():\n    return ({at}, {at})\nB = {at}\n"
            style = (at + number) % 4
            if style == 0:
                replace(path, text)
            elif style == 1:
                path.write_text(text)
            elif style == 2:
                with open(path, "w") as file:
                    for piece in text.splitlines(keepends=True):
                        file.write(piece)
                        file.flush()
            else:
                path.write_text("def pair(:\n")
                replace(path, text)
    program.prints("final [(60, 60), (60, 60), (60, 60), (60, 60)]")
    assert "HALF" not in program.output
    assert "Traceback" not in program.output


def test_at_rest_nothing_wakes(start, folder):
    """The thread sleeps in the file watch: no wake-ups without a save, once it has made ready what was imported."""
    watch = """
reloadr.watch()
from reloadr.watching.auto import auto
before = None
while before != (before := auto.files.counters()['wakeups']):
    time.sleep(0.8)
print('price old', flush=True)
sys.stdin.readline()
print('woken', auto.files.counters()['wakeups'] - before, flush=True)
sys.exit()
"""
    (folder / "main.py").write_text(loop(watch=watch))
    program = start("main.py", stdin=-1)
    program.prints("price old")
    time.sleep(1.0)
    program.process.stdin.write("go\n")
    program.process.stdin.close()
    program.prints("woken 0")


SUB = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import reloadr
sub = interpreters.create()
code = '''
try:
    import reloadr
except ImportError as error:
    print('refused:', error, flush=True)
'''
interpreters.run_string(sub, code)
"""


def test_sub_interpreters_are_refused_clearly(start, folder):
    """With an ImportError that says what is the matter."""
    (folder / "main.py").write_text(SUB)
    program = start("main.py")
    program.prints("refused: reloadr works in the main interpreter only")


def test_signals_and_the_end_are_not_held_up(start, folder):
    """SIGTERM ends the program at once, in the default way."""
    program = run_loop(start, folder)
    program.send(signal.SIGTERM)
    assert program.ends() == -signal.SIGTERM


def test_the_pending_list_is_shown(start, folder):
    """What runs but is not what is saved, after the next reload."""
    (folder / "shop.py").write_text("class Base:\n    pass\nclass P(Base):\n    pass\ndef price():\n    return 'old'\n")
    program = run_loop(start, folder, head="keep = []", watch="keep.append(shop.P()); reloadr.watch(shop)")
    replace(
        folder / "shop.py",
        "class Base:\n    pass\nclass P(int, Base):\n    pass\ndef price():\n    return 'new'\n",
    )
    program.prints("price new")
    until(lambda: "RL" in program.output, lambda: program.output)


UNDER_PYTEST = """
import time
import reloadr, shop

def helper():
    return 'old'

def test_it():
    with reloadr.watch() as watcher:
        print('names', watcher.modules, flush=True)
        try:
            reloadr.watch(__name__)
        except ValueError as error:
            print('refused:', error, flush=True)
        while shop.price() == 'old':
            time.sleep(0.002)
        print('price', shop.price(), helper(), flush=True)
"""


def test_modules_with_rewritten_assertions_are_left_alone(start, folder):
    """Inside pytest, whose loader runs other code than the file holds; that is said, and the rest is live."""
    (folder / "test_it.py").write_text(UNDER_PYTEST)
    program = start("-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:logging", "test_it.py")
    program.prints("names ('shop',)")
    program.prints("test_it is loaded by AssertionRewritingHook")
    program.prints("refused: cannot watch 'test_it': it is loaded by AssertionRewritingHook")
    replace(folder / "test_it.py", UNDER_PYTEST.replace("return 'old'", "return 'new'"))
    replace(folder / "shop.py", shop("new"))
    program.prints("price new old")
    assert program.ends() == 0
