"""A save to all workers of a Dask cluster: how long until it is live on the last of them, beside `Client.restart()` and
`Client.upload_file()`, which are what else there is; and what tasks see that run meanwhile.

    python benches/cluster.py [WORKERS] [EDITS]

Needs `reloadr[dask]`. Prints one line each.
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

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
#: How long a save may take, seconds.
PATIENCE = 30


def save(path: Path, edit: int) -> None:
    beside = path.with_name("beside")
    beside.write_text(TEXT.format(edit=edit))
    beside.replace(path)


def main(workers: int, edits: int) -> None:
    """Runs all of it in one cluster."""
    logging.getLogger("reloadr").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    path = folder / "benched_shop.py"
    save(path, 0)
    sys.path.insert(0, str(folder))
    import benched_shop  # type: ignore[import-not-found]

    news: list[reloadr.Report] = []
    came = threading.Condition()

    def heard(report: reloadr.Report) -> None:
        with came:
            news.append(report)
            came.notify_all()

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        reloadr.dask.watch(client, "benched_shop", on_report=heard)
        seen: list[tuple[int, int]] = []
        is_over = threading.Event()

        def work() -> None:
            while not is_over.is_set():
                seen.append(client.submit(benched_shop.total, pure=False).result())

        def measured(count: int, first: int) -> list[float]:
            took = []
            for edit in range(first, first + count):
                with came:
                    news.clear()
                    started = time.perf_counter()
                    save(path, edit)
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
        for what, act in (
            ("Client.upload_file()", lambda: client.upload_file(str(path))),
            ("Client.restart()", client.restart),
        ):
            started = time.perf_counter()
            act()
            print(f"{what}: {(time.perf_counter() - started) * 1000:.0f} ms")


if __name__ == "__main__":
    main(*(int(each) for each in (*sys.argv[1:], 4, 100)[:2]))
