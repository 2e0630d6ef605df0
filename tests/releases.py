"""Releases of packages as edits: a process that runs one is patched to the next, whose tests then run in it.

    python tests/releases.py fetch CACHE [NAME ...]     download the source distributions that are pinned
    python tests/releases.py play CACHE [NAME ...]      play every step and print what came of it
        --step OLD NEW      that step alone             --late          import first, reloadr afterwards
        --jobs N            so many at once             --json FILE     all of it as JSON
        --timeout SECONDS   for one process             --verbose       reports and failures in full
        --verify            compare the patched process with fresh ones by `reloadr.verify()`, instead of the tests

`tests/releases.toml` names the packages, where their code and tests are, and the version and hash of each release.
For every two that follow each other, a process imports all modules of the old one, watches them, its files become
those of the new one, `Watcher.poll()` patches it, and the new release's test-suite runs in it. A fresh process of the
new release runs the same test-suite: what fails there as well does not count. Outcomes of a step:

    equal      every test that passes in a fresh process passes in the patched one
    flagged    some do not, and for each a reason names a definition that the failure speaks of
    declined   the report says that a restart is needed
    wrong      some do not, and the report does not say why
    raised     the new release was rejected, although a fresh process imports it
    crashed    the process died, hung, or `poll()` raised

A test that fails in a process that watches the new release without an edit fails because of being watched; such are
counted as wrong, and marked. Exit status 1 if any step is wrong, raised or crashed.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MANIFEST = HERE / "releases.toml"
WORKER = HERE / "release_worker.py"
DEFECTS = ("wrong", "raised", "crashed")
#: What becomes of a step that was not applied.
OF_VERDICT = {"poll raised": "crashed", "rejected": "raised", "restart": "declined"}
OUTCOMES = ("equal", "flagged", "declined", *DEFECTS)


class Unavailable(Exception):
    """A release cannot be had, or its tests cannot run here."""


@dataclass(frozen=True)
class Release:
    """A pinned source distribution."""

    project: str
    version: str
    sha256: str

    def find(self, cache: Path) -> Path | None:
        """Its file, wherever in the folder it is and however it is called: the hash says that it is the one."""
        name = re.sub(r"[-_.]+", "_", self.project).lower()
        for file in cache.glob("*.tar.gz"):
            if re.sub(r"[-_.]+", "_", file.name).lower() == f"{name}_{self.version.replace('.', '_')}_tar_gz":
                if hashlib.sha256(file.read_bytes()).hexdigest() == self.sha256:
                    return file
        return None

    def fetch(self, cache: Path) -> Path:
        """Its file, by pip if it is not there yet."""
        if (there := self.find(cache)) is not None:
            return there
        cache.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
            wanted.write(f"{self.project}=={self.version} --hash=sha256:{self.sha256}\n")
            wanted.flush()
            command += ["--dest", str(cache), "--require-hashes", "-r", wanted.name]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if (there := self.find(cache)) is None:
            raise Unavailable(f"{self.project} {self.version} cannot be downloaded: {done.stderr.strip()[-300:]}")
        return there


@dataclass(frozen=True)
class Project:
    """Where a package's releases keep what is imported and what is tested."""

    name: str
    source: str
    code: tuple[str, ...]
    tests: tuple[str, ...]
    needs: tuple[str, ...]
    options: tuple[str, ...]
    releases: tuple[Release, ...]

    def steps(self) -> list[tuple[Release, Release]]:
        return list(zip(self.releases, self.releases[1:], strict=False))

    def step(self, old: str, new: str) -> tuple[Release, Release]:
        by_version = {release.version: release for release in self.releases}
        return by_version[old], by_version[new]


@dataclass
class Played:
    """What came of one step."""

    project: str
    old: str
    new: str
    outcome: str
    verdict: str = ""
    tests: int = 0
    judged: str = "tests"
    ms: float = 0.0
    codes: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)
    by_being_watched: list[str] = field(default_factory=list)
    text: str = ""
    texts: dict[str, str] = field(default_factory=dict)

    def line(self) -> str:
        text = f"{self.project} {self.old} -> {self.new}: {self.outcome}, {self.verdict or '-'}"
        text += f", {self.tests} {self.judged}"
        if self.failed:
            text += f", {len(self.failed)} differ ({len(self.covered)} explained)"
        if self.by_being_watched:
            text += f", {len(self.by_being_watched)} by being watched alone"
        return text + (f"  {' '.join(sorted(set(self.codes)))}" if self.codes else "")


