"""Random programs of many kinds, as `tests/play_load_time.py` plays them: a few of them each time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAY = Path(__file__).resolve().parent.parent / "play_load_time.py"


@pytest.mark.long
@pytest.mark.parametrize("first", [0, 5])
def test_nothing_differs_silently(first: int) -> None:
    command = [sys.executable, str(PLAY), "--first", str(first), "--saves", "8", "--verbose"]
    # The order of sets is not what is played.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    assert done.returncode == 0 and "0 silent" in done.stdout, done.stdout + done.stderr
