"""What is known of a module whose import was not seen."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
import sys, time
before = float(sys.argv[1])
time.sleep(1.2)
from reloadr.live.unseen import _process_start
print(_process_start() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Linux tells it")
def test_the_start_of_the_process_is_not_when_somebody_asked() -> None:
    """It is when the process began, to the second that the system's own clock is told to, however late it is asked."""
    before = time.time()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(before)], capture_output=True, text=True, timeout=60, check=True
    )
    assert -1.1 < float(done.stdout) < 1.1
