"""From a save to the first call that runs it, and what watching costs at rest; beside other tools, in one run.

    python benches/latency.py [--saves 1000] [--restarts 40] [--files 20,5000] [--idle 60] [--only latency|idle]
                              [--tools NAME[,NAME]] [--json FILE] [--docs]

Run it with a Python that has reloadr installed; the peers are those of `requirements.txt`, in an environment of their
own. Each program is a process that imports so many modules and calls a function of the last one, over and over,
sleeping a tenth of a millisecond between two calls. Another process saves that module and notes the time right before
`close()` (or the rename), since the new code may be live before that returns; the program notes the time of the first
call that returns what was saved. Both read the system's monotonic clock. A next save comes 5 to 25 ms after the last
one was seen, or 300 to 500 where the program is restarted.

At rest: processor time and context switches of all processes of a program that waits for its input, as the kernel
counts them, all tools during the same minute.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from run import HERE, environment, machine

ROOT = HERE.parent

APP = """
import importlib, os, sys, time
sys.path.insert(0, {folder!r})
{before}
modules = [importlib.import_module(name) for name in {names!r}]
value = modules[-1].value
{after}
def serve():
    last, now, write = None, time.monotonic_ns, sys.stdout.write
    sleep = time.sleep
    while True:
        seen = value()
        if seen != last:
            last = seen
            write(f'{{seen}} {{now()}}\\n')
            sys.stdout.flush()
        sleep(0.0001)
