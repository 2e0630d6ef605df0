"""Frames, generators and coroutines that stay on old code until they end."""

from __future__ import annotations

from reloadr.engine.batch import Batch, Swap
from reloadr.live import locate
from reloadr.live.codes import bare, inner_codes
from reloadr.report.reasons import plural


def count_running(batch: Batch, heap: locate.Heap) -> None:
    """Names the frames, generators and coroutines that stay on old code until they end."""
    codes: dict[int, tuple[Swap, str, int]] = {}
    for swap in batch.swaps:
        if swap.edit.action == "formatted":
            continue
        new = swap.edit.new
        assert new is not None
        for code in [swap.old, *inner_codes(swap.old)]:
            codes[id(code)] = (swap, new.qualname, new.line)
        assert swap.edit.old is not None
        retired = list(swap.work.tracked.retired.of(swap.edit.old.qualname))
        now = [bare(code) for code in (swap.new, *inner_codes(swap.new))] if retired else []
        for code in retired:
            # An edit that brings back an earlier text brings back what those frames run.
            if id(code) not in codes and bare(code) not in now:
                codes[id(code)] = (swap, new.qualname, new.line)
    if not codes:
        return
    counts: dict[tuple[str, str, int], dict[str, int]] = {}
    for key, count in locate.running_frames(set(codes)).items():
        swap, name, line = codes[key]
        kinds = counts.setdefault((swap.work.tracked.name, name, line), {})
        kinds["frame"] = kinds.get("frame", 0) + count
    for key, runners in heap.runners.items():
        if key not in codes:
            continue
        swap, name, line = codes[key]
        kinds = counts.setdefault((swap.work.tracked.name, name, line), {})
        for runner in runners:
            kind = type(runner).__name__.replace("_", " ")
            kinds[kind] = kinds.get(kind, 0) + 1
    for (module, name, line), kinds in counts.items():
        words = " and ".join(plural(count, kind) for kind, count in kinds.items())
        batch.findings.reason("RL201", batch.by_name[module].tracked, name, line, name=name, count=words)
