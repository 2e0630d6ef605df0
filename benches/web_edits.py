"""Judges edits of web projects: what a living server answers after each save, beside a process that starts fresh.

    python benches/web_edits.py --framework flask|fastapi|django [--only WORDS] [--verbose]

A real server runs under `reloadr run`. Each edit is saved, the server is asked, a fresh process on the same files is
asked the same, and then the edit is taken back and both are asked again. For each of the two saves one word:

    hot        the answers are those of a fresh process, in the process that served before
    restarted  they are, in a new process that was started by itself
    named      they are not, and the log says what is not live
    rejected   they are not: the log blames the source, which is right
    SILENT     they are not, and nothing says so
    cut        they are, but what a client had open is not as it was: its cart, an event stream, a websocket, a
               connection to a database (`benches/web_opened.py`)

The edits and the projects are in `benches/web/`.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import importlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import IO, Any, NoReturn

from web_opened import Opened

HERE = Path(__file__).resolve().parent
WORDS = ("hot", "restarted", "named", "rejected", "SILENT", "cut")
#: What is waited at most for another process, for the answers, and for a save's word in the log; in seconds.
PATIENCE, GRACE, WORD = 20.0, 5.0, 10.0

Answer = list[object]


class Server:
    """A server under `reloadr run`, in a folder."""

    def __init__(self, folder: Path, project: ModuleType) -> None:
        self.folder, self.project = folder, project
        self.lines: list[str] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [each.format(port=self.port) for each in project.COMMAND]
        tools = os.path.dirname(sys.executable)
        env = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reloadr", "run", *command],
            cwd=folder,
            env={**env, **project.ENVIRONMENT},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        until(lambda: self.pid() is not None, 30)

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip("\n") for line in iter(self.process.stdout.readline, ""))

    def ask(self, asked: str) -> Answer:
        """Status, answer and what headers tell; `POST /path {json}` or a path."""
        method, path, body, headers = request_of(asked)
        if method == "WS":
            return self.talk(path, body or "")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, path, body, headers)
            got = connection.getresponse()
            return answer(got.status, got.read().decode(), got.headers)
        except (OSError, http.client.HTTPException):
            return [0, "down", "", ""]
        finally:
            connection.close()

    def talk(self, path: str, text: str) -> Answer:
        """What comes back over a websocket."""
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        try:
            with connect(f"ws://127.0.0.1:{self.port}{path}", open_timeout=5, proxy=None) as socket:
                socket.send(text)
                return [101, str(socket.recv(5)), "", ""]
        except (OSError, WebSocketException, TimeoutError):
            return [403, "", "", ""]

    def pid(self) -> str | None:
        """The process that serves, with what it counted."""
        status, text, *_ = self.ask("/process")
        # An edit may have it answer in JSON.
        return str(text).strip('"') if status == 200 else None

    def said(self, since: int) -> list[str]:
        """What the log says, from a line on."""
        # That a process caught up with an earlier save is no word of this one, nor that it is still at work on it.
        said = (line for line in self.lines[since:] if "[reloadr]" in line)
        return [line for line in said if not line.endswith(" followed") and " RL239 " not in line]

    def close(self) -> None:
        """Ends it with all that it started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self.process.wait()
        self._reader.join(5)
        if self.process.stdout is not None and not self._reader.is_alive():
            self.process.stdout.close()


def request_of(asked: str) -> tuple[str, str, str | None, dict[str, str]]:
    """What a line of an edit asks for."""
    words = asked.split(" ", 2)
    if len(words) == 1:
        return "GET", asked, None, {}
    body = words[2] if len(words) > 2 else None
    return words[0], words[1], body, {"content-type": "application/json"} if body else {}


def answer(status: int, text: str, headers: Any) -> Answer:
    """What is compared of an answer: a page that a framework made up is told by its status."""
    made_up = "<!doctype" in text[:200].lower() or (status >= 400 and len(text) > 200)
    stamp = "" if status == 500 else (headers.get("x-stamp") or "").partition(",")[0]
    text = re.sub(r"http://(testserver|127\.0\.0\.1:\d+)", "", text)
    return [status, "" if made_up else text, headers.get("location") or "", stamp]


def difference(ours: Answer, theirs: Answer) -> str:
    """Two answers, from a little before they differ."""
    one, other = repr(ours), repr(theirs)
    pairs = enumerate(zip(one, other, strict=False))
    at = max(0, next((at for at, (a, b) in pairs if a != b), 0) - 80)
    return f"{one[at : at + 300]} for {other[at : at + 300]}"


