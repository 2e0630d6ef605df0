"""Edits of web projects, each played on a real server and beside a fresh process: `benches/web_edits.py` as a test.

A part of them here; all of them where `RELOADR_ALL_WEB_EDITS` is set.
"""

import importlib
import os
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benches"))

import tutorials
import web_edits
import web_sequences

#: What a project needs beside what it is for.
NEEDED = {
    "flask": ["flask"],
    "fastapi": ["fastapi", "uvicorn", "httpx"],
    "django": ["django"],
    "flask_large": ["flask", "flask_sqlalchemy", "flask_wtf"],
    "fastapi_large": ["fastapi", "uvicorn", "httpx", "sqlalchemy", "python_multipart", "jinja2", "websockets"],
    "django_large": ["django", "rest_framework"],
    "aiohttp": ["aiohttp"],
    "litestar": ["litestar", "uvicorn"],
}
#: Those that no plug-in knows: what they have read for themselves is named.
UNKNOWN = ("aiohttp", "litestar")
#: Edits whose effect is in a cache of the user's: they are named.
NAMED = ("a cached view's body", "a dictionary that", "a default that a call", "a value in a cached", "what fills")

#: As the tutorials say: routers, settings and applications of other arguments, and what functions set up themselves.
RESTARTS = {"flask": 3, "django": 1, "fastapi": 4}

ALL = bool(os.environ.get("RELOADR_ALL_WEB_EDITS"))


@pytest.mark.long
@pytest.mark.timeout(1800 if ALL else 240)
@pytest.mark.parametrize("framework", list(NEEDED))
def test_each_save_is_answered_as_by_a_fresh_server(framework):
    """Hot, or in a process that was started by itself: nothing is silent, nothing rejected, nothing left stale."""
    for needed in NEEDED[framework]:
        pytest.importorskip(needed)
    project = importlib.import_module(f"web.{framework}_edits")
    told = web_edits.run(project, project.EDITS if ALL else project.EDITS[::9], False)
    named = [each for each in told if each[1] == "named" and (framework in UNKNOWN or each[0].startswith(NAMED))]
    assert [each for each in told if each[1] not in ("hot", "restarted") and each not in named] == []
    # Of a part, more may be edits that need a restart.
    assert len([each for each in told if each[1] == "hot"]) >= (0.8 if ALL else 0.6) * len(told)


@pytest.mark.long
@pytest.mark.timeout(1800 if ALL else 240)
@pytest.mark.parametrize("framework", ["flask", "fastapi", "django"])
def test_so_it_is_in_an_order_that_nobody_has_seen(framework):
    """Several edits in one save, some taken back in it, a file saved wrong first."""
    for needed in NEEDED[framework]:
        pytest.importorskip(needed)
    project = importlib.import_module(f"web.{framework}_edits")
    told = web_sequences.run(project, random.randrange(10_000) if ALL else 7, 40 if ALL else 6, False)
    assert [each for each in told if each[1] not in ("hot", "restarted")] == []


@pytest.mark.long
@pytest.mark.skipif(not ALL, reason="takes minutes")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("framework", list(RESTARTS))
def test_a_tutorial_is_followed_from_its_first_page_to_its_last(framework):
    """Each save is live, or starts the server again by itself; where no fresh server starts nothing is compared."""
    for needed in NEEDED[framework]:
        pytest.importorskip(needed)
    told = tutorials.follow(importlib.import_module(f"web.{framework}_tutorial"), False)
    assert [each for each in told if each[1] not in ("hot", "restarted", "none starts")] == []
    assert len([each for each in told if each[1] == "restarted"]) <= RESTARTS[framework]
