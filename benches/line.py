"""What the line in site-packages costs each start of a Python that has nothing to do with us, in microseconds.

    python benches/line.py

Python opens the file, and carries its line out: both are done over and over here, by the same function of `site`.
"""

from __future__ import annotations

import os
import site
import statistics
import sys
import tempfile
import time
from pathlib import Path

LINE = Path(__file__).resolve().parents[1] / "python" / "wheel" / "platlib" / "reloadr_tree.pth"


def main() -> None:
    os.environ.pop("RELOADR_TREE", None)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, LINE.name).write_text(LINE.read_text())
        times = []
        for _ in range(2000):
            began = time.perf_counter()
            site.addpackage(folder, LINE.name, set())
            times.append((time.perf_counter() - began) * 1e6)
    assert not any(name.partition(".")[0] == "reloadr" for name in sys.modules)
    print(f"{statistics.median(times):.0f} µs, nine of ten within {statistics.quantiles(times, n=10)[-1]:.0f}")


if __name__ == "__main__":
    main()
