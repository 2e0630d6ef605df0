"""Runs the edit cases of `tests/cases` under reloadr and its peers, and prints how many each gets right.

    python benches/cases.py [--tools NAME[,NAME]] [--json FILE] [--share K/N] [--limit SECONDS] [--list TOOL]

Of all the cases those whose every save can be carried whole, by the catalogue of edits: their drivers state
what a fresh process of the new source, with the old state carried over, would show. A case is right under a
tool if all its checks hold after each save; else the tool raised (or printed) an error, or it was silently
wrong. The cases are reloadr's own tests, written by its authors: that reloadr passes them is no surprise,
what they are about can be read there.

With `--json` each outcome is a line of that file as soon as it is known, and what is there is not run again: a run that
ends early goes on with the same command, and several can share the cases. What does not end in time is run again then.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import run_case  # noqa: E402
from run import environment  # noqa: E402
from tools import TOOLS  # noqa: E402

COMPARED = ["reloadr", "jurigged", "%autoreload 2", "importlib.reload"]
OUTCOMES = ["right", "silently wrong", "error"]
LATE = "did not end in time"


def wanted(case: run_case.Case) -> bool:
    """Whether all of a case can be carried, and the driver's checks would notice if it were not."""
    return not case.unsupported() and all(step.verdicts == ("live",) and not step.unchanged for step in case.steps)


def one(name: str, tool_name: str) -> str:
    """Runs a case under a tool in this process."""
    case = run_case.read_case(name)
    tree = run_case.Tree(case)
    sys.path[0] = str(tree.root)
    sys.dont_write_bytecode = True
    tool = TOOLS[tool_name]()
    tool.start(tree.root)
    _make_way()
    driver = run_case.load_driver(case, tree.root)
    state = driver["setup"]()
    tool.ready([module for module in list(sys.modules.values()) if _below(module, tree.root)])
    for step in case.steps:
        before = {path: path.stat().st_mtime_ns for path in tree.root.rglob("*.py")}
        tree.save(step)
        paths = [path for path in sorted(tree.root.rglob("*.py")) if before.get(path) != path.stat().st_mtime_ns]
        try:
            tool.apply([str(path) for path in paths])
        except Exception:
            traceback.print_exc()
            return "error"
        try:
            driver[step.check_name](state, None)
        except Exception:
            traceback.print_exc()
            return "silently wrong"
    return "right"


def _make_way() -> None:
    """Takes our own modules out of the way: a case may have one of the same name, as `tools`."""
    own = (HERE, HERE.parent / "tests")
    sys.path[:] = [each for each in sys.path if Path(each) not in own]
    for name, module in list(sys.modules.items()):
        if name != "__main__" and Path(getattr(module, "__file__", None) or "/").parent in own:
            del sys.modules[name]


def _below(module: ModuleType, root: Path) -> bool:
    path = getattr(module, "__file__", None)
    return bool(path) and Path(path).is_relative_to(root)


def outcome(python: str, name: str, tool: str, limit: float) -> str:
    """The same in a process of its own; a process that dies is an error."""
    command = [python, __file__, "--one", name, "--tools", tool]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return LATE
    last = done.stdout.rstrip().rpartition("\n")[2]
    if last not in OUTCOMES:
        return "error"
    # IPython prints what goes wrong in a reload; that is not silent.
    return "error" if last == "silently wrong" and "[autoreload of" in done.stdout + done.stderr else last


def known(path: Path | None) -> dict[tuple[str, str], str]:
    """The outcomes that a file has, by tool and case."""
    lines = path.read_text("utf-8").splitlines() if path is not None and path.exists() else []
    found = {(each["tool"], each["case"]): str(each["outcome"]) for each in map(json.loads, lines)}
    return {key: each for key, each in found.items() if each != LATE}


def play(names: list[str], tools: list[str], options: argparse.Namespace) -> dict[str, dict[str, str]]:
    """Runs what is not known yet. Returns the outcomes by tool and case."""
    there = known(options.json)
    todo = [(tool, name) for name in names for tool in tools if (tool, name) not in there]
    peers = environment() if set(tools) - {"reloadr", "importlib.reload"} else sys.executable

    def run(each: tuple[str, str]) -> str:
        tool, name = each
        python = sys.executable if tool in ("reloadr", "importlib.reload") else peers
        return outcome(python, name, tool, options.limit)

    with ThreadPoolExecutor(options.jobs) as pool:
        for (tool, name), found in zip(todo, pool.map(run, todo), strict=True):
            there[tool, name] = found
            if options.json:
                with options.json.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"tool": tool, "case": name, "outcome": found}) + "\n")
    return {tool: {name: there[tool, name] for name in names} for tool in tools}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tools", default=",".join(COMPARED), help="which, by name, with commas between")
    parser.add_argument("--json", type=Path, help="where the outcomes go, a line each; those that are there are kept")
    parser.add_argument("--share", default="1/1", help="a part of the cases: 2/4 is the second quarter")
    parser.add_argument("--limit", type=float, default=60, help="seconds for a case under a tool")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at once")
    parser.add_argument("--list", metavar="TOOL", help="name the cases that this tool does not get right")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    tools = options.tools.split(",")
    if options.one:
        print(one(options.one, tools[0]))
        sys.stdout.flush()
        os._exit(0)  # A case may leave threads behind.
    number, parts = map(int, options.share.split("/"))
    names = [name for name in run_case.case_names() if wanted(run_case.read_case(name))][number - 1 :: parts]
    results = play(names, tools, options)
    columns = [*OUTCOMES, LATE] if any(LATE in each.values() for each in results.values()) else OUTCOMES
    print(f"{len(names)} cases on CPython {platform.python_version()}\n")
    print("| tool | " + " | ".join(columns) + " |\n" + "| --- " * (len(columns) + 1) + "|")
    for tool, each in results.items():
        counts = Counter(each.values())
        print(f"| {tool} | " + " | ".join(str(counts[name]) for name in columns) + " |")
    if options.list:
        print("\n".join(f"{each}: {name}" for name, each in results[options.list].items() if each != "right"))


if __name__ == "__main__":
    main()
