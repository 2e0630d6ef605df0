"""What each stage of a save costs, in milliseconds of processor time, medians; a stage without those within it.

    python benches/stages.py [--lines N] [--files N] [--turns N]

Run it with a Python that has reloadr installed. The stages are the phases of `engine/carry_out.py` and what is before
and after it; each is timed by a function that stands around it, which costs about a microsecond a call.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sources import Source

#: Stage, module, function: what is called by that name from that module.
STAGES = [
    ("look", "reloadr.session.discovery", "Discovery.look"),
    ("look", "reloadr.session.pending", "PendingFiles.look"),
    ("outline", "reloadr.session.attempt", "_outline"),
    ("outline", "reloadr.live.module", "Tracked.outline"),
    ("diff", "reloadr.session.attempt", "compare"),
    ("diff", "reloadr.session.attempt", "edits_of"),
    ("begin", "reloadr.engine.edits.moves", "find"),
    ("begin", "reloadr.engine.carry_out", "Walk"),
    ("begin", "reloadr.engine.follow.values", "begin"),
    ("begin", "reloadr.engine.carry_out", "pair_by_liveness"),
    ("compile", "reloadr.engine.carry_out", "collect_swaps"),
    ("readers of the old", "reloadr.engine.follow.calls", "calls"),
    ("readers of the old", "reloadr.engine.follow.facets", "asked"),
    ("readers of the old", "reloadr.engine.follow.arrivals", "asked"),
    ("locate", "reloadr.engine.carry_out", "swap_functions"),
    ("evaluate", "reloadr.engine.edits.module", "carry_out"),
    ("plug-ins", "reloadr.engine.carry_out", "Rules"),
    ("plug-ins", "reloadr.engine.rules.settle", "Rules.settle"),
    ("plug-ins", "reloadr.engine.rules.settle", "Rules.answer"),
    ("derive", "reloadr.engine.follow.values", "derive"),
    ("name the stale", "reloadr.engine.follow.stale", "name_stale_classes"),
    ("name the stale", "reloadr.engine.follow.stale", "name_made_classes"),
    ("name the stale", "reloadr.engine.follow.stale", "name_stale_caches"),
    ("name the stale", "reloadr.engine.follow.copied", "told"),
    ("name the stale", "reloadr.engine.follow.supplied", "told"),
    ("name the stale", "reloadr.engine.follow.instances", "told"),
    ("name the stale", "reloadr.engine.follow.aliases", "settle"),
    ("commit", "reloadr.session.attempt", "finish"),
    ("baseline", "reloadr.session.session", "settle"),
    ("report", "reloadr.session.attempt", "Attempt._outcome"),
    ("report", "reloadr.session.session", "Session.running"),
    ("report", "reloadr.session.session", "Session.done"),
    ("report", "reloadr.session.history", "History.committed"),
    ("order", "reloadr.engine.order", "in_import_order"),
    ("absent", "reloadr.session.absent", "Absent.came"),
]


class Clock:
    """Times by stage, of the innermost one only."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._inner = [0.0]

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **words: Any) -> Any:
            begun = time.process_time()
            self._inner.append(0.0)
            try:
                return function(*args, **words)
            finally:
                spent = time.process_time() - begun
                self.spent[stage] = self.spent.get(stage, 0.0) + (spent - self._inner.pop()) * 1e3
                self._inner[-1] += spent

        return timed

    def install(self) -> None:
        for stage, module, name in STAGES:
            holder: Any = importlib.import_module(module)
            *path, last = name.split(".")
            for each in path:
                holder = getattr(holder, each)
            found = vars(holder)[last]
            if isinstance(found, property):
                setattr(holder, last, property(self.around(stage, found.fget or len), found.fset))
            else:
                setattr(holder, last, self.around(stage, found))


def rows(lines: int, files: int, turns: int) -> tuple[dict[str, float], dict[str, float]]:
    """Of edits of one line in each of some files: the first save by stage, and the medians of the others."""
    import reloadr

    clock = Clock()
    clock.install()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        sys.path.insert(0, str(root))
        sources = [Source(root / f"staged_{lines}_{files}_{at}.py", lines) for at in range(files)]
        for source in sources:
            importlib.import_module(source.path.stem)
        watcher = reloadr.watch(root, on="look")
        found: list[dict[str, float]] = []
        for turn in range(turns + 1):
            for source in sources:
                source.edit(turn)
            clock.spent.clear()
            whole = clock.around("the rest", watcher.poll)
            assert whole().verdict == "live"
            found.append(dict(clock.spent))
        watcher.stop()
        sys.path.remove(str(root))
    stages = dict.fromkeys(stage for each in found for stage in each)
    return found[0], {stage: statistics.median(each.get(stage, 0.0) for each in found[1:]) for stage in stages}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=5_000, help="lines of each file")
    parser.add_argument("--files", type=int, default=1, help="how many files each save is of")
    parser.add_argument("--turns", type=int, default=15, help="how many saves after the first")
    options = parser.parse_args()
    first, others = rows(options.lines, options.files, options.turns)
    for stage in dict.fromkeys([*(stage for stage, _, _ in STAGES), "the rest"]):
        print(f"| {stage} | {first.get(stage, 0.0):.2f} | {others.get(stage, 0.0):.2f} |")
    print(f"| all | {sum(first.values()):.1f} | {sum(others.values()):.1f} |")


if __name__ == "__main__":
    main()
