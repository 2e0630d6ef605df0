"""`python -m reloadr.verify OLD NEW -- PROGRAM`: an edit, played in a throw-away process and verified."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from program import PYTHON

OLD = "X = 1\nTABLE = []\n\n\ndef route(f):\n    TABLE.append(f)\n    return f\n\n\n@route\ndef f():\n    return 1\n"
SERVER = "import time\nimport shop\nwhile True:\n    shop.f()\n    time.sleep(0.01)\n"


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    line = [PYTHON, "-m", "reloadr.verify", *words]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def folders(root: Path, old: dict[str, str], new: dict[str, str]) -> None:
    for name, files in (("old", old), ("new", new)):
        (root / name).mkdir()
        for file, text in files.items():
            (root / name / file).write_text(text)


def test_two_files_of_which_all_goes_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 0, the report, and the line of the verification; a file is imported. Also where reloadr is disabled."""
    monkeypatch.setenv("RELOADR_DISABLE", "1")
    (tmp_path / "shop.py").write_text(OLD)
    (tmp_path / "other.py").write_text(OLD.replace("return 1", "return 2"))
    done = command(tmp_path, "shop.py", "other.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "update shop.f" in done.stdout and "verified: as a fresh process would be (" in done.stdout


def test_a_program_that_runs_on_is_edited_while_it_does(tmp_path: Path) -> None:
    """A server: after some seconds; files that went are gone, and what is stale is named by the report or not."""
    keeps = 'import shop\nshop.TABLE.append("mine")\n'
    folders(
        tmp_path,
        {"shop.py": OLD, "main.py": SERVER, "gone.py": ""},
        {"shop.py": OLD.replace("X = 1", "X = 2"), "main.py": SERVER, "more.py": keeps},
    )
    done = command(tmp_path, "old", "new", "--after", "0.5", "--json", "--", "main.py")
    found = json.loads(done.stdout)
    # Its own code is at work outside of a main block: that is not run a second time.
    assert done.returncode == 4, done.stdout + done.stderr
    assert [each["path"] for each in found["proof"]["unknown"]] == ["__main__"]
    assert found["report"]["verdict"] == "live"


def test_a_program_with_a_main_block_is_compared_whole(tmp_path: Path) -> None:
    """The main block does not run in a fresh process."""
    main = "import time\nimport shop\nif __name__ == '__main__':\n    time.sleep(60)\n"
    folders(tmp_path, {"shop.py": OLD, "main.py": main}, {"shop.py": OLD.replace("X = 1", "X = 2"), "main.py": main})
    done = command(tmp_path, "old", "new", "--after", "0.5", "--", "main.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_report_names_has_another_exit_code(tmp_path: Path) -> None:
    """3 where each stale place is named, with the code that names it."""
    folders(tmp_path, {"shop.py": OLD}, {"shop.py": OLD.replace("@route\ndef f():\n    return 1\n", "")})
    done = command(tmp_path, "old", "new", "--json", "--", "-m", "shop")
    found = json.loads(done.stdout)
    if found["proof"]["stale"]:
        assert done.returncode == 3
        assert all(each["named"].startswith("RL2") for each in found["proof"]["stale"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nix", "new"), "there is no nix"),
        (("old", "new/shop.py"), "two folders or two files"),
        (("old", "new"), "which program?"),
        (("old", "new", "--", "-m"), "-m wants a module"),
        (("old", "new", "--", "-c", "x"), "PROGRAM is script.py or -m module"),
        (("old", "new", "--", "-m", "nix"), "No module named nix"),
        (("old", "new", "--", "fails.py"), "the program raised ZeroDivisionError"),
        (("old", "new", "--exlude"), "unrecognized arguments: --exlude"),
    ],
)
def test_what_cannot_be_played_is_said(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    """Exit code 2 and why, in words."""
    folders(tmp_path, {"shop.py": OLD, "fails.py": "1 / 0\n"}, {"shop.py": OLD})
    done = command(tmp_path, *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert "played.py" not in done.stderr


def test_an_import_of_the_module_leaves_the_function(tmp_path: Path) -> None:
    """`reloadr.verify` is the function, whatever imports the module of that name."""
    code = (
        "import sys, reloadr.verify, importlib, reloadr\n"
        "from reloadr.proof.verification import verify\n"
        "from reloadr import verify as again\n"
        "assert reloadr.verify is verify is again is importlib.import_module('reloadr.verify')\n"
        "assert callable(reloadr.verify) and reloadr.verify(timeout=30).is_fresh\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_help(tmp_path: Path) -> None:
    """With the exit codes."""
    done = command(tmp_path, "--help")
    assert done.returncode == 0 and "exit codes:" in done.stdout
    assert os.linesep + "  3  " in done.stdout
