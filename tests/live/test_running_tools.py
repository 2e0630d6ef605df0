"""Debuggers and coverage beside loops that move: they see the saved lines, in the frame that moved too."""

import importlib.util
import os
import re
import subprocess
import sys
import textwrap

import pytest
from reloadr.running.interpreter import TRIED

pytestmark = pytest.mark.skipif(sys.version_info[:2] not in TRIED, reason="loops do not move on this CPython: RL201")

OLD = """
    seen = []

    def f():
        total = 0
        for i in range(6):
            total += i
            turn(i)
            seen.append("old")
        return total
"""
#: One that the frame has room for, and one that it has not.
SMALL = OLD.replace("def f", "# a line\n    # another\n    def f").replace('"old"', '"new"')
LARGE = SMALL.replace('seen.append("new")', 'kind = "new"\n            seen.append(kind)') + (
    '    if total > 100:\n            seen.append("never")\n'
)
LARGE = LARGE.replace("        return total\n    if", "        if").rstrip() + "\n        return total\n"

MAIN = """
    import pdb, sys
    import app, reloadr

    new = sys.argv[1]
    watcher = reloadr.watch(app, on="look", judge=False)

    def turn(i):
        if i == 1:
            with open("app.py", "w") as file:
                file.write(new)
            print(watcher.poll().verdict)
        if sys.argv[2:] == [str(i)]:
            pdb.Pdb().set_trace(sys._getframe(1))

    app.turn = turn
    print(app.f(), app.seen)
"""


def play(folder, new, *words, typed="", command=(), env=None):
    (folder / "app.py").write_text(textwrap.dedent(OLD))
    (folder / "main.py").write_text(textwrap.dedent(MAIN))
    done = subprocess.run(
        [sys.executable, *command, "main.py", textwrap.dedent(new), *words],
        cwd=folder,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **(env or {})},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "15 ['old', 'old', 'new', 'new', 'new', 'new']" in done.stdout, done.stdout
    return done.stdout


def shown(output):
    """The lines that the debugger stood on, as it showed them."""
    return re.findall(r"app\.py\((\d+)\)f\(\)(?:->\w+)?\n-> (.*)", output)


@pytest.mark.parametrize("new", [SMALL, LARGE], ids=["in its place", "in another frame"])
def test_a_debugger_that_stops_in_a_moved_frame(tmp_path, new):
    """It shows the saved lines, and goes on by them."""
    lines = textwrap.dedent(new).splitlines()
    stops = shown(play(tmp_path, new, "3", typed="n\nn\nn\nn\nc\n"))
    assert len(stops) == 5
    for line, text in stops:
        assert lines[int(line) - 1].strip() == text
    assert stops[0][1].startswith(("turn", "seen", "kind"))


@pytest.mark.parametrize("new", [SMALL, LARGE], ids=["in its place", "in another frame"])
def test_a_debugger_that_steps_as_the_loop_moves(tmp_path, new):
    """The next step is in the new text, wherever that runs; breakpoints of it are met."""
    lines = textwrap.dedent(new).splitlines()
    at = next(number for number, line in enumerate(lines, 1) if "seen.append" in line and "app" in line)
    output = play(tmp_path, new, "0", typed="n\n" * 9 + f"b app.py:{at}\nc\np ('met', i)\ncl 1\nc\n")
    stops = shown(output)
    # Those behind the edit, but for what the old frame was on its last lines.
    moved = [(line, text) for line, text in stops[6:] if not text.startswith("def f")]
    assert len(moved) >= 4
    for line, text in moved:
        assert lines[int(line) - 1].strip() == text
    assert re.search(r"\('met', [2345]\)", output)


@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
@pytest.mark.parametrize("new", [SMALL, LARGE], ids=["in its place", "in another frame"])
def test_coverage_sees_the_lines_of_a_moved_frame(tmp_path, new, core):
    """However it looks: by a trace function or by `sys.monitoring`."""
    if importlib.util.find_spec("coverage") is None:
        pytest.skip("coverage is not installed")
    measured = ["-m", "coverage", "run", "--include=app.py"]
    play(tmp_path, new, command=measured, env={"COVERAGE_CORE": core})
    report = [sys.executable, "-m", "coverage", "report", "-m"]
    said = subprocess.run(report, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    missing = re.search(r"app\.py .*%(.*)", said)
    lines = textwrap.dedent(new).splitlines()
    never = [str(number) for number, line in enumerate(lines, 1) if "never" in line]
    assert missing is not None and missing[1].split() == never, said
