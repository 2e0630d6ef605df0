"""Edits of web projects, each played on a real server and beside a fresh process: `benches/web_edits.py` as a test.

All of the projects that stand for a framework, and a part of the larger ones; all of these too where
`RELOADR_ALL_WEB_EDITS` is set. On each interpreter but the last, a few.
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


def project_of(framework):
    for needed in NEEDED[framework]:
        pytest.importorskip(needed)
    return importlib.import_module(f"web.{framework}_edits")


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("framework", ["flask", "fastapi", "django"])
def test_each_save_is_answered_as_by_a_fresh_server(framework):
    """Hot, or in a process that was started by itself: nothing is silent, nothing rejected, nothing left stale."""
    project = project_of(framework)
    hot = [each for each in project.EDITS if each[0] not in project.RESTARTED]
    told = web_edits.run(project, project.EDITS, False)
    assert len(hot) >= 0.9 * len(project.EDITS) and len(project.EDITS) >= 60
    wanted = ["restarted" if each[0].removesuffix(", taken back") in project.RESTARTED else "hot" for each in told]
    assert [each for each, word in zip(told, wanted, strict=True) if each[1] != word] == []


@pytest.mark.parametrize("framework", ["flask", "fastapi", "django"])
def test_some_of_them_on_each_interpreter(framework, pytestconfig):
    """Others on each; where all are played these are not."""
    if "not long" not in pytestconfig.getoption("-m"):
        pytest.skip("all of them are played")
    project = project_of(framework)
    hot = [each for each in project.EDITS if each[0] not in project.RESTARTED]
    told = web_edits.run(project, hot[sys.version_info.minor % 10 :: 25], False)
    assert [each for each in told if each[1] != "hot"] == []


@pytest.mark.long
@pytest.mark.timeout(1800 if ALL else 240)
@pytest.mark.parametrize("framework", ["flask_large", "fastapi_large", "django_large", *UNKNOWN])
def test_so_it_is_in_larger_projects_and_with_frameworks_that_no_plugin_knows(framework):
    """Some edits of each. What caches of the user's keep is named, and what such a framework has read for itself."""
    project = project_of(framework)
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
    project = project_of(framework)
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
