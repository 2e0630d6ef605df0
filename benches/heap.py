"""What one pass over the heap costs that looks for the holders of an object: python benches/heap.py [MILLIONS]"""

from __future__ import annotations

import gc
import statistics
import sys
import time

from reloadr._core import referrers


class Thing:
    """One of many."""


def main() -> None:
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    wanted = Thing()
    gc.disable()
    count = int(millions * 1_000_000)
    # A list, an instance, a dict and a tuple in turn, each known to the collector.
    kinds = [lambda: [wanted_not], Thing, lambda: {0: wanted_not}, lambda: (wanted_not, 1)]
    wanted_not = Thing()
    heap = [kinds[at % 4]() for at in range(count)]
    keeper = Thing()
    keeper.held = wanted  # type: ignore[attr-defined]
    gc.enable()
    times = []
    for _ in range(7):
        began = time.perf_counter()
        found, _ = referrers([wanted], set())
        times.append(time.perf_counter() - began)
    assert any(each is keeper or each is vars(keeper) for each in found)
    del heap[:1]
    print(f"{len(gc.get_objects()):,} objects: {statistics.median(times) * 1000:.1f} ms, best {min(times) * 1000:.1f}")


if __name__ == "__main__":
    main()
