"""Registries whose line gets other arguments, in one process: taken back, and told of what read them."""

import os
import subprocess
import textwrap

import pytest
from program import PYTHON

BEGIN = """
import importlib, sys
from pathlib import Path
sys.path.insert(0, ".")
import reloadr
from reloadr.program import stand_ins
stand_ins.install(print)
def save(text):
    Path("parts.py").write_text(text)
    return reloadr.reload("parts")
old = Path("parts.py").read_text()
import shop
reloadr.watch("shop", "parts", on="look")
"""

FLASK = (
    "import flask\nfrom parts import parts\napp = flask.Flask('shop')\napp.register_blueprint(parts)\n",
    "from flask import Blueprint\nparts = Blueprint('parts', __name__, url_prefix='/a')\nROOT = len(parts.url_prefix)\n"
    "@parts.route('/x')\ndef x():\n    return 'x'\n",
    "def asked(path):\n    return shop.app.test_client().get(path).status_code\n",
)
FASTAPI = (
    "import fastapi\nfrom parts import parts\napp = fastapi.FastAPI()\napp.include_router(parts)\n",
    "from fastapi import APIRouter\nparts = APIRouter(prefix='/a')\nROOT = len(parts.prefix)\n"
    "@parts.get('/x')\ndef x():\n    return 'x'\n",
    "from fastapi.testclient import TestClient\n"
    "def asked(path):\n    return TestClient(shop.app).get(path).status_code\n",
)


@pytest.mark.parametrize(("framework", "files"), [("flask", FLASK), ("fastapi", FASTAPI)])
def test_it_stays_who_it_is_until_it_is_taken_back(tmp_path, framework, files):
    """Followed or named by who read it; wrong arguments are rejected; lines below that change it need a new process."""
    pytest.importorskip(framework)
    for needed in ("httpx",) if framework == "fastapi" else ():
        pytest.importorskip(needed)
    shop, parts, asking = files
    (tmp_path / "shop.py").write_text(shop)
    (tmp_path / "parts.py").write_text(parts)
    (tmp_path / "drive.py").write_text(
        BEGIN
        + asking
        + textwrap.dedent("""
        held = shop.parts
        name = "prefix" if hasattr(held, "prefix") else "url_prefix"
        assert (asked("/a/x"), asked("/bc/x")) == (200, 404)
        report = save(old.replace("'/a'", "'/bc'"))
        assert shop.parts is held and (asked("/a/x"), asked("/bc/x")) == (404, 200), report
        import parts
        assert [each.code for each in report.reasons] == ["RL206"] and "ROOT was computed from" in str(report)
        reloadr.undo()
        assert shop.parts is held and (asked("/a/x"), asked("/bc/x")) == (200, 404)
        line = old.splitlines()[0]
        old = old.replace(line, line + (", request" if "flask" in line else ", Query"))
        report = save(old)
        assert report.verdict == "live" and shop.parts is held and asked("/a/x") == 200, report
        report = save(old.replace("'/a'", "'/a', nonsense=1"))
        assert report.verdict == "rejected", report
        assert (asked("/a/x"), asked("/bc/x")) == (200, 404)
        save(old)
        report = save(old + f"parts.{name} = '/d'\\n")
        report = save(old.replace("'/a'", "'/bc'") + f"parts.{name} = '/d'\\n")
        assert report.needs_restart and "cannot take parts" in str(report), report
        print("done")
        """)
    )
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([PYTHON, "drive.py"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.stdout.endswith("done\n"), done.stdout + done.stderr
