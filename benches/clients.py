"""Fifty clients of a web server while its project is edited: is a request lost, and how long does each take?

    python benches/clients.py --framework flask|django|fastapi [--saves 200] [--clients 50] [--seconds 15]

A real server runs under `reloadr run`, with the project and the edits of `benches/web/`. First the clients ask it for
some seconds; then they go on asking while edits are saved one after the other, each followed by its way back, every
tenth one such that the program is started again. Each request is a connection of its own, to a path that none of the
edits is about: an answer that is none, or is no success, is counted as lost.
"""

from __future__ import annotations

import argparse
import http.client
import importlib
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from web_edits import HERE, Server, until, write

#: How long a client thinks before it asks again, seconds; and how long a save's word is waited for.
THINKS, WORD = 0.1, 1.0


class Clients:
    """They ask until they are told to stop."""

    def __init__(self, server: Server, count: int) -> None:
        self.server = server
        self.times: list[float] = []
        self.lost: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(count)]
        for each in self._threads:
            each.start()
            time.sleep(THINKS / count)

    def _ask_on(self) -> None:
        while not self._stop.wait(THINKS):
            began = time.monotonic()
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
            try:
                connection.request("GET", "/process", headers={"Connection": "close"})
                answer = connection.getresponse()
                text = answer.read().decode()
                if answer.status != 200:
                    self.lost.append(str(answer.status))
                elif not re.fullmatch(r"\d+ \d+", text):
                    self.lost.append(f"cut off: {text!r} after {time.monotonic() - began:.2f} s")
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(f"{error!r} after {time.monotonic() - began:.2f} s")
            finally:
                connection.close()
            self.times.append(time.monotonic() - began)

    def stop(self) -> str:
        """What they have seen."""
        self._stop.set()
        for each in self._threads:
            each.join()
        times = sorted(self.times)
        p50, p99 = (times[int(len(times) * part)] * 1000 for part in (0.5, 0.99))
        most = times[-1] * 1000
        words = (
            f"{len(times)} requests, {len(self.lost)} lost; median {p50:.0f} ms, p99 {p99:.0f} ms, most {most:.0f} ms"
        )
        return "\n      ".join([words, *sorted(set(self.lost))[:10]])


def states(project: ModuleType) -> Iterator[dict[str, str | None]]:
    """The texts of each save: an edit, its further steps, and the way back; over and over."""
    while True:
        for _, steps, _ in project.EDITS:
            old: dict[str, str | None] = {}
            new: dict[str, str | None] = {}
            for changes in steps if isinstance(steps[0], list) else [steps]:
                for name, was, now in changes:
                    text = project.FILES.get(name)
                    old.setdefault(name, text and text.lstrip("\n"))
                    new[name] = now if was is None else (new.get(name) or old[name] or "").replace(was, now)
                yield dict(new)
            yield old


def cold(folder: Path, number: int) -> dict[str, str | None]:
    """What no living process can take."""
    name = next(each for each in ("counter.py", "store/views.py", "store.py") if (folder / each).exists())
    text = (folder / name).read_text().partition("\n\nclass Cold")[0]
    return {name: f"{text}\n\nclass Cold:\n    number = {number}\n\n\ndel Cold\n"}


def measure(project: ModuleType, options: argparse.Namespace) -> bool:
    """Both runs; whether nothing was lost."""
    folder = Path(tempfile.mkdtemp(prefix="reloadr-clients-"))
    write(folder, {name: text.lstrip("\n") for name, text in project.FILES.items()})
    project.prepare(folder)
    server = Server(folder, project)
    try:
        clients = Clients(server, options.clients)
        time.sleep(options.seconds)
        print(f"{options.framework}, no edits: {clients.stop()}", flush=True)
        clients = Clients(server, options.clients)
        plain = states(project)
        for number in range(1, options.saves + 1):
            since = len(server.lines)
            write(folder, cold(folder, number) if number % 10 == 0 else next(plain))
            until(lambda: server.said(since), WORD)  # noqa: B023
            # Whoever edits sees the outcome first.
            until(lambda: server.pid() is not None, 30)
        said = clients.stop()
        restarts = sum("restarting" in line for line in server.lines)
        print(f"{options.framework}, {options.saves} saves, {restarts} restarts: {said}", flush=True)
        if options.verbose:
            print("\n".join(x for x in server.lines if "HTTP" not in x))
        return not clients.lost
    finally:
        server.close()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Measures; 1 if a request was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--framework", required=True, help="a NAME of a file NAME_edits.py in benches/web")
    for name, value in {"saves": 200, "clients": 50, "seconds": 15}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--verbose", action="store_true", help="what the log said")
    options = parser.parse_args()
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # A shell that starts us in the background has all that we start ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path.insert(0, str(HERE))
    project: Any = importlib.import_module(f"web.{options.framework}_edits")
    return 0 if measure(project, options) else 1


if __name__ == "__main__":
    sys.exit(main())