def until(met: Callable[[], object], patience: float) -> bool:
    """Whether something came to be true in time."""
    end = time.monotonic() + patience
    while not met():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


class Fresh:
    """Processes that have the framework and nothing of the project: forks of one that only imported the framework."""

    def __init__(self, project: ModuleType) -> None:
        self.project = project
        self.known: dict[str, dict[str, Answer]] = {}
        # Not in a folder of the project, lest something of it is imported ahead.
        script = f"import sys; sys.path.insert(0, {str(HERE)!r}); import web_edits; web_edits.bear()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, project.__name__],
            cwd=HERE.parent,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **project.ENVIRONMENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, folder: Path, asked: list[str]) -> list[Answer]:
        """What a process that starts now answers. The same files are not asked the same twice."""
        files = sorted(each for each in folder.rglob("*") if each.is_file() and each.suffix in self.project.KINDS)
        known = self.known.setdefault(repr([(str(each), each.read_bytes()) for each in files]), {})
        unknown = [each for each in asked if each not in known]
        if unknown:
            assert self.process.stdin is not None and self.process.stdout is not None
            self.process.stdin.write(json.dumps([str(folder), unknown]) + "\n")
            self.process.stdin.flush()
            got = json.loads(self.process.stdout.readline())
            assert isinstance(got, list), got
            known.update(zip(unknown, got, strict=True))
        return [known[each] for each in asked]

    def close(self) -> None:
        """No more are needed."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def bear() -> None:
    """In the process that forks: for each line a child that asks by the framework's own test client."""
    project = importlib.import_module(sys.argv[1])
    for name in project.LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        folder, asked = json.loads(line)
        with tempfile.TemporaryFile("w+") as told:
            child = os.fork()
            if not child:
                os.chdir(folder)
                sys.path.insert(0, folder)
                fresh(project, asked, told)
            os.waitpid(child, 0)
            told.seek(0)
            print(told.read(), flush=True)


def fresh(project: ModuleType, asked: list[str], told: IO[str]) -> NoReturn:
    """In the child: what is answered, or why nothing is. What the project prints is nobody's."""
    for number in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    try:
        asking = project.client()
        text = json.dumps([answer(*asking(*request_of(each))) for each in asked])
    except BaseException:
        text = json.dumps(traceback.format_exc())
    told.write(text)
    told.flush()
    # Neither threads are waited for nor what stands for the end.
    os._exit(0)


