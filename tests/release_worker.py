"""One process of `tests/releases.py`: import a release, patch it to the next one, run that one's test-suite.

    python tests/release_worker.py JOB.json

Modes: `fresh` imports the new release; `patched` imports the old one, replaces its files and polls; `unedited` watches
the new release and polls without an edit, which tells whether being watched alone makes a difference; `verified` is
`patched`, and then compared with fresh processes by `reloadr.verify()` instead of running tests.
"""

import importlib
import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

NOT_IMPORTED = {"__main__", "conftest", "setup"}
TEXT_KEPT = 20_000


def modules_of(source: Path, code: list[Path]) -> list[str]:
    """The dotted names of every module in the files and folders of a package, in the order of their names."""
    names = []
    for path in code:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            parts = file.relative_to(source).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            named = all(part.isidentifier() for part in parts)
            if named and parts[-1] not in NOT_IMPORTED and not {"tests", "test"} & set(parts[:-1]):
                names.append(".".join(parts))
    return sorted(names)


def import_all(names: list[str]) -> dict[str, str]:
    """Imports every module. Returns what went wrong, by name: releases hold modules for other platforms as well."""
    failed = {}
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}"
    return failed


def replace(root: Path, code: list[str], after: Path) -> None:
    """Makes the package's files those of the other release: written in place where they differ, deleted where gone."""
    for place in code:
        old, new = root / place, after / place
        for file in sorted(new.rglob("*")) if new.is_dir() else [new]:
            to = root / file.relative_to(after)
            if file.is_dir():
                to.mkdir(exist_ok=True)
            elif not to.exists() or to.read_bytes() != file.read_bytes():
                to.write_bytes(file.read_bytes())
        for file in sorted(old.rglob("*")) if old.is_dir() else []:
            if file.is_file() and "__pycache__" not in file.parts and not (after / file.relative_to(root)).exists():
                file.unlink()
        for folder in sorted(old.rglob("*"), reverse=True) if old.is_dir() else []:
            if folder.is_dir() and not (after / folder.relative_to(root)).exists():
                shutil.rmtree(folder)


def patch(packages: list[str], edit: Any) -> dict[str, Any]:
    """Watches, edits and polls. Returns the report as data."""
    import reloadr

    watcher = reloadr.watch(*packages, on="look")
    edit()
    importlib.invalidate_caches()
    try:
        report = watcher.poll()
    except BaseException:
        return {"verdict": "poll raised", "reasons": [], "text": traceback.format_exc(), "ms": 0}
    reasons = [
        {"code": each.code, "module": each.module, "name": each.qualname, "message": each.message}
        for each in report.reasons
    ]
    return {"verdict": report.verdict, "reasons": reasons, "text": str(report), "ms": report.elapsed * 1e3}


def verified() -> dict[str, Any]:
    """What fresh processes have otherwise: what no reason names, and how much the reasons do name."""
    import reloadr
    from reloadr.proof.verification import named_by

    proof = reloadr.verify(timeout=120)
    reports = reloadr.history()[-1:]
    wrong = [*proof.stale, *proof.conflicts]
    unnamed = [str(each) for each in wrong if not named_by(each.path, reports)]
    return {
        "unnamed": unnamed,
        "named": len(wrong) - len(unnamed),
        "unknown": [str(each) for each in proof.unknown],
        "definitions": proof.definitions,
    }


class Outcomes:
    """A plugin of pytest that keeps each test's outcome, and what a failure said."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}
        self.texts: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.keep(report.nodeid, report)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.keep(f"collecting {report.nodeid}", report)

    def keep(self, name: str, report: Any) -> None:
        if self.outcomes.get(name) in (None, "passed"):
            self.outcomes[name] = report.outcome
        if report.outcome == "failed":
            self.texts[name] = report.longreprtext[-TEXT_KEPT:]


def run_tests(root: Path, tests: list[str], options: list[str]) -> Outcomes:
    """Runs the release's own test-suite here, as its own settings say but for their options."""
    import pytest

    seen = Outcomes()
    os.chdir(root)
    pytest.main(
        ["-q", "-p", "no:cacheprovider", "-o", "addopts=", "--continue-on-collection-errors", *options, *tests],
        plugins=[seen],
    )
    return seen


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    root, after = Path(job["root"]), Path(job["after"])
    source = root / job["source"]
    # The folder of this file has modules of its own, which a release's tests must not find.
    sys.path[0] = str(source)
    if job["mode"] != "fresh" and job["order"] == "early":
        import reloadr  # noqa: F401

    code = [root / place for place in job["code"]]
    failed = import_all(modules_of(source, code))
    report = None
    if job["mode"] != "fresh":
        packages = sorted({name.partition(".")[0] for name in modules_of(source, code)})
        edited = job["mode"] != "unedited"
        report = patch(packages, (lambda: replace(root, job["code"], after)) if edited else (lambda: None))
        failed = import_all(modules_of(source, code))
    result: dict[str, Any] = {"report": report, "not_imported": failed}
    if job["mode"] == "verified":
        result["proof"] = verified()
    else:
        seen = run_tests(root, job["tests"], job["options"])
        result |= {"outcomes": seen.outcomes, "texts": seen.texts}
    Path(job["out"]).write_text(json.dumps(result), encoding="utf-8")
    sys.stdout.flush()
    # Threads and atexit functions of a test-suite are not what is asked about.
    os._exit(0)


if __name__ == "__main__":
    main()
