"""Releases of packages that nobody here has edited, as edits: each step between two wheels is judged by `verify()`.

    python tests/judge_wheels.py FOLDER NAME[:PACKAGE] ...     fetch wheels into FOLDER and play the steps
        --last N        so many steps before the newest release (8)
        --timeout N     seconds for one step (400)
        --json FILE     a line of JSON for each step

A process imports all modules of the older release, watches them, its files become those of the newer one, `poll()`
patches it, and `reloadr.verify()` compares it with fresh processes. What the packages need must be installed beside
(`pip install NAME`); what cannot be imported is said and not counted. Outcomes of a step:

    fresh       nothing differs from a fresh process
    named       something does, and the report names the definition that it belongs to
    restart     the report says that a restart is needed
    silent      something differs, and no reason speaks of it
    rejected    the newer release was rejected
    crashed     `poll()` raised, or the process ended

Exit status 1 if any step is silent, rejected or crashed.
"""

import argparse
import contextlib
import importlib
import io
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

DEFECTS = ("silent", "rejected", "crashed")


def main() -> int:
    if sys.argv[1:2] == ["--play"]:
        print(json.dumps(play(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("projects", nargs="+", metavar="NAME[:PACKAGE]")
    parser.add_argument("--last", type=int, default=8)
    parser.add_argument("--timeout", type=float, default=400)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    for project in options.projects:
        name, _, package = project.partition(":")
        for step in steps(options, name, package or name.replace("-", "_")):
            counts[step["outcome"]] += 1
            print(said(step), flush=True)
            if options.json:
                with options.json.open("a") as file:
                    file.write(json.dumps(step) + "\n")
    total = sum(count for outcome, count in counts.items() if outcome != "not played")
    print(f"{total} steps: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    return int(any(counts[each] for each in DEFECTS))


def said(step: dict[str, Any]) -> str:
    head = f"{step['project']} {step['old']} -> {step['new']}: {step['outcome']}"
    codes = ", ".join(step.get("codes", ()))
    lines = [head + (f" ({step['verdict']}{': ' * bool(codes)}{codes})" if "verdict" in step else "")]
    return "\n    ".join([*lines, *step.get("details", ())])


def steps(options: argparse.Namespace, name: str, package: str) -> Iterator[dict[str, Any]]:
    """The outcomes of the steps of one project."""
    found = [(version, fetched(options.folder, name, version)) for version in versions(name)[: options.last + 1][::-1]]
    there = [(version, root) for version, root in found if root is not None and holds(root, package)]
    for (old, before), (new, after) in pairwise(there):
        step = {"project": name, "old": old, "new": new}
        command = [sys.executable, __file__, "--play", str(before), str(after), package]
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=options.timeout, env=env, stdin=subprocess.DEVNULL
            )
            yield step | json.loads(done.stdout.splitlines()[-1])
        except subprocess.TimeoutExpired:
            yield step | {"outcome": "crashed", "details": ["it did not end in time"]}
        except (IndexError, ValueError):
            yield step | {"outcome": "crashed", "details": done.stderr.splitlines()[-3:]}


def versions(name: str) -> list[str]:
    """The final releases of a project, the newest first."""
    command = [sys.executable, "-m", "pip", "index", "versions", name]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Available versions: (.*)", told)
    listed = found[1].split(", ") if found else []
    return [each for each in listed if re.fullmatch(r"[\d.]+(post\d+)?", each)]


def fetched(folder: Path, name: str, version: str) -> Path | None:
    """A release's files, downloaded if need be; None where there is no wheel."""
    root = folder / f"{name}-{version}"
    if not root.is_dir():
        wheels = folder / f"{name}-{version}.wheel"
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--only-binary",
            ":all:",
            "-d",
            str(wheels),
        ]
        subprocess.run([*command, f"{name}=={version}"], capture_output=True, check=False)
        for wheel in wheels.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(root)
    return root if root.is_dir() else None


def holds(root: Path, package: str) -> bool:
    return (root / package).is_dir() or (root / f"{package}.py").is_file()


# ---- in the process that is patched -----------------------------------------------------------------------


def play(old: Path, new: Path, package: str) -> dict[str, Any]:
    """Plays one step in this process."""
    import reloadr
    from reloadr.proof.verification import named_by

    folder = Path(tempfile.mkdtemp(prefix="wheels-"))
    try:
        put(old, folder, package)
        sys.path.insert(0, str(folder))
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                import_all(importlib.import_module(package))
            except Exception as error:
                return {"outcome": "not played", "details": [f"{type(error).__name__}: {error}"]}
            watcher = reloadr.watch(str(folder), on="look")
            watcher.poll()
            put(new, folder, package)
            report = watcher.poll()
            proof = reloadr.verify(300)
        found = [*proof.stale, *proof.conflicts]
        unnamed = [str(each)[:300] for each in found if not named_by(each.path, [report])]
        refused = [str(each)[:300] for each in report.reasons if each.verdict in ("restart", "rejected")]
        return {
            "outcome": outcome(report.verdict, found, unnamed),
            "verdict": report.verdict,
            "codes": sorted({reason.code for reason in report.reasons}),
            "differ": len(found),
            "definitions": proof.definitions,
            "details": [*refused, *unnamed][:8],
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def outcome(verdict: str, found: list[Any], unnamed: list[str]) -> str:
    if verdict in ("rejected", "restart"):
        return verdict
    return "silent" if unnamed else "named" if found else "fresh"


def put(root: Path, folder: Path, package: str) -> None:
    """Saves a release's files as an editor does: beside, then in place."""
    single = root / f"{package}.py"
    for file in [single] if single.is_file() else sorted((root / package).rglob("*")):
        if file.is_file():
            target = folder / file.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(target.name + "~")
            shutil.copy(file, beside)
            beside.replace(target)


def import_all(module: ModuleType) -> None:
    """Imports what lies in a package, as far as it can be imported here."""
    for found in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{module.__name__}.", onerror=lambda _: None):
        if not re.search(r"__main__|\.tests?\b|vendor", found.name):
            with contextlib.suppress(BaseException):
                importlib.import_module(found.name)


if __name__ == "__main__":
    sys.exit(main())
