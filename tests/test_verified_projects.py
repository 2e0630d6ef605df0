"""Edits of real projects, each compared with fresh processes: nothing is named that is as it should be."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parent.parent / "benches" / "verify.py"
EDITS = 6


@pytest.mark.long
@pytest.mark.parametrize("project", ["django", "fastapi", "notebook"])
def test_edits_of_a_project_raise_no_alarm(project: str) -> None:
    """The project answers requests, or works, between them."""
    if project != "notebook" and importlib.util.find_spec(project) is None:
        pytest.skip(f"{project} is not installed")
    command = [sys.executable, "-W", "ignore", str(BENCH), "--project", project, "--edits", str(EDITS), "--rest", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert f"{EDITS} edits, {EDITS} live: 0 false alarms; 0 where" in done.stdout
