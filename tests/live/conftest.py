"""Fixtures of the tests that edit modules of this very process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Project
from reloadr.session.session import session


@pytest.fixture(autouse=True)
def no_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cached bytecode is valid by whole seconds: two saves in one would be taken for the same."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


@pytest.fixture(autouse=True)
def empty_history() -> None:
    """Tests count reports; the history holds so many, of all tests together."""
    session.log.clear()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A folder of modules of its own; gone from the process afterwards."""
    made = Project(tmp_path.resolve())
    try:
        yield made
    finally:
        made.close()
