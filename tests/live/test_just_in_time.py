"""With CPython's just-in-time compiler on, hot code that is edited does what its new text says.

It compiles traces on guesses that edits undo: that a global is a constant, which code a function has, what a class
holds. A process has it from its start or not at all, so these run in one of their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from reloadr.running.interpreter import TRIED

pytestmark = pytest.mark.skipif(
    not (hasattr(sys, "_jit") and sys._jit.is_available()), reason="this CPython was built without the compiler"
)

#: What each is called for in a loop of its own.
CALLS = ["LIMIT", "step(i)", "scaled(i)", "CART.add(i)", "CART.size", "Cart.twice(i)", "inner(i)"]
LOOPS = "".join(
    f"""
def loop{place}(n):
    total, compiled = 0, False
    for i in range(n):
        total += {call}
        compiled |= active()
    return total, NUMBER, compiled
"""
    for place, call in enumerate(CALLS)
)
#: What the functions of `HOT` do, in turn.
BODIES = ["return x + NUMBER", "return NUMBER - x", "y = x * 2; return y + NUMBER + LIMIT"]
HOT = """
LIMIT = NUMBER
def step(x):
    BODY0
def scaled(x, by=NUMBER):
    return x * by
class Cart:
    tax = NUMBER
    def add(self, x):
        return x + self.tax
    @property
    def size(self):
        return NUMBER
    @staticmethod
    def twice(x):
        BODY1
CART = Cart()
def make():
    kept = 5
    def inner(x):
        return x + kept - NUMBER
    return inner
inner = make()
"""

HEAD = """
import sys, threading, time
from pathlib import Path
sys.dont_write_bytecode = True
sys.path.insert(0, ".")
import reloadr
active = sys._jit.is_active
assert sys._jit.is_enabled()
def save(text):
    Path("beside").write_text(text)
    Path("beside").replace("hot.py")
"""

EDITS = """
def text(number):
    made = HOT
    for place in (0, 1):
        made = made.replace(f"BODY{place}", BODIES[(number + place) % 3])
    return "from __main__ import active\\n" + made.replace("NUMBER", str(number))
names = [f"loop{place}" for place in range(len(CALLS))]
compiled = set()
# A new module each time: CPython compiles no calls of a function that was given other code.
for number in range(1, 61, 3):
    save(text(number))
    import hot
    held, watcher = {name: vars(hot)[name] for name in names}, reloadr.watch(hot, on="look")
    compiled |= {name for name in names if held[name](6000)[2]}
    for edited in (number + 1, number + 2, number):
        save(text(edited))
        report = watcher.poll()
        assert report.verdict == "live", report
        fresh = {"__name__": "fresh"}
        exec(text(edited), fresh)
        for name in names:
            right = fresh[name](6000)[:2]
            assert held[name](6000)[:2] == right == vars(hot)[name](6000)[:2], (name, number, edited)
    watcher.stop()
    del sys.modules["hot"]
# 3.14 compiles no properties.
assert compiled >= set(names) - {"loop4"}, compiled
"""

LOOP = """
def text(number):
    return LOOP.replace("NUMBER", str(number))
LOOP = '''
from __main__ import active
seen, compiled, done, total = -1, False, False, 0
def step(x):
    return x + NUMBER - NUMBER
def work():
    global seen, compiled, total
    i = 0
    while not done:
        i += 1
        total += step(1)
        compiled |= active()
        seen = NUMBER
    return i, "NUMBER"
'''
save(text(0))
import hot
result = []
watcher = reloadr.watch(hot, on="look")
thread = threading.Thread(target=lambda: result.append(hot.work()))
thread.start()
def until(holds):
    limit = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < limit and thread.is_alive(), (hot.seen, hot.compiled)
        time.sleep(0.002)
try:
    until(lambda: hot.compiled)
    for number in range(1, 21):
        turns = hot.total
        until(lambda: hot.total > turns + 10000)
        save(text(number))
        watcher.poll()
        until(lambda: hot.seen == number)
finally:
    hot.done = True
    thread.join()
(turns, last), = result
assert (last, hot.total) == ("20", turns), (result, hot.total)
"""


def run(folder: Path, program: str) -> None:
    environment = {**os.environ, "PYTHON_JIT": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stderr


def test_hot_functions_do_what_their_new_text_says(tmp_path: Path) -> None:
    run(tmp_path, HEAD + f"HOT, CALLS, BODIES = {HOT + LOOPS!r}, {CALLS!r}, {BODIES!r}\n" + EDITS)


@pytest.mark.skipif(sys.version_info[:2] not in TRIED, reason="loops do not move on this CPython: RL201")
def test_a_hot_loop_goes_on_in_its_new_text(tmp_path: Path) -> None:
    run(tmp_path, HEAD + LOOP)