def write(folder: Path, texts: dict[str, str | None]) -> None:
    """Saves some files: one right after the other, however busy the machine is."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.with_suffix(".tmp").write_text(text)
    for name, text in texts.items():
        path = folder / name
        if text is None:
            path.unlink()
        else:
            os.replace(path.with_suffix(".tmp"), path)


class Judge:
    """One server, and what is told of each save."""

    def __init__(self, project: ModuleType, verbose: bool) -> None:
        self.project, self.verbose = project, verbose
        self.folder = Path(tempfile.mkdtemp(prefix="reloadr-web-"))
        self.fresh = Fresh(project)
        for name, text in project.FILES.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.lstrip("\n"))
        project.prepare(self.folder)
        self.opened: Opened | None = None
        self.server = Server(self.folder, project)
        try:
            self._begin()
            self._open()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        """Before any edit both answer the same."""
        asked = list(self.project.ASKED)
        # After each edit that is taken back, it is these files again.
        more = [path for *_, paths in self.project.EDITS for path in paths]
        self.fresh.ask(self.folder, list(dict.fromkeys([*asked, *more])))
        for path, theirs in zip(asked, self.fresh.ask(self.folder, asked), strict=True):
            assert (ours := self.server.ask(path)) == theirs, f"before any edit: {path}: {ours} for {theirs}"

    def _open(self) -> None:
        """What a client has open from now on."""
        if kinds := getattr(self.project, "OPEN", ()):
            self.opened = Opened(self.server.port, kinds)

    def _hang_up(self) -> None:
        if self.opened is not None:
            self.opened.close()
            self.opened = None

    def save(self, texts: dict[str, str | None]) -> tuple[str, str]:
        """One save of some files; the word for it, and what was said."""
        before, since = self.server.pid(), len(self.server.lines)
        write(self.folder, texts)
        wanted = self.fresh.ask(self.folder, self.asked)
        speaks = any(name.endswith(".py") and text is not None for name, text in texts.items())
        until(lambda: not speaks or self.server.said(since), WORD)
        got: list[Answer] = []

        def restarts() -> bool:
            is_told = any("restarting" in line for line in self.server.said(since))
            if is_told:
                # Servers that wait for open streams would wait as long as they may.
                self._hang_up()
            return is_told

        def met() -> bool:
            restarts()
            got[:] = [self.server.ask(each) for each in self.asked]
            return got == wanted

        def settled() -> bool:
            return until(met, PATIENCE if restarts() else GRACE)

        said = lambda: self.server.said(since)  # noqa: E731
        # As long as there is more to be said, more may come of it: on a busy machine files of one save may come in two.
        is_right, heard = settled(), 0
        while not is_right and len(said()) > heard:
            heard = len(said())
            is_right = settled()
        if is_right and restarts():
            until(lambda: (now := self.server.pid()) is not None and pid_of(now) != pid_of(before), PATIENCE)
            is_right = until(met, GRACE)
        after = self.server.pid()
        text = " | ".join(said())
        if is_right:
            word = "hot" if pid_of(after) == pid_of(before) and count_of(after) > count_of(before) else "restarted"
            word, text = self._with_what_is_open(word, text)
        elif "rejected" in text or "RL4" in text:
            word = "rejected"
        else:
            word = "named" if re.search(r"RL\d", text) else "SILENT"
        if not is_right:
            for asked, ours, theirs in zip(self.asked, got, wanted, strict=True):
                if ours != theirs:
                    text += f"\n      {asked}: {difference(ours, theirs)}"
        return word, text

    def _with_what_is_open(self, word: str, text: str) -> tuple[str, str]:
        if word == "hot" and self.opened is not None and (lost := self.opened.lost()):
            return "cut", f"{text}\n      no more as before: {', '.join(lost)}"
        if word == "restarted":
            self._hang_up()
            self._open()
        return word, text

    def play(self, edit: Any) -> list[tuple[str, str]]:
        """An edit, of one save or several, and the way back."""
        title, steps, asked = edit
        self.asked = list(dict.fromkeys([*self.project.ASKED, *asked]))
        old: dict[str, str | None] = {}
        new: dict[str, str | None] = {}
        words = []
        for changes in steps if isinstance(steps[0], list) else [steps]:
            for name, was, now in changes:
                path = self.folder / name
                old.setdefault(name, path.read_text() if path.exists() else None)
                text = new.get(name, old[name])
                if was is None:
                    new[name] = now
                else:
                    assert text is not None and text.count(was) == 1, (title, name, was, text and text.count(was))
                    new[name] = text.replace(was, now)
            words.append(self.saved(new))
        words.append(self.saved(old))
        return words

    def saved(self, texts: dict[str, str | None]) -> tuple[str, str]:
        """One save; after one that went wrong, a new server."""
        told = self.save(texts)
        if told[0] not in ("hot", "restarted"):
            self.anew()
        return told

    def anew(self) -> None:
        """What went wrong is not to be the next edit's fault."""
        self._hang_up()
        self.server.close()
        self.server = Server(self.folder, self.project)
        self._open()

    def close(self) -> None:
        """Done."""
        self._hang_up()
        self.server.close()
        self.fresh.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def pid_of(counted: str | None) -> str:
    return (counted or "").partition(" ")[0]


def count_of(counted: str | None) -> int:
    return int((counted or " 0").rpartition(" ")[2] or 0)


def run(project: ModuleType, edits: Iterable[Any], verbose: bool) -> list[tuple[str, str, str]]:
    """Plays edits; title, word and what was said of each save."""
    judge = Judge(project, verbose)
    told = []
    try:
        for edit in edits:
            words = judge.play(edit)
            for number, (word, text) in enumerate(words, 1):
                way = ", taken back" if number == len(words) else f", save {number}" if number > 1 else ""
                told.append((edit[0] + way, word, text))
                noise = " ".join(sorted(set(re.findall(r"RL\d+", text))))
                print(f"{word:10} {edit[0]}{way}  {noise}", flush=True)
                if verbose or word not in ("hot", "restarted"):
                    print("      " + text.replace(" | ", "\n      "), flush=True)
    finally:
        judge.close()
    return told


def main() -> None:
    """Plays all edits of a framework, and sums up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--framework", required=True, help="a NAME of a file NAME_edits.py in benches/web")
    parser.add_argument("--only", default="", help="edits whose title holds this")
    parser.add_argument("--verbose", action="store_true", help="what the log said of each save")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE))
    project = importlib.import_module(f"web.{options.framework}_edits")
    told = run(project, [each for each in project.EDITS if options.only in each[0]], options.verbose)
    counts = collections.Counter(word for _, word, _ in told)
    print(f"\n{options.framework}: {len(told)} saves, " + ", ".join(f"{counts[word]} {word}" for word in WORDS))


if __name__ == "__main__":
    main()