def read_projects(manifest: Path = MANIFEST) -> dict[str, Project]:
    """The pinned projects, by name."""
    tables = tomllib.loads(manifest.read_text(encoding="utf-8"))
    return {
        name: Project(
            name,
            table["source"],
            tuple(table["code"]),
            tuple(table["tests"]),
            tuple(table.get("needs", ())),
            tuple(table.get("options", ())),
            tuple(Release(name, version, sha256) for version, sha256 in table["releases"]),
        )
        for name, table in tables.items()
    }


def unpack(archive: Path, to: Path) -> Path:
    """The folder that holds the release's files."""
    with tarfile.open(archive) as tar:
        tar.extractall(to, filter="data")
    (root,) = [folder for folder in to.iterdir() if folder.is_dir()]
    return root


def take(source: Path, to: Path) -> None:
    """Puts a copy of a file or folder in the place of what is there."""
    if to.is_dir():
        shutil.rmtree(to)
    to.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, to)
    elif source.exists():
        shutil.copy(source, to)


def run(project: Project, old: Path, new: Path, mode: str, order: str, timeout: float) -> dict[str, Any]:
    """Runs a worker on a copy of its own of the new release, with the old code in it if that is to be patched."""
    with tempfile.TemporaryDirectory(prefix="releases-") as scratch:
        root, after = Path(scratch, "root"), Path(scratch, "after")
        shutil.copytree(unpack(new, Path(scratch, "new")), root)
        for place in project.code:
            take(root / place, after / place)
        if mode in ("patched", "verified"):
            before = unpack(old, Path(scratch, "old"))
            for place in project.code:
                take(before / place, root / place)
        for tests in project.tests:  # tests that are within the package are the new ones, before the edit as well
            if (inside := after / tests).exists():
                take(inside, root / tests)
        job = {
            "root": str(root),
            "after": str(after),
            "source": project.source,
            "code": project.code,
            "tests": project.tests,
            "options": project.options,
            "mode": mode,
            "order": order,
            "out": str(Path(scratch, "out.json")),
        }
        Path(scratch, "job.json").write_text(json.dumps(job), encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST_"))}
        # CI: hypothesis then makes the same examples every time.
        kept |= {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "HOME": scratch, "CI": "1"}
        process = subprocess.Popen(
            [sys.executable, str(WORKER), str(Path(scratch, "job.json"))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=kept,
            cwd=scratch,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=timeout)
            why = f"exit status {process.returncode}"
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            why = f"killed after {timeout:g} s"
        out = Path(scratch, "out.json")
        if not out.exists():
            return {"crashed": f"{why}\n{output[-3000:]}"}
        result: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return result


def explained(text: str, reasons: list[dict[str, str]]) -> bool:
    """Whether a reason names a definition that a failure speaks of."""
    names = {part for reason in reasons for part in (reason["name"] or "").split(".") if part and part != "<locals>"}
    return any(re.search(rf"\b{re.escape(name)}\b", text) for name in names)


def failures(fresh: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The tests that pass in the fresh process and not in the other one; and modules that only it could import."""
    passed = [name for name, outcome in fresh["outcomes"].items() if outcome == "passed"]
    failed = [name for name in passed if other["outcomes"].get(name) != "passed"]
    # A file of tests that cannot be imported hides its tests; one line for it says more than theirs.
    whole = [
        name for name in other["outcomes"].keys() - fresh["outcomes"].keys() if other["outcomes"][name] == "failed"
    ]
    modules = [f"import of {name}" for name in other["not_imported"].keys() - fresh["not_imported"].keys()]
    return sorted(modules) + sorted(whole) + sorted(failed)


def play(project: Project, old: Release, new: Release, cache: Path, order: str, timeout: float) -> Played:
    """Plays one step."""
    lacking = [name for name in project.needs if importlib.util.find_spec(name) is None]
    if lacking:
        raise Unavailable(f"the tests of {project.name} need {', '.join(lacking)}")
    before, after = old.fetch(cache), new.fetch(cache)
    played = Played(project.name, old.version, new.version, "equal")
    fresh = run(project, before, after, "fresh", order, timeout)
    if "crashed" in fresh or "passed" not in fresh["outcomes"].values():
        raise Unavailable(f"the tests of {project.name} {new.version} do not run here: {fresh.get('crashed', '')}")
    patched = run(project, before, after, "patched", order, timeout)
    judge(played, fresh, patched)
    if played.failed:
        # Some tests fail now and then; what passes the second time is such a one.
        again = run(project, before, after, "patched", order, timeout)
        if "crashed" not in again:
            judge(played, fresh, patched, set(failures(fresh, again)))
    if played.failed:
        unedited = run(project, before, after, "unedited", order, timeout)
        if "crashed" not in unedited:
            alone = set(failures(fresh, unedited))
            played.by_being_watched = [name for name in played.failed if name in alone]
    return played


def play_verified(project: Project, old: Release, new: Release, cache: Path, order: str, timeout: float) -> Played:
    """Plays one step, which `reloadr.verify()` judges: what differs and no reason names is wrong."""
    played = Played(project.name, old.version, new.version, "equal")
    result = run(project, old.fetch(cache), new.fetch(cache), "verified", order, timeout)
    if "crashed" in result:
        played.outcome, played.text = "crashed", result["crashed"]
        return played
    report, proof = result["report"], result["proof"]
    played.verdict, played.text, played.ms = report["verdict"], report["text"], report["ms"]
    played.codes = [reason["code"] for reason in report["reasons"]]
    played.failed, played.tests, played.judged = proof["unnamed"], proof["definitions"], "definitions"
    played.texts = dict.fromkeys(played.failed, "")
    if report["verdict"] in OF_VERDICT:
        played.outcome = OF_VERDICT[report["verdict"]]
    elif played.failed or proof["named"]:
        played.outcome = "wrong" if played.failed else "flagged"
    return played


def judge(played: Played, fresh: dict[str, Any], patched: dict[str, Any], again: set[str] | None = None) -> None:
    """Says what came of a step: from the results of a fresh process and a patched one, and the failures of another
    patched one if there was one."""
    played.tests = sum(outcome == "passed" for outcome in fresh["outcomes"].values())
    if "crashed" in patched:
        played.outcome, played.text = "crashed", patched["crashed"]
        return
    report = patched["report"]
    played.verdict, played.text, played.ms = report["verdict"], report["text"], report["ms"]
    played.codes = [reason["code"] for reason in report["reasons"]]
    played.failed = [name for name in failures(fresh, patched) if again is None or name in again]
    texts = patched["texts"] | {f"import of {name}": why for name, why in patched["not_imported"].items()}
    played.texts = {name: texts.get(name, "not run") for name in played.failed}
    played.covered = [name for name in played.failed if explained(played.texts[name], report["reasons"])]
    if report["verdict"] in OF_VERDICT:
        played.outcome = OF_VERDICT[report["verdict"]]
    elif played.failed:
        played.outcome = "flagged" if len(played.covered) == len(played.failed) else "wrong"
    else:
        played.outcome = "equal"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("fetch", "play"))
    parser.add_argument("cache", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--step", nargs=2, metavar=("OLD", "NEW"))
    parser.add_argument("--late", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--verify", action="store_true")
    asked = parser.parse_args()
    projects = [project for name, project in read_projects().items() if not asked.names or name in asked.names]
    steps = [(project, *step) for project in projects for step in project.steps()]
    if asked.step:
        steps = [(project, *project.step(*asked.step)) for project in projects]

    def one(step: tuple[Project, Release, Release]) -> Played | str:
        project, old, new = step
        try:
            way = play_verified if asked.verify else play
            return way(project, old, new, asked.cache, "late" if asked.late else "early", asked.timeout)
        except Unavailable as error:
            return f"{project.name} {old.version} -> {new.version}: left out: {error}"

    if asked.action == "fetch":
        try:
            for release in {release: None for _, *both in steps for release in both}:
                print(release.fetch(asked.cache))
        except Unavailable as error:
            print(error, file=sys.stderr)
            return 1
        return 0
    results = []
    with ThreadPoolExecutor(asked.jobs) as pool:
        for result in pool.map(one, steps):
            if isinstance(result, str):
                print(result, flush=True)
                continue
            results.append(result)
            print(result.line(), flush=True)
            if asked.verbose or result.outcome in DEFECTS:
                print(result.text)
                for name in result.failed[: None if asked.verbose else 5]:
                    print(f"--- {name}\n{result.texts[name] if asked.verbose else result.texts[name][-1500:]}")
    counts = {outcome: sum(result.outcome == outcome for result in results) for outcome in OUTCOMES}
    print(f"{len(results)} steps:", ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(result) for result in results], indent=1), encoding="utf-8")
    return int(any(result.outcome in DEFECTS for result in results))


if __name__ == "__main__":
    sys.exit(main())
