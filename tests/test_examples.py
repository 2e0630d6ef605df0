"""Every example runs as its first lines say, and the README shows what the first one prints."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def run(example: Path) -> str:
    command = [sys.executable, "-W", "error", str(example)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(example: Path) -> None:
    """It ends well and without a warning; its own assertions hold."""
    assert run(example)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_says_how_to_run_it(example: Path) -> None:
    """The command stands in the file itself."""
    assert f"    python examples/{example.name}" in example.read_text("utf-8")


def steady(text: str) -> str:
    """Without what differs from run to run, and from one CPython to the next: times, paths, carets."""
    text = re.sub(r"\d+\.\d ms", "N ms", text)
    text = re.sub(r"\S*/shop\.py", "shop.py", text)
    return re.sub(r"^ +\^+$", "^", text, flags=re.MULTILINE)


def test_transcript_in_the_readme() -> None:
    """It is what the example prints."""
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = re.search(r"\$ python examples/live_sqlite\.py\n(.*?)```", readme, re.DOTALL)
    assert shown is not None
    assert steady(shown[1]) == steady(run(ROOT / "examples" / "live_sqlite.py"))
