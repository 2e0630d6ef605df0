"""Numbers, strings and tuples that modules which are not watched, or a prompt, imported by name."""

import sys

import pytest
import reloadr
from harness import Project

VALUES = [
    ("0.2", "0.1"),
    ("1", "2"),
    ("'en'", "'de'"),
    ("(1, 2)", "(3,)"),
    ("None", "5"),
    ("b'x'", "b'y'"),
    ("True", "False"),
]


@pytest.mark.parametrize(("old", "new"), VALUES)
def test_importers_that_are_not_watched_follow(project: Project, old: str, new: str) -> None:
    """By the same name, by another one and through `import *`; what is equal by chance stays; so after an undo."""
    rates = project.start("rates", f"VAT = {old}\n")
    project.write("till", f"from rates import VAT\nOTHER = {old}\ndef rate(): return VAT\n")
    project.write("shop", f"from rates import VAT as V\nVAT = {old}\n")
    project.write("star", "from rates import *\n")
    import shop
    import star
    import till

    watcher = reloadr.watch(rates, on="look")
    for source, value in ((new, new), (old, old), (new, new)):
        project.write("rates", f"VAT = {source}\n")
        report = watcher.poll()
        assert report.verdict == "live", report
        assert till.VAT == till.rate() == shop.V == star.VAT == eval(value), report
        assert till.OTHER == shop.VAT == eval(old)
    reloadr.undo()
    assert till.VAT == shop.V == star.VAT == eval(old)


def test_cells_that_imported_a_value(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the cells of a prompt imported follows; a name that a cell gave itself does not."""
    rates = project.start("rates", "VAT = 1\nLOW = 1\n")
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__spec__", None)
    monkeypatch.delattr(main, "__file__", raising=False)
    monkeypatch.setattr(main, "In", ["", "%load_ext reloadr", "from rates import VAT as V", "LOW = 1"], raising=False)
    monkeypatch.setattr(main, "V", rates.VAT, raising=False)
    monkeypatch.setattr(main, "LOW", 1, raising=False)
    watcher = reloadr.watch(rates, on="look")
    project.write("rates", "VAT = 2\nLOW = 2\n")
    assert watcher.poll().verdict == "live"
    assert (main.V, main.LOW) == (2, 1)
