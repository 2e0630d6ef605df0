"""What is noted of a program's imports: those of libraries, not what the user's own packages have."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from reloadr.program.spare import record
from reloadr.program.spare.record import Recorder


def test_the_state_of_the_process_is_looked_at_for_no_module_of_the_users_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program of thousands of modules begins without thousands of looks at its environment."""
    package = tmp_path / "recorded"
    package.mkdir()
    (package / "__init__.py").write_text("")
    for name in ("one", "two", "three"):
        (package / f"{name}.py").write_text("import colorsys\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("colorsys", "recorded", "recorded.one", "recorded.two", "recorded.three"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    looks: list[str] = []
    marks = record.marks

    def counted() -> dict[str, object]:
        looks.append("look")
        return marks()

    monkeypatch.setattr(record, "marks", counted)
    recorder = Recorder(lambda **_: None, lambda: None)
    monkeypatch.setattr(sys, "meta_path", [recorder, *sys.meta_path])
    for name in ("one", "two", "three"):
        importlib.import_module(f"recorded.{name}")
    assert [each.name for each in recorder._imports] == ["recorded", "colorsys"]
    assert len(looks) == 2
