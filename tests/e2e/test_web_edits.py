"""Edits of web projects, each played on a real server and beside a fresh process: `benches/web_edits.py` as a test.

A part of them here; all of them where `RELOADR_ALL_WEB_EDITS` is set.
"""

import importlib
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benches"))

import web_edits

ALL = bool(os.environ.get("RELOADR_ALL_WEB_EDITS"))


@pytest.mark.long
@pytest.mark.timeout(900 if ALL else 240)
@pytest.mark.parametrize("framework", ["flask", "fastapi", "django"])
def test_each_save_is_answered_as_by_a_fresh_server(framework):
    """Hot, or in a process that was started by itself: nothing is silent, nothing rejected, nothing left stale."""
    for needed in {"flask": ["flask"], "fastapi": ["fastapi", "uvicorn", "httpx"], "django": ["django"]}[framework]:
        pytest.importorskip(needed)
    project = importlib.import_module(f"web.{framework}_edits")
    told = web_edits.run(project, project.EDITS if ALL else project.EDITS[::9], False)
    assert [each for each in told if each[1] not in ("hot", "restarted")] == []
    # Of a part, more may be edits that need a restart.
    assert len([each for each in told if each[1] == "hot"]) >= (0.9 if ALL else 0.6) * len(told)
