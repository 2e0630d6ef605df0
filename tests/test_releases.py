"""A step between two releases of a real package, and known answers of the harness that plays such steps."""

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest
from releases import Played, Project, Release, Unavailable, judge, play, read_projects

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("RELOADR_RELEASES", ROOT / "target" / "tests" / "releases"))
TIMEOUT = 100

OLD = """
LIMIT = 3
made = []

def connect(limit):
    made.append(limit)
    return limit

def twice(value):
    return value + value

connection = connect(LIMIT)
"""
NEW = OLD.replace("value + value", "[value, value]")
TESTS = """
import pytest
import small

def test_twice():
    assert small.twice(1) == [1, 1]

def test_limit():
    assert small.connection == small.LIMIT

def test_fails_everywhere():
    assert not small.LIMIT
"""


@pytest.mark.long
def test_release_becomes_the_next() -> None:
    """The test-suite of the next release passes in the process that imported the one before."""
    project = read_projects()["cachetools"]
    try:
        step = play(project, *project.step("5.5.0", "6.0.0"), CACHE, "late", TIMEOUT)
    except Unavailable as error:
        pytest.skip(str(error))
    assert step.outcome == "equal", f"{step.line()}\n{step.text}\n{step.texts}"
    assert step.tests > 100


def released(folder: Path, version: str, code: str) -> Release:
    """A source distribution of a module with its tests."""
    folder.mkdir(exist_ok=True)
    archive = folder / f"small-{version}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, text in (("src/small.py", code), ("tests/test_small.py", TESTS)):
            member = tarfile.TarInfo(f"small-{version}/{name}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return Release("small", version, hashlib.sha256(archive.read_bytes()).hexdigest())


def played(folder: Path, new: str) -> Played:
    """What comes of a step to this code."""
    releases = (released(folder, "1.0", OLD), released(folder, "2.0", new))
    project = Project("small", "src", ("src/small.py",), ("tests",), (), (), releases)
    ((old, after),) = project.steps()
    return play(project, old, after, folder, "early", TIMEOUT)


def test_equal(tmp_path: Path) -> None:
    """What fails in a fresh process as well does not count."""
    step = played(tmp_path, NEW)
    assert (step.outcome, step.verdict, step.tests, step.failed) == ("equal", "live", 2, [])


@pytest.mark.long
def test_flagged(tmp_path: Path) -> None:
    """A failure is explained where a reason names what it speaks of: what is connected stays connected."""
    step = played(tmp_path, NEW.replace("LIMIT = 3", "LIMIT = 4"))
    assert (step.outcome, step.verdict, step.codes) == ("flagged", "caveat", ["RL206"])
    assert step.failed == step.covered == ["tests/test_small.py::test_limit"]


def test_judged() -> None:
    """Every other outcome, from results made up."""

    def outcome(patched: dict[str, object]) -> str:
        fresh = {"outcomes": {"a": "passed", "b": "failed"}, "not_imported": {}, "texts": {}}
        step = Played("small", "1.0", "2.0", "")
        judge(step, fresh, {"texts": {"a": "f() is 1"}, "not_imported": {}, **patched})
        return step.outcome

    def report(verdict: str, *names: str) -> dict[str, object]:
        reasons = [{"code": "RL206", "module": "small", "name": name, "message": ""} for name in names]
        return {"verdict": verdict, "reasons": reasons, "text": "", "ms": 1}

    bad = {"a": "failed", "b": "passed"}
    assert outcome({"outcomes": bad, "report": report("live")}) == "wrong"
    assert outcome({"outcomes": bad, "report": report("caveat", "ff")}) == "wrong"
    assert outcome({"outcomes": bad, "report": report("caveat", "C.f")}) == "flagged"
    assert outcome({"outcomes": {}, "report": report("live")}) == "wrong"
    assert outcome({"outcomes": bad, "report": report("restart")}) == "declined"
    assert outcome({"outcomes": bad, "report": report("rejected")}) == "raised"
    assert outcome({"outcomes": bad, "report": report("poll raised")}) == "crashed"
    assert outcome({"crashed": "exit status 1"}) == "crashed"
    good = {"a": "passed", "b": "failed"}
    assert outcome({"outcomes": good, "report": report("live")}) == "equal"
    assert outcome({"outcomes": good, "report": report("live"), "not_imported": {"small": "no"}}) == "wrong"
