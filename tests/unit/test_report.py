"""What a report says of where it was made."""

import multiprocessing.process

import pytest
from reloadr.report.report import Report


def test_a_report_names_a_process_of_multiprocessing(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name that it was given."""
    monkeypatch.setattr(multiprocessing.process.current_process(), "_name", "Worker-7")
    assert Report("nothing").program == "Worker-7"


def test_a_report_can_be_made_while_multiprocessing_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another thread, with its functions there and what they read not yet."""
    monkeypatch.delattr(multiprocessing.process, "_current_process")
    assert Report("nothing").program
    monkeypatch.delattr(multiprocessing.process, "current_process")
    assert Report("nothing").program
