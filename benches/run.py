"""Measures reloadr beside other hot reloaders, in one run.

    python benches/run.py [--quick] [--only NAME[,NAME]] [--tools NAME[,NAME]] [--json FILE]

Run it with a Python that has reloadr installed. The peers of `requirements.txt` are installed into an
environment of their own, `benches/.venv-*`, made with the same interpreter. Every figure comes from a process
of its own; files are written with newer modification times, no bytecode is written, and after every edit it
is checked that the new code runs. Times are medians of repeated edits; the first edit of a process, in which
tools read what they know nothing about yet, stands by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import venv
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
ONE = str(HERE / "one.py")
TOOLS = ["reloadr", "jurigged", "%autoreload 2", "pydevd"]
PACKAGES = {"jurigged": "jurigged", "%autoreload 2": "ipython", "pydevd": "pydevd"}

Figures = dict[str, object]


def environment() -> str:
    """The Python that has the peers."""
    folder = HERE / f".venv-{sys.implementation.cache_tag}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = (HERE / "requirements.txt").read_bytes()
    stamp = folder / "requirements.txt"
    if not stamp.exists() or stamp.read_bytes() != wanted:
        print(f"installing {HERE / 'requirements.txt'} into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        stamp.write_bytes(wanted)
    return str(python)


class Bench:
    """One run."""

    def __init__(self, quick: bool, tools: list[str]) -> None:
        self.quick = quick
        self.tools = tools
        self.peers = environment() if set(tools) - {"reloadr"} else sys.executable
        self.limit = 90.0 if quick else 420.0
        self.results: dict[str, dict[str, Figures]] = {}

    def python(self, tool: str) -> str:
        return sys.executable if tool in ("reloadr", "none") else self.peers

    def steps(self, tool: str, what: str, **options: object) -> tuple[list[dict[str, object]], str]:
        """What the process said, and what went wrong."""
        command = [self.python(tool), ONE, tool, what, json.dumps(options)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        trouble = ""
        try:
            out, _ = process.communicate(timeout=self.limit)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            trouble = f"> {self.limit:.0f} s"
        said = [json.loads(line[2:]) for line in out.splitlines() if line.startswith("@@")]
        wrong = [str(step["error"]) for step in said if "error" in step]
        if wrong:
            trouble = wrong[0]
        elif process.returncode and not trouble:
            trouble = f"ended with {process.returncode}"
        return [step for step in said if "error" not in step], trouble

    def note(self, name: str, tool: str, figures: Figures) -> None:
        self.results.setdefault(name, {})[tool] = figures
        shown = ", ".join(f"{key} {rounded(value)}" for key, value in figures.items())
        print(f"  {name} | {tool}: {shown}", file=sys.stderr, flush=True)

    def edits(self, name: str, what: str, tools: list[str] | None = None, **options: object) -> None:
        """Repeated edits: the first, and the medians of the others."""
        for tool in self.tools if tools is None else tools:
            said, trouble = self.steps(tool, what, **options)
            figures: Figures = {}
            if said:
                figures["first wall"], figures["first cpu"] = said[0]["wall"], said[0]["cpu"]
            rest = said[1:]
            if rest:
                for key in ("wall", "cpu"):
                    figures[key] = statistics.median(float(str(step[key])) for step in rest)
                figures["edits"] = len(rest)
                if "lines_right" in rest[-1]:
                    figures["lines right"] = all(bool(step["lines_right"]) for step in said)
            if trouble:
                figures["trouble"] = trouble
            self.note(name, tool, figures)

    # ---- what is measured ----

    def small_to_large(self) -> None:
        turns = 6 if self.quick else 25
        for lines in (200, 5_000) if self.quick else (200, 5_000, 50_000):
            for top in (False, True):
                name = f"one line in {lines:,}" + (", one inserted at the top" if top else "")
                self.edits(name, "edit", lines=lines, top=top, heap=0, turns=turns)

    def heap(self) -> None:
        objects = 200_000 if self.quick else 2_000_000
        turns = 6 if self.quick else 25
        for lines in (200, 5_000):
            name = f"one line in {lines:,}, {objects:,} objects"
            self.edits(name, "edit", lines=lines, top=False, heap=objects, turns=turns)

    def many(self) -> None:
        files = 40 if self.quick else 200
        self.edits(f"{files} files of 100 lines, one line each", "many", files=files, turns=4 if self.quick else 8)

    def imports(self) -> None:
        """Wall clock of the import statement in fresh processes that have bytecode."""
        sys.path.insert(0, str(HERE))
        from tools import IMPORTS

        for tool in self.tools:
            statement = IMPORTS[tool]
            code = (
                "import time; a, b = time.perf_counter(), time.process_time()\n"
                f"{statement}\nprint(time.perf_counter() - a, time.process_time() - b)"
            )
            environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
            walls, cpus = [], []
            for _ in range(5 if self.quick else 25):
                command = [self.python(tool), "-c", code]
                done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)
                wall, cpu = done.stdout.split()
                walls.append(float(wall) * 1e3)
                cpus.append(float(cpu) * 1e3)
            # The first one may have compiled.
            figures: Figures = {"wall": statistics.median(walls[1:]), "cpu": statistics.median(cpus[1:])}
            figures["best"] = min(walls)
            self.note("import", tool, figures)

    def watching(self) -> None:
        files = 200 if self.quick else 2_000
        plain, _ = self.steps("none", "watch", files=files, lines=100, turns=0)
        bare = {str(step["step"]): step for step in plain}
        for tool in self.tools:
            said, trouble = self.steps(tool, "watch", files=files, lines=100, turns=20)
            by_step: dict[str, list[dict[str, object]]] = {}
            for step in said:
                by_step.setdefault(str(step["step"]), []).append(step)
            figures: Figures = {}
            if "memory" in by_step and bare:
                figures["watch wall"], figures["watch cpu"] = by_step["watch"][0]["wall"], by_step["watch"][0]["cpu"]
                extra = float(str(by_step["import"][0]["cpu"])) - float(str(bare["import"]["cpu"]))
                figures["added to imports cpu"] = extra
                more = float(str(by_step["memory"][0]["bytes"])) - float(str(bare["memory"]["bytes"]))
                figures["KiB per module"] = more / files / 1024
            if "idle" in by_step:
                for key in ("wall", "cpu"):
                    figures[f"idle {key}"] = statistics.median(float(str(step[key])) for step in by_step["idle"])
            if "edit" in by_step:
                figures["then one edit cpu"] = by_step["edit"][0]["cpu"]
            if trouble:
                figures["trouble"] = trouble
            self.note(f"watching {files:,} modules of 100 lines", tool, figures)

    def calls(self) -> None:
        for tool in self.tools:
            said, trouble = self.steps(tool, "call", turns=5 if self.quick else 15)
            figures: Figures = {str(step["step"]): step["ns"] for step in said}
            if trouble:
                figures["trouble"] = trouble
            self.note("call, ns", tool, figures)


MEASURES = {
    "edit": Bench.small_to_large,
    "heap": Bench.heap,
    "many": Bench.many,
    "import": Bench.imports,
    "watch": Bench.watching,
    "call": Bench.calls,
}


def rounded(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"


def machine(peers: str) -> dict[str, object]:
    """What it ran on."""
    versions: dict[str, str] = {}
    try:
        versions["reloadr"] = version("reloadr")
    except PackageNotFoundError:
        import reloadr

        versions["reloadr"] = reloadr.__version__
    for tool, package in PACKAGES.items():
        code = f"import importlib.metadata as m; print(m.version({package!r}))"
        done = subprocess.run([peers, "-c", code], capture_output=True, text=True)
        versions[tool] = done.stdout.strip() or "not installed"
    processor = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            processor = next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": versions,
        "date": time.strftime("%Y-%m-%d"),
        "load": [round(each, 2) for each in os.getloadavg()] if hasattr(os, "getloadavg") else None,
    }


WATCHING = ("watch cpu", "added to imports cpu", "idle cpu", "idle wall", "then one edit cpu", "KiB per module")


def cell(figures: Figures | None, keys: tuple[str, ...]) -> str:
    if figures is None:
        return "-"
    shown = [rounded(figures[key]) if key in figures else "-" for key in keys]
    text = " / ".join(shown) if any(each != "-" for each in shown) else ""
    trouble = figures.get("trouble")
    if figures.get("lines right") is False:
        text += " (lines wrong)"
    return f"{text} {trouble}".strip() if trouble else text or "-"


def table(bench: Bench) -> str:
    """The results as lines of text."""
    rows: list[list[str]] = [["milliseconds: first edit's CPU / CPU / wall", *bench.tools]]
    extra: list[list[str]] = []
    for name, by_tool in bench.results.items():
        if name.startswith("watching"):
            for key in WATCHING:
                extra.append([f"{name}: {key}", *(cell(by_tool.get(tool), (key,)) for tool in bench.tools)])
        elif name == "import":
            label = "import, ms: CPU / wall / best wall"
            extra.append([label, *(cell(by_tool.get(tool), ("cpu", "wall", "best")) for tool in bench.tools)])
        elif name == "call, ns":
            for kind in ("", " method"):
                keys = (f"patched{kind}", f"never{kind}")
                label = f"call of a patched / never patched{kind or ' function'}, ns"
                extra.append([label, *(cell(by_tool.get(tool), keys) for tool in bench.tools)])
        else:
            rows.append([name, *(cell(by_tool.get(tool), ("first cpu", "cpu", "wall")) for tool in bench.tools)])
    rows += extra
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller sizes")
    parser.add_argument("--only", default=",".join(MEASURES), help=f"some of: {', '.join(MEASURES)}")
    parser.add_argument("--tools", default=",".join(TOOLS), help="some of: " + ", ".join(TOOLS))
    parser.add_argument("--json", type=Path, default=HERE / "results.json", help="where the figures go")
    options = parser.parse_args()
    wanted, tools = options.only.split(","), options.tools.split(",")
    if set(wanted) - set(MEASURES) or set(tools) - set(TOOLS):
        parser.error(f"--only takes {', '.join(MEASURES)}; --tools takes {', '.join(TOOLS)}")
    bench = Bench(options.quick, tools)
    about = machine(bench.peers)
    for name in wanted:
        MEASURES[name](bench)
    about["load at the end"] = [round(each, 2) for each in os.getloadavg()] if hasattr(os, "getloadavg") else None
    options.json.write_text(json.dumps({"machine": about, "results": bench.results}, indent=1) + "\n", encoding="utf-8")
    versions = about["versions"]
    assert isinstance(versions, dict)
    print(f"\n{about['processor']}, {about['cores']} cores, {about['system']}, CPython {about['python']}")
    print(", ".join(f"{tool} {each}" for tool, each in versions.items()) + "\n")
    print(table(bench))


if __name__ == "__main__":
    main()
