"""What an iteration of a loop costs: in plain Python, while reloadr watches its module, and after the loop has moved.

    python benches/running.py

They are measured in turns, in time of the processor, each in a process of its own; the fastest of all turns is shown: a
busy machine makes none faster.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

BODY = """\
def f(n, at, tell):
    total = 0
    for i in range(n):
        total += i & 3
        if i == at:
            tell()
    return total
"""

PROGRAM = """\
import sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, {folder!r})
path = {folder!r} + "/timed_loop.py"
if {how!r} != "plain":
    import reloadr
import timed_loop
if {how!r} != "plain":
    watcher = reloadr.watch(timed_loop, on="look")
began = []
def tell():
    if {how!r} == "moved":
        with open(path, "w") as file:
            file.write({body!r}.replace("i & 3", {more!r}))
        report = watcher.poll()
        assert any(each.action == "resume" for each in report.changes), report
    began.append(time.thread_time())
timed_loop.f({count}, 10, tell)
print(time.thread_time() - began[0])
"""

#: An edit that the frame has room for, and one that it has not.
WAYS = {"plain": "", "watched": "", "moved": "i & 7", "moved, larger": "(i & 1) + ((i & 2) + ((i & 4) + (i & 8)))"}


def seconds(how: str, count: int) -> float:
    """How long so many iterations take."""
    body = BODY.replace("i & 3", WAYS["moved, larger"]) if how == "plain, larger" else BODY
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "timed_loop.py").write_text(body)
        words = how.partition(",")[0]
        more = WAYS.get(how, "") or "i & 3"
        program = PROGRAM.format(folder=folder, how=words, body=BODY, more=more, count=count)
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5_000_000)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    best: dict[str, float] = {}
    for _ in range(options.turns):
        for how in ("plain", "watched", "moved", "plain, larger", "moved, larger"):
            took = seconds(how, options.count)
            best[how] = min(best.get(how, took), took)
    for how, took in best.items():
        base = best["plain, larger" if how.endswith("larger") else "plain"]
        print(f"{how:15} {took / options.count * 1e9:6.1f} ns an iteration, {took / base:.3f} of plain Python")


if __name__ == "__main__":
    main()