def rest():
    print(value(), 0, flush=True)
    while os.read(0, 1):
        pass
{what}()
"""

#: By tool: what the program does before its imports and after them, and the command that runs it.
TOOLS: dict[str, tuple[str, str, list[str]]] = {
    "reloadr": ("import reloadr", "reloadr.watch(on_report=None)", ["{ours}", "{app}"]),
    "reloadr run": ("", "", ["{ours}", "-m", "reloadr", "run", "{app}"]),
    "jurigged": (
        "import jurigged",
        "jurigged.watch({folder!r} + '/**/*.py', logger=lambda event: None)",
        ["{peers}", "{app}"],
    ),
    "watchfiles (restart)": (
        "",
        "",
        ["{peers}", "-m", "watchfiles", "--verbosity", "warning", "{peers} {app}", "{folder}"],
    ),
    "hupper (restart)": ("", "", ["{peers}", "-c", "from hupper.cli import main; main()", "-m", "app"]),
}
HOT = ("reloadr", "reloadr run", "jurigged")


class Program:
    """One tool's program in a folder of modules of its own."""

    def __init__(self, tool: str, folder: Path, files: int, what: str, peers: str) -> None:
        names = [f"pack{at // 100}.m{at}" for at in range(files)]
        for at, name in enumerate(names):
            path = folder / f"{name.replace('.', '/')}.py"
            path.parent.mkdir(exist_ok=True)
            (path.parent / "__init__.py").touch()
            path.write_text(source(at, 0))
        self.path = path
        before, after, command = TOOLS[tool]
        words = {"folder": str(folder), "names": names, "what": what}
        words |= {"before": before.format(folder=str(folder)), "after": after.format(folder=str(folder))}
        app = folder / "app.py"
        app.write_text(APP.format(**words))
        (folder / "pyproject.toml").write_text("")
        self.process = subprocess.Popen(
            [word.format(ours=sys.executable, peers=peers, app=app, folder=folder) for word in command],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self._left = b""

    def lines(self, until: float) -> Iterator[tuple[int, int]]:
        """What it saw and when, as it comes; ends at a time of the clock."""
        assert self.process.stdout is not None
        while time.monotonic() < until:
            try:
                data = os.read(self.process.stdout.fileno(), 65536)
            except BlockingIOError:
                time.sleep(0.0002)
                continue
            if not data:
                return
            *lines, self._left = (self._left + data).split(b"\n")
            for line in lines:
                value, at = line.split()
                yield int(value), int(at)

    def sees(self, value: int, patience: float) -> int | None:
        """When it saw a value; None if it did not."""
        for seen, at in self.lines(time.monotonic() + patience):
            if seen == value:
                return at
        return None

    def processes(self) -> list[int]:
        """All of its session."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                if int(fields[3]) == self.process.pid:
                    found.append(int(entry.name))
        return found

    def spent(self) -> tuple[float, int]:
        """Milliseconds of processor time, and how often one of its threads was switched in."""
        milliseconds, switches = 0.0, 0
        for pid in self.processes():
            for task in Path(f"/proc/{pid}/task").iterdir():
                # Nanoseconds on the processor, then waiting for it, then how many times it got it.
                fields = (task / "schedstat").read_text().split()
                milliseconds += int(fields[0]) / 1e6
                switches += int(fields[2])
        return milliseconds, switches

    def end(self) -> None:
        """Ends all of it."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.communicate()


@contextmanager
def running(tool: str, files: int, what: str, peers: str) -> Iterator[Program]:
    with tempfile.TemporaryDirectory() as folder:
        program = Program(tool, Path(folder).resolve(), files, what, peers)
        try:
            if program.sees(0, 120) is None:
                raise RuntimeError(f"{tool} with {files} files did not start")
            time.sleep(1.5)
            yield program
        finally:
            program.end()


def source(at: int, value: int) -> str:
    filler = "".join(f"def other{each}(x):\n    return x + {each}\n\n" for each in range(8))
    return f"{filler}def value():\n    return {value}\n\n\nNAME = {at}\n"


def save(path: Path, text: str, *, by_rename: bool) -> int:
    """Saves as an editor would; the time at which that was about to be done."""
    target = path.with_name(f".{path.name}.tmp") if by_rename else path
    with open(target, "w") as file:
        file.write(text)
        file.flush()
        done = time.monotonic_ns()
    if by_rename:
        done = time.monotonic_ns()
        os.replace(target, path)
    return done


def latency(tool: str, files: int, saves: int, peers: str, *, by_rename: bool) -> dict[str, object]:
    """Milliseconds from save to live."""
    chance = random.Random(0)
    took: list[float] = []
    missed = 0
    with running(tool, files, "serve", peers) as program:
        for value in range(1, saves + 1):
            time.sleep(chance.uniform(0.005, 0.025) if tool in HOT else chance.uniform(0.3, 0.5))
            saved = save(program.path, source(files - 1, value), by_rename=by_rename)
            seen = program.sees(value, 5)
            if seen is None:
                missed += 1
                if missed == 5:
                    break
            else:
                took.append((seen - saved) / 1e6)
    figures: dict[str, object] = {"saves": len(took), "missed": missed}
    if took:
        took.sort()
        figures |= {"p50": took[len(took) // 2], "p99": took[min(len(took) - 1, len(took) * 99 // 100)]}
        figures["max"] = took[-1]
    return figures


def at_rest(tools: list[str], files: int, seconds: float, peers: str) -> dict[str, dict[str, object]]:
    """All tools during the same time, each with its own files."""
    programs: dict[str, Program] = {}
    folders: list[tempfile.TemporaryDirectory[str]] = []
    try:
        for tool in tools:
            folders.append(tempfile.TemporaryDirectory())
            programs[tool] = Program(tool, Path(folders[-1].name).resolve(), files, "rest", peers)
            if programs[tool].sees(0, 120) is None:
                raise RuntimeError(f"{tool} with {files} files did not start")
        time.sleep(10)
        before = {tool: program.spent() for tool, program in programs.items()}
        time.sleep(seconds)
        after = {tool: program.spent() for tool, program in programs.items()}
    finally:
        for program in programs.values():
            program.end()
        for folder in folders:
            folder.cleanup()
    return {
        tool: {
            "cpu ms a minute": (after[tool][0] - before[tool][0]) * 60 / seconds,
            "wake-ups a minute": (after[tool][1] - before[tool][1]) * 60 / seconds,
        }
        for tool in tools
    }


def number(value: object) -> str:
    if not isinstance(value, (int, float)):
        return ""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def table(results: dict[str, dict[str, dict[str, object]]]) -> str:
    """For docs/comparison.md."""
    lines = ["| from save to live, ms | files | saves | p50 | p99 | max |", "| --- | --- | --- | --- | --- | --- |"]
    for name, tools in results.items():
        if not name.startswith("latency"):
            continue
        _, files, how = name.split(", ")
        for tool, figures in tools.items():
            row = f"{tool}{', by rename' if how == 'by rename' else ''}"
            missed = int(str(figures["missed"]))
            times = [number(figures.get(key)) or "never" for key in ("p50", "p99", "max")]
            saves = f"{figures['saves']:,}" + (f", {missed} missed" if missed and int(str(figures["saves"])) else "")
            bold = "**" if tool.startswith("reloadr") else ""
            lines.append(f"| {bold}{row}{bold} | {files.split()[0]} | {saves} | {' | '.join(times)} |")
    for name, tools in results.items():
        if name.startswith("idle"):
            files = name.split(", ")[1]
            lines += [
                "",
                f"| at rest, {files} | processor time, ms a minute | wake-ups a minute |",
                "| --- | --- | --- |",
            ]
            for tool, figures in tools.items():
                bold = "**" if tool.startswith("reloadr") else ""
                cells = [number(figures[key]) for key in ("cpu ms a minute", "wake-ups a minute")]
                lines.append(f"| {bold}{tool}{bold} | {' | '.join(cells)} |")
    return "\n".join(lines)


def into_docs(text: str) -> None:
    page = ROOT / "docs" / "comparison.md"
    old = page.read_text("utf-8")
    mark = "latency"
    pattern = re.compile(rf"(<!-- {mark}: [^>]*-->\n).*?(<!-- end of {mark} -->)", re.DOTALL)
    assert len(pattern.findall(old)) == 1, "docs/comparison.md has no place for it"
    page.write_text(pattern.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", old), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--saves", type=int, default=1000, help="for tools that patch the living process")
    parser.add_argument("--restarts", type=int, default=40, help="for those that restart it")
    parser.add_argument("--files", default="20,5000")
    parser.add_argument("--idle", type=float, default=60.0)
    parser.add_argument("--only", choices=("latency", "idle"))
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--docs", action="store_true", help="puts the tables into docs/comparison.md")
    options = parser.parse_args()
    tools = options.tools.split(",")
    sizes = [int(size) for size in options.files.split(",")]
    peers = environment() if any(not tool.startswith("reloadr") for tool in tools) else sys.executable
    results: dict[str, dict[str, dict[str, object]]] = {}

    def note(name: str, tool: str, figures: dict[str, object]) -> None:
        results.setdefault(name, {})[tool] = figures
        print(f"{name} | {tool}: " + ", ".join(f"{key} {number(each)}" for key, each in figures.items()), flush=True)

    if options.only != "idle":
        for files in sizes:
            for tool in tools:
                saves = options.saves if tool in HOT else options.restarts
                for by_rename in (False, True) if tool in HOT else (False,):
                    how = "by rename" if by_rename else "in place"
                    figures = latency(tool, files, saves, peers, by_rename=by_rename)
                    note(f"latency, {files:,} files, {how}", tool, figures)
    if options.only != "latency":
        for tool, figures in at_rest(tools, sizes[-1], options.idle, peers).items():
            note(f"idle, {sizes[-1]:,} files", tool, figures)
    if options.json:
        words = {"machine": machine(peers), "results": results}
        options.json.write_text(json.dumps(words, indent=2) + "\n", "utf-8")
    if options.docs:
        into_docs(table(results))


if __name__ == "__main__":
    main()
