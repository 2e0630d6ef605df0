"""A save to all workers of a Dask cluster: how long until it is live on the last of them, beside `Client.restart()` and
`Client.upload_file()`, which are what else there is; what tasks see that run meanwhile; what a line of a module of
5,000 costs the scheduler.

    python benches/cluster.py [WORKERS] [EDITS]

Needs `reloadr[dask]`. Prints one line each.
"""

from __future__ import annotations

import logging
import pickle
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import reloadr
import reloadr.dask
from distributed import Client, LocalCluster

TEXT = """
STATE = []


def total():
    a = {edit}
    for _ in range(1000):
        pass
    b = {edit}
    return a, b
"""
LONG = TEXT + "".join(f"def f{number}():\n    return {number}\n\n\n" for number in range(1250))
#: How long a save may take, seconds.
PATIENCE = 30


def save(path: Path, edit: int, text: str = TEXT) -> None:
    beside = path.with_name("beside")
    beside.write_text(text.format(edit=edit))
    beside.replace(path)


def count(dask_scheduler: Any = None) -> None:
    """On the scheduler: notes from now on how many bytes of messages it gets and sends."""
    plugin = dask_scheduler.plugins["reloadr"]
    ask, push = plugin._ask, dask_scheduler.handlers["reloadr_push"]
    plugin.weight = plugin.pushed = 0

    async def weighed_ask(address: str, message: Any, until: float) -> Any:
        plugin.weight += len(pickle.dumps(message))
        return await ask(address, message, until)

    async def weighed_push(sources: Any, **more: Any) -> Any:
        plugin.pushed += len(pickle.dumps(sources))
        return await push(sources=sources, **more)

    plugin._ask, dask_scheduler.handlers["reloadr_push"] = weighed_ask, weighed_push


def counted(dask_scheduler: Any = None) -> tuple[int, int, float]:
    """What came in, what went out, bytes; and how long its thread has worked, seconds."""
    plugin = dask_scheduler.plugins["reloadr"]
    return plugin.pushed, plugin.weight, time.thread_time()


def main(workers: int, edits: int) -> None:
    """Runs all of it in one cluster."""
    logging.getLogger("reloadr").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    path = folder / "benched_shop.py"
    long = folder / "benched_long.py"
    save(path, 0)
    save(long, 0, LONG)
    sys.path.insert(0, str(folder))
    import benched_long  # type: ignore[import-not-found] # noqa: F401
    import benched_shop  # type: ignore[import-not-found]

    news: list[reloadr.Report] = []
    came = threading.Condition()

    def heard(report: reloadr.Report) -> None:
        with came:
            news.append(report)
            came.notify_all()

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster) as client,
    ):
        reloadr.dask.watch(client, "benched_shop", "benched_long", on_report=heard)
        seen: list[tuple[int, int]] = []
        is_over = threading.Event()

        def work() -> None:
            while not is_over.is_set():
                seen.append(client.submit(benched_shop.total, pure=False).result())

        def measured(count: int, first: int, path: Path = path, text: str = TEXT) -> list[float]:
            took = []
            for edit in range(first, first + count):
                with came:
                    news.clear()
                    started = time.perf_counter()
                    save(path, edit, text)
                    assert came.wait_for(lambda: news, PATIENCE), f"edit {edit} was lost"
                took.append((time.perf_counter() - started) * 1000)
                assert str(news[-1]).endswith(f"live on {workers} workers"), news[-1]
            return sorted(took)

        def shown(what: str, took: list[float]) -> None:
            print(f"{what}: {statistics.median(took):.0f} ms, at most {took[-1]:.0f} ms")

        shown(f"save to live on {workers} workers", measured(edits, 1))
        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        shown("the same with all workers at work", measured(edits, edits + 1))
        is_over.set()
        for thread in threads:
            thread.join()
        mixed = [each for each in seen if each[0] != each[1]]
        print(f"tasks meanwhile: {len(seen)}, of two texts: {len(mixed)}, last: {seen[-1][0]} of {2 * edits}")
        client.run_on_scheduler(count)
        before = client.run_on_scheduler(counted)
        shown("one line of 5,000", measured(edits, 1, long, LONG))
        came_in, went_out, work = (
            (after - each) / edits for each, after in zip(before, client.run_on_scheduler(counted), strict=True)
        )
        print(
            f"bytes of a save: {came_in:.0f} to the scheduler, {went_out / workers:.0f} to each worker,"
            f" for {len(LONG)} of text; the scheduler works {work * 1000:.1f} ms"
        )
        for what, act in (
            # In this order: workers that restart after an upload may not come up again, with or without us.
            ("Client.restart()", client.restart),
            ("Client.upload_file()", lambda: client.upload_file(str(path))),
        ):
            started = time.perf_counter()
            act()
            print(f"{what}: {(time.perf_counter() - started) * 1000:.0f} ms")


if __name__ == "__main__":
    main(*(int(each) for each in (*sys.argv[1:], 4, 100)[:2]))
