"""Runs the edit cases of `tests/cases` under reloadr and its peers, and prints how many each gets right.

    python benches/cases.py [--tools NAME[,NAME]] [--json FILE] [--list TOOL]

Of all the cases those whose every save can be carried whole, by the catalogue of edits: their drivers state
what a fresh process of the new source, with the old state carried over, would show. A case is right under a
tool if all its checks hold after each save; else the tool raised (or printed) an error, or it was silently
wrong. The cases are reloadr's own tests, written by its authors: that reloadr passes them is no surprise,
what they are about can be read there.
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


def _below(module: ModuleType, root: Path) -> bool:
    path = getattr(module, "__file__", None)
    return bool(path) and Path(path).is_relative_to(root)


def outcome(python: str, name: str, tool: str) -> str:
    """The same in a process of its own; a process that dies or hangs is an error."""
    command = [python, __file__, "--one", name, "--tools", tool]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return "error"
    last = done.stdout.rstrip().rpartition("\n")[2]
    if last not in OUTCOMES:
        return "error"
    # IPython prints what goes wrong in a reload; that is not silent.
    return "error" if last == "silently wrong" and "[autoreload of" in done.stdout + done.stderr else last


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tools", default=",".join(COMPARED), help="which, by name, with commas between")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--list", metavar="TOOL", help="name the cases that this tool does not get right")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    tools = options.tools.split(",")
    if options.one:
        print(one(options.one, tools[0]))
        sys.stdout.flush()
        os._exit(0)  # A case may leave threads behind.
    names = [name for name in run_case.case_names() if wanted(run_case.read_case(name))]
    peers = environment() if set(tools) - {"reloadr", "importlib.reload"} else sys.executable
    results: dict[str, dict[str, str]] = {}
    for tool in tools:
        python = sys.executable if tool in ("reloadr", "importlib.reload") else peers
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = pool.map(lambda name, python=python, tool=tool: outcome(python, name, tool), names)
            results[tool] = dict(zip(names, found, strict=True))
    print(f"{len(names)} cases on CPython {platform.python_version()}\n")
    print("| tool | " + " | ".join(OUTCOMES) + " |\n" + "| --- " * (len(OUTCOMES) + 1) + "|")
    for tool, each in results.items():
        counts = Counter(each.values())
        print(f"| {tool} | " + " | ".join(str(counts[name]) for name in OUTCOMES) + " |")
    if options.list:
        print("\n".join(f"{each}: {name}" for name, each in results[options.list].items() if each != "right"))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
